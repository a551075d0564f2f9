"""A topic read completely and followed: the state of a compacted topic, or the events of a stream so far."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError

from pipeline.kafka.records import Record
from pipeline.kafka.refusals import explained
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.tolerant_records import SOUGHT, read_whatever_comes

CONNECT_SECONDS = 15.0
"""How long the brokers have to say where the topic is. Above what an election takes, and what people wait for."""
POLL_MS = 200
RECORDS_AT_ONCE = 1_000
"""Unpacked at a time: a few MB, and some hundredths of a second."""
BULK_BYTES = 1 << 20
"""More than comes within `POLL_MS`, and no more than one fetch holds."""
MOST_FETCHED_BYTES = 16 << 20
"""Of what is only searched through: large fetches are fewer, and nothing is made of most of it."""
FROM_NOW_ON = 1 << 50
"""A `since_ms` after every record: only what is written later is handed over."""


class TopicView:
    """Hands every record of a topic to `on_record`, in order per partition. Commits nothing.

    It begins with the oldest record, or with the first that the broker appended at `since_ms` (Unix time) or later.
    With `sought` it hands over only what may hold these bytes, with `partition` only that of one partition.
    `in_bulk` hands over what came within `POLL_MS` together: a fetch for each record of a busy topic is expensive, for
    the broker too.
    """

    def __init__(
        self,
        topic: str,
        kafka: KafkaSettings,
        on_record: Callable[[Record], None],
        since_ms: int | None = None,
        *,
        in_bulk: bool = False,
        partition: int | None = None,
        sought: bytes | None = None,
    ) -> None:
        self._kafka = kafka
        self._topic = kafka.topic_prefix + topic
        read_whatever_comes()
        self._prefix = kafka.topic_prefix
        self._on_record = on_record
        self._since_ms = since_ms
        self._consumer = AIOKafkaConsumer(
            *([self._topic] if partition is None else []),
            **kafka.client(),
            group_id=None,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=POLL_MS,
            fetch_min_bytes=BULK_BYTES if in_bulk else 1,
            max_partition_fetch_bytes=MOST_FETCHED_BYTES // (12 if partition is None else 1) if sought else BULK_BYTES,
        )
        self._in_bulk = in_bulk
        self._partition = partition
        self._sought = sought
        self._positions: dict[KafkaPartition, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._moved = asyncio.Condition()

    async def start(self) -> None:
        """Returns once everything written before the call was handed over. Raises: NotUsable."""
        await self.begin()
        await self.catch_up()

    async def begin(self) -> None:
        """Returns once the reading has begun. Raises: NotUsable."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                SOUGHT.set(self._sought)  # for the tasks that the consumer starts
                await self._consumer.start()
                if self._partition is not None:
                    self._consumer.assign([KafkaPartition(self._topic, self._partition)])
                if self._since_ms is not None:
                    await self._seek(self._since_ms)
        except (KafkaError, OSError) as error:  # TimeoutError is an OSError
            raise explained(error, self._kafka, f"the reading of {self._topic}") from error
        self._task = asyncio.create_task(self._follow())

    async def _seek(self, since_ms: int) -> None:
        partitions = list(self._consumer.assignment())
        ends = await self._consumer.end_offsets(partitions)
        found = await self._consumer.offsets_for_times(dict.fromkeys(partitions, since_ms))
        for partition in partitions:
            first = found.get(partition)
            self._consumer.seek(partition, first.offset if first else ends[partition])

    @property
    def reading(self) -> asyncio.Future[None]:
        """Ends only if the reading fails. Raises: RuntimeError before `start`."""
        if self._task is None:
            raise RuntimeError("the view was not started")
        return self._task

    async def catch_up(self) -> None:
        """Returns once everything written before the call was handed over. Raises: NotUsable, what ended the reading.

        Patient as every client is: a cluster elects new leaders in between.
        """
        try:
            async with asyncio.timeout(self._kafka.request_timeout_seconds):
                ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        except (KafkaError, OSError) as error:
            raise explained(error, self._kafka, f"the reading of {self._topic}") from error
        async with self._moved:
            await self._moved.wait_for(lambda: self._ended() or self._has_reached(ends))
        if self._task is not None and self._task.done():
            self._task.result()

    def _ended(self) -> bool:
        return self._task is None or self._task.done()

    def _has_reached(self, ends: dict[KafkaPartition, int]) -> bool:
        return all(self._positions.get(partition, 0) >= end for partition, end in ends.items())

    async def _follow(self) -> None:
        try:
            while True:
                batches = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS_AT_ONCE)
                began = time.monotonic()
                for messages in batches.values():
                    for message in messages:
                        self._on_record(record_of(message, self._prefix))
                for partition in self._consumer.assignment():
                    self._positions[partition] = await self._consumer.position(partition)
                await self._notify()
                if self._in_bulk and batches:  # a long history leaves time for work that is already running
                    await asyncio.sleep(time.monotonic() - began)
        except KafkaError as error:
            raise explained(error, self._kafka, f"the reading of {self._topic}") from error
        finally:
            await self._notify()

    async def _notify(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    async def stop(self) -> None:
        """Stop following the topic."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._consumer.stop()


def record_of(message: Any, prefix: str) -> Record:
    """A record of aiokafka's as ours, its topic by the name it has in the table."""
    return Record(
        topic=message.topic.removeprefix(prefix),
        partition=message.partition,
        offset=message.offset,
        timestamp_ms=message.timestamp,
        key=message.key,
        value=message.value,
        headers=tuple(message.headers),
    )
