"""The constituents of a whole request → its expectations, or every fault that keeps it from being read."""

from dataclasses import dataclass, field, replace

from agents.domain.rules import Fault
from agents.understanding.doing import Doing, doing_of
from agents.understanding.entities import Antecedent, told_in
from agents.understanding.expectations import expectations_of, merged
from agents.understanding.lexicon import Lexicon
from agents.understanding.licences import Licensed
from agents.understanding.nodes import Node
from agents.understanding.order import Order
from agents.understanding.orders import orders_of
from agents.understanding.respectively import paired
from agents.understanding.rows import Row, rows_of
from agents.understanding.sharing import Asked, parts_of, share_between
from agents.understanding.tables import table_orders
from schemas.intent import Action, Expectation, ObjectType
from schemas.reasons import DeclineReason

_SLICE_OR_FUNCTION = Fault(
    DeclineReason.AMBIGUOUS,
    "It is not clear whether the slice is to be scaled too, or only says which function is meant.",
    "Which functions of which slice are to be scaled? Please name the slice with each of them.",
)
_WHICH_SLICE = Fault(
    DeclineReason.AMBIGUOUS,
    "One slice is named, and another is not, or it is the same.",
    "Which slices are meant? Please say each wish in a sentence of its own.",
)
_MOST_CONSTITUENTS = 60
"""Beyond that nobody could say what belongs together; finding out costs time in the square of it."""


@dataclass(slots=True)
class Request:
    """What was read. `orders` tell which words had a part in it, and which had none."""

    expectations: list[Expectation] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    told: list[Antecedent] = field(default_factory=list)


def read_request(nodes: list[Node], licensed: list[Licensed], text: str, lexicon: Lexicon) -> Request:
    """Everything that is asked, with everything that is wrong with it."""
    reader = _RequestReader(text, lexicon)
    for number, sentence in enumerate(_sentences(nodes, licensed)):
        reader.read(sentence, number)
    return reader.request()


def _sentences(nodes: list[Node], licensed: list[Licensed]) -> list[list[Node]]:
    """The nodes of each sentence; what is licensed is marked, and what is told stands apart from what is asked."""
    marked = [Node(node.low, node.start, node.end, dict(node.senses)) for node in nodes]
    for each in licensed:
        for node in marked[each.first : each.after]:
            node.senses["licensed"] = each.sense or each.name
            if each.is_told:
                node.senses["told"] = True
            if each.is_told or each.name in ("courtesy", "signature", "greeting"):
                node.senses["apart"] = True
    sentences: list[list[Node]] = [[]]
    for at, node in enumerate(marked):
        if "licensed" in node or _leads_to_value(marked, at):
            sentences[-1].append(node)
        elif node.is_any("stop", "question") or "blank" in node:
            if "question" in node:
                sentences[-1].append(node)
            sentences.append([])
        else:
            sentences[-1].append(node)
    return [each for each in sentences if each]


def _leads_to_value(nodes: list[Node], at: int) -> bool:
    """`osaka-1 ... 5 replicas`: points that lead from one to the other."""
    is_leader = nodes[at].low in ("...", "…", "..") and 0 < at < len(nodes) - 1
    return is_leader and "sites" in nodes[at - 1] and not nodes[at + 1].is_any("line", "stop")


