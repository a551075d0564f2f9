"""Figures with their units and bounds → one node an amount. What it is an amount of is found out later."""

from dataclasses import dataclass, replace
from typing import Literal

from agents.understanding.nodes import Node, joined

Bound = Literal["at_least", "at_most", "equals", "ambiguous"]
_ARROWS = ("->", "→", "=>", "-->", ">")
Part = tuple[Bound | None, float]


@dataclass(frozen=True, slots=True)
class Amount:
    """`parts` are its values with their bounds: one, or the two ends of a range. `kind` is a unit kind, a count, or
    `bare`, `things` (a number right before an object), `version`, `times`."""

    kind: str
    parts: tuple[Part, ...]
    written: str = ""
    relative: Literal["more", "fewer"] | None = None
    bound_low: str = ""
    is_doubtful: bool = False
    is_nines: bool = False
    is_another: bool = False

    @property
    def value(self) -> float:
        """The first of its values."""
        return self.parts[0][1]

    @property
    def bound(self) -> Bound | None:
        """The bound of the first of its values."""
        return self.parts[0][0]


def read_amounts(nodes: list[Node]) -> list[Node]:
    """The nodes with every amount in one node, as `amount`; an object inside an amount stands behind it."""
    result: list[Node] = []
    at = 0
    while at < len(nodes):
        found = _amount(nodes, at, result)
        if found is None:
            result.append(nodes[at])
            at += 1
        else:
            made, at = found
            result += made
    return _ranges(result)


def _amount(nodes: list[Node], at: int, before: list[Node]) -> tuple[list[Node], int] | None:
    start, bound, bound_low = at, None, ""
    if "bound" in nodes[at] and (figure := _figure_after(nodes, at + 1)):
        bound, bound_low, at = nodes[at]["bound"], nodes[at].low, figure
    relative: Literal["more", "fewer"] | None = None
    if "plus" in nodes[at] and _is_sign(nodes, at):
        relative, at = "more", at + 1
    if "another" in nodes[at] or ("more" in nodes[at] and at + 1 < len(nodes) and "number" in nodes[at + 1]):
        relative = "more"
        if at + 1 < len(nodes) and "number" in nodes[at + 1]:
            at += 1
    node = nodes[at]
    if "version_value" in node:
        return [joined(nodes[start : at + 1], amount=Amount("version", ((bound, 0.0),), node["version_value"]))], at + 1
    if node.is_any("twice", "half", "threefold") and "number" not in node:
        times = {"twice": 2.0, "half": 0.5, "threefold": 3.0}[
            next(s for s in ("twice", "half", "threefold") if s in node)
        ]
        return [joined(nodes[start : at + 1], amount=Amount("times", ((bound, times),)))], at + 1
    if "factor" in node and at + 1 < len(nodes) and "number" in nodes[at + 1]:
        return [joined(nodes[start : at + 2], amount=Amount("times", ((bound, nodes[at + 1]["number"]),)))], at + 2
    if "figures" in node:
        low, high = node["figures"]
        amount = Amount("bare", (("at_least", low), ("at_most", high)))
        return _measured(nodes, start, at + 1, amount)
    if "number" in node:
        value = node["number"]
        amount = Amount(
            "bare",
            ((bound, value),),
            node.get("written") or "",
            relative,
            bound_low,
            bool(node.get("doubtful")) or (bool(before) and _is_numbering(before[-1])),
            "is_nines" in node,
        )
        return _measured(nodes, start, at + 1, amount)
    if node.low in ("a", "an") and _is_one_more(nodes, at, before):
        return _measured(nodes, start, at + 1, Amount("bare", ((bound, 1.0),)))
    if relative and "another" in node:
        return _measured(nodes, start, at + 1, Amount("bare", ((bound, 1.0),), "", "more", bound_low, is_another=True))
    return None


def _is_numbering(before: Node) -> bool:
    """`replica 5`, `instance #5`: one of them by its number, or so many?"""
    is_one = "count" in before and " " not in before.low and not before.low.endswith("s")
    return is_one or before.is_any("number_sign", "hash")


def _is_one_more(nodes: list[Node], at: int, before: list[Node]) -> bool:
    """`add an AMF replica`, `remove a replica`."""
    verbs = [sense.kind for node in before[-3:] for sense in node.get("verb") or ()]
    counted = [node for node in nodes[at + 1 : at + 4] if "count" in node]
    return any(kind in ("add", "remove") for kind in verbs) and bool(counted) and not counted[0].low.endswith("s")


def _is_sign(nodes: list[Node], at: int) -> bool:
    """`+3`, stuck to its figure and to nothing before it."""
    is_stuck = at + 1 < len(nodes) and "number" in nodes[at + 1] and nodes[at].end == nodes[at + 1].start
    return is_stuck and (at == 0 or nodes[at - 1].end < nodes[at].start)


def _figure_after(nodes: list[Node], at: int) -> int | None:
    while at < len(nodes) and nodes[at].is_any("det", "adverb") and "number" not in nodes[at]:
        at += 1
    is_figure = at < len(nodes) and nodes[at].is_any("number", "figures", "another", "version_value", "twice")
    return at if is_figure else None


