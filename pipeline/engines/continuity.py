"""Whether a partition continues where its reader was: records that expired unread, and logs that went back or were
recreated.

aiokafka silently resets its position when an offset is out of range; if a log was truncated and has grown again beyond
what was read, no offset is out of range at all. So the last record read is remembered by offset and append time, across
restarts in the metadata committed with the offset, and looked up again every few seconds.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError

from pipeline.kafka.breaks import BreakKind
from pipeline.kafka.marks import Mark

log = structlog.get_logger()
LOOK_SECONDS = 5.0
"""A sixth of the time in which a loss has to be reported. A check is three small requests per broker."""
ANSWER_SECONDS = 5.0
UNKNOWN = -1

OnBreak = Callable[[KafkaPartition, BreakKind, int, int | None], None]
"""Called with the partition, what happened, at which offset, and how many records are gone, if that is known."""


class _Read(NamedTuple):
    """The last record that was read, its append time `UNKNOWN` where only the committed offset is known."""

    offset: int
    timestamp_ms: int


class Continuity:
    """Watches the partitions of one consumer, in that consumer's loop."""

    def __init__(self, consumer: AIOKafkaConsumer, client: Mapping[str, Any], on_break: OnBreak) -> None:
        self._consumer = consumer
        self._client = client
        self._on_break = on_break
        self._read: dict[KafkaPartition, _Read] = {}
        self._gaps: list[tuple[KafkaPartition, int, int]] = []
        self._sampled: dict[KafkaPartition, _Read] = {}
        """What had been read at the last look: by now more may have been, of another log."""
        self._shorter: dict[KafkaPartition, _Read] = {}
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start checking."""
        self._looking = asyncio.create_task(self._look_for_ever())

    async def stop(self) -> None:
        """Stop checking."""
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking

    def expect(self, committed: Mapping[KafkaPartition, int], marks: Mapping[KafkaPartition, Mark]) -> None:
        """A new assignment: its partitions start at these offsets, and nothing from an earlier one counts."""
        self._gaps.clear()
        self._read = {
            partition: _Read(mark.offset, mark.timestamp_ms)
            if (mark := marks.get(partition)) and mark.offset < offset
            else _Read(offset - 1, UNKNOWN)
            for partition, offset in committed.items()
            if offset > 0
        }
        self._sampled = dict(self._read)

    def fetched(self, records: Mapping[KafkaPartition, Sequence[Any]]) -> None:
        """What is about to be handed over. Reports a log that went back before its first record is handed over."""
        for partition, messages in records.items():
            if not messages:
                continue
            first, last, read = messages[0], messages[-1], self._read.get(partition)
            if read and first.offset <= read.offset:
                self._on_break(partition, BreakKind.WENT_BACK, read.offset + 1, None)
            elif read and first.offset > read.offset + 1:
                self._gaps.append((partition, read.offset + 1, first.offset))
            self._read[partition] = _Read(last.offset, last.timestamp)

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._look()
            except (KafkaError, OSError) as error:  # TimeoutError is an OSError
                log.debug("could not check whether partitions continue", why=repr(error))

    async def _look(self) -> None:
        read = {where: last for where, last in self._read.items() if where in self._consumer.assignment()}
        gaps, self._gaps = self._gaps, []
        if not read:
            return
        oldest = await self._consumer.beginning_offsets(list(read))
        ends = await self._consumer.end_offsets(list(read))
        for partition, begin, end in gaps:  # others are those of compaction and of transactions
            self._tell_expired(partition, begin, min(end, oldest.get(partition, 0)))
        shorter = {partition: last for partition, last in read.items() if ends[partition] <= last.offset}
        for partition, last in shorter.items() & self._shorter.items():  # seen twice: a new leader may lag for a moment
            if self._read.get(partition) == last:  # else what was fetched since has shown it
                del self._read[partition]
                self._on_break(partition, BreakKind.WENT_BACK, last.offset + 1, None)
        self._shorter = shorter
        for partition, last in read.items():
            if self._read.get(partition) == last and oldest[partition] > last.offset + 1:
                self._tell_expired(partition, last.offset + 1, oldest[partition])
                self._read[partition] = _Read(oldest[partition] - 1, UNKNOWN)
        known = {
            where: last
            for where, last in (read | self._sampled).items()
            if where in read and last.timestamp_ms != UNKNOWN and oldest[where] <= last.offset < ends[where]
        }
        self._sampled = read
        for partition in await self._doubtful(known):
            if not await self._is_still_there(partition, known[partition]):
                await self._consumer.seek_to_beginning(partition)  # and `fetched` tells of it

    def _tell_expired(self, partition: KafkaPartition, begin: int, end: int) -> None:
        if end > begin:
            self._on_break(partition, BreakKind.EXPIRED, begin, end - begin)

    async def _doubtful(self, known: Mapping[KafkaPartition, _Read]) -> list[KafkaPartition]:
        """Where no record has the append time of the one that was read last: asked by time, for that moves no data."""
        times = {partition: last.timestamp_ms for partition, last in known.items()}
        found = await self._consumer.offsets_for_times(times) if times else {}
        return [where for where in times if (hit := found.get(where)) is None or hit.timestamp != times[where]]

    async def _is_still_there(self, partition: KafkaPartition, last: _Read) -> bool:
        reader = AIOKafkaConsumer(**self._client, group_id=None, auto_offset_reset="none")
        await reader.start()
        try:
            reader.assign([partition])
            reader.seek(partition, last.offset)
            record = await reader.getone()
            # One that compaction has taken says nothing.
            return bool(record.offset != last.offset or record.timestamp == last.timestamp_ms)
        finally:
            await reader.stop()
