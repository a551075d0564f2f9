"""Random schedules of arrivals, completions, acknowledgements, failures, revokes and crashes for the lanes.

`python -m tests.properties.lane_schedules --schedules 1000000 --seed 1` runs many; a failure names its seed. What must
hold in each:

- a committed offset never passes an event in flight;
- a result is acknowledged before its source's offset is committed;
- events with equal keys never overlap, and none takes effect for the first time after a later one;
- within one assignment no event is worked on twice;
- in the end all is done, all is committed, and the books balance.
"""

import argparse
import asyncio
import os
import random
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from pipeline.kafka.records import Record
from pipeline.runtime.lanes import Acknowledged, Lanes, LaneSettings
from schemas.status import IntentStatus, State, count_books, fold

KEYS = (None, b"a", b"b", b"c")
STEPS = ("admit", "complete", "acknowledge", "commit", "fail", "refetch", "leave", "revoke", "crash")
WEIGHTS = (40, 40, 36, 12, 2, 2, 3, 3, 3)
SETTINGS = LaneSettings(running=3, admitted=6, queued=4, drain_seconds=0.0)
OUTCOMES = (State.DEPLOYED, State.DECLINED, State.FAILED, State.DEAD_LETTERED)


class Broken(AssertionError):
    """An invariant did not hold."""


class Fault(Exception):
    """The broker took nothing, or the worker's own code failed."""


@lru_cache
def status(offset: int, state: State) -> IntentStatus:
    """What a stage says of the intent at this offset."""
    at = datetime.fromtimestamp(0, UTC)
    return IntentStatus(intent_id=str(offset), state=state, stage="deploy", at=at, order=f"0/0/{offset}")


def outcome_of(offset: int) -> State:
    """How the work on it ends."""
    return OUTCOMES[offset % len(OUTCOMES)]


@dataclass
class Partition:
    """A partition's log with gaps in its offsets, its committed offset, and what its consumers made of it."""

    log: list[Record]
    committed: int = 0
    acknowledged: set[int] = field(default_factory=set)
    newest_of_key: dict[bytes, int] = field(default_factory=dict)
    statuses: dict[int, IntentStatus] = field(default_factory=dict)

    def tell(self, offset: int, state: State) -> None:
        """A status was written, perhaps again."""
        self.statuses[offset] = fold(self.statuses.get(offset), status(offset, state))

    def took_effect(self, record: Record) -> None:
        """Its result is acknowledged, perhaps again."""
        self.tell(record.offset, outcome_of(record.offset))
        if record.key is not None and record.offset not in self.acknowledged:
            newest = self.newest_of_key.get(record.key, -1)
            if newest > record.offset:
                raise Broken(f"{record.offset} took effect for the first time after {newest}, of the same key")
            self.newest_of_key[record.key] = record.offset
        self.acknowledged.add(record.offset)

    def commit(self, consumer: "Consumer") -> None:
        """What an engine does on its interval and on a revoke."""
        offset = consumer.lanes.committable
        if offset is None:
            return
        lost = [
            record.offset for record in self.log if record.offset < offset and record.offset not in self.acknowledged
        ]
        if lost:
            raise Broken(f"committed {offset} past offsets without an acknowledged result: {lost}")
        if consumer.in_flight and offset > min(consumer.in_flight):
            raise Broken(f"committed {offset} past {min(consumer.in_flight)} in flight")
        self.committed = max(self.committed, offset)

    def require_settled(self) -> None:
        """Everything is done, committed and in the books."""
        missing = [record.offset for record in self.log if record.offset not in self.acknowledged]
        if missing:
            raise Broken(f"never done: {missing}")
        if self.committed != self.log[-1].offset + 1:
            raise Broken(f"all is done, and {self.committed} is committed")
        books = count_books(self.statuses.values())
        expected = count_books(status(record.offset, outcome_of(record.offset)) for record in self.log)
        if books != expected:
            raise Broken(f"the books say {books} and should say {expected}")