def _measured(nodes: list[Node], start: int, after: int, amount: Amount) -> tuple[list[Node], int] | None:
    """The amount with what it is measured in, which may stand behind the object: `5 UPF replicas`."""
    after, amount = _relative(nodes, after, amount)
    end = after
    if after < len(nodes) and nodes[after].low in ("nos.", "nos", "no.", "pcs", "pieces of", "units of"):
        after += 1
    if after + 1 < len(nodes) and nodes[after].low == "of" and "det" in nodes[after + 1]:
        of = _adjectives(nodes, after + 2)
        after = of if of < len(nodes) and "count" in nodes[of] else after
    place = _adjectives(nodes, after)
    thing: Node | None = None
    owned = place
    if place < len(nodes) and "thing" in nodes[place] and not nodes[place]["thing"].names:
        thing, owned = nodes[place], place + 1
    if owned < len(nodes) and "count" in nodes[owned] and "target" not in nodes[owned]:
        amount, end = replace(amount, kind=nodes[owned]["count"]), owned + 1
    elif thing is not None:
        amount, end = replace(amount, kind="things" if amount.kind == "bare" else amount.kind), owned
    elif "times" in (nodes[after] if after < len(nodes) else Node("", 0, 0)):
        is_figure_alone = nodes[after].low in ("x", "×") and not (start > 0 and nodes[start - 1].low == "by")
        is_doubtful = is_figure_alone or (nodes[after].low == "times" and _is_count(nodes, after + 1))
        amount, end = replace(amount, kind="times", is_doubtful=is_doubtful), after + 1
        if end < len(nodes) and "thing" in nodes[end] and amount.parts[0][1] > 0:
            return [joined(nodes[start:end], amount=replace(amount, kind="things")), nodes[end]], end + 1
    elif place < len(nodes) and "unit" in nodes[place]:
        unit = nodes[place]["unit"]
        parts = tuple((bound, round(value * unit.factor, 9)) for bound, value in amount.parts)
        doubtful = amount.is_doubtful and unit.kind != "percent"
        amount, end = replace(amount, kind=unit.kind, parts=parts, is_doubtful=doubtful), place + 1
    end, amount = _relative(nodes, end, amount)
    if end < len(nodes) and "after_bound" in nodes[end] and amount.bound is None and _closes(nodes, end):
        amount = replace(amount, parts=((nodes[end]["after_bound"], amount.value),), bound_low=nodes[end].low)
        end += 1
    span = joined(nodes[start:end], amount=amount)
    if thing is not None:
        return [Node(span.low, span.start, span.end, {"amount": amount}), thing], end
    return [span], end


def _is_count(nodes: list[Node], at: int) -> bool:
    return at < len(nodes) and "count" in nodes[at]


def _closes(nodes: list[Node], at: int) -> bool:
    """A bound behind an amount belongs to it where no other figure follows that it could belong to."""
    following = nodes[at + 1] if at + 1 < len(nodes) else None
    return following is None or not following.is_any("number", "figures")


def _relative(nodes: list[Node], at: int, amount: Amount) -> tuple[int, Amount]:
    if at < len(nodes) and amount.relative is None and nodes[at].is_any("more", "fewer") and "bound" not in nodes[at]:
        return at + 1, replace(amount, relative="more" if "more" in nodes[at] else "fewer")
    return at, amount


def _adjectives(nodes: list[Node], at: int) -> int:
    while (
        at < len(nodes)
        and nodes[at].is_any("adjective", "counted")
        and "unit" not in nodes[at]
        and "more" not in nodes[at]
    ):
        at += 1
    return at


def _ranges(nodes: list[Node]) -> list[Node]:
    """`3 to 6 replicas`, `between 3 and 6`: one amount with both ends. After `from` the first figure is what was."""
    result: list[Node] = []
    at = 0
    while at < len(nodes):
        node = nodes[at]
        first: Amount | None = node.get("amount")
        if first is not None and at + 2 < len(nodes) and nodes[at + 1].low in _ARROWS and "amount" in nodes[at + 2]:
            at += 1
            continue
        if first is not None and at + 2 < len(nodes) and "to_range" in nodes[at + 1] and "amount" in nodes[at + 2]:
            before = result[-1] if result else None
            is_between = before is not None and "range" in before
            if (
                nodes[at + 1].low in ("-", "–", "—")
                and first.kind != "bare"
                and first.kind == nodes[at + 2]["amount"].kind
            ):
                result.append(node)
                at += 1
                continue
            is_stuck = node.end == nodes[at + 1].start and nodes[at + 1].end == nodes[at + 2].start
            is_hesitant = nodes[at + 1].low in ("..", "...", "…") and not is_stuck
            if is_hesitant or (before is not None and before.low == "from"):
                result.append(node)
                at += 1
                continue
            if before is not None and ("sites" in before or _is_added(result)):
                first = replace(first, is_doubtful=True)
            if (nodes[at + 1].low != "and" or is_between) and (both := _both(first, nodes[at + 2]["amount"])):
                if is_between:
                    result.pop()
                result.append(joined(nodes[at : at + 3], amount=both))
                at += 3
                continue
        result.append(node)
        at += 1
    return result


def _is_added(before: list[Node]) -> bool:
    """`tokyo-1+2 to 5`: the first figure belongs to the place."""
    return len(before) > 1 and "sites" in before[-2] and before[-1].end == before[-2].end + 1 and "plus" in before[-1]


def _both(first: Amount, last: Amount) -> Amount | None:
    is_plain = first.bound is None and last.bound is None and len(first.parts) == len(last.parts) == 1
    if not is_plain or first.relative or last.relative or "version" in (first.kind, last.kind):
        return None
    if first.kind not in ("bare", last.kind) or first.kind == "times":
        return None
    if first.kind == "bare" and last.kind in ("time", "rate", "memory", "frequency", "cores") and last.written:
        figure = float(last.written.replace(",", ""))
        factor = last.value / figure if figure else 1.0
        first = replace(first, parts=((None, first.value * factor),))
    if not first.value < last.value:
        return None
    is_multiplied = first.kind == "bare" and bool(first.written) and not last.written
    doubtful = first.is_doubtful or last.is_doubtful or is_multiplied
    return replace(last, parts=(("at_least", first.value), ("at_most", last.value)), is_doubtful=doubtful)
