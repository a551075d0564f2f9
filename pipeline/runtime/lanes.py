"""Key-ordered lanes: the events of a partition side by side, those with equal keys one after another.

A worker owns one `Lanes` per assignment of a partition. When the partition is revoked it is drained and thrown away, so
that an event that ends late completes an offset that nobody asks for any more.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from pydantic import BaseModel, ConfigDict, Field

from pipeline.kafka.acknowledgement import Acknowledged
from pipeline.kafka.marks import Mark
from pipeline.kafka.records import Record
from pipeline.runtime.aside import PLACES
from pipeline.runtime.offsets import OffsetTracker

Process = Callable[[Record], Awaitable[Acknowledged]]
"""Does the work on an event, and returns while its results are still on their way."""
TURN_SECONDS = 0.005
"""How long events that need no waiting are processed before other tasks get a turn, the group's heartbeat among
them."""


class LaneSettings(BaseModel):
    """How much of a partition a worker holds at a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    running: int = Field(64, ge=1)
    """Events processed concurrently, per partition. More hide slow targets; fewer limit the work a crash repeats."""
    admitted: int = Field(1_024, ge=1)
    """Events fetched and unfinished, per partition, that are held up by nothing but their number; beyond it the
    partition stops fetching."""
    queued: int = Field(8_192, ge=1)
    """Events that wait behind another of their key, per partition; beyond it the partition stops fetching. Separate
    from `admitted`, so that one stuck key starves nobody before this many of its own events have arrived: at 100 a
    second, longer than the 60 s of its retries."""
    admitted_bytes: int = Field(32 << 20, ge=1)
    """Keys, values and headers of all of them, per partition: what bounds memory when events are large."""
    span: int = Field(100_000, ge=1)
    """Offsets between the one to commit and the newest admitted: what a restart reads again behind one stuck event."""
    drain_seconds: float = Field(3.0, ge=0)
    """How long running events may take to end after a revoke; well below the session time-out of 10 s."""


FOR_WAITING = LaneSettings(
    running=10_000, admitted=20_000, queued=20_000, admitted_bytes=256 << 20, span=1 << 40, drain_seconds=0.2
)
"""For a stage that waits: a running event costs next to nothing, and an interrupted one continues where it was."""


