"""The topics of the table on a real Kafka: created as wanted, refused where they differ."""

import asyncio
import time

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import MessageSizeTooLargeError

from pipeline.kafka.admin import apply_topics, examine_topics, require_topics
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.settings import KafkaSettings
from pipeline.local_kafka.free_ports import find_free_ports
from schemas.topics import MAX_PRODUCE_BYTES, MAX_RECORD_BYTES, PARSED, PROPOSED, RECEIVED, TOPICS
from tests.servers.eventually import eventually

IN_TIME_SECONDS = 20
"""Given up is after eight; a client left to itself asks for forty and more."""
RECORD_OVERHEAD_BYTES = 200
"""What Kafka's batch format adds to a value, at most."""


async def create(kafka: KafkaSettings, topic: NewTopic) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    await admin.create_topics([topic])
    try:
        await eventually(lambda: _is_known(admin, topic.name))
    finally:
        await admin.close()


async def _is_known(admin: AIOKafkaAdminClient, name: str) -> bool:
    return name in await admin.list_topics()


async def verdicts(kafka: KafkaSettings) -> dict[str, str]:
    return {report.name.removeprefix(kafka.topic_prefix): report.verdict for report in await examine_topics(kafka)}


async def test_apply_creates_every_topic_as_the_table_says(kafka_without_topics: KafkaSettings) -> None:
    reports = await apply_topics(kafka_without_topics)

    assert {report.verdict for report in reports} == {"created"}
    for topic, report in zip(TOPICS, reports, strict=True):
        assert report.state is not None
        assert report.state.partitions == kafka_without_topics.partitions
        assert topic.config.items() <= report.state.config.items()


async def test_applying_again_changes_nothing(kafka: KafkaSettings) -> None:
    assert {report.verdict for report in await apply_topics(kafka)} == {"as wanted"}
    await require_topics(kafka)


async def test_two_who_apply_at_once_both_find_all_topics(kafka_without_topics: KafkaSettings) -> None:
    await asyncio.gather(apply_topics(kafka_without_topics), apply_topics(kafka_without_topics))

    await require_topics(kafka_without_topics)


async def test_a_wrong_partition_count_is_refused_and_nothing_is_created(kafka_without_topics: KafkaSettings) -> None:
    kafka = kafka_without_topics
    await create(kafka, NewTopic(kafka.topic_prefix + PARSED.name, 5, 1, topic_configs=PARSED.config))

    with pytest.raises(NotUsable) as refusal:
        await apply_topics(kafka)

    assert f"5 partitions instead of {kafka.partitions}: {kafka.topic_prefix}intents.parsed" in refusal.value.message
    assert "NEPHORAN_KAFKA__PARTITIONS to 5" in refusal.value.message
    others = {name: verdict for name, verdict in (await verdicts(kafka)).items() if name != PARSED.name}
    assert set(others.values()) == {"missing"}


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [
        ("cleanup.policy", "compact"),
        ("message.timestamp.type", "CreateTime"),
        ("max.message.bytes", "1000"),
        ("retention.ms", "1000"),
    ],
)
async def test_a_wrong_setting_is_refused_with_the_command_that_mends_it(
    kafka_without_topics: KafkaSettings, setting: str, wrong: str
) -> None:
    kafka = kafka_without_topics
    config = RECEIVED.config | {setting: wrong}
    await create(kafka, NewTopic(kafka.topic_prefix + RECEIVED.name, kafka.partitions, 1, topic_configs=config))

    with pytest.raises(NotUsable) as refusal:
        await apply_topics(kafka)

    assert f"{setting} is {wrong} instead of {RECEIVED.config[setting]}" in refusal.value.message
    assert f"--add-config {setting}={RECEIVED.config[setting]}" in refusal.value.message
    assert (await verdicts(kafka))[PROPOSED.name] == "missing"


async def test_a_worker_learns_which_topics_are_missing(kafka_without_topics: KafkaSettings) -> None:
    with pytest.raises(NotUsable, match=r"intents\.received(.|\n)*nephoran topics apply"):
        await require_topics(kafka_without_topics)


async def test_nobody_there_is_told_with_the_address_in_time() -> None:
    (port,) = find_free_ports(1)
    started = time.monotonic()

    with pytest.raises(NotUsable, match=f"no Kafka accepts connections at 127.0.0.1:{port}"):
        await apply_topics(KafkaSettings(bootstrap_servers=f"127.0.0.1:{port}"))

    assert time.monotonic() - started < IN_TIME_SECONDS


async def test_something_that_never_answers_is_told_in_time() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    started = time.monotonic()

    with pytest.raises(NotUsable, match="does not answer as Kafka does over PLAINTEXT"):
        await examine_topics(KafkaSettings(bootstrap_servers=address))

    assert time.monotonic() - started < IN_TIME_SECONDS
    server.close()
    await server.wait_closed()


async def test_dead_letters_hold_the_largest_record_and_their_own_headers(kafka: KafkaSettings) -> None:
    producer = AIOKafkaProducer(**kafka.client(), max_request_size=2 * MAX_PRODUCE_BYTES)
    await producer.start()
    try:
        largest = b"x" * (MAX_RECORD_BYTES - RECORD_OVERHEAD_BYTES)
        await producer.send_and_wait(kafka.topic_prefix + RECEIVED.name, largest)
        headers = [("why", b"y" * (MAX_PRODUCE_BYTES - MAX_RECORD_BYTES - RECORD_OVERHEAD_BYTES))]
        await producer.send_and_wait(kafka.topic_prefix + RECEIVED.dead_letters.name, largest, headers=headers)
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(kafka.topic_prefix + RECEIVED.name, b"x" * (MAX_RECORD_BYTES + 1))
    finally:
        await producer.stop()
