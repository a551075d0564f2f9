"""A request as a row of nodes: at first a phrase each, later whole constituents (sites, objects, quantities)."""

from dataclasses import dataclass, field
from typing import Any

Senses = dict[str, Any]


@dataclass(slots=True)
class Node:
    """A stretch of the request with all it may mean, by sense. `low` is its text in lower case, corrected."""

    low: str
    start: int
    end: int
    senses: Senses = field(default_factory=dict)

    def __contains__(self, sense: str) -> bool:
        return sense in self.senses

    def __getitem__(self, sense: str) -> Any:
        return self.senses[sense]

    def get(self, sense: str) -> Any:
        """What it means in this sense; None where it has none."""
        return self.senses.get(sense)

    def is_any(self, *senses: str) -> bool:
        """True where it has one of these senses."""
        return not self.senses.keys().isdisjoint(senses)


def joined(nodes: list[Node], **senses: Any) -> Node:
    """One node in the place of several."""
    return Node(" ".join(each.low for each in nodes), nodes[0].start, nodes[-1].end, senses)
