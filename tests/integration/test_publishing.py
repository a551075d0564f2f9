"""Publishing on a real Kafka: acknowledged, in order, and every key where all other clients put it."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka import TopicPartition as KafkaPartition
from confluent_kafka import Producer

from pipeline.kafka.acknowledgement import Refused
from pipeline.kafka.producer import Publisher
from pipeline.kafka.records import Outgoing
from pipeline.kafka.settings import KafkaSettings
from schemas.topics import ENRICHED, MAX_RECORD_BYTES, PARSED, RECEIVED, Topic
from tests.conftest import PARTITIONS
from tests.servers.eventually import eventually
from tests.servers.raw_kafka import configure_topic

KEYS = [f"tokyo-{number}/amf".encode() for number in range(1_000)]


@pytest.fixture
async def publisher(kafka: KafkaSettings) -> AsyncIterator[Publisher]:
    publisher = Publisher(kafka)
    await publisher.start()
    yield publisher
    await publisher.stop()


async def all_records(kafka: KafkaSettings, topic: str) -> list[ConsumerRecord]:
    """What the topic holds, partition by partition."""
    consumer = AIOKafkaConsumer(**kafka.client(), auto_offset_reset="earliest")
    await consumer.start()
    partitions = [KafkaPartition(kafka.topic_prefix + topic, number) for number in range(PARTITIONS)]
    consumer.assign(partitions)
    left = sum((await consumer.end_offsets(partitions)).values())
    records: list[ConsumerRecord] = []
    while len(records) < left:
        for fetched in (await consumer.getmany(timeout_ms=1_000)).values():
            records += fetched
    await consumer.stop()
    return records


def places(records: Iterable[ConsumerRecord]) -> dict[bytes, int]:
    return {record.key: record.partition for record in records}


async def test_a_key_has_one_partition_whichever_client_wrote_it(kafka: KafkaSettings, publisher: Publisher) -> None:
    ours = await publisher.publish([Outgoing(PARSED.name, key, b"{}") for key in KEYS])

    aiokafka = AIOKafkaProducer(**kafka.client())
    await aiokafka.start()
    await asyncio.gather(*[await aiokafka.send(kafka.topic_prefix + ENRICHED.name, b"{}", key) for key in KEYS])
    await aiokafka.stop()
    librdkafka = Producer({"bootstrap.servers": kafka.bootstrap_servers, "partitioner": "murmur2_random"})
    for key in KEYS:
        librdkafka.produce(kafka.topic_prefix + RECEIVED.name, b"{}", key)
    await asyncio.to_thread(librdkafka.flush)

    expected = {key: place.partition for key, place in zip(KEYS, ours, strict=True)}
    assert len(set(expected.values())) == PARTITIONS
    for topic in (PARSED, ENRICHED, RECEIVED):
        assert places(await all_records(kafka, topic.name)) == expected


async def test_what_is_acknowledged_lies_where_it_says_in_the_order_of_the_calls(
    kafka: KafkaSettings, publisher: Publisher
) -> None:
    sent = [
        publisher.publish([Outgoing(PARSED.name, key, b"%d" % number), Outgoing(ENRICHED.name, key, b"%d" % number)])
        for number, key in enumerate(KEYS)
    ]
    appended = await asyncio.gather(*sent)
    for place_in_call, topic in enumerate((PARSED, ENRICHED)):
        records = await all_records(kafka, topic.name)
        found = {(record.partition, record.offset): record for record in records}
        for number, places_of_call in enumerate(appended):
            place = places_of_call[place_in_call]
            record = found[place.partition, place.offset]
            assert (record.value, record.timestamp) == (b"%d" % number, place.timestamp_ms)
        for partition in range(PARTITIONS):
            values = [int(record.value) for record in records if record.partition == partition]
            assert values == sorted(values)


async def test_a_record_that_is_too_large_fails_its_own_call_and_not_those_before_and_after(
    publisher: Publisher,
) -> None:
    before = publisher.publish([Outgoing(PARSED.name, b"key", b"before")])
    refused = publisher.publish([Outgoing(PARSED.name, b"key", b"x" * MAX_RECORD_BYTES)])
    after = publisher.publish([Outgoing(PARSED.name, b"key", b"after")])
    with pytest.raises(Refused, match="did not accept a record for"):
        await refused
    assert [(await each)[0].offset for each in (before, after)] == [0, 1]


async def test_dead_letters_and_statuses_of_one_event_are_acknowledged_together(
    kafka: KafkaSettings, publisher: Publisher
) -> None:
    letter = Outgoing(PARSED.dead_letters.name, None, b"as it came" * 100_000, (("why", b"no JSON"),))
    appended = await publisher.publish([letter, Outgoing(PARSED.name, b"key", None)])
    assert len(appended) == 2
    [record] = await all_records(kafka, PARSED.dead_letters.name)
    assert (record.key, record.value, record.headers) == (None, letter.value, letter.headers)


async def test_stopping_sends_what_was_published(kafka: KafkaSettings) -> None:
    publisher = Publisher(kafka)
    await publisher.start()
    sent = [publisher.publish([Outgoing(PARSED.name, key, b"{}")]) for key in KEYS]
    await publisher.stop()
    await asyncio.gather(*sent)
    assert len(await all_records(kafka, PARSED.name)) == len(KEYS)


async def test_a_topic_that_takes_less_than_its_table_says_refuses_some_and_the_others_go_on(
    kafka: KafkaSettings, publisher: Publisher
) -> None:
    """The broker's refusal leaves a gap in the numbers of an idempotent producer: what follows must get through."""
    for topic in (PARSED, PARSED.dead_letters):
        await asyncio.to_thread(configure_topic, kafka, topic.name, "max.message.bytes", "10000")

        async def is_in_force(topic: Topic = topic) -> bool:
            with suppress(Refused):
                await publisher.publish([Outgoing(topic.name, b"key", random.randbytes(20_000))])
                return False
            return True

        await eventually(is_in_force)
    for topic in (PARSED, PARSED.dead_letters):
        sizes = [10, 20_000, 30, 40_000, 50, 60]
        values = [random.randbytes(size) for size in sizes]
        sent = [publisher.publish([Outgoing(topic.name, b"key", value)]) for value in values]
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        assert [isinstance(outcome, Refused) for outcome in outcomes] == [size > 10_000 for size in sizes]
        records = await all_records(kafka, topic.name)
        assert [each.value for each in records][-4:] == [value for value in values if len(value) < 10_000]
