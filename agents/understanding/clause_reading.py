"""The words of a request's clause, every one accounted for: a constituent, a verb, a harmless word, or a fault."""

from dataclasses import dataclass, field, replace

from agents.domain.rules import Fault
from agents.understanding.aims import Aim
from agents.understanding.frames import Item, ItemKind
from agents.understanding.inflection import BASE, PARTICIPLE
from agents.understanding.nodes import Node
from schemas.reasons import DeclineReason

_HARMLESS = (
    "det",
    "prep",
    "glue",
    "adjective",
    "adverb",
    "urgency",
    "courtesy",
    "modal",
    "be",
    "have",
    "pronoun",
    "and",
    "comma",
    "colon",
    "dash",
    "quote",
    "link",
    "who",
    "but",
    "so",
    "reference",
    "ticket_id",
    "owner",
    "mark",
    "open",
    "close",
    "greeting",
    "closing",
    "number_sign",
    "site_word",
    "star",
    "slash",
    "demonstrative",
    "hash",
)
_ENDS = {
    "minimum": "prb_ratio_min",
    "min": "prb_ratio_min",
    "maximum": "prb_ratio_max",
    "max": "prb_ratio_max",
}
_NEW = ("a", "an", "new", "brand new", "brand-new", "fresh")
_DURATIONS = ("minute", "min", "hour", "hr", "day", "week", "month", "year")
_OF_ORDER = ("first", "second", "third", "next", "last", "other")
_RENAMING = ("now", "namely", "specifically", "i.e.", "ie", "that is", "in particular")
_PARTICLES = ("up", "down", "out", "in", "back", "away", "off")
_FAULTY: dict[str, tuple[DeclineReason, str, str]] = {
    "retraction": (
        DeclineReason.UNSUPPORTED,
        'By "{}" the request seems to be taken back, or not to be meant.',
        "What is to be done? Please ask for that alone.",
    ),
    "correction": (
        DeclineReason.AMBIGUOUS,
        '"{}" seems to correct what was said.',
        "What is meant in the end? Please write the corrected request alone.",
    ),
    "undecided": (
        DeclineReason.AMBIGUOUS,
        '"{}" leaves open whether it is to be done.',
        "Is it to be done, and exactly so? Then please ask for that alone.",
    ),
    "not": (
        DeclineReason.UNSUPPORTED,
        '"{}" says what is not to be done, which cannot be carried out.',
        "What is to be done instead?",
    ),
    "if": (
        DeclineReason.UNSUPPORTED,
        'A condition ("{}") is not supported: a request is carried out at once, or not at all.',
        "Is it to be done now, whatever the condition?",
    ),
    "time": (
        DeclineReason.UNSUPPORTED,
        'A time ("{}") is not supported yet: a request is carried out at once.',
        "Is it to be done now? Then please leave the time out.",
    ),
    "past": (DeclineReason.AMBIGUOUS, '"{}" tells of the past.', "What is to be done now?"),
    "total": (
        DeclineReason.UNSUPPORTED,
        'A total ("{}") over several is not supported: a number is for each.',
        "How many are meant for each?",
    ),
    "or": (DeclineReason.AMBIGUOUS, '"{}" leaves a choice.', "Which of them is meant?"),
    "except": (
        DeclineReason.UNSUPPORTED,
        '"{}" leaves something out, in a way that is not understood.',
        "What exactly is to be done, and where?",
    ),
    "same": (
        DeclineReason.AMBIGUOUS,
        'It is not clear what "{}" refers to.',
        "Which value or object is meant?",
    ),
    "wh": (DeclineReason.UNSUPPORTED, '"{}" asks a question, which is not answered here.', "What is to be done?"),
    "do": (DeclineReason.AMBIGUOUS, '"{}" is not understood here.', "What is to be done?"),
    "its": (DeclineReason.AMBIGUOUS, 'It is not clear what "{}" refers to.', "Which object is meant?"),
}
_KINDS: tuple[tuple[str, ItemKind], ...] = (
    ("thing", "thing"),
    ("sites", "sites"),
    ("amount", "amount"),
    ("aim", "aim"),
    ("everything", "everything"),
    ("there", "there"),
    ("object_pronoun", "pronoun"),
)


