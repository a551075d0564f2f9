"""A worker: some stages of the flow in one process, each a member of its own consumer group."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from pipeline.app import App
from pipeline.control.worker_control import WorkerControl
from pipeline.engines.contract import Engine
from pipeline.engines.opening import open_engine
from pipeline.flow import FLOW
from pipeline.kafka.admin import require_topics
from pipeline.kafka.claims import Claims
from pipeline.kafka.producer import Publisher
from pipeline.kafka.records import Record
from pipeline.kafka.refusals import explained
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.kafka.stage import RecordReader, Stage
from pipeline.kafka.topic_views import TopicView
from pipeline.kafka.worker_keys import with_fingerprints
from pipeline.processes.gc_tuning import settle_garbage_collector
from pipeline.processes.parts import Parts
from pipeline.runtime.copied_events import CopiedEvents, OpenOnly
from pipeline.runtime.expiry import Expiry
from pipeline.runtime.lanes import FOR_WAITING
from pipeline.runtime.partitions import Partitions
from pipeline.runtime.past_answers import PastAnswers, UnansweredOnly
from pipeline.runtime.proposals import Proposals
from pipeline.runtime.record_readers import ReaderContext
from pipeline.runtime.restoring import Restorer
from pipeline.runtime.runner import StageRunner
from pipeline.settings import Settings
from pipeline.telemetry.http import HttpServer, worker_app
from pipeline.telemetry.lag_exporter import LagExporter
from pipeline.telemetry.metrics import Metrics
from schemas.topics import CONTROL, RECEIVED, STATUS

log = structlog.get_logger()


@dataclass
class _Member:
    """One stage at work."""

    runner: StageRunner
    partitions: Partitions
    engine: Engine


class Worker:
    """Runs stages until it is stopped, or until going on would do harm."""

    def __init__(
        self, settings: Settings, stages: Sequence[str], flow: Sequence[Stage[Any]] = FLOW, app: type[App] = App
    ) -> None:
        self._settings = settings
        self._stages = [stage for stage in flow if stage.name in stages]
        self._keyring = Keyring.open(settings.signing)
        self._metrics = Metrics()
        self._publisher = Publisher(settings.kafka)
        self._writer = EventWriter(self._keyring, "nephoran/worker")
        self._restorer = Restorer(self._publisher.publish, self._metrics)
        self._control = WorkerControl(
            EventReader(self._keyring),
            self._writer,
            self._publisher.publish,
            self._metrics,
            settings.brake,
            settings.circuits,
            self._restorer.found,
        )
        self._app = app(settings, circuits=self._control.circuits, may_act=self.may_act, metrics=self._metrics)
        self._views: list[TopicView] = []
        self._members: list[_Member] = []
        self._stopping = asyncio.Event()
        self._http = HttpServer(
            worker_app(self._metrics, self._why_not_ready), settings.metrics.host, settings.metrics.port
        )
        self._lag = LagExporter(settings.kafka, self._metrics, settings.metrics.lag_interval_seconds, flow)
        self._readers = ReaderContext(
            EventReader(self._keyring),
            settings.kafka,
            self._metrics,
            self._follow,
            self._follow_from_behind,
            self._follow_claims,
            self._restorer.found,
            self._expiry,
            settings.run.overdue_seconds,
        )
        self._past_answers = PastAnswers(EventReader(self._keyring), self._read_statuses)
        self._copied_events = CopiedEvents(EventReader(self._keyring), self._follow_statuses)
        self._background: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Work until `stop`. Raises: NotUsable, Fatal, or what an engine failed with."""
        async with Parts() as parts:
            await self._http.start()
            parts.add("probes and metrics", self._http.stop)
            parts.add("views", self._stop_views)
            await require_topics(self._settings.kafka)
            parts.add("publisher", self._publisher.stop)
            await self._publisher.start()
            parts.add("controls", self._control.close)
            parts.add("adapters", self._app.close)
            parts.add("lag", self._lag.stop)
            parts.add("restorer", self._restorer.close)
            parts.add("answers", self._past_answers.close)
            parts.add("copied events", self._copied_events.close)
            parts.add("background", self._end_background)
            await self._follow_claims(
                TopicView(CONTROL.name, self._settings.kafka, self._control.take), self._control.claims
            )
            for stage in self._stages:
                self._members.append(await self._member(stage))
            await self._app.require_usable()
            self._lag.start()
            settle_garbage_collector()
            log.info("worker started", stages=[stage.name for stage in self._stages], port=self._http.port)
            await self._work()

    @property
    def port(self) -> int:
        """Where it answers probes and Prometheus."""
        return self._http.port

    def stop(self) -> None:
        """End `run`: what is running may finish and is committed; nothing is done twice."""
        self._stopping.set()

    async def _work(self) -> None:
        engines = [asyncio.create_task(member.engine.run()) for member in self._members]
        stopping = asyncio.create_task(self._stopping.wait())
        failures = [member.partitions.failed for member in self._members]
        readings = [view.reading for view in self._views]
        ends: set[asyncio.Future[Any]] = {*engines, *failures, *readings, stopping}
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        stopped = await asyncio.gather(*(member.engine.stop() for member in self._members), return_exceptions=True)
        for member, outcome in zip(self._members, stopped, strict=True):
            if isinstance(outcome, BaseException):
                log.error("a stage did not stop cleanly", stage=member.runner.stage.name, why=repr(outcome))
        for ended in [each for each in (*failures, *readings, *engines) if each in done]:
            try:
                ended.result()
            except KafkaError as error:
                raise explained(error, self._settings.kafka, "the members of its consumer groups") from error

    async def _member(self, stage: Stage[Any]) -> _Member:
        writer = EventWriter(self._keyring, f"nephoran/{stage.name}")
        runner = StageRunner(
            stage,
            stage.agent(self._app),
            await self._reader_of(stage),
            writer,
            self._publisher.publish,
            self._metrics,
            self._control.of(stage.name),
        )
        partitions = Partitions(
            runner.process,
            FOR_WAITING if stage.waits else self._settings.lanes,
            lambda found: self._control.broken(stage.name, found),
            self._past_answers.begins_without_past,
        )
        engine = open_engine(
            stage.reads.name,
            stage.group,
            partitions,
            with_fingerprints(self._settings.kafka, self._keyring),
            self._settings.engine,
            commits=not stage.waits,
        )
        partitions.attach(engine)
        self._metrics.in_flight.labels(stage.name).set_function(lambda: partitions.in_flight)
        return _Member(runner, partitions, engine)

    async def _reader_of(self, stage: Stage[Any]) -> RecordReader:
        reader = await stage.reader(self._readers, stage.reads)
        if stage.waits:
            return reader
        if stage.reads is not RECEIVED:  # only what stages and operators have made says when
            reader = OpenOnly(reader, self._copied_events, stage.name)
        return UnansweredOnly(reader, self._past_answers, stage.name)

    async def _read_statuses(self, take: Callable[[Record], None]) -> None:
        view = TopicView(STATUS.name, self._settings.kafka, take, in_bulk=True)
        try:
            await view.start()
        finally:
            await view.stop()

    async def _follow_statuses(self, take: Callable[[Record], None]) -> TopicView:
        view = TopicView(STATUS.name, self._settings.kafka, take, in_bulk=True)
        try:
            await view.begin()
        except BaseException:
            await view.stop()
            raise
        return view

    def may_act(self, *stages: str) -> bool:
        """Whether those of the stages that run here (at least one) still hold their places in their groups: then no
        other worker performs their effects."""
        members = [member for member in self._members if member.runner.stage.name in stages]
        return bool(members) and all(member.engine.may_act() for member in members)

    async def _follow(self, view: TopicView) -> TopicView:
        self._views.append(view)
        await view.start()
        return view

    async def _follow_from_behind(self, view: TopicView) -> TopicView:
        self._views.append(view)
        await view.begin()
        return view

    async def _follow_claims(self, view: TopicView, claims: Claims) -> TopicView:
        """Follow a compacted topic once its records are verified, and re-sign what an older key signed.

        Raises: NotUsable where some cannot be verified.
        """
        await self._follow(view)
        claims.require_judged()
        if older := claims.signed_with_older_keys():
            await self._publisher.publish([self._writer.renewed(record.topic, record) for record in older])
            log.info("re-signed with the first key", topic=older[0].topic, records=len(older))
        return view

    def _expiry(self, proposals: Proposals) -> Expiry:
        expiry = Expiry(proposals, self._writer, self._publisher.publish, self._settings.approval)
        self._background.append(asyncio.create_task(expiry.watch()))
        return expiry

    async def _end_background(self) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)

    def _why_not_ready(self) -> str | None:
        if len(self._members) < len(self._stages):
            return "starting"
        paused = [member.runner for member in self._members if member.runner.controls.pause.why]
        if paused:
            return "; ".join(f"{runner.stage.name} is paused: {runner.controls.pause.why}" for runner in paused)
        joining = [member.runner.stage.name for member in self._members if not member.engine.is_ready]
        if joining:
            return f"joining the groups of {', '.join(joining)}"
        unheard = [member.runner.stage.name for member in self._members if not member.engine.may_act()]
        return f"Kafka does not answer the consumers of {', '.join(unheard)}" if unheard else None

    async def _stop_views(self) -> None:
        async with Parts() as parts:
            for view in self._views:
                parts.add("view", view.stop)
