"""Whole topics read, and moved exactly once, in large batches: for commands. librdkafka is ten times aiokafka's pace.

A move is a Kafka transaction of its records and of the offsets they were read at (KIP-98): after a kill at any moment
a batch was moved and is remembered as such, or neither.
"""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from operator import methodcaller
from types import TracebackType
from typing import Any, NamedTuple, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka import TopicPartition as Place
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from pipeline.kafka.admin import committed
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.records import Outgoing, Record, TopicPartition
from pipeline.kafka.refusals import REMEDY
from pipeline.kafka.settings import KafkaSettings
from schemas.topics import MAX_PRODUCE_BYTES

BATCH_RECORDS = 5_000
POLL_SECONDS = 1.0
SILENT_POLLS = 30
"""How long nothing may arrive although there is something: after that Kafka counts as down."""
ANSWER_SECONDS = 30.0
BUFFER_KIB = 4_096
BUFFERED_RECORDS = 4 * BATCH_RECORDS
"""librdkafka fetches ahead until there are this many, of fewer bytes, headers not counted; a million letters then take
180 MB instead of 340."""
TRANSACTION_MS = 10_000
"""After this the broker aborts what a killed process had begun; until then readers of the same partitions wait."""


_PASSING = {
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.NOT_COORDINATOR,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
}


class Span(NamedTuple):
    """The offsets of one partition: from the first to before the end."""

    first: int
    end: int


class Position(NamedTuple):
    """The next offset to read, with a note of at most 4 KiB."""

    offset: int
    note: str


Spans = dict[TopicPartition, Span]
Positions = dict[TopicPartition, Position]