@dataclass(slots=True)
class ClauseReading:
    """What a clause is made of."""

    items: list[Item] = field(default_factory=list)
    verbs: list[Node] = field(default_factory=list)
    particles: list[Node] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    respectively: Node | None = None
    is_each: bool = False
    all_things: Node | None = None
    is_guesswork: bool = False
    is_form: bool = False
    nodes: list[Node] = field(default_factory=list)

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return self.nodes[0].start

    @property
    def is_place_only(self) -> bool:
        """`In tokyo-1:` by itself: where what follows is meant."""
        is_only = bool(self.items) and all(item.kind == "sites" for item in self.items)
        return is_only and not self.verbs and not self.faults

    @property
    def is_polite(self) -> bool:
        """True with a `please`."""
        return any(node.low in ("please", "pls", "plz", "kindly") for node in self.nodes)

    @property
    def has_content(self) -> bool:
        """True where it names something of the network or of its values."""
        return bool(self.items)


def read_clause(nodes: list[Node], text: str, *, is_form: bool = False) -> ClauseReading:
    """Every word of the clause in its place."""
    reading = ClauseReading(nodes=[node for node in nodes if "separator" not in node], is_form=is_form)
    separator: str | None = None
    named: int | None = None
    for at, node in enumerate(nodes):
        if "separator" in node or node.is_any("comma", "dash", "colon"):
            separator = node.get("separator") or node.low
            continue
        kind = next((kind for sense, kind in _KINDS if sense in node), None)
        if (name := _name_after(nodes, at)) is not None:
            reading.items.append(Item("name", nodes[name], separator))
            named = name
            continue
        if at == named:
            continue
        if kind is None and "after_bound" in node and _bound_last(reading, node):
            continue
        if kind is None and (end := _prb_end(node, reading)) is not None:
            node, kind = end, "aim"
        if kind is None and "all" in node and _is_all_of_them(nodes, at):
            if nodes[at - 1].low == "for" and sum(item.kind == "thing" for item in reading.items) > 1:
                reading.is_each = True
                continue
            kind = "there"
        if kind == "there" and _is_existential(nodes, at):
            continue
        if kind == "pronoun" and not _refers(nodes, at):
            kind = None
            continue
        if kind is None and "its" in node:
            kind = "pronoun"
        is_instead = (separator or "").endswith("but") and bool(reading.items) and reading.items[-1].kind == "sites"
        if kind == "sites" and (is_instead or _prep(nodes, at) == "by"):
            reading.faults.append(_unread(nodes[at - 1], nodes, at, text))
            reading.is_guesswork = True
        if kind == "amount" and separator == "and" and _is_one_more(reading, nodes, at):
            continue
        if kind == "amount" and (_is_signed(nodes, at) or _is_part(nodes, at) or _is_told(nodes, at)):
            reading.faults.append(_unread(node, nodes, at, text))
            reading.is_guesswork = True
            continue
        if kind == "amount" and _is_duration(node):
            reading.faults.append(_of_word("time", node, text))
            continue
        if "in_order" in node:
            reading.respectively = node
        if kind is not None:
            reading.items.append(
                Item(
                    kind,
                    node,
                    separator,
                    _prep(nodes, at),
                    _is_new(nodes, at),
                    is_before_verb=not reading.verbs,
                    is_in_form=is_form,
                )
            )
            if kind != "pronoun":
                separator = None
        elif _take_word(reading, nodes, at, text):
            if reading.verbs and reading.verbs[-1].start == node.start:
                separator = None
        else:
            reading.faults.append(_unread(node, nodes, at, text))
            reading.is_guesswork |= not node.is_any("unverb", "unobject", "unaim", "unsupported_target")
    return _with_unknown_object(reading)


