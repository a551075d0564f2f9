"""Understanding and planning scored against labelled requests."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.operations.explain import Explainer
from pipeline.operations.gold import GoldCase, Judged, signature
from pipeline.telemetry.percentiles import percentiles
from schemas.intent import Expectation


@dataclass(frozen=True, slots=True)
class Score:
    """How often a label was wanted, how often it was given, and how often rightly so."""

    wanted: int
    given: int
    right: int

    @property
    def precision(self) -> float | None:
        """The share of the given that is right, None where none was given."""
        return self.right / self.given if self.given else None

    @property
    def recall(self) -> float | None:
        """The share of the wanted that was given, None where none was wanted."""
        return self.right / self.wanted if self.wanted else None

    def fields(self) -> dict[str, int | float | None]:
        """The figures, for reports."""
        return {**asdict(self), "precision": self.precision, "recall": self.recall}


async def judged(explainer: Explainer, cases: Iterable[GoldCase]) -> AsyncIterator[Judged]:
    """Each case with its answer, one after the other, so that the latencies are those of one request alone."""
    for case in cases:
        began = time.perf_counter()
        given = await explainer.explain(case.text)
        yield Judged(case, given, time.perf_counter() - began)


def scores(results: Sequence[Judged]) -> dict[str, dict[str, Score]]:
    """By kind of label (`outcomes`, `actions`, `objects`, `targets`) and label.

    An outcome is right when the whole case is. An expectation is right when all of it is, and counts for its action
    and its object; a target is right when it and the object it is for are.
    """
    return {
        "outcomes": _scored(
            [(each.case.outcome, each.case.id) for each in results],
            [(each.given.outcome, each.case.id) for each in results],
            {each.case.id for each in results if each.miss is None},
        ),
        "actions": _compared(results, lambda each: [(each.action, signature(each))]),
        "objects": _compared(results, lambda each: [(each.object.type, signature(each))]),
        "targets": _compared(results, _targets_of),
    }


def _targets_of(expectation: Expectation) -> list[tuple[str, str]]:
    about = expectation.object.model_dump_json()
    return [(target.name, f"{about} {target.model_dump_json()}") for target in expectation.targets]


def _compared(results: Sequence[Judged], labels_of: Callable[[Expectation], list[tuple[str, str]]]) -> dict[str, Score]:
    wanted: list[tuple[str, str]] = []
    given: list[tuple[str, str]] = []
    for each in results:
        for labels, expectations in (
            (wanted, each.case.expectations),
            (given, each.given.expectations if each.is_carried_out else ()),
        ):
            labels += [
                (str(label), f"{each.case.id} {what}")
                for expectation in expectations
                for label, what in labels_of(expectation)
            ]
    return _scored(wanted, given)


def _scored(
    wanted: list[tuple[str, str]], given: list[tuple[str, str]], right: set[str] | None = None
) -> dict[str, Score]:
    """Scores by label; `right` names what may count as right at all, None: everything wanted and given."""
    both = Counter(wanted) & Counter(given)
    found = Counter({pair: count for pair, count in both.items() if right is None or pair[1] in right})
    by_label = [Counter(label for label, _ in pairs.elements()) for pairs in (Counter(wanted), Counter(given), found)]
    labels = sorted(set(by_label[0]) | set(by_label[1]))
    return {label: Score(*(counts[label] for counts in by_label)) for label in labels}


def report_on(results: Sequence[Judged]) -> dict[str, Any]:
    """Everything there is to say, for `--json`."""
    misses = [each for each in results if each.miss is not None]
    return {
        "cases": len(results),
        "right": len(results) - len(misses),
        "wrong_deployments": sum(each.miss == "wrong_deployment" for each in results),
        **{kind: {label: score.fields() for label, score in found.items()} for kind, found in scores(results).items()},
        "latency_seconds": percentiles([each.seconds for each in results]),
        "misses": [_miss_fields(each) for each in misses],
    }


def _miss_fields(each: Judged) -> dict[str, Any]:
    return {
        "id": each.case.id,
        "kind": each.case.kind,
        "text": each.case.text,
        "miss": each.miss,
        "wanted": {
            "outcome": each.case.outcome,
            "reasons": list(each.case.reasons),
            "expectations": list(map(_plain, each.case.expectations)),
        },
        "given": {
            "outcome": each.given.outcome,
            "reason": each.given.reason,
            "message": each.given.message,
            "question": each.given.question,
            "expectations": list(map(_plain, each.given.expectations)),
        },
    }


def _plain(expectation: Expectation) -> dict[str, Any]:
    return expectation.model_dump(mode="json", exclude={"evidence"})