class Consumer:
    """One assignment of the partition: it admits from the committed offset, and ends what the schedule says."""

    def __init__(self, partition: Partition) -> None:
        self.partition = partition
        self.failures: list[BaseException] = []
        self.lanes = Lanes(self._process, SETTINGS, self.failures.append)
        self.to_admit = [record for record in partition.log if record.offset >= partition.committed]
        self.admitted: list[Record] = []
        self.in_flight: set[int] = set()
        self.begun: dict[int, Record] = {}
        self.running: dict[int, asyncio.Future[None]] = {}
        self.sent: dict[int, Acknowledged] = {}

    async def _process(self, admitted: Record) -> Acknowledged:
        record = next(record for record in self.partition.log if record.offset == admitted.offset)
        if record.offset in self.begun:
            raise Broken(f"{record.offset} was begun twice in one assignment")
        self.begun[record.offset] = record
        open_offsets = self.running.keys() | self.sent.keys()
        if same := [other for other in open_offsets if record.key and self.begun[other].key == record.key]:
            raise Broken(f"{record.offset} overlaps {same[0]}, of the same key {record.key!r}")
        if len(self.running) >= SETTINGS.running:
            raise Broken(f"more than {SETTINGS.running} run")
        self.partition.tell(record.offset, State.RECEIVED)
        loop = asyncio.get_running_loop()
        self.running[record.offset] = loop.create_future()
        try:
            await self.running[record.offset]
        finally:
            del self.running[record.offset]
        self.sent[record.offset] = loop.create_future()
        return self.sent[record.offset]

    def admit_one(self) -> None:
        """Fetch a record, unless the lanes are full."""
        if self.to_admit and not self.lanes.is_full:
            record = self.to_admit.pop(0)
            self.admitted.append(record)
            self.in_flight.add(record.offset)
            self.lanes.admit(record)

    def refetch_one(self, number: int) -> None:
        """The client hands over again what it did before."""
        if self.admitted:
            self.lanes.admit(self.admitted[number % len(self.admitted)])

    def complete_one(self, number: int) -> None:
        """One of the running events is worked off; its result is on its way."""
        if work := _one_of(self.running, number):
            work[1].set_result(None)

    def acknowledge_one(self, number: int) -> None:
        """The broker has one of the results."""
        if sent := _one_of(self.sent, number):
            del self.sent[sent[0]]
            self.in_flight.discard(sent[0])
            self.partition.took_effect(self.begun[sent[0]])
            sent[1].set_result(None)

    def fail_one(self, number: int) -> None:
        """One of the results is refused, or the work on an event fails."""
        failing = self.sent if number % 2 else self.running
        if failed := _one_of(failing, number):
            failed[1].set_exception(Fault())
            self.sent.pop(failed[0], None)

    @property
    def is_finished(self) -> bool:
        """True where everything was fetched and done."""
        return not self.to_admit and not self.in_flight


def _one_of(futures: dict[int, asyncio.Future[None]], number: int) -> tuple[int, asyncio.Future[None]] | None:
    waiting = sorted(offset for offset, future in futures.items() if not future.done())
    return (offset := waiting[number % len(waiting)], futures[offset]) if waiting else None


@dataclass(frozen=True)
class Schedule:
    """The offsets of a partition with their keys, and what happens in which order. The numbers pick whom."""

    records: tuple[tuple[int, bytes | None], ...]
    steps: tuple[tuple[str, int], ...]

    @classmethod
    def random(cls, seed: int) -> "Schedule":
        """The schedule of this seed."""
        choice = random.Random(seed)
        offsets = sorted(choice.sample(range(40), choice.randint(1, 14)))
        happenings = choice.choices(STEPS, WEIGHTS, k=choice.randint(5, 70))
        return cls(
            tuple((offset, choice.choice(KEYS)) for offset in offsets),
            tuple((step, choice.randrange(100)) for step in happenings),
        )


