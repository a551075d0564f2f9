"""A snapshot of a real Kafka, and what is restored from it: every record where it was, with its bytes and its time."""

import asyncio
import gzip
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from itertools import chain
from pathlib import Path
from random import Random

import pytest
from confluent_kafka import Producer
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient

from pipeline.kafka.admin import examine_topics, require_topics
from pipeline.kafka.bulk import BulkReader, Position
from pipeline.kafka.not_usable import NotPossible, NotUsable
from pipeline.kafka.records import Record, TopicPartition
from pipeline.kafka.settings import KafkaSettings
from pipeline.operations.restore import require_restorable, restore
from pipeline.operations.snapshot import NAMES, WITH_OFFSETS, take_snapshot
from pipeline.operations.snapshot_files import Manifest, read_manifest
from pipeline.settings import Settings
from schemas.topics import CONTROL, DECISIONS, ENRICHED, PARSED, PLANNED, PROPOSED, RECEIVED, STATUS
from tests.servers.kafka_topics import drop_topics
from tests.servers.raw_kafka import RawProducer, publish_names_in_bytes

pytestmark = pytest.mark.slow
SECONDS = 60
HEADERS = ((), (("a", b"1"), ("a", b"2"), ("", None)), (("ce_id", b"\xff"), ("é", b"")))
STRANGE = ((None, b""), (b"", None), (b"\xff\x00", b"\xfe"), (None, None), (b"k", b"{}"))


def settings_for(kafka: KafkaSettings) -> Settings:
    key = {"keys": ["a key of this test, and long enough"]}
    return Settings.model_validate({"kafka": kafka, "signing": key, "git": {"repository": "unused.git"}})


@pytest.fixture
def settings(kafka: KafkaSettings) -> Settings:
    return settings_for(kafka)


@pytest.fixture
async def elsewhere(kafka: KafkaSettings) -> AsyncIterator[Settings]:
    """Where nothing is yet: the same broker, under another prefix."""
    other = kafka.model_copy(update={"topic_prefix": f"restored-{kafka.topic_prefix}"})
    yield settings_for(other)
    await drop_topics(other)