def _bound_last(reading: ClauseReading, node: Node) -> bool:
    """`50 ms latency max`: the bound of the amount before the name."""
    items = reading.items
    is_named = len(items) > 1 and items[-1].kind == "aim" and items[-2].kind == "amount"
    if not is_named or items[-1].node["aim"].is_direction or node["after_bound"] not in ("at_least", "at_most"):
        return False
    aim: Aim = items[-1].node["aim"]
    senses = {"aim": replace(aim, bound=node["after_bound"])}
    items[-1] = replace(items[-1], node=replace(items[-1].node, senses=senses))
    return True


def _prb_end(node: Node, reading: ClauseReading) -> Node | None:
    """`… the maximum PRB ratio … to 30 % and the minimum to 50 %`: the other end of the same ratio."""
    before = [item.node["aim"].name for item in reading.items if item.kind == "aim"]
    if node.low not in _ENDS or not before or not before[-1].startswith("prb_ratio"):
        return None
    return Node(node.low, node.start, node.end, {"aim": Aim(_ENDS[node.low])})


def _with_unknown_object(reading: ClauseReading) -> ClauseReading:
    """Where an order names no object that is known, a word that is not understood stands for one."""
    has_object = any(item.kind in ("thing", "pronoun", "everything") for item in reading.items)
    if reading.verbs and reading.is_guesswork and not has_object:
        reading.faults = [
            replace(fault, reason=DeclineReason.UNSUPPORTED) if fault.reason is DeclineReason.AMBIGUOUS else fault
            for fault in reading.faults
        ]
    return reading


def _name_after(nodes: list[Node], at: int) -> int | None:
    """`Name: smart-port` on a line of its own: the place of the name."""
    if "named" not in nodes[at]:
        return None
    place = at + 1
    while place < len(nodes) and ("separator" in nodes[place] or nodes[place].is_any("colon", "quote", "bound")):
        place += 1
    if place == at + 1 or place >= len(nodes):
        return None
    is_slug = nodes[place].is_any("slug", "unknown", "named_object")
    is_name = is_slug or ("thing" in nodes[place] and nodes[place].low in nodes[place]["thing"].names)
    return place if is_name else None


def _is_factor(nodes: list[Node], at: int) -> bool:
    """`scale upf *2`, `to 5* replicas`, but not `to *5* replicas`."""
    is_before = at > 0 and at + 1 < len(nodes) and "amount" in nodes[at + 1]
    is_behind = at > 0 and "amount" in nodes[at - 1] and nodes[at - 1].end == nodes[at].start
    around = nodes[max(0, at - 1) : at + 3] if is_before else nodes[max(0, at - 2) : at + 1]
    return (is_before or is_behind) and sum("star" in node for node in around) == 1


def _is_signed(nodes: list[Node], at: int) -> bool:
    """`to - 5 replicas`, `to + 5 replicas`: a sign of the figure, or one of the sentence?"""
    is_apart = at > 1 and nodes[at - 1].get("separator") in ("-", "–", "—", "and")
    return is_apart and nodes[at - 2].low in ("to", "by", "from")


def _is_told(nodes: list[Node], at: int) -> bool:
    """`was 5`, `for each of 10 UEs`: no value that is wished for."""
    is_share = at > 1 and nodes[at - 1].low == "of" and nodes[at - 2].low in ("each", "for each")
    return is_share or (at > 0 and nodes[at - 1].low in ("was", "were", "each of", "per"))


def _is_existential(nodes: list[Node], at: int) -> bool:
    """`there should be 5 replicas`: no place."""
    is_first = at == 0 or "separator" in nodes[at - 1]
    return is_first and nodes[at].low == "there" and at + 1 < len(nodes) and nodes[at + 1].is_any("modal", "be")


def _is_one_more(reading: ClauseReading, nodes: list[Node], at: int) -> bool:
    """`deploy a UPF in tokyo-1 and another one in osaka-1`: the same once more."""
    is_one = nodes[at].low in ("one", "another one") and [each.low for each in nodes[at + 1 : at + 2]] in (
        ["in"],
        ["at"],
    )
    is_new = [item.kind for item in reading.items] == ["thing", "sites"] and reading.items[0].is_new
    verbs = {sense.kind for verb in reading.verbs for sense in verb.get("verb") or ()}
    return is_one and is_new and "deploy" in verbs


