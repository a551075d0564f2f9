"""Scores that compare, and two rankings made one."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
_SMOOTHING = 5
"""Reciprocal rank fusion (Cormack, Clarke, Büttcher, SIGIR 2009) with a small constant: the first ranks of thirty
candidates have to tell. 2 to 60 were tried with `nephoran knowledge evaluate`."""
_HALF_SCORE = 8.0
"""The BM25 value that counts as half: about what one keyword of the shipped documents scores alone."""


def score_of_relevance(relevance: float) -> float:
    """BM25, which has no bound, brought to 0..1."""
    relevance = max(relevance, 0.0)
    return round(relevance / (relevance + _HALF_SCORE), 4)


def fused(rankings: Sequence[Sequence[Key]]) -> list[tuple[Key, float]]:
    """The keys of all rankings by their reciprocal ranks, best first; scores 0..1, 1 for the first of every ranking."""
    scores: dict[Key, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + (_SMOOTHING + 1) / (_SMOOTHING + rank) / len(rankings)
    return sorted(scores.items(), key=lambda pair: -pair[1])


def led_by(first: Sequence[Key], second: Sequence[Key]) -> list[tuple[Key, float]]:
    """The keys of the first ranking in its order, then the others in theirs; scores fall from 1 by ranks."""
    ordered = dict.fromkeys([*first, *second])
    return [(key, (_SMOOTHING + 1) / (_SMOOTHING + rank)) for rank, key in enumerate(ordered, start=1)]