class BulkReader:
    """Reads topics by their spans. A context manager. In a `group` it knows how far a job has come.

    `sees_all` has it see what is not committed, too: spans then reach to the end of the log. `headers_lost` are the
    offsets of records read whose headers this client cannot hand over, because a name is not UTF-8.
    """

    def __init__(self, kafka: KafkaSettings, group: str | None = None, *, sees_all: bool = False) -> None:
        self._kafka, self._prefix = kafka, kafka.topic_prefix
        self._group = group or f"nephoran-read-{uuid.uuid4()}"
        self.headers_lost = defaultdict[TopicPartition, list[int]](list)
        self._consumer = Consumer(
            kafka.librdkafka()
            | {
                "group.id": kafka.topic_prefix + self._group,
                "enable.auto.commit": False,
                "isolation.level": "read_uncommitted" if sees_all else "read_committed",
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "queued.max.messages.kbytes": BUFFER_KIB,
                "queued.min.messages": BUFFERED_RECORDS,
                "fetch.queue.backoff.ms": 10,  # its own second of waiting, once there are, is most of the time
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._consumer.close()

    def spans(self, topics: Sequence[str]) -> Spans:
        """What the topics hold now. Raises: NotUsable."""
        found: Spans = {}
        for topic in topics:
            name = self._prefix + topic
            metadata = _answer(partial(self._consumer.list_topics, name, timeout=ANSWER_SECONDS))
            for number in metadata.topics[name].partitions:
                ask = partial(self._consumer.get_watermark_offsets, Place(name, number), timeout=ANSWER_SECONDS)
                found[TopicPartition(topic, number)] = Span(*_answer(ask))
        return found

    def read(self, spans: Mapping[TopicPartition, Span], at_once: int = BATCH_RECORDS) -> Iterator[list[Record]]:
        """Every committed record of the spans, a batch at a time, in order per partition. Raises: NotUsable."""
        left = {partition: span.end for partition, span in spans.items() if span.first < span.end}
        self._consumer.assign([self._place(partition, spans[partition].first) for partition in left])
        silent = 0
        while left:
            batch: list[Record] = []
            messages = self._consumer.consume(at_once, POLL_SECONDS if silent else 0.1)
            silent = 0 if messages else silent + 1
            if silent > SILENT_POLLS:
                raise NotUsable("Kafka returns none of the records that it says it has: see `nephoran doctor`")
            for message in messages:
                error = message.error()
                if error is not None and error.code() != KafkaError._PARTITION_EOF:
                    raise not_usable(KafkaException(error))
                partition = TopicPartition(
                    str(message.topic()).removeprefix(self._prefix), int(message.partition() or 0)
                )
                end, offset = left.get(partition, 0), int(message.offset() or 0)
                if error is None and offset < end:
                    batch.append(self._record(message, partition))
                if error is not None or offset + 1 >= end:
                    self._finish(left, partition)
            if batch:
                yield batch

    def _record(self, message: Any, partition: TopicPartition) -> Record:
        try:
            headers = tuple(_headers_of(message) or ())
        except (UnicodeDecodeError, SystemError):  # a name that is not UTF-8: our own writers did not write it
            headers = ()
            self.headers_lost[partition].append(message.offset())
        _, timestamp_ms = message.timestamp()
        return Record(*partition, message.offset(), timestamp_ms, message.key(), message.value(), headers)

    def _finish(self, left: dict[TopicPartition, int], partition: TopicPartition) -> None:
        if left.pop(partition, None) is not None:
            self._consumer.pause([self._place(partition)])

    def committed(self) -> Positions:
        """How far the group has come. Raises: NotUsable."""
        with ThreadPoolExecutor(1) as thread:  # here a loop may be running
            found = thread.submit(asyncio.run, committed(self._kafka, self._group)).result()
        return {partition: Position(offset, note) for partition, (offset, note) in found.items()}

    def commit(self, positions: Positions) -> None:
        """Remember how far the group has come. Raises: NotUsable."""
        _answer(partial(self._consumer.commit, offsets=self._places(positions), asynchronous=False))

    def first_since(self, moments_ms: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """The first offset appended at these Unix times or later, where there is one. Raises: NotUsable."""
        places = [self._place(partition, moment) for partition, moment in moments_ms.items()]
        found = _answer(partial(self._consumer.offsets_for_times, places, timeout=ANSWER_SECONDS))
        return {
            TopicPartition(place.topic.removeprefix(self._prefix), place.partition): place.offset
            for place in found
            if place.offset >= 0
        }

    def moved(self, positions: Positions) -> tuple[list[Place], Any]:
        """What a transaction needs to know of this reader."""
        return self._places(positions), self._consumer.consumer_group_metadata()

    def _places(self, positions: Positions) -> list[Place]:
        return [self._place(partition, *position) for partition, position in positions.items()]

    def _place(self, partition: TopicPartition, offset: int = 0, note: str = "") -> Place:
        return Place(self._prefix + partition.topic, partition.partition, offset, note)


class BulkMover:
    """Publishes batches in transactions. `name` is the job's: a later process with the same name fences this one."""

    def __init__(self, kafka: KafkaSettings, name: str) -> None:
        self._prefix = kafka.topic_prefix
        self._producer = Producer(
            kafka.librdkafka()
            | {
                "transactional.id": kafka.topic_prefix + name,
                "partitioner": "murmur2_random",
                "compression.type": "zstd",
                "message.max.bytes": MAX_PRODUCE_BYTES + (64 << 10),
                "linger.ms": 5,
                "transaction.timeout.ms": TRANSACTION_MS,
                "queue.buffering.max.messages": 4 * BATCH_RECORDS,
            }
        )

    def start(self) -> None:
        """Fence any earlier process of this job. Raises: NotUsable."""
        _answer(partial(self._producer.init_transactions, ANSWER_SECONDS))

    def move(self, records: Sequence[Outgoing], reader: BulkReader, positions: Positions) -> None:
        """All of it, or nothing. Raises: NotUsable; then nobody ever sees any of it."""
        try:
            self._producer.begin_transaction()
            for record in records:
                topic = self._prefix + record.topic
                self._producer.produce(topic, key=record.key, value=record.value, headers=list(record.headers))
            self._producer.send_offsets_to_transaction(*reader.moved(positions), ANSWER_SECONDS)
            self._producer.commit_transaction(ANSWER_SECONDS)
        except BaseException as error:
            with suppress(KafkaException):  # the broker aborts it once its time is over
                self._producer.abort_transaction(ANSWER_SECONDS)
            if isinstance(error, KafkaException | BufferError):
                raise not_usable(error) from error
            raise


def _answer(ask: Callable[[], Any]) -> Any:
    """What Kafka answers, asked again while the error is transient, as with a new leader. Raises: NotUsable."""
    retrying = Retrying(
        retry=retry_if_exception(_passes), stop=stop_after_delay(ANSWER_SECONDS), wait=wait_fixed(0.2), reraise=True
    )
    try:
        return retrying(ask)
    except KafkaException as error:
        raise not_usable(error) from error


def _passes(error: BaseException) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() in _PASSING


_headers_of = methodcaller("headers")
"""The client returns half a list for names that are not UTF-8, with an exception left behind. A plain call, once Python
has specialized it, does not look for one: it is raised anywhere later. This call always looks."""


def not_usable(error: Exception) -> NotUsable:
    """What librdkafka raised, as a sentence."""
    cause = error.args[0] if error.args else error
    told = cause.str() if isinstance(cause, KafkaError) else str(cause)
    if "authorization failed" in told.casefold():  # of transactions its code is that of any fatal error
        return NotUsable(f"Kafka refuses this, for a right is missing ({told}): {REMEDY}")
    return NotUsable(f"Kafka did not do what this needs ({told}): see `nephoran doctor`")
