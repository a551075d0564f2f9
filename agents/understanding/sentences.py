"""The layout of a request (lines, lists, forms, greetings, signatures) → sentences, each with its role."""

from dataclasses import dataclass, field
from typing import Literal

from agents.understanding.frames import COUNTS
from agents.understanding.inflection import BASE
from agents.understanding.nodes import Node
from agents.understanding.verb_forms import verb_forms

Role = Literal["text", "headline", "background", "record", "old", "time"]
_LONGEST_SIGNATURE_LINE = 9
_LONGEST_ADDRESS = 5
_OPEN_ENDED = ("det", "prep", "and", "bound", "number", "verb", "comma", "its", "adjective", "lead", "modal", "be")
_TICKS = ("x", "✓", "✔")
"""`[x]` before what is done already."""
_LONGEST_LABEL = 5
_ADDRESSING = ("who", "unknown", "det", "prep", "and", "closing", "greeting", "sites", "glue", "unit")
"""What may follow a salutation; `Ms` is a unit as well."""
_NEVER_A_TITLE = ("thing", "amount", "aim", "everything", "not", "retraction", "correction", "modal", "if")
_TITLE = ("det", "prep", "glue", "adverb", "courtesy", "content_label", "amount")
_OLD = ("current", "old", "present", "previous", "existing", "from", "currently", "was", "now", "so far")
_HEADLINES = ("subject", "title", "summary", "re", "fwd", "fw", "headline")
_CONTENT_LABELS = ("aim", "count", "named", "target", "content_label", "thing", "slice_id", "unaim")
_LABELS: dict[str, Role] = {
    "background_label": "background",
    "record_label": "record",
    "old_label": "old",
    "time_label": "time",
}


@dataclass(slots=True)
class Sentence:
    """A stretch of the request that is read by itself. A `question` ends with a question mark."""

    nodes: list[Node]
    role: Role = "text"
    is_question: bool = False
    label: Node | None = None


@dataclass(slots=True)
class _Line:
    nodes: list[Node]
    is_after_blank: bool
    is_item: bool = False
    is_quoted: bool = False
    sentences: list[Sentence] = field(default_factory=list)


def sentences_of(nodes: list[Node], text: str) -> list[Sentence]:
    """The sentences, in order; greetings and signatures are gone."""
    lines = _without_letter(_lines(nodes, text))
    result: list[Sentence] = []
    form: Sentence | None = None
    is_open = False
    for line in lines:
        found = _of_line(line, is_in_form=form is not None)
        if is_open and line.is_item and result and result[-1].role in ("old", "background") and not result[-1].nodes:
            result[-1:-1] = [Sentence(each.nodes, "background") for each in found]
            continue
        first = found[0] if found else None
        if is_open and line.is_item and result and first is not None and _is_headed(result, first):
            result += found
            continue
        if first is not None and first.role == "text":
            is_item = is_open and bool(result) and result[-1].role == "text"
            target = result[-1] if is_item else form if first.label is not None else None
            if target is not None:
                _append(target, found.pop(0))
            form = (target or first) if first.label is not None else None
        result += found
        is_open = _ends_open(line) or (is_open and line.is_item)
    return result


def _is_headed(result: list[Sentence], item: Sentence) -> bool:
    """`Changes for edge-03:` above orders: the place of each of them, and the orders apart."""
    if item.role != "text" or not item.nodes or BASE not in verb_forms(item.nodes[0]):
        return False
    last = result[-1].nodes
    if last and all(node.is_any("sites", "and", "comma") for node in last):
        return True
    if BASE in verb_forms(last[0]) and len(result) > 1 and result[-1].role == "text" and _is_place(result):
        return True
    at = next((place for place, node in enumerate(last) if "sites" in node), 0)
    places = [node for node in last[at:] if "colon" not in node]
    is_title = at > 0 and all(node.is_any(*_TITLE) or node.low in ("do", "changes") for node in last[:at])
    if is_title and all(node.is_any("sites", "and", "comma") for node in places):
        result[-1].nodes = places
        return True
    return False


def _is_place(result: list[Sentence]) -> bool:
    """True where the orders of the list so far stand under a place alone."""
    return any(each.nodes and all(n.is_any("sites", "and", "comma") for n in each.nodes) for each in result[:-1])


def _ends_open(line: _Line) -> bool:
    return bool(line.nodes) and "colon" in line.nodes[-1]


def _append(sentence: Sentence, more: Sentence) -> None:
    sentence.nodes += [_comma(more.nodes), *more.nodes]
    sentence.is_question |= more.is_question


def _comma(nodes: list[Node]) -> Node:
    start = nodes[0].start if nodes else 0
    return Node(",", start, start, {"comma": True, "new_line": True})


