"""What every deployment target with effects outside Git promises: once, the newest last, and undone if need be."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.adapters.ledgered.ledgered_deployment_target import LedgeredDeploymentTarget
from agents.domain.conclusion import IN_FORCE, conclusion_of
from agents.domain.ports import Carried
from agents.domain.verdicts import Declined, Failed, NothingToUndo, Rejected, Retryable, TimedOut
from schemas.envelope import Intent
from schemas.reasons import DeclineReason
from tests.contract.far_sides.far_side import FarSide
from tests.contract.far_sides.opening import FAR_SIDES, SLOW_FAR_SIDES, open_far_side
from tests.unit.git.requests import at_most_20_replicas, intent

BOUNDARIES = ("begun", "written", "ended")


class Died(BaseException):
    """The worker was killed here."""


@dataclass
class Bench:
    """A far side, a ledger, and workers that may die or be overtaken."""

    far: FarSide
    store: InMemoryDeploymentTarget

    def worker(self, dies_at: str | None = None) -> LedgeredDeploymentTarget[Any]:
        """One worker; after its death another one goes on from ledger and far side alone."""

        def passed(boundary: str) -> None:
            if boundary == dies_at:
                raise Died(boundary)

        return LedgeredDeploymentTarget(self.far.interface, self.store, passed=passed)

    async def carry_out(self, who: Intent, value: float, condition: str = "equals") -> Carried:
        return await self.worker().carry_out(who, self.far.plan(value, condition))


@pytest.fixture(params=FAR_SIDES)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with open_far_side(request.param, request) as far:
        yield Bench(far, InMemoryDeploymentTarget(at_most_20_replicas))


@pytest.fixture(params=SLOW_FAR_SIDES)
async def slow_bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with open_far_side(request.param, request) as far:
        yield Bench(far, InMemoryDeploymentTarget(at_most_20_replicas))


async def test_a_wish_is_fulfilled_and_reported(bench: Bench) -> None:
    carried = await bench.carry_out(intent("a", 1), 40)
    assert await bench.far.held() == 40
    [result] = carried.deployed.results
    assert result.outcome == "done"
    assert 40 in [held["value"] for held in result.after.values()]
    assert not carried.is_unchanged


async def test_applied_twice_is_once(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    again = await bench.carry_out(intent("a", 1), 40)
    replayed = await bench.carry_out(intent("a", 1, generation=2), 40)
    assert [r.outcome for r in (*again.deployed.results, *replayed.deployed.results)] == ["already_done"] * 2
    assert again.deployed.revision == replayed.deployed.revision
    assert await bench.far.effects() == 1


async def test_a_relative_wish_counts_from_what_is_there_and_once(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    await bench.carry_out(intent("b", 2), 5, "increase_by")
    await bench.carry_out(intent("b", 2), 5, "increase_by")
    assert (await bench.far.held(), await bench.far.effects()) == (45, 2)


async def test_what_somebody_changed_by_hand_counts(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    await bench.far.set_by_hand(50)
    await bench.carry_out(intent("b", 2), 5, "increase_by")
    assert await bench.far.held() == 55


async def test_a_relative_wish_on_nothing_is_infeasible(bench: Bench) -> None:
    with pytest.raises(Declined) as declined:
        await bench.carry_out(intent("a", 1), 5, "increase_by")
    assert declined.value.reason is DeclineReason.INFEASIBLE
    assert (await bench.far.effects(), bench.store.commits) == (0, [])


async def test_an_older_intent_never_overwrites_a_newer_one(bench: Bench) -> None:
    await bench.carry_out(intent("newer", 2), 60)
    with pytest.raises(Declined) as declined:
        await bench.carry_out(intent("older", 1), 30)
    assert declined.value.reason is DeclineReason.SUPERSEDED
    assert intent("newer", 2).id in declined.value.message
    assert await bench.far.held() == 60


async def test_a_wish_already_fulfilled_is_entered_and_still_guards_against_older_ones(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    carried = await bench.carry_out(intent("c", 3), 40)
    assert carried.is_unchanged
    with pytest.raises(Declined):
        await bench.carry_out(intent("b", 2), 70)
    assert (await bench.far.held(), await bench.far.effects()) == (40, 1)


async def test_the_same_id_with_other_bytes_is_rejected(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1, text="40"), 40)
    with pytest.raises(Rejected) as rejected:
        await bench.carry_out(intent("a", 1, text="70"), 70)
    assert rejected.value.reason == "id_reused"
    assert await bench.far.held() == 40


@pytest.mark.parametrize("boundary", BOUNDARIES)
async def test_a_worker_killed_at_any_boundary_leaves_nothing_doubled_and_nothing_forgotten(
    bench: Bench, boundary: str
) -> None:
    await bench.carry_out(intent("a", 1), 40)
    wish = bench.far.plan(5, "increase_by")
    with pytest.raises(Died):
        await bench.worker(dies_at=boundary).carry_out(intent("b", 2), wish)
    await bench.worker().carry_out(intent("b", 2), wish)
    await bench.worker().carry_out(intent("b", 2), wish)
    assert (await bench.far.held(), await bench.far.effects()) == (45, 2)


@pytest.mark.parametrize("how", ["unavailable", "cut"])
async def test_an_answer_that_never_came_is_asked_for_again(bench: Bench, how: str) -> None:
    await bench.carry_out(intent("a", 1), 40)
    await bench.far.fail(how)
    with pytest.raises(Retryable):
        await bench.carry_out(intent("b", 2), 5, "increase_by")
    await bench.carry_out(intent("b", 2), 5, "increase_by")
    assert (await bench.far.held(), await bench.far.effects()) == (45, 2)


async def test_a_refusal_leaves_nothing_and_older_heads_hold_again(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    await bench.far.fail("refused")
    with pytest.raises((Failed, Declined)):
        await bench.carry_out(intent("b", 2), 70)
    assert await bench.far.held() == 40
    await bench.worker().undo(intent("undo a", 3), intent("a", 1).id)
    assert await bench.far.held() is None


async def test_a_refused_intent_may_be_tried_again(bench: Bench) -> None:
    await bench.far.fail("refused")
    with pytest.raises((Failed, Declined)):
        await bench.carry_out(intent("a", 1), 40)
    await bench.carry_out(intent("a", 1, generation=1), 40)
    assert await bench.far.held() == 40


@pytest.mark.parametrize("boundary", ["begun", "written"])
async def test_a_worker_that_wakes_up_late_does_not_bring_an_older_wish_back(bench: Bench, boundary: str) -> None:
    woken, reached = asyncio.Event(), asyncio.Event()
    older = SleepyStore(bench.store, reached, woken, sleeps_before="Finish" if boundary == "written" else None)
    target = LedgeredDeploymentTarget(SleepyInterface(bench.far.interface, reached, woken, boundary), older)
    late = asyncio.create_task(target.carry_out(intent("older", 1), bench.far.plan(30)))
    async with asyncio.timeout(20):
        await reached.wait()
    await bench.carry_out(intent("newer", 2), 60)
    woken.set()
    carried = await late
    assert [result.outcome for result in carried.deployed.results] == ["superseded"]
    assert await bench.far.held() == 60


async def test_an_overtaken_intent_that_was_killed_is_superseded_when_it_comes_again(bench: Bench) -> None:
    with pytest.raises(Died):
        await bench.worker(dies_at="begun").carry_out(intent("older", 1), bench.far.plan(30))
    await bench.carry_out(intent("newer", 2), 60)
    carried = await bench.carry_out(intent("older", 1), 30)
    assert [result.outcome for result in carried.deployed.results] == ["superseded"]
    assert await bench.far.held() == 60


async def test_a_relative_wish_waits_for_what_is_pending_and_an_absolute_one_takes_over(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    with pytest.raises(Died):
        await bench.worker(dies_at="begun").carry_out(intent("b", 2), bench.far.plan(5, "increase_by"))
    with pytest.raises(Retryable):
        await bench.carry_out(intent("c", 3), 1, "increase_by")
    await bench.carry_out(intent("d", 4), 60)
    assert await bench.far.held() == 60


async def test_undoing_puts_back_what_was_there_once(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    await bench.carry_out(intent("b", 2), 5, "increase_by")
    undone = await bench.worker().undo(intent("undo b", 3), intent("b", 2).id)
    again = await bench.worker().undo(intent("undo b", 3), intent("b", 2).id)
    assert [r.outcome for r in (*undone.deployed.results, *again.deployed.results)] == ["done", "already_done"]
    assert (await bench.far.held(), await bench.far.effects()) == (40, 3)
    with pytest.raises(Failed) as failed:
        await bench.carry_out(intent("b", 2), 5, "increase_by")
    assert (failed.value.reason, failed.value.is_old) == ("undone", True)
    assert await bench.far.held() == 40


async def test_undoing_what_was_created_removes_it(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    await bench.worker().undo(intent("undo a", 2), intent("a", 1).id)
    assert await bench.far.held() is None


@pytest.mark.parametrize("boundary", BOUNDARIES)
async def test_an_undoing_worker_killed_at_any_boundary_is_resumed(bench: Bench, boundary: str) -> None:
    await bench.carry_out(intent("a", 1), 40)
    await bench.carry_out(intent("b", 2), 60)
    with pytest.raises(Died):
        await bench.worker(dies_at=boundary).undo(intent("undo b", 3), intent("b", 2).id)
    await bench.worker().undo(intent("undo b", 3), intent("b", 2).id)
    assert (await bench.far.held(), await bench.far.effects()) == (40, 3)


async def test_what_may_have_been_done_by_a_killed_worker_is_undone(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    with pytest.raises(Died):
        await bench.worker(dies_at="written").carry_out(intent("b", 2), bench.far.plan(60))
    await bench.worker().undo(intent("undo b", 3), intent("b", 2).id)
    assert await bench.far.held() == 40
    with pytest.raises(Failed):
        await bench.carry_out(intent("b", 2), 60)
    assert await bench.far.held() == 40


async def test_newer_intents_are_not_undone_and_are_named(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    await bench.carry_out(intent("b", 2), 60)
    with pytest.raises(Declined) as declined:
        await bench.worker().undo(intent("undo a", 3), intent("a", 1).id)
    assert declined.value.reason is DeclineReason.CONFLICT
    assert intent("b", 2).id in declined.value.message
    assert await bench.far.held() == 60


async def test_what_was_changed_by_hand_since_is_not_undone(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    await bench.far.set_by_hand(50)
    with pytest.raises(Declined) as declined:
        await bench.worker().undo(intent("undo a", 2), intent("a", 1).id)
    assert declined.value.reason is DeclineReason.CONFLICT
    assert await bench.far.held() == 50


async def test_an_intent_unknown_here_has_nothing_to_undo(bench: Bench) -> None:
    with pytest.raises(NothingToUndo):
        await bench.worker().undo(intent("undo a", 2), intent("a", 1).id)


async def test_what_was_waited_for_is_not_waited_for_again(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    timed_out = conclusion_of(TimedOut("not_observed", "it did not come"))
    assert await bench.worker().conclude(intent("a", 1), timed_out) == timed_out
    assert await bench.worker().conclude(intent("a", 1), IN_FORCE) == timed_out
    with pytest.raises(TimedOut):
        await bench.carry_out(intent("a", 1), 40)


async def test_a_preview_tells_the_resolved_value_and_does_nothing(bench: Bench) -> None:
    await bench.carry_out(intent("a", 1), 40)
    commits = list(bench.store.commits)
    [result] = await bench.worker().preview(intent("b", 2), bench.far.plan(5, "increase_by"))
    assert [held["value"] for held in result.after.values()] == [45]
    assert (await bench.far.effects(), bench.store.commits) == (1, commits)


async def test_a_worker_that_may_no_longer_act_does_nothing(bench: Bench) -> None:
    fenced = LedgeredDeploymentTarget(bench.far.interface, bench.store, may_act=lambda: False)
    with pytest.raises(Retryable):
        await fenced.carry_out(intent("a", 1), bench.far.plan(40))
    assert await bench.far.effects() == 0
    await bench.carry_out(intent("a", 1), 40)
    assert await bench.far.held() == 40


async def test_many_workers_at_once_end_with_the_newest_wish(bench: Bench) -> None:
    order = [3, 1, 5, 2, 4]
    attempts = [bench.carry_out(intent(f"i{at}", at), 10 + at) for at in order]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert not [each for each in outcomes if isinstance(each, BaseException) and not isinstance(each, Declined)]
    assert await bench.far.held() == 15


async def test_the_life_of_a_value_on_a_server_that_costs_seconds(slow_bench: Bench) -> None:
    bench = slow_bench
    await bench.carry_out(intent("a", 1), 40)
    with pytest.raises(Died):
        await bench.worker(dies_at="written").carry_out(intent("b", 2), bench.far.plan(5, "increase_by"))
    await bench.carry_out(intent("b", 2), 5, "increase_by")
    assert (await bench.far.held(), await bench.far.effects()) == (45, 2)
    await bench.far.fail("refused")
    with pytest.raises((Failed, Declined)):
        await bench.carry_out(intent("c", 3), 70)
    await bench.worker().undo(intent("undo b", 4), intent("b", 2).id)
    assert await bench.far.held() == 40


class SleepyInterface:
    """An interface whose write falls asleep, before it has any effect, until it is woken."""

    def __init__(self, interface: Any, reached: asyncio.Event, woken: asyncio.Event, boundary: str) -> None:
        self._interface = interface
        self._reached = reached
        self._woken = woken
        self._sleeps = boundary == "begun"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._interface, name)

    async def write(self, wish: Any, pieces: Any) -> None:
        if self._sleeps:
            self._sleeps = False
            self._reached.set()
            await self._woken.wait()
        await self._interface.write(wish, pieces)


class SleepyStore:
    """A store whose next request called `sleeps_before` falls asleep until it is woken."""

    def __init__(
        self, store: InMemoryDeploymentTarget, reached: asyncio.Event, woken: asyncio.Event, sleeps_before: str | None
    ) -> None:
        self._store = store
        self._reached = reached
        self._woken = woken
        self._sleeps_before = sleeps_before

    async def commit(self, request: Any) -> Any:
        if type(request).__name__ == self._sleeps_before:
            self._sleeps_before = None
            self._reached.set()
            await self._woken.wait()
        return await self._store.commit(request)
