"""Both engines on a real Kafka: nothing lost, nothing overtaken, nothing committed past an event in flight."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from pipeline.engines.group_member import GroupMember
from pipeline.engines.settings import EngineSettings
from pipeline.kafka.lease import Lease
from pipeline.kafka.records import Record, TopicPartition
from pipeline.kafka.settings import KafkaSettings
from pipeline.runtime.lanes import Acknowledged, LaneSettings
from schemas.topics import PARSED
from tests.conftest import PARTITIONS
from tests.contract.engine_at_work import GROUP, HASTY, PATIENT, Log, Worker, committed, worker, write
from tests.servers.eventually import eventually

pytestmark = pytest.mark.slow


def numbered(count: int, keys: int = 7) -> list[tuple[str | None, str]]:
    return [(f"k{number % keys}", str(number)) for number in range(count)]


async def test_a_fresh_group_reads_from_the_beginning_and_keeps_the_order_of_every_key(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    await write(kafka, numbered(500), partition=None)
    log = Log()
    async with worker(kafka, engine_settings, log.process):
        await eventually(lambda: len(log.done) == 500)
    for values in log.by_key.values():
        assert values == sorted(values, key=int)
    assert len(set(log.done)) == 500


async def test_the_committed_offset_waits_for_the_event_in_flight_while_others_go_on(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    await write(kafka, numbered(100))
    log = Log()
    stuck = log.hold("10")
    async with worker(kafka, engine_settings, log.process):
        await eventually(lambda: len(log.done) == 100 - 13)  # 10, 17, 24, ... have the key of 10
        await eventually(lambda: _is(10, kafka))
        stuck.set()
        await eventually(lambda: _is(100, kafka))


async def _is(offset: int, kafka: KafkaSettings) -> bool:
    return await committed(kafka) == offset


async def test_what_was_not_done_at_the_end_comes_again_and_what_was_done_does_not(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    await write(kafka, numbered(50))
    first = Log()
    first.hold("49")
    async with worker(kafka, engine_settings, first.process, HASTY):
        await eventually(lambda: len(first.done) == 49)
    assert await committed(kafka) == 49

    second = Log()
    async with worker(kafka, engine_settings, second.process):
        await eventually(lambda: second.done == ["49"])


async def test_an_event_that_ends_while_its_worker_leaves_is_committed(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    await write(kafka, numbered(3))
    log = Log()
    slow = log.hold("2")
    async with worker(kafka, engine_settings, log.process, PATIENT):
        await eventually(lambda: len(log.done) == 2 and log.running[b"k2"] == 1)
        asyncio.get_running_loop().call_later(0.3, slow.set)
    assert await committed(kafka) == 3


async def test_a_full_partition_stops_fetching_and_loses_nothing_when_it_goes_on(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    await write(kafka, numbered(5_000))
    log = Log()
    gate = log.hold("0")
    for number in range(1, 7):
        log.held[str(number)] = gate
    lanes = LaneSettings(admitted=20, queued=20)
    async with worker(kafka, engine_settings, log.process, lanes) as member:
        await eventually(lambda: member.partitions.in_flight >= 20)
        await write(kafka, [("other", "elsewhere")], partition=1)
        await eventually(lambda: log.done == ["elsewhere"])
        assert member.partitions.in_flight < 20 + 20
        gate.set()
        await eventually(lambda: len(log.done) == 5_001, within_seconds=60)
        await eventually(lambda: _is(5_000, kafka))
    for values in log.by_key.values():
        assert values == sorted(values, key=int) if len(values) > 1 else True


async def test_gaps_of_aborted_transactions_and_markers_are_passed_over(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    topic = kafka.topic_prefix + PARSED.name
    producer = AIOKafkaProducer(**kafka.client(), transactional_id=kafka.topic_prefix + "gaps")
    await producer.start()
    for number in range(10):
        async with producer.transaction():
            await producer.send(topic, str(number).encode(), b"key", partition=0)
    await producer.stop()
    log = Log()
    async with worker(kafka, engine_settings, log.process):
        await eventually(lambda: log.done == [str(number) for number in range(10)])
        await eventually(
            lambda: _is(19, kafka)
        )  # ten records with a marker after each; the last marker is not waited for


async def test_two_members_share_the_partitions_and_a_newcomer_takes_nothing_twice(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    await write(kafka, numbered(300), partition=None)
    first, second = Log(), Log()
    async with worker(kafka, engine_settings, first.process) as one:
        await eventually(lambda: len(first.done) == 300)
        async with worker(kafka, engine_settings, second.process):
            await eventually(lambda: one.engine.is_ready)
            await write(kafka, [(f"n{number}", f"new {number}") for number in range(300)], partition=None)
            await eventually(lambda: len(first.done) + len(second.done) >= 600)
        await write(kafka, [(f"n{number}", f"last {number}") for number in range(30)], partition=None)
        await eventually(lambda: len(first.done) + len(second.done) >= 630)
    assert len(first.done) + len(second.done) == len({*first.done, *second.done}) == 630
    assert second.done


async def test_a_member_that_leaves_while_it_waits_for_its_share_leaves_nothing_running_and_gets_none(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    async with stubborn_member(kafka) as (was_asked, may_go, assigned):
        member = Worker(kafka, engine_settings, Log().process, LaneSettings())
        await eventually(was_asked.is_set)
        assert not member.engine.is_ready
        async with asyncio.timeout(60):
            await member.leave()
        may_go.set()
        await eventually(lambda: assigned == [PARTITIONS, PARTITIONS])


@asynccontextmanager
async def stubborn_member(kafka: KafkaSettings) -> AsyncIterator[tuple[asyncio.Event, asyncio.Event, list[int]]]:
    """A member that holds up the whole group once it is asked for its partitions, until it may go on; and how many
    partitions it was given each time."""
    was_asked, may_go, assigned = asyncio.Event(), asyncio.Event(), list[int]()

    class Stubborn(ConsumerRebalanceListener):
        async def on_partitions_revoked(self, revoked: Collection[object]) -> None:
            if revoked:
                was_asked.set()
                await may_go.wait()

        async def on_partitions_assigned(self, partitions: Collection[object]) -> None:
            assigned.append(len(partitions))

    stubborn = AIOKafkaConsumer(
        **kafka.client(),
        group_id=kafka.topic_prefix + GROUP,
        partition_assignment_strategy=[RoundRobinPartitionAssignor],
        heartbeat_interval_ms=100,
        rebalance_timeout_ms=300_000,
    )
    stubborn.subscribe([kafka.topic_prefix + PARSED.name], listener=Stubborn())
    await stubborn.start()
    try:
        await eventually(lambda: assigned)
        yield was_asked, may_go, assigned
    finally:
        may_go.set()
        await stubborn.stop()


async def test_events_that_run_when_another_member_joins_may_end_and_are_not_repeated(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    await write(kafka, [("a", "slow")], partition=0)
    first, second = Log(), Log()
    slow = first.hold("slow")

    async def end_once_revoked(member: Worker) -> None:
        await eventually(lambda: not member.engine.is_ready)
        slow.set()

    async with worker(kafka, engine_settings, first.process, PATIENT) as one:
        await eventually(lambda: one.partitions.in_flight == 1)
        ending = asyncio.create_task(end_once_revoked(one))
        async with worker(kafka, engine_settings, second.process):
            await ending
            await write(kafka, [("a", "next")], partition=0)
            await eventually(lambda: "next" in (*first.done, *second.done))
    assert sorted([*first.done, *second.done]) == ["next", "slow"]


async def test_the_first_event_of_a_partition_comes_again_when_another_member_joins_before_it_is_done(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    """Nothing is committed yet: what a member keeps of its partitions begins anew, not where it had fetched to."""
    everything = {f"{partition}/{number}" for partition in range(PARTITIONS) for number in range(20)}
    first, second = Log(), Log()
    held = [first.hold(f"{partition}/0") for partition in range(PARTITIONS)]
    for partition in range(PARTITIONS):
        await write(kafka, [(f"k{partition}", f"{partition}/{number}") for number in range(20)], partition)
    async with worker(kafka, engine_settings, first.process, HASTY) as one:
        await eventually(lambda: one.partitions.in_flight == len(everything))
        async with worker(kafka, engine_settings, second.process, HASTY):
            for each in held:
                each.set()
            await eventually(lambda: {*first.done, *second.done} == everything)
            assert first.done
            assert second.done
        await eventually(lambda: _all_are(20, kafka))
    for partition in range(PARTITIONS):
        mine = [value for value in (*first.done, *second.done) if value.startswith(f"{partition}/")]
        assert mine == [f"{partition}/{number}" for number in range(20)]


async def _all_are(offset: int, kafka: KafkaSettings) -> bool:
    return [await committed(kafka, partition) for partition in range(PARTITIONS)] == [offset] * PARTITIONS


@pytest.mark.parametrize("is_committed", [False, True], ids=["nothing", "offset 0"])
async def test_after_a_rebalance_that_threw_away_what_was_fetched_a_member_begins_anew_where_nothing_is_done(
    kafka: KafkaSettings, is_committed: bool
) -> None:
    """Faust fetches while the group rebalances, drops what it gets, and relies on this seek to get it again."""
    await write(kafka, numbered(3))
    member = new_member(kafka)
    await member.start()
    try:
        assert await _fetched(member, 3) == [0, 1, 2]
        if is_committed:
            assert await member.commit_as_member(dict.fromkeys(member.assignment(), 0))
        await member.seek_to_committed()
        assert await _fetched(member, 3) == [0, 1, 2]
    finally:
        await member.stop()


async def test_a_commit_while_the_group_waits_for_others_does_not_make_it_join_once_more(kafka: KafkaSettings) -> None:
    """It would be answered after the join, and aiokafka takes that answer for a call to join anew."""
    member, newcomer = new_member(kafka), new_member(kafka)
    await member.start()
    try:
        async with stubborn_member(kafka) as (was_asked, may_go, assigned):
            held = dict.fromkeys(member.assignment(), 0)
            joining = asyncio.create_task(newcomer.start())
            await eventually(was_asked.is_set)
            await eventually(lambda: not member.may_commit)
            committing = asyncio.create_task(member.commit_as_member(held))
            may_go.set()
            await joining
            await eventually(lambda: member.assignment() and newcomer.assignment())
            assert not await committing
            await asyncio.sleep(3 * EngineSettings().heartbeat_interval_seconds)
            assert len(assigned) == 2, "once as it came, and once as the newcomer did"
    finally:
        await newcomer.stop()
        await member.stop()


def new_member(kafka: KafkaSettings) -> GroupMember:
    settings = EngineSettings()
    lease = Lease(settings.session_timeout_seconds, settings.fence_margin_seconds)
    member = GroupMember(lease, settings, kafka.topic_prefix + GROUP, kafka.client())
    member.subscribe([kafka.topic_prefix + PARSED.name])
    return member


async def _fetched(member: GroupMember, count: int) -> list[int]:
    """The offsets of the next records of partition 0."""
    return [(await asyncio.wait_for(member.getone(), 30)).offset for _ in range(count)]


async def test_a_failure_that_no_verdict_covers_ends_the_worker_and_commits_nothing_of_it(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    async def fail(record: Record) -> Acknowledged:
        raise RuntimeError("no verdict")

    await write(kafka, [("a", "first")], partition=0)
    async with worker(kafka, engine_settings, fail) as member:
        with pytest.raises(RuntimeError, match="no verdict"):
            await asyncio.wait_for(asyncio.shield(member.partitions.failed), timeout=30)
    assert await committed(kafka) in (None, 0)


async def test_pausing_one_partition_leaves_the_others(kafka: KafkaSettings, engine_settings: EngineSettings) -> None:
    log = Log()
    async with worker(kafka, engine_settings, log.process) as member:
        await write(kafka, [("a", "ours")], partition=0)  # a share that is given later would end the pause
        await write(kafka, [("b", "ours")], partition=1)
        await eventually(lambda: log.done == ["ours"] * 2)
        member.engine.pause(TopicPartition(PARSED.name, 0))
        await write(kafka, [("b", "not paused")], partition=1)
        await eventually(lambda: log.done[2:] == ["not paused"])  # a fetch that was under way is over
        await write(kafka, [("a", "paused")], partition=0)
        await write(kafka, [("b", "not paused either")], partition=1)
        await eventually(lambda: log.done[3:] == ["not paused either"])
        member.engine.resume(TopicPartition(PARSED.name, 0))
        await eventually(lambda: log.done[4:] == ["paused"])


async def test_workers_of_both_engines_share_a_group(kafka: KafkaSettings) -> None:
    faust, fast = Log(), Log()
    async with (
        worker(kafka, EngineSettings(kind="faust"), faust.process) as one,
        worker(kafka, EngineSettings(kind="fast"), fast.process),
    ):
        await eventually(lambda: one.engine.is_ready)
        await write(kafka, [(f"k{number}", str(number)) for number in range(300)], partition=None)
        await eventually(lambda: len(faust.done) + len(fast.done) == 300)
    assert faust.done
    assert fast.done