def _lines(nodes: list[Node], text: str) -> list[_Line]:
    """Lines as they are meant: one that was only wrapped goes on in the next."""
    lines = [_Line([], is_after_blank=True)]
    for node in nodes:
        if "line" not in node:
            lines[-1].nodes.append(node)
        elif lines[-1].nodes:
            lines.append(_Line([], is_after_blank="blank" in node))
    lines = [line for line in lines if line.nodes]
    for line in lines:
        _strip_bullet(line)
    result: list[_Line] = []
    for line in lines:
        if result and _is_wrapped(result[-1], line, text):
            result[-1].nodes += line.nodes
        elif line.nodes:
            result.append(line)
    return result


def _strip_bullet(line: _Line) -> None:
    nodes = line.nodes
    if nodes[0].is_any("star", "dash", "angle", "plus") or nodes[0].low in ("o", "•"):
        line.is_quoted = "angle" in nodes[0]
        line.nodes, line.is_item = nodes[1:], True
        nodes = line.nodes
    if len(nodes) > 1 and "open" in nodes[0] and "close" in nodes[1]:
        line.nodes, line.is_item = nodes[2:], True
    elif len(nodes) > 2 and "open" in nodes[0] and "close" in nodes[2] and nodes[1].low in _TICKS:
        line.nodes, line.is_item, line.is_quoted = nodes[3:], True, True
    elif len(nodes) > 1 and nodes[1].is_any("stop", "close") and _is_ordinal(nodes[0]):
        line.nodes, line.is_item = nodes[2:], True
    elif len(nodes) > 2 and "open" in nodes[0] and "close" in nodes[2] and _is_ordinal(nodes[1]):
        line.nodes, line.is_item = nodes[3:], True


def _is_ordinal(node: Node) -> bool:
    amount = node.get("amount")
    return (amount is not None and amount.kind == "bare" and amount.written.isdigit()) or len(node.low) == 1


def _is_wrapped(before: _Line, line: _Line, text: str) -> bool:
    if line.is_after_blank or line.is_item or not line.nodes or not before.nodes:
        return False
    last, first = before.nodes[-1], line.nodes[0]
    if last.is_any("stop", "question", "colon", "closing", "semicolon") or _label(line.nodes) or _label(before.nodes):
        return False
    if before.nodes[0].is_any("greeting", "closing") or first.is_any("closing", "greeting"):
        return False
    if last.is_any(*_OPEN_ENDED):
        return True
    starts_low = text[first.start].islower() or text[first.start].isdigit()
    return starts_low and not first.is_any("verb", "thing", "sites")


def _label(nodes: list[Node]) -> tuple[Role, int] | None:
    """(role, place after it) of the label that a line begins with."""
    colon = next((at for at, node in enumerate(nodes[:_LONGEST_LABEL]) if "colon" in node), None)
    if nodes and "thing" in nodes[0] and ":" in nodes[0].low:
        return "text", 0
    if colon is None or colon == 0:
        return None
    if colon > 1 and any(node.is_any("now", "past") or node.low in _OLD for node in nodes[:colon]):
        return "old", colon + 1
    if colon == 1:
        for sense, role in _LABELS.items():
            if sense in nodes[0]:
                return ("headline" if nodes[0].low in _HEADLINES else role), 2
        if "content_label" in nodes[0]:
            return ("headline" if nodes[0].low in _HEADLINES else "text"), 2
        if nodes[0].is_any("target", "aim", "count", "named", "thing", "slice_id"):
            return "text", 0
    if _is_heading(nodes[:colon], nodes[colon + 1 :]):
        return None
    if nodes[0].is_any("verb", "modal", "greeting") or ("prep" in nodes[0] and nodes[0].low != "to"):
        return None
    return ("text", 0) if any(node.is_any(*_CONTENT_LABELS) for node in nodes[:colon]) else None


def _is_heading(title: list[Node], rest: list[Node]) -> bool:
    """`Item 3: scale the AMF …`: several words that are no name of a field, before an order."""
    is_train = len(title) > 2 and title[0].low == "release" and "unknown" not in title[-1]
    is_field = any(node.is_any("thing", "aim", "sites", "count", "target", "slice_id") for node in title[is_train:])
    is_order = bool(rest) and BASE in verb_forms(rest[0]) and len(rest) > 2
    return len(title) > 1 and is_order and not is_field


def _of_line(line: _Line, *, is_in_form: bool) -> list[Sentence]:
    if line.is_quoted:
        return [Sentence(each.nodes, "background") for each in _split(line.nodes)]
    label = _label(line.nodes)
    if label is None and is_in_form and len(line.nodes) > 1 and "colon" in line.nodes[1]:
        label = "text", 0
    if label is None:
        return [_with_role(each) for each in _split(line.nodes)]
    role, after = label
    rest = line.nodes[after:]
    if role == "record" and "target" in line.nodes[0] and any("amount" in node for node in rest):
        role, rest = "text", line.nodes
    if role == "record" and any("amount" in node and node["amount"].kind in COUNTS for node in rest):
        role, rest = "text", [node for node in line.nodes if "colon" not in node]
    if role in ("background", "record", "old", "time"):
        return (
            [Sentence(rest, role, label=line.nodes[0])]
            if role != "background"
            else [Sentence(each.nodes, "background", label=line.nodes[0]) for each in _split(rest)]
        )
    found = _split(rest)
    if found:
        found[0].label = line.nodes[0]
        found[0].role = role
    return found


