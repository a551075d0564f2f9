"""What stands at a place's name and may make it another place: `New Osaka`, `Frankfurt (Oder)`, `Manchester, USA`."""

from agents.understanding.nodes import Node

_NEWER = ("new", "brand new", "brand-new", "fresh", "main", "local")
_TELLING = (
    *("sites", "thing", "amount", "aim", "unaim", "there", "now", "past", "reference", "ticket", "reason", "purpose"),
    *("courtesy", "urgency", "be", "have", "modal", "verb", "unverb", "not", "retraction", "correction", "or", "all"),
)
"""Words by which an aside is about something else than which place is meant."""


def namesake(nodes: list[Node], at: int, text: str) -> tuple[int, int] | None:
    """(first, after the last) of the nodes that together may name another place than the one at `at` does alone."""
    if _is_newer(nodes, at, text):
        return at - 1, at + 1
    if at + 2 < len(nodes) and "dash" in nodes[at + 1] and "star" in nodes[at + 2]:
        return at, at + 3  # "osaka-*"
    after = _after_aside(nodes, at + 1)
    return (at, after) if after is not None else None


def _is_newer(nodes: list[Node], at: int, text: str) -> bool:
    """`New Osaka`, `the new osaka-1`; but `the new Osaka UPF` is a UPF that is new."""
    if at == 0 or nodes[at - 1].low not in _NEWER:
        return False
    is_of_object = at > 1 and nodes[at - 2].is_any("det", "its", "verb") and at + 1 < len(nodes)
    return text[nodes[at - 1].start].isupper() or not (is_of_object and nodes[at + 1].is_any("object", "service"))


def _after_aside(nodes: list[Node], at: int) -> int | None:
    """The place after an aside that says no more than which place is meant; None where there is none."""
    if at >= len(nodes) or "open" not in nodes[at]:
        return None
    close = next((place for place in range(at + 1, len(nodes)) if nodes[place].is_any("close", "line")), len(nodes))
    aside = nodes[at + 1 : close]
    is_which = any("site_word" in node for node in aside) or not any(node.is_any(*_TELLING) for node in aside)
    return min(close + 1, len(nodes)) if aside and is_which else None
