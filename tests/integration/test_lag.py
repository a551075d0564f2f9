"""Lag on a real broker: against the times the records were appended, and against Kafka's own tool."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, OffsetAndMetadata
from aiokafka import TopicPartition as KafkaPartition

from pipeline.flow import FLOW
from pipeline.kafka.lag import GroupLag, LagReader
from pipeline.kafka.partition_batches import Appended
from pipeline.kafka.producer import Publisher
from pipeline.kafka.records import Outgoing
from pipeline.kafka.settings import KafkaSettings
from pipeline.telemetry.lag_exporter import LagExporter
from pipeline.telemetry.metrics import Metrics
from schemas.topics import RECEIVED
from tests.servers.eventually import eventually
from tests.servers.group_offsets import group_offsets

GROUP = "nephoran-parse"
CLOCK_SECONDS = 0.01
"""Append times are whole milliseconds. Promised is an error of 2 s; what is read is exact but for the time it takes."""


@asynccontextmanager
async def reading(kafka: KafkaSettings) -> AsyncIterator[LagReader]:
    reader = LagReader(kafka)
    await reader.start()
    yield reader
    await reader.stop()


async def publish(kafka: KafkaSettings, count: int) -> list[Appended]:
    """Requests without keys, each appended on its own: where and when."""
    publisher = Publisher(kafka)
    await publisher.start()
    appended = []
    for number in range(count):
        appended += await publisher.publish([Outgoing(RECEIVED.name, str(number).encode(), b"scale the amf")])
    await publisher.stop()
    return appended


async def commit(kafka: KafkaSettings, offsets: dict[int, int]) -> None:
    """As a worker does that has done everything before these offsets."""
    consumer = AIOKafkaConsumer(**kafka.client(), group_id=kafka.topic_prefix + GROUP, enable_auto_commit=False)
    await consumer.start()
    places = {KafkaPartition(kafka.topic_prefix + RECEIVED.name, p): offset for p, offset in offsets.items()}
    consumer.assign(list(places))
    await consumer.commit({place: OffsetAndMetadata(offset, "") for place, offset in places.items()})
    await consumer.stop()


def ages_of_next(appended: Sequence[Appended], committed: dict[int, int]) -> dict[int, float]:
    """How long ago the first record after each committed offset was appended; 0 where there is none."""
    times = {(one.partition, one.offset): one.timestamp_ms / 1_000 for one in appended}
    now = time.time()
    return {p: now - times.get((p, offset), now) for p, offset in committed.items()}


def seconds_of(group: GroupLag) -> dict[int, float]:
    return {partition.partition: partition.seconds or 0.0 for partition in group.partitions}


@pytest.mark.slow
async def test_lag_is_the_age_of_the_next_record_and_kafkas_own_count(kafka: KafkaSettings) -> None:
    appended = await publish(kafka, 30)
    ends = {partition: sum(one.partition == partition for one in appended) for partition in range(3)}
    committed = {0: 2, 1: ends[1] - 1, 2: ends[2]}
    await commit(kafka, committed)
    await eventually(lambda: time.time() - appended[-1].timestamp_ms / 1_000 > 2.5)
    more = await publish(kafka, 5)

    async with reading(kafka) as reader:
        least = ages_of_next([*appended, *more], committed)
        lag = (await reader.read({GROUP: RECEIVED.name}))[GROUP]
        most = ages_of_next([*appended, *more], committed)

    assert max(least.values()) > 2.5
    for partition, seconds in seconds_of(lag).items():
        assert least[partition] - CLOCK_SECONDS <= seconds <= most[partition] + CLOCK_SECONDS
    told = await group_offsets(kafka.bootstrap_servers, kafka.topic_prefix + GROUP)
    assert {p.partition: p.records for p in lag.partitions} == {number: told[_, number].lag for _, number in told}


@pytest.mark.slow
async def test_nothing_behind_is_no_lag_however_old_the_last_record(kafka: KafkaSettings) -> None:
    appended = await publish(kafka, 6)
    ends = {partition: sum(one.partition == partition for one in appended) for partition in range(3)}
    await commit(kafka, ends)
    await eventually(lambda: time.time() - appended[-1].timestamp_ms / 1_000 > 2)

    async with reading(kafka) as reader:
        lag = (await reader.read({GROUP: RECEIVED.name}))[GROUP]

    assert [(partition.records, partition.seconds) for partition in lag.partitions] == [(0, 0.0)] * 3


@pytest.mark.slow
async def test_a_worker_of_other_stages_exports_the_lag_of_a_dead_one_and_the_command_agrees(
    kafka: KafkaSettings,
) -> None:
    appended = await publish(kafka, 9)
    metrics = Metrics()
    exporter = LagExporter(kafka, metrics, interval_seconds=0.2, flow=FLOW)
    exporter.start()
    sample = metrics.registry.get_sample_value
    try:
        stopped = {"stage": "parse", "verdict": "stopped"}
        await eventually(lambda: sample("intent_stage_lag_verdict", stopped) == 1)
        places = [{"stage": "parse", "topic": RECEIVED.name, "partition": str(number)} for number in range(3)]
        assert sum(sample("intent_stage_lag_records", place) or 0 for place in places) == 9
        begun = time.time()
        told = await told_by_the_command(kafka)
        ended = time.time()

        def exported() -> float:
            return max(sample("intent_stage_lag_seconds", place) or 0 for place in places)

        first = appended[0].timestamp_ms / 1_000
        await eventually(lambda: begun - first <= exported() <= time.time() - first)
    finally:
        await exporter.stop()

    parse = next(stage for stage in told if stage["stage"] == "parse")
    assert (parse["verdict"], parse["records"], parse["members"]) == ("stopped", 9, 0)
    assert begun - first <= parse["seconds"] <= ended - first
    assert {stage["topic"] for stage in told} == {stage.reads.name for stage in FLOW}
    assert {stage["verdict"] for stage in told if stage["stage"] != "parse"} == {"ok"}


async def told_by_the_command(kafka: KafkaSettings) -> list[dict[str, object]]:
    environment = {
        "NEPHORAN_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "NEPHORAN_KAFKA__TOPIC_PREFIX": kafka.topic_prefix,
        "NEPHORAN_KAFKA__PARTITIONS": str(kafka.partitions),
    }
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("nephoran")), "lag", "--json"),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | environment,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    stages: list[dict[str, object]] = json.loads(output)
    return stages
