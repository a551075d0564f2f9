"""Offsets that are not there: compacted away, deleted by the broker, or never reached. Both engines pass over them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, OffsetAndMetadata
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from pipeline.engines.settings import EngineSettings
from pipeline.flow import FLOW
from pipeline.kafka.lag import LagReader
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.settings import KafkaSettings
from pipeline.local_kafka.cluster import LocalKafka
from pipeline.telemetry.lag import LagWatch, Verdict
from schemas.topics import PARSED
from tests.contract.engine_at_work import GROUP, HASTY, Log, committed, worker, write
from tests.servers.eventually import eventually

pytestmark = pytest.mark.slow
COMPACTED_SOON = {"log.cleaner.backoff.ms": "100"}
COMPACTED = {
    "cleanup.policy": "compact",
    "min.cleanable.dirty.ratio": "0.01",
    "segment.ms": "200",
}
STAGE_GROUP = "nephoran-enrich"
"""The stage that reads what these tests write."""


@pytest.fixture
async def compacting(engine_settings: EngineSettings) -> AsyncIterator[KafkaSettings]:
    """A Kafka that compacts within seconds, and one topic of one partition on it."""
    kafka = LocalKafka(properties=COMPACTED_SOON)
    try:
        await kafka.launch()
    except NotUsable as error:
        pytest.skip(f"there is no Kafka: {error.message}")
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(PARSED.name, 1, 1, topic_configs=COMPACTED)])
    await admin.close()
    yield KafkaSettings(bootstrap_servers=kafka.bootstrap_servers, partitions=1)
    await asyncio.to_thread(kafka.stop)


async def test_records_that_were_compacted_away_are_passed_over_also_where_the_group_had_stopped_at_one(
    compacting: KafkaSettings, engine_settings: EngineSettings
) -> None:
    kafka = compacting
    before = [("early", "kept"), ("gone", "stopped at"), *((f"gone {number}", "old") for number in range(20))]
    await write(kafka, before)
    first = Log()
    first.hold("stopped at")
    async with worker(kafka, engine_settings, first.process, HASTY):
        await eventually(lambda: len(first.done) == len(before) - 1)
    assert await committed(kafka) == 1

    after = [("gone", "newer"), *((f"gone {number}", f"new {number}") for number in range(20))]
    await write(kafka, after)
    await eventually(lambda: _until_compacted(kafka, 1 + len(after)), within_seconds=120)

    second = Log()
    async with worker(kafka, engine_settings, second.process):
        await eventually(lambda: len(second.done) >= len(after))
        end = await _end(kafka)
        await eventually(lambda: _is_committed(end, kafka))
    assert [value for value in second.done if value != "roll"] == [value for _, value in after]


async def _until_compacted(kafka: KafkaSettings, left: int) -> bool:
    """Whether only so many records are left but for the last ones, which roll the segment on."""
    await write(kafka, [("roll", "roll")])
    values = await _values(kafka)
    return len([value for value in values if value != "roll"]) == left


async def _values(kafka: KafkaSettings) -> list[str]:
    """What the partition holds."""
    end = await _end(kafka)
    consumer = AIOKafkaConsumer(**kafka.client(), auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([KafkaPartition(kafka.topic_prefix + PARSED.name, 0)])
    values, offset = [], -1
    while offset < end - 1:
        record = await consumer.getone()
        values.append(record.value.decode())
        offset = record.offset
    await consumer.stop()
    return values


async def _end(kafka: KafkaSettings) -> int:
    place = KafkaPartition(kafka.topic_prefix + PARSED.name, 0)
    consumer = AIOKafkaConsumer(**kafka.client())
    await consumer.start()
    ends = await consumer.end_offsets([place])
    await consumer.stop()
    return int(ends[place])


async def _is_committed(offset: int, kafka: KafkaSettings) -> bool:
    return await committed(kafka) == offset


async def test_a_fresh_group_commits_nothing_below_the_oldest_record_there_is(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    await write(kafka, [("k", str(number)) for number in range(10)])
    admin = AIOKafkaAdminClient(**kafka.client())
    await admin.start()
    await admin.delete_records({KafkaPartition(kafka.topic_prefix + PARSED.name, 0): RecordsToDelete(before_offset=4)})
    await admin.close()
    log = Log()
    oldest = log.hold("4")
    async with worker(kafka, engine_settings, log.process):
        await eventually(lambda: _is_committed(4, kafka))
        assert log.done == []
        oldest.set()
        await eventually(lambda: _is_committed(10, kafka))
    assert log.done == [str(number) for number in range(4, 10)]


async def test_offsets_beyond_the_end_are_read_again_from_the_beginning_and_noticed_as_a_rewind(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    """As after a topic was deleted and made anew: the group's offsets are those of the old one."""
    await write(kafka, [("k", str(number)) for number in range(10)])
    await _commit(kafka, 1_000)
    reader, watch = LagReader(kafka), LagWatch(FLOW)
    await reader.start()
    try:
        before = await reader.read({GROUP: PARSED.name})
        log = Log()
        async with worker(kafka, engine_settings, log.process):
            await eventually(lambda: _is_committed(10, kafka))
        after = await reader.read({GROUP: PARSED.name})
    finally:
        await reader.stop()
    assert log.done == [str(number) for number in range(10)]
    watch.judge({STAGE_GROUP: before[GROUP]})
    assert [stage.verdict for stage in watch.judge({STAGE_GROUP: after[GROUP]})] == [Verdict.REWIND]


async def _commit(kafka: KafkaSettings, offset: int) -> None:
    place = KafkaPartition(kafka.topic_prefix + PARSED.name, 0)
    consumer = AIOKafkaConsumer(**kafka.client(), group_id=kafka.topic_prefix + GROUP, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([place])
    await consumer.commit({place: OffsetAndMetadata(offset, "")})
    await consumer.stop()
