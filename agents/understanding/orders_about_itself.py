"""Orders to the system about itself ("ignore your rules"): found before anything else is read."""

from agents.understanding.nodes import Node

_NEAR = 5
"""So many words may stand between the verb and its object ("ignore all of your previous instructions")."""


def order_about_itself(nodes: list[Node], text: str) -> str | None:
    """The words that give such an order; None where there are none."""
    for at, node in enumerate(nodes):
        if "order_phrase" in node:
            return text[node.start : node.end]
        if "order_verb" not in node:
            continue
        for other in nodes[at + 1 : at + 1 + _NEAR]:
            if other.is_any("stop", "line", "comma", "object", "place", "number"):
                break
            if "order_object" in other:
                return text[node.start : other.end]
    return None
