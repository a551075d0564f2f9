"""What the runner reports to the metrics of one stage, with every label set looked up once."""

from functools import lru_cache

from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.tracing import exemplar_of_now
from schemas.bodies import Priority
from schemas.reasons import DEAD_LETTER_REASONS, FAILURE_REASONS
from schemas.status import ANSWERS, State

_LABEL_SETS = 1_000
"""More than a stage has outcomes and reasons."""


class StageMeter:
    """The instruments of one stage. Looking a label set up costs as much as an observation, so each is kept.

    Every possible fault has its series from the start, at 0: the first fault must show as an increase, which a new
    series does not.
    """

    def __init__(self, metrics: Metrics, stage: str) -> None:
        self._metrics = metrics
        self._stage = stage
        self._queue_seconds = metrics.queue_seconds.labels(stage)
        self._stage_seconds = metrics.stage_seconds.labels(stage)
        self._events = lru_cache(_LABEL_SETS)(
            lambda outcome, reason: metrics.stage_events.labels(stage, outcome, reason)
        )
        self._answers = {
            (outcome, priority): (
                metrics.intents.labels(outcome, priority),
                metrics.intent_seconds.labels(outcome, priority),
            )
            for outcome in ANSWERS
            for priority in Priority
        }
        for reason in DEAD_LETTER_REASONS | FAILURE_REASONS:
            metrics.intent_errors.labels(reason)
        for reason in DEAD_LETTER_REASONS:
            metrics.dead_letters.labels(stage, reason)

    def begun(self, queued_seconds: float) -> None:
        """An event's work begins."""
        self._queue_seconds.observe(queued_seconds)

    def ended(self, outcome: str, reason: str, seconds: float | None) -> None:
        """An event is done, its results acknowledged; `seconds` is None where it was waiting, not work."""
        if seconds is not None:
            self._stage_seconds.observe(seconds, exemplar_of_now())
        self._events(outcome, reason).inc()

    def answered(self, outcome: State, priority: Priority, seconds: float) -> None:
        """An intent has its first answer, `seconds` after the broker appended it."""
        count, duration = self._answers[outcome, priority]
        count.inc()
        duration.observe(seconds, exemplar_of_now())

    def owed(self, reason: str) -> None:
        """An intent ended without an answer of its own."""
        self._metrics.intent_errors.labels(reason).inc()

    def retried(self, dependency: str) -> None:
        """An attempt is repeated."""
        self._metrics.retries.labels(self._stage, dependency).inc()

    def dead_lettered(self, reason: str) -> None:
        """A record was written to the dead letters."""
        self._metrics.dead_letters.labels(self._stage, reason).inc()

    def carried_out(self, *, is_failed: bool) -> None:
        """A plan was carried out, or permanently refused by its target."""
        self._metrics.deployments.inc()
        if is_failed:
            self._metrics.failed_deployments.inc()