class Play:
    """One schedule at work. Consumers that lost the partition stay: their results may still be acknowledged."""

    def __init__(self, schedule: Schedule) -> None:
        self.partition = Partition([Record("t", 0, offset, 0, key, b"x") for offset, key in schedule.records])
        self.steps = schedule.steps
        self.consumers = [Consumer(self.partition)]

    async def run(self) -> None:
        """To the end. Raises: Broken."""
        try:
            for step, number in self.steps:
                await self._step(step, number)
                await self._after_step()
            await self._finish()
        finally:
            await self.consumers[-1].lanes.drain()

    async def _step(self, step: str, number: int) -> None:
        consumer = self.consumers[-1]
        match step:
            case "admit":
                consumer.admit_one()
            case "complete":
                consumer.complete_one(number)
            case "acknowledge":
                self.consumers[-1 - number % min(2, len(self.consumers))].acknowledge_one(number)
            case "commit":
                self.partition.commit(consumer)
            case "fail":
                consumer.fail_one(number)
            case "refetch":
                consumer.refetch_one(number)
            case "leave":
                await self._leave(consumer)
            case "revoke":
                await self._replace(consumer, commits=True)
            case "crash":
                await self._replace(consumer, commits=False)

    async def _after_step(self) -> None:
        await _let_tasks_run()
        consumer = self.consumers[-1]
        for failure in consumer.failures:
            if not isinstance(failure, Fault):
                raise failure
        if consumer.failures:  # the worker stops, as after any failure, and another takes over
            await self._replace(consumer, commits=True)

    async def _leave(self, consumer: Consumer) -> None:
        """What runs ends in time; what does not run is not begun any more."""
        begun = set(consumer.begun)
        draining = asyncio.create_task(consumer.lanes.drain())
        await asyncio.sleep(0)
        for number in range(2 * len(begun)):
            consumer.complete_one(number)
            await _let_tasks_run()
            consumer.acknowledge_one(number)
        await draining
        if late := consumer.begun.keys() - begun:
            raise Broken(f"{sorted(late)} began after the partition was revoked")
        self.partition.commit(consumer)
        self.consumers.append(Consumer(self.partition))

    async def _replace(self, consumer: Consumer, *, commits: bool) -> None:
        await consumer.lanes.drain()
        if commits:
            self.partition.commit(consumer)
        self.consumers.append(Consumer(self.partition))

    async def _finish(self) -> None:
        consumer = self.consumers[-1]
        for number in range(10 * len(self.partition.log) + 10):
            consumer.admit_one()
            consumer.complete_one(number)
            consumer.acknowledge_one(number)
            await self._after_step()
            consumer = self.consumers[-1]
            if consumer.is_finished:
                break
        await _let_tasks_run()
        self.partition.commit(consumer)
        self.partition.require_settled()


async def _let_tasks_run() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def play(schedule: Schedule) -> None:
    """One schedule to its end. Raises: Broken."""
    await Play(schedule).run()


async def play_many(first_seed: int, count: int) -> None:
    """Schedules one after another. Raises: Broken with the seed of the one that failed."""
    for seed in range(first_seed, first_seed + count):
        try:
            await play(Schedule.random(seed))
        except Broken as broken:
            raise Broken(f"seed {seed}: {broken}") from broken


def _play_share(share: tuple[int, int]) -> None:
    asyncio.run(play_many(*share))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="random schedules for the lanes")
    parser.add_argument("--schedules", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    began = time.monotonic()
    size = -(-arguments.schedules // (arguments.processes * 10))
    last = arguments.seed + arguments.schedules
    shares = [(first, min(size, last - first)) for first in range(arguments.seed, last, size)]
    with ProcessPoolExecutor(arguments.processes) as pool:
        for _ in pool.map(_play_share, shares):
            pass
    print(f"{arguments.schedules:,} schedules kept every invariant, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
