"""Figures and number words → one node a number; what may be two different numbers is doubtful."""

import re

from agents.understanding.nodes import Node, joined

_GROUPED_BY_POINTS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+")


def read_numbers(nodes: list[Node]) -> list[Node]:
    """The nodes with every number in one: `number`, as `written`, and `doubtful` where it may be misread."""
    result: list[Node] = []
    at = 0
    while at < len(nodes):
        node, at = _number_at(nodes, at, result)
        result.append(node)
        at = _after_repetition(nodes, at, node)
    return result


def _after_repetition(nodes: list[Node], at: int, number: Node) -> int:
    """`eight (8)`: the same number once more."""
    is_repeated = (
        "number" in number
        and at + 2 < len(nodes)
        and "open" in nodes[at]
        and nodes[at + 1].is_any("number", "number_word")
        and "close" in nodes[at + 2]
    )
    if is_repeated and _number_at(nodes, at + 1, [])[0]["number"] == number["number"]:
        return at + 3
    return at


def _number_at(nodes: list[Node], at: int, before: list[Node]) -> tuple[Node, int]:
    node = nodes[at]
    if "nines" in node:
        return Node(node.low, node.start, node.end, {"number": node["nines"], "written": "", "is_nines": True}), at + 1
    if node.low == "minus" and at + 1 < len(nodes) and nodes[at + 1].is_any("number", "number_word"):
        positive, after = _number_at(nodes, at + 1, before)
        return joined([node, positive], **{**positive.senses, "number": -positive["number"], "written": ""}), after
    if "number" in node and "word" in node:
        return _words(nodes, at)
    if "number" in node:
        return _digits(nodes, at, before)
    if node.low in ("one", "ones") and before and before[-1].low == "the" and _is_placed(nodes, at + 1):
        return Node(node.low, node.start, node.end, {"glue": True}), at + 1
    if "number_word" in node:
        return _words(nodes, at)
    if node.low in ("a", "an", "half") and at + 1 < len(nodes):
        return _article(nodes, at)
    if "multiplier" in node and node.low in ("dozen", "million", "hundred", "thousand", "billion"):
        return Node(
            node.low, node.start, node.end, {"number": node["multiplier"], "written": "", "doubtful": True}
        ), at + 1
    return node, at + 1


def _is_placed(nodes: list[Node], at: int) -> bool:
    """`the one in london-2`: no number, but what was named before."""
    return at < len(nodes) and nodes[at].low in ("in", "at", "on", "of", "for")


def _digits(nodes: list[Node], at: int, before: list[Node]) -> tuple[Node, int]:
    node, after = nodes[at], at + 1
    parts = [node]
    value: float = node["number"]
    doubtful = bool(_GROUPED_BY_POINTS.fullmatch(node["written"])) and node["written"][0] != "0"
    names_an_object = bool(before) and before[-1].is_any("object", "number_sign")
    while after < len(nodes) and not names_an_object and _is_group(parts, nodes[after]):
        parts.append(nodes[after])
        value = value * 1000 + nodes[after]["number"]
        after += 1
    if after + 1 < len(nodes) and "comma" in nodes[after] and _touch(nodes[after - 1], nodes[after], nodes[after + 1]):
        doubtful = True
    if before and "comma" in before[-1] and before[-1].end == node.start:
        doubtful = True
    if after < len(nodes) and "multiplier" in nodes[after] and not _is_unit_rather(nodes, after):
        value *= nodes[after]["multiplier"]
        parts.append(nodes[after])
        after += 1
        doubtful = nodes[after - 1].low == "m" and after < len(nodes) and nodes[after].is_any("unit", "target")
    senses = {"number": round(value, 9), "written": node["written"] if len(parts) == 1 else ""}
    if doubtful:
        senses["doubtful"] = True
    return joined(parts, **senses), after


def _is_group(parts: list[Node], following: Node) -> bool:
    """`250 000`: a group of three digits after a space, behind at most three digits without a leading zero."""
    first = parts[0]["written"]
    return (
        len(following.get("written") or "") == 3
        and "number" in following
        and following["written"].isdigit()
        and following.start == parts[-1].end + 1
        and first.isdigit()
        and len(first) <= 3
        and first[0] != "0"
    )


def _touch(one: Node, comma: Node, other: Node) -> bool:
    return "number" in other and one.end == comma.start and comma.end == other.start


def _is_unit_rather(nodes: list[Node], at: int) -> bool:
    """`5 m` and `5 k` apart are no multiples; stuck to the figure they are."""
    return len(nodes[at].low) == 1 and nodes[at].start != nodes[at - 1].end


def _words(nodes: list[Node], at: int) -> tuple[Node, int]:
    """`twenty-four`, `one hundred and twenty`, `two million`, `fifty thousand`, `two point five`."""
    total, current, after = 0.0, 0.0, at
    last_end = at
    while after < len(nodes):
        node = nodes[after]
        if "number_word" in node or "word" in node:
            word = node["number_word"] if "number_word" in node else node["number"]
            if after > at and current % 100 != 0 and not (word < 10 and current % 10 == 0 and current % 100 >= 20):
                break
            if after > at and word == 0:
                break
            current += word
        elif "multiplier" in node and len(node.low) > 2:
            if node["multiplier"] == 100:
                current = max(current, 1) * 100
            elif node["multiplier"] == 12:
                current = max(current, 1) * 12
            else:
                total, current = total + max(current, 1) * node["multiplier"], 0.0
        elif node.low == "and" and _continues(nodes, after, total + current):
            after += 1
            continue
        else:
            break
        after += 1
        last_end = after
    last_end = max(last_end, at + 1)
    value, parts = total + current, nodes[at:last_end]
    if last_end + 1 < len(nodes) and nodes[last_end].low == "point":
        digits = []
        place = last_end + 1
        while place < len(nodes) and "number_word" in nodes[place] and nodes[place]["number_word"] < 10:
            digits.append(str(int(nodes[place]["number_word"])))
            place += 1
        if digits:
            value, parts, last_end = float(f"{int(value)}.{''.join(digits)}"), nodes[at:place], place
    return joined(parts, number=value, written="", word=True), last_end


def _continues(nodes: list[Node], at: int, so_far: float) -> bool:
    """`one hundred and twenty`, but not `two and three`."""
    return (
        so_far >= 100
        and so_far % 100 == 0
        and at + 1 < len(nodes)
        and "number_word" in nodes[at + 1]
        and (at == 0 or "multiplier" in nodes[at - 1])
    )


def _article(nodes: list[Node], at: int) -> tuple[Node, int]:
    """`a million`, `a dozen`, `half a million`, `half a second`."""
    node, following = nodes[at], nodes[at + 1]
    if node.low == "half" and following.low in ("a", "an") and at + 2 < len(nodes) and "unit" in nodes[at + 2]:
        return joined(nodes[at : at + 2], number=0.5, written="", word=True), at + 2
    if node.low == "half" and following.low in ("a", "an") and at + 2 < len(nodes) and "multiplier" in nodes[at + 2]:
        parts = nodes[at : at + 3]
        return joined(parts, number=nodes[at + 2]["multiplier"] / 2, written="", word=True), at + 3
    if node.low == "a" and "multiplier" in following and len(following.low) > 3 and not following.low.endswith("s"):
        value, after = following["multiplier"], at + 2
        if after < len(nodes) and "multiplier" in nodes[after] and len(nodes[after].low) > 3:
            value, after = value * nodes[after]["multiplier"], after + 1
        return joined(nodes[at:after], number=value, written="", word=True), after
    return node, at + 1