@dataclass(slots=True)
class _RequestReader:
    text: str
    lexicon: Lexicon
    asked: list[Asked] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    told: list[Antecedent] = field(default_factory=list)
    header: list[Node] = field(default_factory=list)
    is_header_open: bool = False
    headlines: list[Order] = field(default_factory=list)

    def read(self, sentence: list[Node], number: int) -> None:
        """Notes what the sentence tells and what it asks for."""
        run: list[Node] = []
        for node in [*sentence, Node("", 0, 0)]:
            if "told" in node:
                run.append(node)
            elif run:
                self.told += told_in(run, number)
                run = []
        orders = table_orders(sentence, number) or orders_of(sentence, number, is_form=_is_form(sentence))
        if "question" in sentence[-1] and any(order.is_polite for order in orders) and not _is_tagged(sentence):
            orders[-1].read.append(sentence[-1])
        is_headline = _is_headline(sentence)
        for order in orders:
            self.orders.append(order)
            if is_headline and not order.has("pronoun") and not (order.verbs and not order.has("thing")):
                order.read += [
                    node for node in order.unread if node.is_any(*_IN_A_TITLE) and not node.is_any(*_NEVER_DROPPED)
                ]
                self.headlines.append(order)
            else:
                self._ask(order)

    def request(self) -> Request:
        """What all of it comes to. A subject line says the request once more, in short: the ledger compares them."""
        if not self.asked:
            for order in self.headlines:
                self._ask(order)
        request = Request(faults=[*self.faults], orders=self.orders, asked=self.asked, told=self.told)
        if self.asked and self.is_header_open:
            self._place_alone(request)
        request.faults += share_between(self.asked)
        for each in self.asked:
            others = [other.doing for other in self.asked if other is not each and other.parts]
            each.is_repeated = (
                not each.parts and each.doing.is_noun and any(each.doing.kinds & other.kinds for other in others)
            )
        for each in self.asked:
            found: list[Expectation] = []
            expectations_of(each, self.text, found, request.faults, request.assumptions)
            slices = [mention for part in each.parts for mention in part.mentions if mention.is_slice]
            if len({mention.is_unknown_slice for mention in slices}) > 1:
                request.faults.append(_WHICH_SLICE)
            scaled = {one.object.type for one in found if one.action is Action.SCALE}
            if ObjectType.SLICE in scaled and len(scaled) > 1:
                request.faults.append(_SLICE_OR_FUNCTION)
            request.expectations += found
        request.expectations = merged(request.expectations)
        return request

    def _ask(self, order: Order) -> None:
        if order.is_place_only:
            self.header = [item.node for item in order.items]
            self.is_header_open = True
            return
        if not order.items and not order.verbs:
            return
        if self.asked and self.asked[-1].order.is_heading and not order.verbs:
            heading = self.asked[-1].order
            order.verbs, order.particles, order.is_heading = heading.verbs, heading.particles, True
            self.asked = [each for each in self.asked if each.parts or each.order is not heading]
        self.is_header_open = False
        asked = self._clause(order)
        if not self._completes(asked):
            self.asked.append(asked)

    def _completes(self, asked: Asked) -> bool:
        """`UPF needed in osaka-1, please deploy it`: the verb of what was named before it, perhaps with a value."""
        before = self.asked[-1] if self.asked else None
        if before is None or not before.parts:
            return False
        if (
            not asked.doing.kinds
            and not asked.order.has("thing", "pronoun", "sites", "there")
            and asked.order.has("amount")
        ):
            return self._adds_values(before, asked)
        if not asked.doing.kinds:
            return False
        last = max(item.node.start for item in before.order.items) if before.order.items else 0
        if any(each.mentions and each.nodes[0].start > last for each in self.told):
            return False
        is_open = before.doing.kinds <= {"need"} or (before.doing.base == "get" and bool(before.parts[0].wishes))
        is_near = before.sentence == asked.sentence or not before.doing.kinds or before.doing.kinds == {"need"}
        pronouns = [item for item in asked.order.items if item.kind == "pronoun"]
        rest = [item for item in asked.order.items if item.kind != "pronoun"]
        is_one = len(before.parts) == 1 and len(before.parts[0].mentions) == 1
        if is_one and any(item.node.low in ("them", "they", "both") for item in pronouns):
            is_open = is_open and (before.parts[0].mentions[0].is_plural or bool(before.parts[0].wishes))
        if not (is_open and is_near) or not (pronouns or not asked.order.items) or any(i.kind == "thing" for i in rest):
            return False
        if not rest:
            for each in self.asked:
                if each.sentence == before.sentence and not each.doing.kinds:
                    each.doing = asked.doing
            before.doing = asked.doing
            return True
        joined = replace(before.order, items=[*before.order.items, *rest], verbs=asked.order.verbs)
        joined.particles = asked.order.particles
        self.asked[-1] = self._clause(joined)
        return True

    def _adds_values(self, before: Asked, asked: Asked) -> bool:
        """`Deploy a URLLC slice in osaka-1. Latency must be below 5 ms.`: more of what was asked for."""
        is_open = before.doing.kinds <= {"need"}
        is_new = before.doing.kinds == {"deploy"} and (asked.order.is_modal or asked.order.has("aim"))
        if len(before.parts) != 1 or len(before.parts[0].mentions) != 1 or not (is_open or is_new):
            return False
        joined = replace(before.order, items=[*before.order.items, *asked.order.items])
        self.asked[-1] = self._clause(joined)
        return True

    def _place_alone(self, request: Request) -> None:
        """`… Nagoya as well.`: a place behind the last order, and nothing for it."""
        quote = self.text[self.header[0].start : self.header[-1].end]
        message, question = f'It is not clear what is to be done at "{quote}".', f'What is to be done at "{quote}"?'
        request.faults.append(Fault(DeclineReason.AMBIGUOUS, message, question))

    def _clause(self, order: Order) -> Asked:
        doing = doing_of(order.verbs, order.particles, self.lexicon.separable)
        if not isinstance(doing, Doing):
            quotes = " and ".join(f'"{self.text[node.start : node.end]}"' for node in doing)
            self._ambiguous(f"{quotes} do not go together.", f"What is to be done: {quotes}?")
            doing = Doing()
        parts, faults = parts_of(self._rows(order), doing, is_each=order.is_each)
        self.faults += faults
        return Asked(order, doing, parts, order.sentence, told=[*self.told], header=[*self.header])

    def _rows(self, order: Order) -> list[Row]:
        if order.respectively is not None:
            rows = paired(order.items)
            if rows is None:
                low = order.respectively.low
                self._ambiguous(
                    f'It is not clear what goes with what ("{low}").', "Which value is meant for which object and site?"
                )
            return rows or []
        if len(order.items) > _MOST_CONSTITUENTS:
            self._ambiguous(
                f"One sentence names {len(order.items)} objects, places and values, more than {_MOST_CONSTITUENTS}.",
                "What is to be done? Please say it in several sentences.",
            )
            return []
        found = rows_of(order.items)
        if found.misfit is not None:
            quote = self.text[found.misfit.node.start : found.misfit.node.end]
            self._ambiguous(
                f'It is not clear what "{quote}" belongs to.',
                f'What does "{quote}" belong to? Please say each wish in a sentence of its own.',
            )
        if found.is_open:
            quote = self.text[order.items[0].node.start : order.items[-1].node.end]
            self._ambiguous(
                f'"{quote}" can be read in two ways.',
                "What belongs together? Please say each wish in a sentence of its own.",
            )
        return list(found.rows)

    def _ambiguous(self, message: str, question: str) -> None:
        self.faults.append(Fault(DeclineReason.AMBIGUOUS, message, question))


