"""What waits to be sent to one partition: while a batch is on its way, the next one fills."""

import asyncio
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError

from agents.domain.verdicts import Fatal
from pipeline.kafka.acknowledgement import Acknowledgement, Refused
from pipeline.kafka.records import Outgoing
from pipeline.kafka.renewed_producer import RenewedProducer

BATCH_BYTES, HEADER_BYTES = 100, 6
"""The overhead of a batch and of a header, at most (Kafka's record batch format, version 2)."""


class Appended(NamedTuple):
    """Where and when the broker appended a record."""

    partition: int
    offset: int
    timestamp_ms: int


class Dispatch(Acknowledgement[list[Appended]]):
    """Records that were published together: ends once the broker has appended every one of them."""

    __slots__ = ("_appended", "_missing")

    def __init__(self, count: int) -> None:
        super().__init__()
        self._appended: list[Any] = [None] * count
        self._missing = count
        if not count:
            self.settle([])

    def arrived(self, place: int, appended: Appended) -> None:
        """The record at this place of the dispatch was appended."""
        self._appended[place] = appended
        self._missing -= 1
        if not self._missing:
            self.settle(self._appended)


class _Batch:
    """Records in one of aiokafka's batches, each with the dispatch that waits for it."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder
        self.awaited: list[tuple[Dispatch, int]] = []
        self.records: list[Outgoing] = []

    def takes(self, record: Outgoing, dispatch: Dispatch, place: int) -> bool:
        """False where the batch is full."""
        headers = list(record.headers)
        if self.builder.append(timestamp=None, key=record.key, value=record.value, headers=headers) is None:
            return False
        self.awaited.append((dispatch, place))
        self.records.append(record)
        return True

    def arrived(self, partition: int, first_offset: int, timestamp_ms: int) -> None:
        """Notify everybody that waits for it, in one turn of the loop."""
        for offset, (dispatch, place) in enumerate(self.awaited, first_offset):
            dispatch.arrived(place, Appended(partition, offset, timestamp_ms))

    def failed(self, error: Exception) -> None:
        for dispatch, _ in self.awaited:
            dispatch.fail(error)


class Limits(NamedTuple):
    """What one partition takes. A batch that the broker refuses ends an idempotent producer, because its sequence
    numbers then have a gap; so what is known to be too large is never sent. `sent_bytes` is compressed."""

    record_bytes: int
    records_in_a_batch: int = sys.maxsize
    sent_bytes: int | None = None


class Outbox:
    """The records for one partition, in order. A batch holds whatever arrives while the previous one is on its way.

    aiokafka's own `send` takes a future and several awaits per record: half of the cost of a record (docs/adr/0009).
    """

    def __init__(
        self,
        producer: RenewedProducer,
        topic: str,
        partition: int,
        limits: Limits,
        explain: Callable[[BaseException], str] = repr,
    ) -> None:
        self._producer = producer
        self._topic = topic
        self._partition = partition
        self._limits = limits
        self._explain = explain
        self._batches: deque[_Batch] = deque()
        self.sending: asyncio.Task[None] | None = None

    def put(self, record: Outgoing, dispatch: Dispatch, place: int) -> None:
        """Send the record soon; `dispatch` learns what became of it."""
        last = self._batches[-1] if self._batches else None
        is_full = last is None or len(last.awaited) >= self._limits.records_in_a_batch
        if is_full or last is None or not last.takes(record, dispatch, place):
            # A batch that already holds records is far from the limit, so only its first record is measured.
            if (size_bytes := _size_bytes(record)) > self._limits.record_bytes:
                dispatch.fail(
                    self._refusal(f"it has {size_bytes:,} bytes, but the topic takes {self._limits.record_bytes:,}")
                )
                return
            self._batches.append(batch := self._new_batch())
            batch.takes(record, dispatch, place)
        if self.sending is None:
            self.sending = asyncio.create_task(self._send_all())

    def _new_batch(self) -> _Batch:
        return _Batch(self._producer.current.create_batch())

    async def _send_all(self) -> None:
        while self._batches:
            await self._send(self._batches.popleft())
        self.sending = None

    async def _send(self, batch: _Batch) -> None:
        limit = self._limits.sent_bytes
        if limit is not None and (size_bytes := self._compressed_bytes(batch, limit)) > limit:
            batch.failed(self._refusal(f"it has {size_bytes:,} bytes compressed, and the topic takes {limit:,}"))
            return
        try:
            place = await self._producer.send(batch.builder, self._topic, self._partition)
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            await self._send_one_by_one(batch, error)
        except (
            Exception
        ) as error:  # whatever it is, the waiting callers must learn of it: the worker ends, and nothing was committed
            why = self._explain(error)
            fatal = Fatal(f"the broker did not accept a record for {self._topic}: {why}; nothing was committed")
            fatal.__cause__ = error
            batch.failed(fatal)
        else:
            timestamp_ms = place.timestamp if place.timestamp >= 0 else round(time.time() * 1_000)
            batch.arrived(self._partition, place.offset, timestamp_ms)

    def _compressed_bytes(self, batch: _Batch, limit: int) -> int:
        """What would go to the broker. A batch that is built cannot be sent any more, so another one is."""
        if (size_bytes := sum(map(_size_bytes, batch.records))) <= limit:
            return size_bytes
        like_it = self._producer.current.create_batch()
        for record in batch.records:
            like_it.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers))
        return len(like_it._build())

    async def _send_one_by_one(self, batch: _Batch, error: Exception) -> None:
        """The topic takes less than its table says: records that are too large fail, the others are sent."""
        if len(batch.records) == 1:
            batch.failed(self._refusal(repr(error)))
            return
        for record, (dispatch, place) in zip(batch.records, batch.awaited, strict=True):
            alone = self._new_batch()
            alone.takes(record, dispatch, place)
            await self._send(alone)

    def _refusal(self, why: str) -> Refused:
        return Refused(f"the broker did not accept a record for {self._topic}: {why}")


def _size_bytes(record: Outgoing) -> int:
    """Its size as a separate batch, estimated, never too low."""
    headers = sum([len(name) + len(value or b"") + HEADER_BYTES for name, value in record.headers])
    return len(record.key or b"") + len(record.value or b"") + headers + BATCH_BYTES
