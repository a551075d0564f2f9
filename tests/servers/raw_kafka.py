"""Kafka as any client sees it: librdkafka, raw bytes in and out, and no code of the project's in between."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import methodcaller
from typing import NamedTuple

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.producer import message_accumulator
from aiokafka.producer import producer as aiokafka_producer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from pipeline.kafka.records import Headers
from pipeline.kafka.settings import KafkaSettings

ANSWER_SECONDS = 60


class Place(NamedTuple):
    """Where and when the broker appended a record."""

    partition: int
    offset: int
    timestamp_ms: int


class RawProducer:
    """Publishes as strangers do. `compression` lets a record through that is larger than its topic takes."""

    def __init__(self, kafka: KafkaSettings, compression: str = "none", level: int = -1) -> None:
        self._prefix = kafka.topic_prefix
        self._producer = Producer(
            {
                "bootstrap.servers": kafka.bootstrap_servers,
                "compression.type": compression,
                "compression.level": level,
                "message.max.bytes": 1_000_000_000,
                "queue.buffering.max.kbytes": 1_048_576,
                "linger.ms": 0,
                "log_level": 2,
            }
        )

    def put(self, value: bytes | None, key: bytes | None, headers: Headers, topic: str) -> None:
        """Sends it some time; what the broker does not take is nobody's loss."""
        self._producer.produce(self._prefix + topic, value, key, headers=list(headers))

    def flush(self) -> None:
        """Returns once everything was sent."""
        assert self._producer.flush(ANSWER_SECONDS) == 0

    def publish(
        self,
        value: bytes | None,
        key: bytes | None = None,
        headers: Mapping[str, bytes | None] | None = None,
        topic: str = "intents.received",
    ) -> Place:
        """Returns once the broker has it."""
        places: list[Place] = []

        def delivered(error: object, message: Message) -> None:
            assert error is None, error
            places.append(Place(message.partition(), message.offset(), message.timestamp()[1]))

        self._producer.produce(
            self._prefix + topic, value, key, headers=list((headers or {}).items()), on_delivery=delivered
        )
        self._producer.flush(ANSWER_SECONDS)
        (place,) = places
        return place


class RawTopic:
    """Everything a topic holds; `all()` looks again."""

    def __init__(self, kafka: KafkaSettings, topic: str) -> None:
        self._name = kafka.topic_prefix + topic
        self._consumer = Consumer(
            {
                "bootstrap.servers": kafka.bootstrap_servers,
                "group.id": uuid.uuid4().hex,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 10,  # a broker answers what else it is asked after the open fetch
                "log_level": 2,
            }
        )
        partitions = self._consumer.list_topics(self._name, ANSWER_SECONDS).topics[self._name].partitions
        self._consumer.assign([TopicPartition(self._name, number, OFFSET_BEGINNING) for number in partitions])
        self._next = dict.fromkeys(partitions, 0)
        self._messages: list[Message] = []

    def all(self) -> list[Message]:
        """The records so far, in order within each partition. For topics of which nothing is compacted away."""
        ends = {number: self._end_of(number) for number in self._next}
        while any(self._next[number] < end for number, end in ends.items()):
            message = self._consumer.poll(ANSWER_SECONDS)
            assert message is not None, f"{self._name} has more records than can be fetched"  # an empty one is false
            if message.error() is not None:  # markers of transactions are at the end, which are no records
                assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                self._next[message.partition()] = message.offset()
                continue
            self._next[message.partition()] = message.offset() + 1
            self._messages.append(message)
        return self._messages

    def _end_of(self, partition: int) -> int:
        place = TopicPartition(self._name, partition)
        return int(self._consumer.get_watermark_offsets(place, ANSWER_SECONDS)[1])

    def close(self) -> None:
        self._consumer.close()


def configure_topic(kafka: KafkaSettings, topic: str, name: str, value: str) -> None:
    """Sets one setting of a topic, as its operator would."""
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, kafka.topic_prefix + topic, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    for done in admin.incremental_alter_configs([resource]).values():
        done.result(ANSWER_SECONDS)


@contextmanager
def raw_topic(kafka: KafkaSettings, topic: str) -> Iterator[RawTopic]:
    """A topic that is read while the block runs."""
    opened = RawTopic(kafka, topic)
    try:
        yield opened
    finally:
        opened.close()


def headers_of(message: Message) -> dict[str, str]:
    """The headers as text. Raises: SystemError where a name is not UTF-8."""
    return {name: (value or b"").decode(errors="replace") for name, value in _headers(message) or ()}


_headers = methodcaller("headers")
"""Not `message.headers()`, which Python 3.11 may run without a look for the error: the list then has holes (2.16)."""


class _NameInBytes(str):
    """A header's name that is not UTF-8, which this library would not write."""

    name: bytes

    def encode(self, *_: object) -> bytes:
        return self.name


async def publish_names_in_bytes(
    kafka: KafkaSettings, topic: str, partition: int, value: bytes | None, headers: Mapping[bytes, bytes]
) -> Place:
    """A record with such names of headers, as clients of other languages write them. Returns once the broker has it."""
    named = []
    for name, content in headers.items():
        written = _NameInBytes("in bytes")
        written.name = name
        named.append((written, content))
    with pytest.MonkeyPatch.context() as patch:
        for module in (message_accumulator, aiokafka_producer):
            patch.setattr(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
        await producer.start()
        try:
            told = await producer.send_and_wait(
                kafka.topic_prefix + topic, value, b"in bytes", partition, headers=named
            )
        finally:
            await producer.stop()
    return Place(told.partition, told.offset, told.timestamp)
