"""The state of `nephoran.control`: which stages are paused, which circuits are open, what workers report of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import structlog

from agents.domain.verdicts import Rejected
from pipeline.kafka.claims import Claims, OnForeign, nobody
from pipeline.kafka.records import Record
from pipeline.kafka.signed_events import EventReader, UnknownVersion
from schemas.control import CircuitOrder, CircuitReport, ControlBody, LossReport, StageOrder
from schemas.topics import CONTROL

log = structlog.get_logger()
LOSSES_SHOWN = timedelta(hours=24)
"""Long enough for the next shift to see; the records themselves are gone."""


@dataclass(frozen=True, slots=True)
class CircuitStanding:
    """An endpoint: who opened its circuit (a person, or the workers), since when, and why."""

    endpoint: str
    opened_by: tuple[str, ...] = ()
    since: datetime | None = None
    why: str = ""

    @property
    def state(self) -> Literal["open", "closed"]:
        """Open if anybody holds it open."""
        return "open" if self.opened_by else "closed"

    def as_data(self) -> dict[str, object]:
        """For machines."""
        return {
            "endpoint": self.endpoint,
            "state": self.state,
            "opened_by": list(self.opened_by),
            "since": self.since.isoformat() if self.since else None,
            "why": self.why,
        }


class ControlTopic:
    """The newest order on everything that can be controlled. `on_news` is called with each as it is read."""

    def __init__(
        self,
        reader: EventReader,
        on_news: Callable[[ControlBody], None] = lambda body: None,
        on_foreign: OnForeign = nobody,
    ) -> None:
        self._reader = reader
        self._on_news = on_news
        self.claims = Claims(reader, CONTROL, on_foreign)
        self._newest: dict[str, ControlBody] = {}
        self.stages: dict[str, StageOrder] = {}
        self.circuits: dict[str, CircuitOrder] = {}
        self.reports: dict[tuple[str, str], CircuitReport] = {}
        self.losses: dict[str, LossReport] = {}

    def take(self, record: Record) -> None:
        """Fold one record of the topic in. One without a valid signature, or an old one, is skipped."""
        self.claims.take(record, is_news=self._fold(record))

    def next_number(self, key: str) -> int:
        """For the next order under this key: the time in microseconds, or more where a clock was ahead."""
        return max(time.time_ns() // 1_000, (self._newest[key].number if key in self._newest else 0) + 1)

    def _fold(self, record: Record) -> bool:
        """Whether the record says anything new."""
        try:
            body = self._reader.control(record)
        except (Rejected, UnknownVersion) as error:
            log.error("order skipped", record=record.place, why=str(error))
            return False
        newest = self._newest.get(body.key)
        if body == newest:
            return True  # signed anew, or put back
        if record.key != body.key.encode() or (newest is not None and body.number <= newest.number):
            log.warning("old order skipped", record=record.place, key=body.key, number=body.number)
            return False
        self._newest[body.key] = body
        if isinstance(body, StageOrder):
            self.stages[body.stage] = body
        elif isinstance(body, CircuitOrder):
            self.circuits[body.endpoint] = body
        elif isinstance(body, LossReport):
            self.losses[body.key] = body
        else:
            self.reports[body.endpoint, body.worker] = body
        self._on_news(body)
        return True

    def paused(self) -> list[StageOrder]:
        """The orders that hold stages now, by the stage's name."""
        return sorted((order for order in self.stages.values() if order.is_paused), key=lambda order: order.stage)

    def recent_losses(self) -> list[LossReport]:
        """What Kafka lost within `LOSSES_SHOWN`, the newest first."""
        since = datetime.now(UTC) - LOSSES_SHOWN
        return sorted(
            (loss for loss in self.losses.values() if loss.at > since), key=lambda loss: loss.at, reverse=True
        )

    def circuit_standings(self) -> list[CircuitStanding]:
        """Every endpoint whose circuit was ever open, by name."""
        endpoints = {*self.circuits, *(endpoint for endpoint, _ in self.reports)}
        return [self._standing(endpoint) for endpoint in sorted(endpoints)]

    def _standing(self, endpoint: str) -> CircuitStanding:
        order = self.circuits.get(endpoint)
        if order and order.is_open:
            return CircuitStanding(endpoint, (order.by,), order.at, order.why)
        opened = [
            report
            for report in self.reports.values()
            # A worker that was killed cannot withdraw its report; an order to close does it for all.
            if report.endpoint == endpoint and report.is_open and (order is None or report.at > order.at)
        ]
        workers = tuple(sorted(report.worker for report in opened))
        since = min((report.at for report in opened), default=None)
        return CircuitStanding(endpoint, workers, since, "it kept failing" if opened else "")
