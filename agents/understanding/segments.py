"""A sentence cut where a clause may begin: at commas, brackets, dashes, colons, and before words that join clauses."""

from dataclasses import dataclass, field
from enum import Enum

from agents.understanding.nodes import Node

CONTENT = ("thing", "sites", "amount", "aim", "unaim", "everything")
"""Senses by which a word is about the network or its values."""
_JOINING = ("and", "but", "so", "plus")
_NO_REASON_AFTER = ("as", "such", "ensure", "make sure", "so")


class Kind(Enum):
    """What a stretch of a sentence is."""

    REQUEST = "request"
    FRAGMENT = "fragment"
    STATEMENT = "statement"
    REASON = "reason"
    COURTESY = "courtesy"


@dataclass(slots=True)
class Segment:
    """A part of a sentence. `joint` is what joins it to what stands before; `doubt` is why it might be a request."""

    kind: Kind
    nodes: list[Node] = field(default_factory=list)
    joint: str = ""
    is_aside: bool = False
    doubt: Node | None = None

    def has(self, *senses: str) -> bool:
        """True where one of its words has one of these senses."""
        return any(node.is_any(*senses) for node in self.nodes)


def segments_of(nodes: list[Node]) -> list[Segment]:
    """The segments, in order, not yet told apart."""
    result = [Segment(Kind.FRAGMENT)]
    depth = 0
    for at, node in enumerate(nodes):
        is_content = node.is_any(*CONTENT)
        if node.is_any("open", "close"):
            depth = max(0, depth + (1 if "open" in node else -1))
            result.append(Segment(Kind.FRAGMENT, joint=node.low, is_aside=depth > 0))
        elif node.is_any("comma", "dash", "colon") and not is_content:
            joint = "new_line" if "new_line" in node else node.low
            result.append(Segment(Kind.FRAGMENT, joint=joint, is_aside=depth > 0))
        elif node.is_any(*_JOINING) and not is_content:
            _join(result, "and" if "plus" in node else node.low, is_aside=depth > 0)
        elif "slash" in node and _is_between_likes(nodes, at):
            _join(result, "and", is_aside=depth > 0)
        elif begins_reason(nodes, at) and result[-1].nodes:
            result.append(Segment(Kind.FRAGMENT, [node], is_aside=depth > 0))
        else:
            result[-1].nodes.append(node)
    for each in result:
        each.nodes = _without_address(each.nodes)
    return [each for each in result if each.nodes]


def _is_between_likes(nodes: list[Node], at: int) -> bool:
    """`AMF/SMF`, `tokyo-1/osaka-1`."""
    if not 0 < at < len(nodes) - 1:
        return False
    return any(kind in nodes[at - 1] and kind in nodes[at + 1] for kind in ("thing", "sites"))


def _without_address(nodes: list[Node]) -> list[Node]:
    """Without `CHG-5520`, `@noc`, `hello` before a clause."""
    at = 0
    while at < len(nodes) and (
        nodes[at].is_any("reference", "ticket_id", "greeting", "hash")
        or (nodes[at].low == "@" and at + 1 < len(nodes) and nodes[at + 1].is_any("who", "unknown"))
        or (at > 0 and nodes[at - 1].low == "@" and nodes[at].is_any("who", "unknown"))
    ):
        at += 1
    return nodes[at:] if at < len(nodes) else nodes


def _join(result: list[Segment], low: str, *, is_aside: bool) -> None:
    if result[-1].nodes:
        result.append(Segment(Kind.FRAGMENT, joint=low, is_aside=is_aside))
    else:
        result[-1].joint = f"{result[-1].joint} {low}".strip()


def begins_reason(nodes: list[Node], at: int) -> bool:
    """`because …`, `to handle …`, `for the marathon`."""
    node = nodes[at]
    if "reason" in node and not node.is_any(*CONTENT):
        if "verb" in node and at > 0 and nodes[at - 1].is_any("be", "modal", "thing"):
            return False
        is_other = node.low in ("as", "so that", "since") and at > 0 and nodes[at - 1].low in _NO_REASON_AFTER
        return not is_other
    if "purpose" in node:
        return True
    return node.low == "for" and _is_event(nodes, at + 1)


def _is_event(nodes: list[Node], at: int) -> bool:
    """`the upcoming city marathon`: what explains, and is nothing of the network."""
    while at < len(nodes) and nodes[at].is_any("det", "event_adjective", "adjective", "owner"):
        following = nodes[at + 1] if at + 1 < len(nodes) else None
        if "event" in nodes[at] and not (following is not None and following.is_any("event", "event_adjective")):
            return True
        at += 1
    return at < len(nodes) and "event" in nodes[at]
