"""Watches on a real Kafka: they outlive workers, hold no offset, and end once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from agents.domain.ports import DeploymentTarget
from pipeline.app import App
from pipeline.flow import STAGES
from pipeline.kafka.lag import LagReader
from pipeline.kafka.producer import Publisher
from pipeline.kafka.records import Outgoing, Record
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signed_events import EventReader
from pipeline.operations.read_topics import read_all
from pipeline.operations.statuses import StatusBoard
from pipeline.settings import Settings
from pipeline.telemetry.lag import LagWatch, Verdict
from pipeline.worker import FLOW, Worker
from schemas.bodies import StepTarget
from schemas.status import IntentStatus, State
from schemas.topics import DEPLOYED, OBSERVING, PLANNED, RECEIVED, STATUS
from tests.integration.test_control import settings_with
from tests.servers.eventually import eventually
from tests.unit.stages.watched_target import WatchedTarget

pytestmark = pytest.mark.slow
LONG_SECONDS = 120
TEXT = b"Scale the AMF in tokyo-1 to 5 replicas"


class Pipeline:
    """All stages in workers that come and go, on one target."""

    def __init__(self, settings: Settings, target: WatchedTarget) -> None:
        self.settings = settings
        self.target = target
        watched = target

        class WatchedApp(App):
            @cached_property
            def targets(self) -> Mapping[StepTarget, DeploymentTarget]:  # type: ignore[override]
                return {StepTarget.NEPHIO: watched}

        self._app = WatchedApp

    @asynccontextmanager
    async def worker(self, *stages: str) -> AsyncIterator[Worker]:
        worker = Worker(self.settings, stages or STAGES, FLOW, self._app)
        running = asyncio.create_task(worker.run())
        try:
            await eventually(lambda: worker._why_not_ready() is None, LONG_SECONDS)
            yield worker
        finally:
            worker.stop()
            await running

    async def publish(self, *records: Outgoing) -> None:
        publisher = Publisher(self.settings.kafka)
        await publisher.start()
        try:
            await publisher.publish(list(records))
        finally:
            await publisher.stop()

    async def all_of(self, topic: Any) -> list[Record]:
        found: list[Record] = []
        await read_all(self.settings.kafka, {topic: found.append})
        return found

    async def status(self) -> IntentStatus | None:
        """Of the one intent there is."""
        board = StatusBoard(EventReader.of(self.settings.signing))
        await read_all(self.settings.kafka, {STATUS: board.hand})
        return next(iter(board.newest.values()), None)

    async def is_in(self, state: State) -> bool:
        status = await self.status()
        return status is not None and status.state == state


@pytest.fixture
def settings(kafka: KafkaSettings, tmp_path: Path) -> Settings:
    return settings_with(kafka, tmp_path)


async def test_a_watch_outlives_its_worker_and_ends_once(settings: Settings) -> None:
    pipeline = Pipeline(settings, WatchedTarget("waiting", within_seconds=600))
    await pipeline.publish(Outgoing(RECEIVED.name, b"key", TEXT))
    async with pipeline.worker():
        await eventually(lambda: pipeline.is_in(State.OBSERVING), LONG_SECONDS)
        await eventually(lambda: pipeline.target.looks > 0, LONG_SECONDS)
        assert not await pipeline.all_of(DEPLOYED)
    looks = pipeline.target.looks
    async with pipeline.worker():
        await eventually(lambda: pipeline.target.looks > looks, LONG_SECONDS)
        pipeline.target.seen = ["in_force"]
        await eventually(lambda: pipeline.is_in(State.DEPLOYED), LONG_SECONDS)
    assert (await pipeline.all_of(OBSERVING))[-1].value is None
    assert len(await pipeline.all_of(DEPLOYED)) == 1


async def test_what_has_ended_is_brought_back_neither_by_a_restart_nor_by_a_redelivered_deploy(
    settings: Settings,
) -> None:
    pipeline = Pipeline(settings, WatchedTarget("waiting", within_seconds=0))
    await pipeline.publish(Outgoing(RECEIVED.name, b"key", TEXT))
    async with pipeline.worker():
        await eventually(lambda: pipeline.is_in(State.TIMED_OUT), LONG_SECONDS)
    looks, pipeline.target.seen = pipeline.target.looks, ["in_force"]
    (planned,) = await pipeline.all_of(PLANNED)
    await pipeline.publish(Outgoing(PLANNED.name, planned.key, planned.value, planned.headers))
    async with pipeline.worker():
        again = State.DEPLOYING
        await eventually(lambda: _count(pipeline, again, 2), LONG_SECONDS)
        await eventually(lambda: _count(pipeline, State.TIMED_OUT, 2), LONG_SECONDS)
    assert pipeline.target.looks == looks
    assert await pipeline.is_in(State.TIMED_OUT)
    assert not await pipeline.all_of(DEPLOYED)


async def _count(pipeline: Pipeline, state: State, times: int) -> bool:
    told = [IntentStatus.model_validate_json(record.value or b"") for record in await pipeline.all_of(STATUS)]
    return [status.state for status in told].count(state) == times


async def test_a_watch_holds_no_offset_and_counts_as_no_lag(settings: Settings) -> None:
    pipeline = Pipeline(settings, WatchedTarget("waiting", within_seconds=600))
    await pipeline.publish(Outgoing(RECEIVED.name, b"key", TEXT))
    reader, watch = LagReader(settings.kafka), LagWatch(FLOW)
    await reader.start()
    try:
        async with pipeline.worker():
            await eventually(lambda: pipeline.target.looks > 0, LONG_SECONDS)
            by_stage = {each.stage: each for each in watch.judge(await reader.read(watch.topics))}
            assert by_stage["observe"].verdict is Verdict.OK
            assert (by_stage["observe"].records, by_stage["observe"].seconds) == (0, 0.0)
            await eventually(lambda: _is_done(reader, watch, "deploy"), LONG_SECONDS)
        by_stage = {each.stage: each for each in watch.judge(await reader.read(watch.topics))}
        assert by_stage["observe"].verdict is Verdict.STOPPED
        assert not await _committed(settings.kafka, "nephoran-observe")
    finally:
        await reader.stop()


async def _is_done(reader: LagReader, watch: LagWatch, stage: str) -> bool:
    (found,) = [each for each in watch.judge(await reader.read(watch.topics)) if each.stage == stage]
    return found.records == 0


async def _committed(kafka: KafkaSettings, group: str) -> list[int]:
    admin = AIOKafkaAdminClient(**kafka.client())
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(kafka.topic_prefix + group)
        return [each.offset for each in found.values() if each.offset >= 0]
    finally:
        await admin.close()


async def test_a_watch_that_nobody_signed_is_neither_begun_nor_ended(settings: Settings) -> None:
    pipeline = Pipeline(settings, WatchedTarget("waiting", within_seconds=600))
    await pipeline.publish(Outgoing(RECEIVED.name, b"key", TEXT))
    async with pipeline.worker():
        await eventually(lambda: pipeline.target.looks > 0, LONG_SECONDS)
    (record,) = await pipeline.all_of(OBSERVING)
    forged = (record.value or b"").replace(b'"within_seconds":600', b'"within_seconds":601')
    await pipeline.publish(
        Outgoing(OBSERVING.name, record.key, None), Outgoing(OBSERVING.name, record.key, forged, record.headers)
    )
    looks = pipeline.target.looks
    async with pipeline.worker():
        await eventually(lambda: pipeline.target.looks > looks, LONG_SECONDS)
        assert await pipeline.is_in(State.OBSERVING)