def _is_part(nodes: list[Node], at: int) -> bool:
    """`two of them`: some of those that were meant before."""
    following = nodes[at + 1 : at + 3]
    return len(following) == 2 and following[0].low == "of" and "object_pronoun" in following[1]


def _is_wild(nodes: list[Node], at: int) -> bool:
    """`osaka-*`, `AMF*`: a star at a name that has none in front of it."""
    place = at
    while place > 0 and nodes[place - 1].end == nodes[place].start and nodes[place].is_any("star", "dash"):
        place -= 1
    is_name = place < at and nodes[place].is_any("sites", "thing")
    return is_name and not (place > 0 and "star" in nodes[place - 1])


def _renames(nodes: list[Node], at: int) -> bool:
    """`in Osaka, now Nagoya`, `namely …`: the same place or object by another name."""
    if not 0 < at < len(nodes) - 1 or nodes[at].low not in _RENAMING or "separator" not in nodes[at - 1]:
        return False
    return any(sense in nodes[at + 1] and any(sense in each for each in nodes[:at]) for sense in ("sites", "thing"))


def _is_inside_word(nodes: list[Node], at: int) -> bool:
    """The slash of `A/SMF`, the verb of `5 read replicas`, `AMF (new)`: part of a name that is not known."""
    if not 0 < at < len(nodes) - 1:
        return False
    before, node, following = nodes[at - 1 : at + 2]
    if before.get("separator") == "(" and following.get("separator") == ")":
        return "adjective" in node and at > 1 and "thing" in nodes[at - 2]
    if "slash" in node and before.end == node.start and node.end == following.start:
        return not all(any(sense in each for sense, _ in _KINDS) for each in (before, following))
    return "link" in node and "amount" in before and "aim" in following


def _is_all_of_them(nodes: list[Node], at: int) -> bool:
    """`in both`, `at all of them`: the sites that were named before."""
    following = nodes[at + 1] if at + 1 < len(nodes) else None
    ends = following is None or "separator" in following
    return ends and at > 0 and nodes[at - 1].low in ("in", "at", "on", "for", "across")


def _refers(nodes: list[Node], at: int) -> bool:
    """`scale it`, but not `it is needed that`, `would it be possible`."""
    following = nodes[at + 1] if at + 1 < len(nodes) else None
    before = nodes[at - 1] if at else None
    if nodes[at].low == "it" and following is not None and following.low in ("be", "would", "is", "possible"):
        return False
    return not (before is not None and before.low in ("appreciate", "would", "make", "can", "could"))


def _take_word(reading: ClauseReading, nodes: list[Node], at: int, text: str) -> bool:
    node = nodes[at]
    if "respectively" in node:
        reading.respectively = node
        return True
    if node.low in _PARTICLES and _is_particle(nodes, at, has_verb=bool(reading.verbs)):
        if reading.verbs and node.low != "back":
            reading.particles.append(node)
        return True
    if node.low in ("each", "apiece", "individually") or ("each" in node.low.split() and "time" not in node):
        reading.is_each = True
        if "all" not in node or node.low == "each":
            return True
    if "all" in node and "sites" not in node:
        following = next((each for each in nodes[at + 1 : at + 4] if each.is_any("thing", "aim", "sites")), None)
        if following is not None and "thing" in following:
            reading.all_things = node
        return True
    if (
        "verb_noun" in node
        and reading.verbs
        and at
        and "thing" in nodes[at - 1]
        and node.low in ("deployment", "installation")
    ):
        return True
    if "verb" in node and at and nodes[at - 1].is_any("det", "its") and not node.is_any("verb_noun", "glue", "link"):
        return False
    if _says_which(nodes, at):
        return False
    if "adjective" in node and "verb" in node and _is_label_word(nodes, at):
        return True
    if _is_reduced(reading, nodes, at):
        return True
    if _is_stray(reading, nodes, at):
        return False
    if node.is_any("verb", "verb_noun", "multiply") and not _is_mere_helper(node, nodes, at):
        reading.verbs.append(
            node
            if "verb" in node or "multiply" in node
            else Node(node.low, node.start, node.end, {"verb": node["verb_noun"]})
        )
        return True
    for sense in _FAULTY:
        if sense in node and not node.is_any("courtesy", "urgency") and not _is_excused(sense, node):
            reading.faults.append(_of_word(sense, node, text))
            reading.is_guesswork |= sense in ("correction", "or", "same", "if", "not")
            return True
    if node.is_any("vague", "more", "fewer") and "adjective" not in node:
        reading.faults.append(_vague(node, nodes, text))
        return True
    if (
        ("star" in node and (_is_factor(nodes, at) or _is_wild(nodes, at)))
        or _is_inside_word(nodes, at)
        or _renames(nodes, at)
    ):
        return False
    is_harmless = node.is_any(*_HARMLESS) or _is_label_or_lead(reading, nodes, at)
    return is_harmless and not node.is_any("unverb", "unobject")


