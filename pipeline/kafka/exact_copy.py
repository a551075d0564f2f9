"""Records written to an empty partition at the very offsets they had elsewhere, with their append times.

Gaps are made as they came about: what retention has deleted is written and deleted again, the place of a transaction's
marker is taken by a marker, and a longer gap by records of a transaction that is aborted, which nobody who reads
committed records ever sees. The topic must keep the time that a record comes with (CreateTime) meanwhile.
"""

from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import Any, Self

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from pipeline.kafka.bulk import not_usable
from pipeline.kafka.not_usable import NotPossible, NotUsable
from pipeline.kafka.records import Record
from pipeline.kafka.settings import KafkaSettings
from schemas.topics import MAX_PRODUCE_BYTES

ANSWER_SECONDS = 60.0
QUEUED_RECORDS = 100_000
QUEUED_KIB = 65_536
TRANSACTION_MS = 60_000
FILLER_KEY = b"filler"
"""Compacted topics take no record without a key; no key of ours looks like this."""


class PartitionCopy:
    """Writes one partition. A context manager; nobody else may write there meanwhile."""

    def __init__(self, kafka: KafkaSettings, topic: str, partition: int, *, keeps_offsets: bool) -> None:
        self._place = Place(kafka.topic_prefix + topic, partition)
        self._keeps_offsets = keeps_offsets
        self._kafka = kafka
        self._plain = Producer(self._settings() | {"enable.idempotence": True})
        self._marking: Producer | None = None
        self._watching: Consumer | None = None
        self._next = 0
        self._fault: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._plain.purge()
        if self._watching is not None:
            self._watching.close()

    def write(self, records: Iterable[Record], end: int) -> None:
        """All of them, in rising order of their offsets; the next record would get the offset `end`.

        Where offsets are not kept they follow one another from 0. Raises: NotUsable; NotPossible where somebody else
        writes to the partition.
        """
        try:
            self._write(records, end)
        except (KafkaException, BufferError) as error:
            raise not_usable(error) from error

    def _write(self, records: Iterable[Record], end: int) -> None:
        last: Record | None = None
        for record in records:
            if last is None:
                self._begin_at(record.offset, record.timestamp_ms)
            else:
                self._append(last, record.offset - last.offset - 1)
            last = record
        if last is None:
            self._begin_at(end, 0)
        else:
            self._append(last, end - last.offset - 1)
        self._flush(self._plain)

    def _begin_at(self, first: int, timestamp_ms: int) -> None:
        if not self._keeps_offsets or first == 0:
            return
        for _ in range(first):
            self._produce(self._plain, FILLER_KEY, None, timestamp_ms)
        self._flush(self._plain)
        self._until_end(first)
        admin = AdminClient(self._kafka.librdkafka())  # answers only while somebody holds it
        deleting = admin.delete_records([Place(self._place.topic, self._place.partition, first)])
        for deleted in deleting.values():
            deleted.result(ANSWER_SECONDS)

    def _append(self, record: Record, gap: int) -> None:
        if not self._keeps_offsets or gap == 0:
            self._put(self._plain, record)
        elif gap == 1:
            self._in_transaction([record], is_committed=True)
        else:
            self._put(self._plain, record)
            filler = record._replace(key=FILLER_KEY, value=None, headers=())
            self._in_transaction((filler for _ in range(gap - 1)), is_committed=False)

    def _in_transaction(self, records: Iterable[Record], *, is_committed: bool) -> None:
        """The records, and the marker behind them."""
        self._flush(self._plain)
        if self._marking is None:
            name = f"{self._kafka.topic_prefix}nephoran-restore-{self._place.topic}-{self._place.partition}"
            self._marking = Producer(
                self._settings() | {"transactional.id": name, "transaction.timeout.ms": TRANSACTION_MS}
            )
            self._marking.init_transactions(ANSWER_SECONDS)
        self._marking.begin_transaction()
        for record in records:
            self._put(self._marking, record)
        self._flush(self._marking)
        if is_committed:
            self._marking.commit_transaction(ANSWER_SECONDS)
        else:
            self._marking.abort_transaction(ANSWER_SECONDS)
        self._next += 1
        self._until_end(self._next)  # the coordinator writes the marker after it has answered

    def _put(self, producer: Producer, record: Record) -> None:
        self._produce(producer, record.key, record.value, record.timestamp_ms, list(record.headers))

    def _produce(
        self, producer: Producer, key: bytes | None, value: bytes | None, timestamp_ms: int, headers: Any = None
    ) -> None:
        expected, self._next = self._next, self._next + 1
        send: Callable[[], None] = partial(
            producer.produce,
            self._place.topic,
            key=key,
            value=value,
            partition=self._place.partition,
            timestamp=timestamp_ms,
            headers=headers or [],
            on_delivery=partial(self._delivered, expected),
        )
        while True:
            try:
                send()
                break
            except BufferError:  # the queue is full: wait for some of it to be delivered
                producer.poll(0.1)
        producer.poll(0)
        self._require_well()

    def _delivered(self, expected: int, error: Any, message: Any) -> None:
        if error is not None:
            self._fault = self._fault or f"Kafka did not take a record of {self._place.topic}: {error.str()}"
        elif message.offset() != expected:
            self._fault = self._fault or (
                f"a record of {self._place.topic}/{self._place.partition} came to lie at {message.offset()} rather "
                f"than {expected}: somebody else writes there"
            )

    def _flush(self, producer: Producer) -> None:
        if producer.flush(ANSWER_SECONDS):
            raise NotUsable(f"Kafka takes no records of {self._place.topic}: see `nephoran doctor`")
        self._require_well()

    def _require_well(self) -> None:
        if self._fault:
            raise NotPossible(self._fault)

    def _until_end(self, end: int) -> None:
        """Returns once the log ends here. Raises: NotUsable, NotPossible."""
        if self._watching is None:
            self._watching = Consumer(
                self._kafka.librdkafka()
                | {"group.id": "nephoran-restore", "isolation.level": "read_uncommitted", "enable.auto.commit": False}
            )
        ask = partial(self._watching.get_watermark_offsets, self._place, timeout=ANSWER_SECONDS)
        waiting = Retrying(
            retry=retry_if_result(lambda found: found[1] < end),
            stop=stop_after_delay(ANSWER_SECONDS),
            wait=wait_fixed(0.003),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        found = waiting(ask)
        if found[1] != end:
            raise NotPossible(
                f"{self._place.topic}/{self._place.partition} ends at {found[1]} rather than {end}: somebody else "
                "writes there, or Kafka is too slow"
            )

    def _settings(self) -> dict[str, Any]:
        return self._kafka.librdkafka() | {
            "compression.type": "zstd",
            "message.max.bytes": MAX_PRODUCE_BYTES + (64 << 10),
            "linger.ms": 5,
            "queue.buffering.max.messages": QUEUED_RECORDS,
            "queue.buffering.max.kbytes": QUEUED_KIB,
        }
