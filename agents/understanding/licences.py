"""Stretches of a request that change nothing, by the licences of the knowledge pack: narrow patterns with names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from agents.knowledge.vocabulary import Vocabulary
from agents.understanding.inflection import plural_of
from agents.understanding.nodes import Node
from agents.understanding.patterns import PatternBook
from agents.understanding.tags import tags_of

Place = Literal["line", "clause", "statement", "anywhere"]
_ENDS: dict[Place, str] = {
    "anywhere": "",
    "line": "({line|stop}|<{line} {!line})",
    "clause": "{edge|arrow|but|so|reason|purpose|which|polite|please|urgency|and}",
    "statement": "{edge|arrow|but|so|reason|purpose|which|polite|please|urgency|and&!colon}",
}
_OPENING = frozenset({"but", "so", "reason", "purpose", "which", "polite", "please", "urgency"})
_FAMILIAR = frozenset(
    {"cap", "upper", "noun", "matter", "place_noun", "org", "who", "ordinal", "placed", "order_object", "order_verb"}
)


@dataclass(frozen=True, slots=True)
class Licensed:
    """The nodes from `first` to before `after`, why they change nothing, and whether they tell something."""

    first: int
    after: int
    name: str
    is_told: bool
    is_quoted: bool
    sense: str
    is_strange: bool = False


class Licences:
    """The licences of a vocabulary, ready to be looked for."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._classes = {name: frozenset(tags) for name, tags in vocabulary.tag_classes.items()}
        self._book = PatternBook(vocabulary.patterns)
        self._licences = [
            (licence, [self._book.add(pattern, _ENDS[licence.ends]) for pattern in licence.patterns])
            for licence in vocabulary.licences
        ]
        self._placed = [self._book.add(pattern) for pattern in vocabulary.placed]
        self._harmless = {form for word in vocabulary.harmless for form in (word, plural_of(word))}
        self._doubted = {kind: [self._book.add(each) for each in found] for kind, found in vocabulary.doubted.items()}

    def tags(self, nodes: Sequence[Node], text: str) -> list[frozenset[str]]:
        """The tags of each node."""
        return [tags_of(node, text, self._classes) for node in nodes]

    def of(self, nodes: Sequence[Node], text: str) -> list[Licensed]:
        """The licensed stretches, in order; at each place the longest."""
        tags = self.tags(nodes, text)
        tape = self._book.tape(nodes, tags)
        found: list[Licensed] = []
        at = 0
        while at < len(nodes):
            best = self._longest(tape, tags, at, found)
            if best is None:
                at += 1
            else:
                found.append(best)
                at = best.after
        return found

    def looked_at_again(self, nodes: Sequence[Node], text: str, licensed: Sequence[Licensed]) -> list[Licensed]:
        """Those of the licensed stretches in which nothing doubtful stands; what has a strange word is to be quoted."""
        tags = self.tags(nodes, text)
        tape = self._book.tape(nodes, tags)
        return [
            replace(
                each, is_strange=each.is_told and any(self._is_strange(nodes[at], tags[at]) for at in _places(each))
            )
            for each in licensed
            if not self._is_doubted(each, tape)
        ]

    def misused(self, nodes: Sequence[Node], text: str) -> set[int]:
        """Where words stand that no order may use."""
        tape = self._book.tape(nodes, self.tags(nodes, text))
        found: set[int] = set()
        for at in range(len(nodes)):
            for pattern in self._doubted["used"]:
                found.update(range(at, self._book.end(pattern, tape, at) or at))
        return found

    def _is_strange(self, node: Node, tags: frozenset[str]) -> bool:
        """True for a word that nobody knows, other than a name."""
        return (
            "unknown" in tags and tags.isdisjoint(_FAMILIAR) and node.low.isalpha() and node.low not in self._harmless
        )

    def _is_doubted(self, each: Licensed, tape: str) -> bool:
        patterns = [*self._doubted["anywhere"], *(self._doubted["told"] if each.is_told else ())]
        at_first = self._doubted["opening"] if each.is_told else []
        return any(self._book.end(pattern, tape, each.first) is not None for pattern in at_first) or any(
            self._book.end(pattern, tape, at) is not None for at in _places(each) for pattern in patterns
        )

    def placed(self, nodes: Sequence[Node], text: str) -> set[int]:
        """The function words that stand where they join the constituents of an order, and say nothing more."""
        tape = self._book.tape(nodes, self.tags(nodes, text))
        found: set[int] = set()
        for at in range(len(nodes)):
            for pattern in self._placed:
                if (after := self._book.end(pattern, tape, at)) is not None:
                    found.update(range(at, after))
        return found

    def _longest(self, tape: str, tags: list[frozenset[str]], at: int, before: list[Licensed]) -> Licensed | None:
        is_line = at == 0 or bool(tags[at - 1] & {"line", "stop", "question"}) or _is_bullet(tags, at)
        is_clause = is_line or _is_clause_start(tags, at) or (bool(before) and before[-1].after == at)
        best: Licensed | None = None
        for licence, patterns in self._licences:
            if (licence.begins == "line" and not is_line) or (licence.begins == "clause" and not is_clause):
                continue
            if licence.after and not (before and before[-1].after == at and before[-1].name in licence.after):
                continue
            for pattern in patterns:
                after = self._book.end(pattern, tape, at)
                if after is None or (best and after <= best.after):
                    continue
                if licence.needs and not any(not tags[place].isdisjoint(licence.needs) for place in range(at, after)):
                    continue
                best = Licensed(at, after, licence.name, licence.told, licence.quoted, licence.sense)
        return best


def _places(each: Licensed) -> range:
    return range(each.first, each.after)


def _is_bullet(tags: list[frozenset[str]], at: int) -> bool:
    return bool(tags[at - 1] & {"star", "dash", "angle"}) and (at < 2 or "line" in tags[at - 2])


def _is_clause_start(tags: list[frozenset[str]], at: int) -> bool:
    return bool(tags[at - 1] & {"edge", "so", "arrow"}) or bool(tags[at] & _OPENING)
