"""Ticket and telephone numbers, which mean nothing for the network: one node each."""

from agents.understanding.nodes import Node

_SHORTEST_TICKET = 4
_CUSTOMERS = ("customer", "client", "tenant", "partner")

_PERSONS = ("you", "someone", "somebody", "anyone", "anybody", "one of you")


def with_polite_ifs(nodes: list[Node]) -> list[Node]:
    """`if you could …`, `whether someone can …`: politeness, and no condition."""
    for at, node in enumerate(nodes[:-2]):
        is_asking = nodes[at + 1].low in _PERSONS and nodes[at + 2].low in ("could", "can", "would", "might", "may")
        if node.low in ("if", "whether") and "if" in node and is_asking:
            node.senses = {"lead": True}
    return nodes


def without_customers(nodes: list[Node]) -> list[Node]:
    """`create for our customer Hoshino a slice`: whom something new is for is no part of it."""
    if not any(node.low in _CUSTOMERS for node in nodes):
        return nodes
    result: list[Node] = []
    at = 0
    is_creating = False
    while at < len(nodes):
        node = nodes[at]
        is_creating |= any(sense.kind == "deploy" for sense in node.get("verb") or ())
        end = _customer(nodes, at) if is_creating else None
        if node.is_any("stop", "line") or end is None:
            is_creating &= not node.is_any("stop", "line")
            result.append(node)
            at += 1
        else:
            result.append(Node(node.low, node.start, nodes[end - 1].end, {"reference": True}))
            at = end
    return result


def _customer(nodes: list[Node], at: int) -> int | None:
    """The place after `for our customer Acme Corp`, if that begins here."""
    place = at + 1
    while place < len(nodes) and "det" in nodes[place]:
        place += 1
    if nodes[at].low != "for" or place >= len(nodes) or nodes[place].low not in _CUSTOMERS:
        return None
    place += 1
    while place < len(nodes) and "capital" in nodes[place]:
        place += 1
    return place


def without_references(nodes: list[Node]) -> list[Node]:
    """The nodes with every ticket and telephone number as a `reference`, and no number."""
    result: list[Node] = []
    at = 0
    while at < len(nodes):
        end = _reference(nodes, at)
        if end is None:
            result.append(nodes[at])
            at += 1
        else:
            result.append(Node(nodes[at].low, nodes[at].start, nodes[end - 1].end, {"reference": True}))
            at = end
    return result


def _reference(nodes: list[Node], at: int) -> int | None:
    """The place after a reference that begins here."""
    node = nodes[at]
    if "hash" in node or node.low == "#":
        is_named = at > 0 and nodes[at - 1].is_any("object", "named", "named_object")
        figure = nodes[at + 1] if at + 1 < len(nodes) else None
        is_long = figure is not None and len(figure.get("written") or "") >= _SHORTEST_TICKET
        return at + 2 if is_long and not is_named else None
    if not node.is_any("ticket", "phone"):
        return None
    place = at + 1
    if (
        node.low == "see"
        and place < len(nodes)
        and len(nodes[place].get("written") or "") in range(1, _SHORTEST_TICKET)
    ):
        return None
    while place < len(nodes) and nodes[place].is_any("ticket", "phone", "colon", "hash", "number_sign", "det"):
        place += 1
    end = place
    while end < len(nodes) and (_is_figure(nodes[end]) or _is_dash(nodes, end)):
        end += 1
    return end if end > place else None


def _is_figure(node: Node) -> bool:
    has_figure = any(letter.isdigit() for letter in node.low)
    return node.is_any("number", "figures", "ticket_id", "reference") or ("unknown" in node and has_figure)


def _is_dash(nodes: list[Node], at: int) -> bool:
    is_between = at + 1 < len(nodes) and "number" in nodes[at + 1] and "number" in nodes[at - 1]
    return is_between and nodes[at].is_any("dash", "slash")