def _says_which(nodes: list[Node], at: int) -> bool:
    """`the second AMF`, `a third of`, `next to tokyo-1`: no word of order, as `second, scale the AMF` has it."""
    if nodes[at].low not in _OF_ORDER or at + 1 >= len(nodes):
        return False
    is_determined = at > 0 and nodes[at - 1].is_any("det", "its", "demonstrative")
    return nodes[at + 1].low in ("to", "of") or (is_determined and nodes[at + 1].is_any("thing", "aim", "sites"))


def _is_label_or_lead(reading: ClauseReading, nodes: list[Node], at: int) -> bool:
    """A label before its value; a word of a polite beginning, before what the request is about or among its like."""
    node = nodes[at]
    following = nodes[at + 1] if at + 1 < len(nodes) else None
    is_labelling = reading.is_form or following is None or "separator" in following or at == 0
    if "content_label" in node and is_labelling:
        return True
    if "lead" not in node:
        return False
    return not reading.items or (at > 0 and nodes[at - 1].is_any("lead", "adverb", "courtesy", "separator", "modal"))


def _is_label_word(nodes: list[Node], at: int) -> bool:
    """`Replicas wanted: 10`."""
    following = nodes[at + 1] if at + 1 < len(nodes) else None
    return at > 0 and nodes[at - 1].is_any("aim", "thing") and following is not None and "separator" in following


def _is_duration(node: Node) -> bool:
    """`in two hours`."""
    return node["amount"].kind == "ambiguous" and node.low.split()[-1].rstrip("s") in _DURATIONS


def _of_word(sense: str, node: Node, text: str) -> Fault:
    reason, message, question = _FAULTY[sense]
    return Fault(reason, message.format(text[node.start : node.end]), question)


def _is_reduced(reading: ClauseReading, nodes: list[Node], at: int) -> bool:
    """`the UPF deployed in osaka-1`, beside another verb: says where it is."""
    following = nodes[at + 1] if at + 1 < len(nodes) else None
    is_participle = any(sense.form == PARTICIPLE and sense.kind == "deploy" for sense in nodes[at].get("verb") or ())
    is_between = at > 0 and "thing" in nodes[at - 1] and following is not None and following.low in ("in", "at", "on")
    has_order = any(not each.is_any("lead", "link", "have", "modal") for each in reading.verbs)
    return is_participle and is_between and has_order and not any(_is_need(each) for each in reading.verbs)


def _is_need(node: Node) -> bool:
    return all(sense.kind in ("need", "run", "bring") for sense in node.get("verb") or ())


