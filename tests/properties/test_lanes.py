"""No committed offset passes an event in flight, equal keys never overlap or overtake, and nothing is left undone."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kafka.records import Record
from pipeline.runtime.lanes import Acknowledged, Lanes, LaneSettings
from pipeline.runtime.offsets import OffsetTracker
from tests.properties.lane_schedules import KEYS, STEPS, Broken, Consumer, Schedule, play, play_many

SCHEDULES = st.builds(
    Schedule,
    st.lists(
        st.tuples(st.integers(0, 200), st.sampled_from(KEYS)), min_size=1, max_size=16, unique_by=lambda each: each[0]
    ).map(lambda records: tuple(sorted(records, key=lambda each: each[0]))),
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 99)), max_size=80).map(tuple),
)


async def test_seeded_schedules_keep_every_invariant() -> None:
    await play_many(first_seed=1, count=400)


@pytest.mark.slow
async def test_many_seeded_schedules_keep_every_invariant() -> None:
    await play_many(first_seed=1_000_000, count=20_000)


@settings(max_examples=100, deadline=None)
@given(SCHEDULES)
def test_any_schedule_keeps_every_invariant(schedule: Schedule) -> None:
    asyncio.run(play(schedule))


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None)
@given(SCHEDULES)
def test_any_of_many_schedules_keeps_every_invariant(schedule: Schedule) -> None:
    asyncio.run(play(schedule))


async def test_committing_ahead_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OffsetTracker, "committable", property(lambda tracker: tracker._next))
    with pytest.raises(Broken, match="committed"):
        await play_many(first_seed=1, count=200)


async def test_committing_what_is_worked_off_and_not_acknowledged_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Consumer._process

    async def process_and_forget(consumer: Consumer, record: Record) -> Acknowledged:
        await process(consumer, record)
        done: Acknowledged = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    monkeypatch.setattr(Consumer, "_process", process_and_forget)
    with pytest.raises(Broken, match=r"without an acknowledged result|overlaps"):
        await play_many(first_seed=1, count=200)


async def test_running_equal_keys_side_by_side_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    admit = Lanes.admit
    monkeypatch.setattr(Lanes, "admit", lambda lanes, record: admit(lanes, record._replace(key=None)))
    with pytest.raises(Broken, match="overlaps"):
        await play_many(first_seed=1, count=200)


async def test_taking_a_refetched_event_for_a_new_one_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    admit = OffsetTracker.admit
    monkeypatch.setattr(OffsetTracker, "admit", lambda tracker, offset, timestamp_ms: admit(tracker, offset) or True)
    with pytest.raises(Broken, match="begun twice"):
        await play_many(first_seed=1, count=400)


async def test_beginning_what_waits_after_a_revoke_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lanes, "_is_closed", property(lambda lanes: False))
    with pytest.raises(Broken, match="began after the partition was revoked"):
        await play_many(first_seed=1, count=1_000)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()  # what began is still at it


class Stuck:
    """Lanes in which the events of the key `stuck` do not end."""

    def __init__(self, settings: LaneSettings) -> None:
        self.done: list[int] = []
        self.never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lanes = Lanes(self._process, settings, lambda failure: None)

    async def _process(self, record: Record) -> Acknowledged:
        if record.key == b"stuck":
            await self.never
        self.done.append(record.offset)
        acknowledged: Acknowledged = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged

    async def feed(self, keys: Iterator[bytes], count: int) -> int:
        """Admit while there is room, and say how many were."""
        for offset in range(count):
            if self.lanes.is_full:
                return offset
            self.lanes.admit(Record("t", 0, offset, 0, next(keys), b"x"))
            await asyncio.sleep(0)
        return count


def alternating() -> Iterator[bytes]:
    number = 0
    while True:
        yield b"stuck"
        yield f"other {number}".encode()
        number += 1


async def test_a_stuck_key_holds_its_own_events_alone_though_they_are_more_than_may_be_admitted() -> None:
    stuck = Stuck(LaneSettings(admitted=10, queued=100, drain_seconds=0.0))
    assert await stuck.feed(alternating(), 180) == 180
    assert stuck.done == list(range(1, 180, 2))[: len(stuck.done)]
    assert len(stuck.done) >= 89
    assert stuck.lanes.committable == 0
    await stuck.lanes.drain()


async def test_behind_a_stuck_key_fetching_stops_before_memory_or_the_uncommitted_span_grow_without_bound() -> None:
    behind = Stuck(LaneSettings(admitted=10, queued=100, drain_seconds=0.0))
    assert await behind.feed(alternating(), 1_000) == 201
    span = Stuck(LaneSettings(span=50, drain_seconds=0.0))
    assert await span.feed(alternating(), 1_000) == 50
    for each in (behind, span):
        await each.lanes.drain()


async def test_a_partition_is_full_of_bytes_wherever_they_are() -> None:
    """A producer may put a megabyte into a key, a value or a header; a null header value has none."""
    unfinished: Acknowledged = asyncio.get_running_loop().create_future()

    async def process(record: Record) -> Acknowledged:
        return unfinished

    for key, value, headers in (
        (b"k" * 600, b"", ()),
        (b"", b"v" * 600, ()),
        (b"", b"", (("h", b"x" * 600), ("n", None))),
    ):
        lanes = Lanes(process, LaneSettings(admitted_bytes=1_000, drain_seconds=0.0), lambda failure: None)
        lanes.admit(Record("t", 0, 0, 0, key, value, headers))
        assert not lanes.is_full
        lanes.admit(Record("t", 0, 1, 0, key, value, headers))
        assert lanes.is_full
        await asyncio.sleep(0)
        await lanes.drain()
    unfinished.set_result(None)
