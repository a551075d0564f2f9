"""Controls the stages of one worker: reads orders from `nephoran.control`, and reports its own brakes and circuits
there."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog

from agents.domain.verdicts import Fatal
from pipeline.control.brake import Brake, BrakeSettings
from pipeline.control.circuits import Circuits, CircuitSettings
from pipeline.control.control_topic import ControlTopic
from pipeline.control.stage_control import StageControl
from pipeline.kafka.breaks import Break
from pipeline.kafka.claims import OnForeign, nobody
from pipeline.kafka.records import Outgoing, Record
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.telemetry.metrics import Metrics
from schemas.control import CircuitOrder, CircuitReport, ControlBody, LossReport, StageOrder

log = structlog.get_logger()
ORDER = "order"
BRAKE = "brake"


class WorkerControl:
    """The controls of every stage of a worker, which follow the control topic: hand its records to `take`."""

    def __init__(
        self,
        reader: EventReader,
        writer: EventWriter,
        publish: Callable[[list[Outgoing]], Awaitable[object]],
        metrics: Metrics,
        brake: BrakeSettings,
        circuits: CircuitSettings,
        on_foreign: OnForeign = nobody,
    ) -> None:
        self.worker = f"{socket.gethostname()}:{os.getpid()}"
        self.circuits = Circuits(circuits, self._circuit_changed)
        self._control = ControlTopic(reader, self._obey, on_foreign)
        self.take: Callable[[Record], None] = self._control.take
        self.claims = self._control.claims
        self._writer = writer
        self._publish = publish
        self._metrics = metrics
        self._brake_settings = brake
        self._stages: dict[str, StageControl] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def of(self, stage: str) -> StageControl:
        """The controls of this stage, as they are ordered by now."""
        if stage not in self._stages:
            brake = Brake(self._brake_settings, lambda why: self._brake_hit(stage, why))
            self._stages[stage] = StageControl(
                brake=brake, circuits=self.circuits, hold=lambda why: self._brake_hit(stage, why)
            )
            self._metrics.paused.labels(stage).set_function(lambda: bool(self._stages[stage].pause.why))
            if order := self._control.stages.get(stage):
                self._obey(order)
        return self._stages[stage]

    def _obey(self, body: ControlBody) -> None:
        if isinstance(body, CircuitOrder):
            self.circuits.obey(body)
        elif isinstance(body, StageOrder) and (controls := self._stages.get(body.stage)):
            if body.is_paused:
                controls.pause.begin(
                    ORDER, f"by {body.by} at {body.at:%Y-%m-%d %H:%M} UTC: {body.why or 'no reason given'}"
                )
            else:
                controls.brake.release()
                controls.pause.end(ORDER)
            controls.pause.end(BRAKE)  # what the brake said here has come back as an order, or somebody resumed
            log.warning(
                "stage paused" if body.is_paused else "stage resumed", stage=body.stage, by=body.by, why=body.why
            )

    def _brake_hit(self, stage: str, why: str) -> None:
        """Pause here at once, and the other workers through the topic."""
        self._stages[stage].pause.begin(BRAKE, why)
        log.error("brake: stage paused", stage=stage, why=why)
        self._tell(StageOrder(stage=stage, is_paused=True, why=why, by=f"brake@{self.worker}", at=datetime.now(UTC)))

    def _circuit_changed(self, endpoint: str, is_open: bool) -> None:
        self._metrics.circuits.labels(endpoint).set(is_open)
        log.warning("circuit opened" if is_open else "circuit closed", endpoint=endpoint)
        self._tell(CircuitReport(endpoint=endpoint, worker=self.worker, is_open=is_open, at=datetime.now(UTC)))

    def broken(self, stage: str, found: Break) -> None:
        """Kafka lost something that a stage reads: logged here, and kept in the topic for people."""
        self._metrics.log_breaks.labels(stage, found.where.topic, found.kind).inc()
        if found.records:
            self._metrics.records_expired.labels(stage, found.where.topic).inc(found.records)
        log.error("Kafka lost records", stage=stage, kind=str(found.kind), why=found.why)
        self._tell(
            LossReport(
                stage=stage,
                topic=found.where.topic,
                partition=found.where.partition,
                kind=str(found.kind),
                offset=found.offset,
                records=found.records,
                why=found.why,
                worker=self.worker,
                at=datetime.now(UTC),
            )
        )

    def _tell(self, body: ControlBody) -> None:
        telling = asyncio.create_task(self._told(body))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _told(self, body: ControlBody) -> None:
        try:
            number = self._control.next_number(body.key)
            await self._publish([self._writer.control(body.model_copy(update={"number": number}))])
        except Fatal as error:
            log.error("what this worker decided applies only here", decided=body.key, why=str(error))

    async def close(self) -> None:
        """Withdraw what was reported of this worker's circuits, because it is leaving."""
        for endpoint in self.circuits.open_endpoints:
            self._tell(CircuitReport(endpoint=endpoint, worker=self.worker, is_open=False, at=datetime.now(UTC)))
        await asyncio.gather(*self._telling)