def _is_stray(reading: ClauseReading, nodes: list[Node], at: int) -> bool:
    """A verb in its base form after the constituents of another one's clause."""
    node = nodes[at]
    if "verb" not in node or not reading.verbs or not reading.items or node.is_any("link", "glue"):
        return False
    if at + 1 < len(nodes) and nodes[at + 1].get("separator") == ":":
        return False
    is_base = any(sense.form == BASE for sense in node["verb"])
    return is_base and not (nodes[at - 1].low.endswith("to") or nodes[at - 1].is_any("modal", "adverb", "lead"))


def _is_excused(sense: str, node: Node) -> bool:
    return (
        (sense in ("wh", "if") and node.is_any("lead", "glue") and node.low not in ("if", "whether"))
        or (sense == "not" and "lead" in node)
        or (sense == "time" and "object" in node)
        or (sense == "do" and "lead" in node)
    )


def _is_mere_helper(node: Node, nodes: list[Node], at: int) -> bool:
    """`get`, `have`, `be`, `keep` that carry another word: harmless in themselves, verbs where nothing else is."""
    return (
        node.low in ("has", "had", "have", "having")
        and at > 0
        and nodes[at - 1].is_any("thing", "modal", "sites", "pronoun", "lead")
    )


def _is_particle(nodes: list[Node], at: int, *, has_verb: bool) -> bool:
    following = nodes[at + 1] if at + 1 < len(nodes) else None
    leads_to = following is not None and following.low in ("to", "by", "down", "up")
    if nodes[at].low == "back":
        return leads_to or (at > 0 and "verb" in nodes[at - 1])
    if nodes[at].low == "in":
        return has_verb and (following is None or leads_to)
    return has_verb or leads_to


def _vague(node: Node, nodes: list[Node], text: str) -> Fault:
    quote = text[node.start : node.end]
    reason = DeclineReason.AMBIGUOUS if any("amount" in each for each in nodes) else DeclineReason.MISSING_VALUE
    return Fault(reason, f'"{quote}" is no exact value.', f'How much exactly is meant by "{quote}"?')


def _prep(nodes: list[Node], at: int) -> str:
    place = at - 1
    while (
        place >= 0 and nodes[place].is_any("det", "adjective", "all", "adverb", "link") and "prep" not in nodes[place]
    ):
        place -= 1
    if place < 0:
        return ""
    low = nodes[place].low
    if low in ("->", "→", "=>") or low.endswith(" to"):
        return "to"
    return low if "prep" in nodes[place] else ""


def _is_new(nodes: list[Node], at: int) -> bool:
    place = at - 1
    while place >= 0 and nodes[place].is_any("adjective") and nodes[place].low not in _NEW:
        place -= 1
    return place >= 0 and nodes[place].low in _NEW


def _unread(node: Node, nodes: list[Node], at: int, text: str) -> Fault:
    quote = text[node.start : node.end]
    if node.is_any("unverb", "foreign"):
        return Fault(
            DeclineReason.UNSUPPORTED,
            f'"{quote}" is not done here.',
            "Only deploying, scaling, upgrading, configuring, ensuring and deleting are: which of them is meant?",
        )
    if "unobject" in node:
        return Fault(
            DeclineReason.UNSUPPORTED,
            f'"{quote}" is nothing that is handled here.',
            "Which network function, slice or cluster is meant?",
        )
    if "unsupported_target" in node:
        return Fault(
            DeclineReason.UNSUPPORTED, f'"{quote}" is no value that can be set or kept here.', "Which value is meant?"
        )
    if "unaim" in node:
        names = " or ".join(node["unaim"])
        return Fault(
            DeclineReason.AMBIGUOUS, f'"{quote}" may be several things.', f'Which is meant by "{quote}": {names}?'
        )
    before = nodes[at - 1].low if at else ""
    is_place = before in ("in", "at", "@") and ("capital" in node or "slug" in node)
    if is_place:
        return Fault(
            DeclineReason.UNKNOWN_SITE, f'"{quote}" is no site of the inventory.', f'Which site is meant by "{quote}"?'
        )
    return Fault(
        DeclineReason.AMBIGUOUS,
        f'"{quote}" is not understood here.',
        f'What is meant by "{quote}"? Please say it in other words.',
    )