_ASKING = ("can", "could", "would", "will", "may", "might", "is", "any", "possible", "mind")
_HEADLINES = (
    "short description",
    "description",
    "subject",
    "title",
    "summary",
    "re",
    "fwd",
    "fw",
    "headline",
    "betreff",
)
_IN_A_TITLE = ("unaim", "unobject", "trouble", "strained", "state_word", "more", "event", "heading_word", "cause")
_NEVER_DROPPED = (
    "not",
    "if",
    "retraction",
    "correction",
    "or",
    "except",
    "total",
    "time",
    "veto",
    "unreal",
    "undecided",
    "wish",
)


def _is_tagged(sentence: list[Node]) -> bool:
    """`Please scale …, ok?`: the question is whether, and not a kind way to ask."""
    is_kind = any(
        node.low.partition(" ")[0] in _ASKING and (at == 0 or node.get("licensed") == "polite")
        for at, node in enumerate(sentence)
    )
    return not is_kind and len(sentence) > 2 and "licensed" in sentence[-2] and "licensed" not in sentence[-1]


def _is_headline(sentence: list[Node]) -> bool:
    return len(sentence) > 1 and sentence[0].low in _HEADLINES and "colon" in sentence[1]


def _is_form(sentence: list[Node]) -> bool:
    """True for lines of labels with their values."""
    labels = 0
    for at, node in enumerate(sentence[1:], 1):
        if "colon" not in node and "bound" not in node:
            continue
        before = sentence[at - 1]
        is_first = at < 2 or sentence[at - 2].is_any("line", "semicolon", "comma", "licensed")
        labels += is_first and before.is_any(
            "content_label", "aim", "thing", "slice_id", "named", "site_word", "service"
        )
    return labels > 0
