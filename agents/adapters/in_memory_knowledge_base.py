"""A knowledge base in plain Python, for tests and for trying things out: it finds passages by the words they share."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import log

from agents.knowledge.documents import Document
from agents.knowledge.search_words import telling_words
from schemas.bodies import Citation

_WORD = re.compile(r"[^\W_]+")
_WEIGHTS = {"subjects": 16, "title": 6, "keywords": 4, "text": 1}
_EXCERPT_WORDS = 48


class InMemoryKnowledgeBase:
    """Scores a passage by the rare words it shares with the query, as a share of the best that is possible."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = tuple(documents)
        self._weights = {each.id: _weights(each) for each in self._documents}
        spread = Counter(word for weights in self._weights.values() for word in weights)
        self._rarity = {word: log(1 + len(self._documents) / count) for word, count in spread.items()}

    async def search(self, query: str, limit: int) -> Sequence[Citation]:
        """At most `limit` passages, best first, `score` 0..1."""
        words = set(_words(" ".join(telling_words(query))))
        scored = sorted(
            ((self._score(each, words), each) for each in self._documents), key=lambda it: (-it[0], it[1].id)
        )
        return tuple(_citation(each, score) for score, each in scored[: max(limit, 0)] if score > 0)

    def _score(self, document: Document, words: set[str]) -> float:
        weights = self._weights[document.id]
        relevance = sum(self._rarity[word] * weights[word] for word in words if word in weights)
        return round(relevance / (relevance + max(_WEIGHTS.values())), 4)


def _words(text: str) -> list[str]:
    """Lower-case words without a plural s, so that "replicas" finds "replica"."""
    return [word.removesuffix("s") or word for word in _WORD.findall(text.lower())]


def _weights(document: Document) -> dict[str, int]:
    parts = {
        "subjects": " ".join(document.subjects),
        "title": document.title,
        "keywords": " ".join(document.keywords),
        "text": document.text,
    }
    weights: dict[str, int] = {}
    for part, text in parts.items():
        for word in _words(text):
            weights[word] = max(weights.get(word, 0), _WEIGHTS[part])
    return weights


def _citation(document: Document, score: float) -> Citation:
    words = document.text.split()
    excerpt = " ".join(words[:_EXCERPT_WORDS]) + (" …" if len(words) > _EXCERPT_WORDS else "")
    return Citation(document=document.id, title=document.title, source=document.source, excerpt=excerpt, score=score)
