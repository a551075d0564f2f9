"""A store of passages in plain Python, for tests and for trying things out."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import log
from typing import TYPE_CHECKING

from agents.domain.ports import Ranking
from agents.knowledge.search_words import telling_words
from agents.retrieval.fusion import fused
from agents.retrieval.passages import Held, Passage, beginning, held_of
from agents.retrieval.ports import Facts
from schemas.bodies import Citation

if TYPE_CHECKING:
    from agents.retrieval.ports import Vector

_WORD = re.compile(r"[^\W_]+")
_WEIGHTS = {"subjects": 16, "title": 6, "keywords": 4, "text": 1}


class InMemoryPassageStore:
    """Scores a passage by the rare words it shares with the query, and by the scalar product of vectors."""

    name = "memory"

    def __init__(self, passages: Sequence[Passage] = (), vectors: "Sequence[Vector] | None" = None) -> None:
        self._passages: dict[str, list[tuple[Passage, Vector | None]]] = {}
        self._facts = Facts()
        self._add(passages, vectors)

    async def find(self, query: str, vector: "Vector | None", limit: int, ranking: Ranking) -> tuple[Citation, ...]:
        """At most `limit` documents, best first, `score` 0..1."""
        words = [] if ranking is Ranking.VECTORS else self._by_words(query)
        near = [] if vector is None or ranking is Ranking.KEYWORDS else self._by_meaning(vector)
        if ranking is Ranking.HYBRID:
            passages = {passage.document: passage for _, passage in (*near, *words)}
            keys = fused([[passage.document for _, passage in each] for each in (words, near)])
            scored = [(score, passages[document]) for document, score in keys]
        else:
            scored = words or near
        return tuple(_citation(passage, score, ranking) for score, passage in scored[: max(limit, 0)])

    def _by_words(self, query: str) -> list[tuple[float, Passage]]:
        asked = set(_words(" ".join(telling_words(query))))
        weights = [(passage, _weights(passage)) for passage, _ in self._all()]
        spread = Counter(word for _, each in weights for word in each)
        scored = []
        for passage, each in weights:
            relevance = sum(each[word] * log(1 + len(weights) / spread[word]) for word in asked if word in each)
            scored.append((round(relevance / (relevance + max(_WEIGHTS.values())), 4), passage))
        return _best_of_each(scored)

    def _by_meaning(self, vector: "Vector") -> list[tuple[float, Passage]]:
        return _best_of_each([(float(held @ vector), passage) for passage, held in self._all() if held is not None])

    def _all(self) -> Iterator[tuple[Passage, "Vector | None"]]:
        for parts in self._passages.values():
            yield from parts

    async def put(self, passages: Sequence[Passage], vectors: "Sequence[Vector] | None") -> None:
        """Whole documents, in the place of what was held under their names."""
        await self.remove({passage.document for passage in passages})
        self._add(passages, vectors)

    def _add(self, passages: Sequence[Passage], vectors: "Sequence[Vector] | None") -> None:
        for number, passage in enumerate(passages):
            self._passages.setdefault(passage.document, []).append((passage, vectors[number] if vectors else None))

    async def remove(self, documents: Collection[str]) -> None:
        """Forget them."""
        for document in documents:
            self._passages.pop(document, None)

    async def held(self) -> Mapping[str, Held]:
        """The documents, by name."""
        return held_of(passage for passage, _ in self._all())

    async def facts(self) -> Facts:
        """As they were set."""
        return self._facts

    async def set_facts(self, facts: Facts) -> None:
        """Remember them."""
        self._facts = facts

    async def close(self) -> None:
        """Nothing to end."""


def _best_of_each(scored: list[tuple[float, Passage]]) -> list[tuple[float, Passage]]:
    best: dict[str, tuple[float, Passage]] = {}
    for score, passage in sorted(scored, key=lambda each: (-each[0], each[1].document, each[1].number)):
        if score > 0:
            best.setdefault(passage.document, (score, passage))
    return list(best.values())


def _words(text: str) -> list[str]:
    """Lower-case words without a plural s, so that "replicas" finds "replica"."""
    return [word.removesuffix("s") or word for word in _WORD.findall(text.lower())]


def _weights(passage: Passage) -> dict[str, int]:
    parts = {
        "subjects": " ".join(passage.subjects),
        "title": passage.title,
        "keywords": " ".join(passage.keywords),
        "text": passage.text,
    }
    weights: dict[str, int] = {}
    for part, text in parts.items():
        for word in _words(text):
            weights[word] = max(weights.get(word, 0), _WEIGHTS[part])
    return weights


def _citation(passage: Passage, score: float, ranking: Ranking) -> Citation:
    return Citation(
        document=passage.document,
        title=passage.title,
        source=passage.source,
        excerpt=beginning(passage.text) if ranking is Ranking.KEYWORDS else passage.text,
        score=max(0.0, min(score, 1.0)),
    )
