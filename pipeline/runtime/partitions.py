"""The partitions a worker holds, each with its lanes; what an engine fills and empties."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import structlog

from pipeline.engines.contract import Engine
from pipeline.kafka.breaks import Break
from pipeline.kafka.marks import Mark
from pipeline.kafka.records import Record, TopicPartition
from pipeline.runtime.lanes import Lanes, LaneSettings, Process

log = structlog.get_logger()


class Partitions:
    """Lanes by partition. A failure that no verdict covers completes `failed`, and ends the worker.

    `on_no_past` is called for a partition that starts with no mark of how far it was read, or one that was rewound,
    before its first record.
    """

    def __init__(
        self,
        process: Process,
        settings: LaneSettings,
        on_break: Callable[[Break], None] = lambda found: None,
        on_no_past: Callable[[TopicPartition], None] = lambda partition: None,
    ) -> None:
        self._process = process
        self._on_break = on_break
        self._on_no_past = on_no_past
        self._settings = settings
        self._lanes: dict[TopicPartition, Lanes] = {}
        self._held: dict[TopicPartition, deque[Record]] = {}
        self._marks: dict[TopicPartition, Mark] = {}
        self._engine: Engine | None = None
        self._is_closed = False
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def attach(self, engine: Engine) -> None:
        """The engine to pause and resume."""
        self._engine = engine

    def admit(self, record: Record) -> None:
        """Put a record into its lane, and stop fetching the partition if that filled it.

        What an engine had fetched before that is held, in order, until there is room.
        """
        if self._is_closed:
            return
        partition = TopicPartition(record.topic, record.partition)
        if (held := self._held.get(partition)) is not None:
            held.append(record)
            return
        lanes = self._lanes.get(partition)
        if lanes is None:
            lanes = self._lanes[partition] = self._new_lanes(partition)
        lanes.admit(record)
        if lanes.is_full and self._engine:
            self._held[partition] = deque()
            self._engine.pause(partition)

    def _new_lanes(self, partition: TopicPartition) -> Lanes:
        make_room, mark = partial(self._make_room, partition), self._marks.get(partition)
        if mark is None or mark.is_read_again:
            self._on_no_past(partition)
        return Lanes(self._process, self._settings, self._fail, make_room, mark)

    def begin(self, marks: Mapping[TopicPartition, Mark]) -> None:
        """The metadata committed with the offsets at which these partitions start."""
        self._marks.update(marks)

    def begin_anew(self, partition: TopicPartition) -> None:
        """From now on, records come from another log than before."""
        self._marks.pop(partition, None)
        if (held := self._held.get(partition)) is not None:
            held.clear()
        if lanes := self._lanes.get(partition):
            lanes.begin_anew()
            self._make_room(partition)

    def broken(self, found: Break) -> None:
        """Kafka lost something of a partition: passed on."""
        self._on_break(found)

    def _make_room(self, partition: TopicPartition) -> None:
        if (held := self._held.get(partition)) is None:
            return
        lanes = self._lanes.get(partition)
        if lanes is None or not lanes.has_room or self._engine is None:
            return
        while held and not lanes.is_full:
            lanes.admit(held.popleft())
        if not held and not lanes.is_full:
            del self._held[partition]
            self._engine.resume(partition)

    def _fail(self, failure: BaseException) -> None:
        if not self.failed.done():
            self.failed.set_exception(failure)

    async def revoke(self, partitions: Iterable[TopicPartition]) -> None:
        """Drain the lanes of these partitions; their last committable offsets stay to be asked for until `forget`."""
        partitions = list(partitions)
        for partition in partitions:
            self._held.get(partition, deque()).clear()
        ending = [self._lanes[partition] for partition in partitions if partition in self._lanes]
        await asyncio.gather(*(lanes.drain() for lanes in ending))

    async def close(self) -> None:
        """Drain all lanes, and admit nothing more: what is still on its way goes to the next member."""
        self._is_closed = True
        await self.revoke(self._lanes)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """The partitions are gone: results that still come are ignored."""
        for partition in partitions:
            self._lanes.pop(partition, None)
            self._held.pop(partition, None)
            self._marks.pop(partition, None)

    def committable(self) -> Mapping[TopicPartition, int]:
        """The offset to commit by partition."""
        offsets = ((partition, lanes.committable) for partition, lanes in self._lanes.items())
        return {partition: offset for partition, offset in offsets if offset is not None}

    def mark(self, partition: TopicPartition, offset: int) -> Mark | None:
        """The metadata to commit with this offset, if it is the one that may be committed now."""
        lanes = self._lanes.get(partition)
        return lanes.mark if lanes and lanes.committable == offset else None

    @property
    def in_flight(self) -> int:
        """Events admitted and not done, over all partitions."""
        return sum(lanes.in_flight for lanes in self._lanes.values())
