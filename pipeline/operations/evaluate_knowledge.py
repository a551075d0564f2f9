"""Retrieval scored against questions whose documents are known."""

import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.domain.ports import KnowledgeBase, Ranking
from pipeline.kafka.not_usable import NotPossible
from pipeline.telemetry.percentiles import percentiles

RECALL_WITHIN = 5
_LOOKED_AT = 20
AIMS = {"named": (0.98, 0.95), "paraphrased": (0.85, 0.60)}
"""Of hybrid retrieval, by kind of question: the recall within five, and the mean reciprocal rank."""


class Question(BaseModel):
    """A question, and the documents of which any answers it. `is_held_out` ones were not looked at while tuning."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str = Field(min_length=1)
    documents: tuple[str, ...] = Field(min_length=1)
    kind: Literal["named", "paraphrased"]
    is_held_out: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what one ranking found. `rank` is that of the first right document, None: not among 20."""

    question: Question
    ranking: Ranking
    found: tuple[str, ...]
    rank: int | None
    seconds: float


def read_questions(path: Path) -> Iterator[Question]:
    """One JSON object a line. Raises: NotPossible that names the line."""
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if line.strip():
            try:
                yield Question.model_validate_json(line)
            except ValidationError as fault:
                [first, *_] = fault.errors(include_url=False)
                where = ".".join(map(str, first["loc"])) or "the line"
                raise NotPossible(f"{path}:{number} is no question: {where}: {first['msg']}") from fault


async def ask(base: KnowledgeBase, questions: Iterable[Question], rankings: Sequence[Ranking]) -> AsyncIterator[Asked]:
    """Each question by each ranking, one after the other. Raises: Retryable, NotPossible where vectors are missing."""
    for question in questions:
        for ranking in rankings:
            began = time.perf_counter()
            found = await base.search(question.question, _LOOKED_AT, ranking)
            if found.degraded:
                raise NotPossible(f"an evaluation on partial results would say nothing: {found.degraded}")
            documents = tuple(each.document for each in found.citations)
            ranks = [rank for rank, each in enumerate(documents, start=1) if each in question.documents]
            yield Asked(question, ranking, documents, ranks[0] if ranks else None, time.perf_counter() - began)


def report_on(asked: Sequence[Asked]) -> dict[str, Any]:
    """Everything there is to say, for `--json`."""
    hybrid = [each for each in asked if each.ranking is Ranking.HYBRID]
    return {
        "questions": len({each.question for each in asked}),
        "scores": [
            {"kind": kind, "of": of, "ranking": ranking, **_score(some)}
            for kind in AIMS
            for of in ("all", "tuned", "held out")
            for ranking in Ranking
            if (some := [each for each in asked if each.ranking is ranking and _belongs(each.question, kind, of)])
        ],
        "missed_aims": missed_aims(hybrid),
        "misses": [
            {"question": each.question.question, "wanted": list(each.question.documents), "found": list(each.found[:5])}
            for each in hybrid
            if each.rank is None or each.rank > RECALL_WITHIN
        ],
        "latency_seconds": percentiles([each.seconds for each in hybrid]),
    }


def _belongs(question: Question, kind: str, of: str) -> bool:
    return question.kind == kind and (of == "all" or question.is_held_out is (of == "held out"))


def _score(asked: Sequence[Asked]) -> dict[str, float]:
    return {
        "questions": len(asked),
        "recall_at_5": fmean(each.rank is not None and each.rank <= RECALL_WITHIN for each in asked),
        "mrr": fmean(1 / each.rank if each.rank else 0.0 for each in asked),
    }


def missed_aims(hybrid: Sequence[Asked]) -> list[str]:
    """In words, none where every aim is reached."""
    missed = []
    for kind, aims in AIMS.items():
        some = [each for each in hybrid if each.question.kind == kind]
        if some:
            score = _score(some)
            for name, aim in zip(("recall_at_5", "mrr"), aims, strict=True):
                if score[name] < aim:
                    missed.append(f"{kind}: {name} {score[name]:.3f}, below {aim}")
    return missed