def _with_role(sentence: Sentence) -> Sentence:
    """A sentence that begins like a line of a ticket, though it stands among others."""
    label = _label(sentence.nodes)
    first = sentence.nodes[0]
    if label is not None and label[0] in ("background", "record", "old", "time"):
        sentence.role = label[0]
    elif "record_label" in first and not first.is_any("target", "verb") and len(sentence.nodes) <= _LONGEST_LABEL:
        sentence.role = "record"
    return sentence


def _split(nodes: list[Node]) -> list[Sentence]:
    result: list[Sentence] = []
    current: list[Node] = []
    for node in nodes:
        if node.is_any("stop", "question", "semicolon") and "amount" not in node:
            if current:
                result.append(Sentence(current, is_question="question" in node))
            elif result and "question" in node:
                result[-1].is_question = True
            current = []
        else:
            current.append(node)
    if current:
        result.append(Sentence(current))
    return [each for each in result if any(not n.is_any("comma", "dash", "close", "quote", "star") for n in each.nodes)]


def _without_letter(lines: list[_Line]) -> list[_Line]:
    """Without the salutation, and from the closing on without the lines of a signature."""
    if lines:
        lines[0].nodes = _without_greeting(lines[0].nodes)
    result: list[_Line] = []
    is_closed = False
    for line in lines:
        nodes = line.nodes
        if nodes and "closing" in nodes[0] and _is_signature(nodes[1:]):
            is_closed = True
            continue
        if is_closed and (_is_signature(nodes) or _is_office(nodes) or _is_title(nodes)):
            continue
        if nodes and "dash" in nodes[0] and _is_signature(nodes):
            is_closed = True
            continue
        closing = next(
            (
                at
                for at, node in enumerate(nodes)
                if at and "closing" in node and nodes[at - 1].is_any("stop", "question", "comma", "dash")
            ),
            None,
        )
        if closing is not None and _is_name(nodes[closing + 1 :]):
            line.nodes = nodes[:closing]
        result.append(line)
    while len(result) > 1 and _is_signed(result):
        result.pop()
    return [line for line in result if line.nodes]


def _is_signed(lines: list[_Line]) -> bool:
    """A last line of nothing but names, after a blank line or after another such line."""
    last = lines[-1]
    is_apart = last.is_after_blank or (len(lines) > 2 and _is_name(lines[-2].nodes))
    return is_apart and not last.is_item and _is_name(last.nodes) and any("capital" in n for n in last.nodes)


def _is_title(nodes: list[Node]) -> bool:
    """`Radio Planning`: below a closing a few words that could be no order are somebody's work."""
    is_order = any(
        node.is_any("thing", "amount", "aim", "everything", "not", "retraction", "modal", "if") for node in nodes
    )
    return len(nodes) <= _LONGEST_ADDRESS and not is_order


def _is_office(nodes: list[Node]) -> bool:
    """`Office 3.14`, `Building 7`: below a closing a bare figure is part of the address."""
    has_figure = any("amount" in node and node["amount"].kind == "bare" for node in nodes)
    is_plain = not any(node.is_any("verb", "thing", "sites", "aim", "not", "modal") for node in nodes)
    return has_figure and is_plain and len(nodes) <= _LONGEST_ADDRESS


def _is_name(nodes: list[Node]) -> bool:
    """`, Priya`, `Tom, NOC`: what may stand behind a closing on its line."""
    return len(nodes) <= _LONGEST_ADDRESS and all(
        node.is_any("unknown", "comma", "stop", "who", "dash", "slash", "adverb", "sites", "reference")
        for node in nodes
    )


def _is_signature(nodes: list[Node]) -> bool:
    """A short line that asks for nothing: no verb, no amount but a number to call."""
    if len(nodes) > _LONGEST_SIGNATURE_LINE:
        return False
    has_phone = any(node.is_any("phone", "reference") for node in nodes)
    return not any(
        node.is_any("verb", "unverb", "foreign", "not", "retraction", "if", "modal", "bound")
        or ("amount" in node and not has_phone)
        or ("thing" in node and len(nodes) > 4)
        for node in nodes
    )


def _without_greeting(nodes: list[Node]) -> list[Node]:
    if not nodes or "greeting" not in nodes[0]:
        return nodes
    for place in range(1, min(len(nodes), _LONGEST_ADDRESS + 2)):
        if nodes[place].is_any("comma", "stop", "dash", "colon"):
            return nodes[place + 1 :]
        if not nodes[place].is_any(
            "who", "unknown", "det", "prep", "and", "closing", "greeting", "sites", "glue", "unit"
        ):
            return nodes[place:]
    return nodes[1:] if len(nodes) > _LONGEST_ADDRESS + 1 else []