class Lanes:
    """The events of one partition during one assignment. `on_room` is told whenever an event is done."""

    def __init__(
        self,
        process: Process,
        settings: LaneSettings,
        on_failure: Callable[[BaseException], None],
        on_room: Callable[[], None] = lambda: None,
        mark: Mark | None = None,
    ) -> None:
        self._process = process
        self._settings = settings
        self._on_failure = on_failure
        self._on_room = on_room
        self._offsets = OffsetTracker(mark)
        self._behind: dict[bytes, deque[Record] | None] = {}
        """By the keys of running events. Most have nothing behind them, and an empty deque takes 600 bytes."""
        self._ready: deque[Record] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._is_worker_starting = False
        self._lent = 0
        self._begun = 0
        self._queued = 0
        self._admitted = 0
        self._admitted_bytes = 0
        self._sizes: dict[int, int] = {}
        """By offset: counting a record's headers takes a microsecond, once."""
        self._drained: asyncio.Future[None] | None = None

    def admit(self, record: Record) -> None:
        """Take an event: it runs at once, or after the events of its key that came before. Null keys are free."""
        offsets = self._offsets
        if record.timestamp_ms < offsets.newest_ms:
            record = record._replace(newest_ms=offsets.newest_ms)
        if self._is_closed or not offsets.admit(record.offset, record.timestamp_ms):
            return
        self._admitted += 1
        self._sizes[record.offset] = size_bytes = record.size_bytes
        self._admitted_bytes += size_bytes
        if record.key is not None:
            if record.key in self._behind:
                self._put_behind(record.key, record)
                return
            self._behind[record.key] = None
        self._ready.append(record)
        self._start_worker()

    def begin_anew(self) -> None:
        """The log is another one: what has not begun is dropped, the result of what runs is ignored, all offsets are
        new."""
        dropped = [*self._ready, *(record for behind in self._behind.values() for record in behind or ())]
        self._admitted -= len(dropped)
        self._admitted_bytes -= sum(self._sizes[record.offset] for record in dropped)
        for record in self._ready:
            if record.key is not None:
                del self._behind[record.key]
        self._ready.clear()
        self._behind = dict.fromkeys(self._behind)
        self._queued = 0
        self._offsets, self._sizes = OffsetTracker(), {}

    def _put_behind(self, key: bytes, record: Record) -> None:
        if (behind := self._behind[key]) is None:
            behind = self._behind[key] = deque()
        behind.append(record)
        self._queued += 1

    @property
    def is_full(self) -> bool:
        """True where the partition should stop fetching."""
        settings = self._settings
        return (
            self._admitted - self._queued >= settings.admitted
            or self._queued >= settings.queued
            or self._admitted_bytes >= settings.admitted_bytes
            or self._offsets.span >= settings.span
        )

    @property
    def has_room(self) -> bool:
        """True where it may fetch again: half empty, so that it does not stop and start at every event."""
        settings = self._settings
        return (
            self._admitted - self._queued <= settings.admitted // 2
            and self._queued <= settings.queued // 2
            and self._admitted_bytes <= settings.admitted_bytes // 2
            and self._offsets.span < settings.span
        )

    @property
    def in_flight(self) -> int:
        """Events admitted and not done."""
        return self._admitted

    @property
    def committable(self) -> int | None:
        """The offset that may be committed, None where nothing was admitted."""
        return self._offsets.committable

    @property
    def mark(self) -> Mark | None:
        """The metadata committed with it."""
        return self._offsets.mark

    @property
    def _is_closed(self) -> bool:
        return self._drained is not None

    def _start_worker(self) -> None:
        """One at a time: it processes what needs no waiting, and schedules the next one for the rest."""
        if self._ready and not self._is_worker_starting and len(self._workers) - self._lent < self._settings.running:
            self._is_worker_starting = True
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._worker_ended)

    def lend(self) -> None:
        """An event that waits for a dependency gives its running place to another one."""
        self._lent += 1
        self._start_worker()

    def take_back(self) -> None:
        """It continues; for a moment one more than `running` may be at work."""
        self._lent -= 1

    async def _work(self) -> None:
        self._is_worker_starting = False
        PLACES.set(self)
        clock = asyncio.get_running_loop().time
        turn_ends = clock() + TURN_SECONDS
        while self._ready:
            record = self._ready.popleft()
            offsets, sizes = self._offsets, self._sizes
            self._begun += 1
            self._start_worker()
            try:
                acknowledged = await self._process(record)
            except BaseException:
                self._ended_one()
                raise
            acknowledged.add_done_callback(partial(self._done, record, offsets, sizes))
            if clock() > turn_ends:
                await asyncio.sleep(0)
                turn_ends = clock() + TURN_SECONDS

    def _worker_ended(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if worker.cancelled():
            return
        if failure := worker.exception():
            self._on_failure(failure)
        else:
            self._start_worker()

    def _done(self, record: Record, offsets: OffsetTracker, sizes: dict[int, int], acknowledged: Acknowledged) -> None:
        self._ended_one()
        if acknowledged.cancelled():
            return
        if failure := acknowledged.exception():
            self._on_failure(failure)
            return
        offsets.complete(record.offset)
        self._admitted -= 1
        self._admitted_bytes -= sizes.pop(record.offset)
        if record.key is not None:
            self._let_next_run(record.key)
        if not self._is_closed:
            self._start_worker()
            self._on_room()

    def _ended_one(self) -> None:
        self._begun -= 1
        if self._begun == 0 and self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    def _let_next_run(self, key: bytes) -> None:
        if not (behind := self._behind[key]):
            del self._behind[key]
        elif not self._is_closed:
            self._ready.append(behind.popleft())
            self._queued -= 1

    async def drain(self) -> None:
        """Drop what has not begun, give what has `drain_seconds` to end, cancel the rest: it will be redelivered."""
        self._drained = asyncio.get_running_loop().create_future()
        self._ready.clear()
        if self._begun:
            await asyncio.wait({self._drained}, timeout=self._settings.drain_seconds)
        late = set(self._workers)
        for worker in late:
            worker.cancel()
        if late:
            await asyncio.wait(late)