class Writer:
    """Fills partitions as stages, replays and strangers do."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._plain = Producer(kafka.librdkafka())
        self._transactional = Producer(kafka.librdkafka() | {"transactional.id": f"{kafka.topic_prefix}test"})
        self._transactional.init_transactions(SECONDS)

    def plain(self, topic: str, partition: int, count: int, chance: Random) -> None:
        self._put(self._plain, topic, partition, count, chance)
        self._plain.flush(SECONDS)

    def transaction(self, topic: str, partition: int, count: int, chance: Random, *, is_committed: bool) -> None:
        self._transactional.begin_transaction()
        self._put(self._transactional, topic, partition, count, chance)
        self._transactional.flush(SECONDS)
        if is_committed:
            self._transactional.commit_transaction(SECONDS)
        else:
            self._transactional.abort_transaction(SECONDS)

    def _put(self, producer: Producer, topic: str, partition: int, count: int, chance: Random) -> None:
        for _ in range(count):
            key, value = chance.choice(STRANGE)
            headers = list(chance.choice(HEADERS))
            producer.produce(self._kafka.topic_prefix + topic, value, key, partition=partition, headers=headers)

    def anything(self, topic: str, partition: int, chance: Random, steps: int = 6) -> None:
        for _ in range(steps):
            count = chance.randint(1, 4)
            match chance.randrange(4):
                case 0 | 1:
                    self.plain(topic, partition, count, chance)
                case 2:
                    self.transaction(topic, partition, count, chance, is_committed=True)
                case 3:
                    self.transaction(topic, partition, count, chance, is_committed=False)

    def expire(self, topic: str, partition: int, before: int) -> None:
        place = Place(self._kafka.topic_prefix + topic, partition, before)
        admin = AdminClient(self._kafka.librdkafka())  # answers only while somebody holds it
        for deleted in admin.delete_records([place]).values():
            deleted.result(SECONDS)


def fill_a_little(kafka: KafkaSettings) -> None:
    producer = RawProducer(kafka)
    for number in range(30):
        for topic in (RECEIVED, PARSED, STATUS):
            producer.put(b"%d" % number, b"key %d" % number, (), topic.name)
    producer.flush()


def fill(kafka: KafkaSettings) -> None:
    writer, chance = Writer(kafka), Random(7)
    for topic in (RECEIVED.name, RECEIVED.dead_letters.name):
        for partition in range(kafka.partitions):
            writer.anything(topic, partition, chance)
    writer.plain(PARSED.name, 1, 100, chance)
    writer.expire(RECEIVED.name, 1, 5)
    writer.plain(PLANNED.name, 0, 9, chance)
    writer.expire(PLANNED.name, 0, 9)
    keyed = RawProducer(kafka)
    for key, value in ((b"x", b"1"), (b"y", b"2"), (b"x", None), (b"z", b"")):
        keyed.publish(value, key, {"h": b"v"}, PROPOSED.name)
        keyed.publish(value, key, None, CONTROL.name)
    with BulkReader(kafka, "nephoran-parse") as group:
        group.commit(
            {TopicPartition(RECEIVED.name, 1): Position(7, "6@1~2"), TopicPartition(RECEIVED.name, 0): Position(1, "")}
        )
    with BulkReader(kafka, "nephoran-replay-1234") as group:
        group.commit({TopicPartition(RECEIVED.dead_letters.name, 2): Position(3, '{"until": 5}')})


def held(kafka: KafkaSettings) -> tuple[list[Record], dict[TopicPartition, int], dict[TopicPartition, int]]:
    """All records, those of compacted topics without their offsets; where each other partition ends for readers, and
    where its log does."""
    with BulkReader(kafka) as reader, BulkReader(kafka, sees_all=True) as raw:
        spans, logs = reader.spans(NAMES), raw.spans(NAMES)
        records = sorted(chain.from_iterable(reader.read(spans)), key=lambda record: record[:3])
    kept = [place for place in spans if place.topic in WITH_OFFSETS]
    return (
        [record if record.topic in WITH_OFFSETS else record._replace(offset=0) for record in records],
        {place: spans[place].end for place in kept},
        {place: logs[place].end for place in kept},
    )


def committed(kafka: KafkaSettings, group: str, topic: str) -> dict[TopicPartition, Position]:
    with BulkReader(kafka, group) as reader:
        return {place: position for place, position in reader.committed().items() if place.topic == topic}


async def small_snapshot_of(settings: Settings, folder: Path) -> Manifest:
    await asyncio.to_thread(fill_a_little, settings.kafka)
    return await asyncio.to_thread(take_snapshot, settings, folder)


async def test_all_is_restored_where_it_was_and_goes_on_from_there(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "snapshot"
    await asyncio.to_thread(fill, settings.kafka)
    made = await asyncio.to_thread(take_snapshot, settings, folder)
    assert made == read_manifest(folder)

    await require_restorable(elsewhere, made)
    await asyncio.to_thread(restore, elsewhere, made, folder)

    before, after = await asyncio.to_thread(held, settings.kafka), await asyncio.to_thread(held, elsewhere.kafka)
    assert after == before
    assert made.records == len(before[0]) > 150
    for group, topic in (("nephoran-parse", RECEIVED.name), ("nephoran-replay-1234", RECEIVED.dead_letters.name)):
        assert committed(elsewhere.kafka, group, topic) == committed(settings.kafka, group, topic) != {}
    assert {report.verdict for report in await examine_topics(elsewhere.kafka)} == {"as wanted"}
    for topic in (RECEIVED.name, PLANNED.name, ENRICHED.name):
        old = RawProducer(settings.kafka).publish(b"next", b"key", None, topic)
        new = RawProducer(elsewhere.kafka).publish(b"next", b"key", None, topic)
        assert (new.partition, new.offset) == (old.partition, old.offset)
        assert new.timestamp_ms >= old.timestamp_ms


async def test_a_cluster_that_holds_something_is_left_alone(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    made = await small_snapshot_of(settings, tmp_path / "snapshot")
    with pytest.raises(NotPossible, match=r"intents\.parsed.* already holds something"):
        await require_restorable(settings, made)
    fewer = elsewhere.model_copy(update={"kafka": elsewhere.kafka.model_copy(update={"partitions": 2})})
    with pytest.raises(NotPossible, match="NEPHORAN_KAFKA__PARTITIONS to 3"):
        await require_restorable(fewer, made)


async def test_a_restore_of_damaged_files_leaves_topics_on_which_no_worker_starts(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "snapshot"
    made = await small_snapshot_of(settings, folder)
    file = folder / PARSED.name / "001.jsonl.gz"
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    file.write_bytes(gzip.compress(b"".join(lines[:-1])))
    with pytest.raises(NotPossible, match=r"001\.jsonl\.gz is damaged"):
        await asyncio.to_thread(restore, elsewhere, made, folder)
    with pytest.raises(NotUsable, match="CreateTime"):
        await require_topics(elsewhere.kafka)
    with pytest.raises(NotPossible, match="broken off"):
        await require_restorable(elsewhere, made)


@pytest.mark.parametrize("topic", [PARSED.name, STATUS.name, PROPOSED.name])
async def test_nothing_may_move_while_a_snapshot_is_taken(settings: Settings, tmp_path: Path, topic: str) -> None:
    await asyncio.to_thread(fill_a_little, settings.kafka)

    def write(records: int) -> None:
        RawProducer(settings.kafka).publish(b"in between", b"key", None, topic)

    with pytest.raises(NotPossible, match=f"something was written to {topic}/"):
        await asyncio.to_thread(take_snapshot, settings, tmp_path / "snapshot", write)
    with pytest.raises(NotPossible, match="not finished"):
        read_manifest(tmp_path / "snapshot")


async def test_new_requests_and_decisions_belong_to_the_next_snapshot(settings: Settings, tmp_path: Path) -> None:
    await asyncio.to_thread(fill_a_little, settings.kafka)

    def write(records: int) -> None:
        for topic in (RECEIVED.name, DECISIONS.name):
            RawProducer(settings.kafka).publish(b"in between", b"key", None, topic)

    made = await asyncio.to_thread(take_snapshot, settings, tmp_path / "snapshot", write)
    assert not [part for part in made.partitions if part.topic == DECISIONS.name and part.records]
    assert b"in between" not in b"".join(values_in(tmp_path / "snapshot" / RECEIVED.name))


def values_in(folder: Path) -> Iterator[bytes]:
    for file in sorted(folder.iterdir()):
        for line in gzip.decompress(file.read_bytes()).splitlines():
            yield b64decode(json.loads(line)["value"] or "")


async def test_a_request_whose_headers_cannot_be_kept_is_read_before(settings: Settings, tmp_path: Path) -> None:
    await asyncio.to_thread(fill_a_little, settings.kafka)
    place = await publish_names_in_bytes(settings.kafka, RECEIVED.name, 0, b"{}", {b"\xff": b"1"})
    with pytest.raises(NotPossible, match=rf"received/0/{place.offset} has header names.*`nephoran resume parse`"):
        await asyncio.to_thread(take_snapshot, settings, tmp_path / "unread")
    with BulkReader(settings.kafka, "nephoran-parse") as group:
        group.commit({TopicPartition(RECEIVED.name, 0): Position(place.offset + 1, "")})
    assert (await asyncio.to_thread(take_snapshot, settings, tmp_path / "read")).headers_lost == 1


async def test_a_transaction_under_way_is_waited_for(settings: Settings, tmp_path: Path) -> None:
    producer = Producer(settings.kafka.librdkafka() | {"transactional.id": f"{settings.kafka.topic_prefix}open"})
    producer.init_transactions(SECONDS)
    producer.begin_transaction()
    producer.produce(settings.kafka.topic_prefix + PARSED.name, b"not yet")
    assert producer.flush(SECONDS) == 0
    try:
        with pytest.raises(NotPossible, match=r"transaction is under way on intents\.parsed"):
            await asyncio.to_thread(take_snapshot, settings, tmp_path / "snapshot")
    finally:
        producer.abort_transaction(SECONDS)
