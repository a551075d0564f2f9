"""The observe agent: what is deployed is so, and what is not is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from agents.adapters.virtual_clock import VirtualClock
from agents.deploy import Deploy
from agents.domain.ports import Carried
from agents.domain.verdicts import Failed, TimedOut
from agents.observe import Observe
from schemas.bodies import IntentObserving, StepTarget
from tests.unit.git.requests import intent, scale
from tests.unit.stages.watched_target import WatchedTarget

ME = intent("a", 1)


@dataclass
class Watching:
    """An intent that scales the AMF from 3 to 5 and is watched by one or more workers after another."""

    target: WatchedTarget
    clock: VirtualClock = field(default_factory=VirtualClock)

    @property
    def targets(self) -> Mapping[StepTarget, WatchedTarget]:
        return {StepTarget.NEPHIO: self.target}

    async def carry_out(self) -> IntentObserving:
        deploy = Deploy(self.targets, lambda planned: None)
        await deploy(scale("tokyo-1/amf", 3), intent("before", 0))
        carried = await deploy(scale("tokyo-1/amf", 5), ME)
        assert isinstance(carried, Carried)
        return IntentObserving(
            deployed=carried.deployed, watches=carried.watches, targets=carried.targets, since=self.clock.now()
        )

    async def observe(self, body: IntentObserving, *, undoes_failed: bool = True) -> IntentObserving:
        return await Observe(self.targets, self.clock, undoes_failed=undoes_failed)(body, ME)

    @property
    def replicas(self) -> bytes:
        return self.target.files["tokyo-1/amf/parameters.yaml"]


async def test_what_comes_into_force_is_deployed_and_says_how_it_was_seen() -> None:
    watching = Watching(WatchedTarget("waiting", None, "waiting", "in_force"))
    done = await watching.observe(await watching.carry_out())
    assert done.deployed.remarks[-1] == "scale tokyo-1/amf: replicas are in_force"
    assert watching.target.looks == 4
    assert (await watching.target.carry_out(ME, scale("tokyo-1/amf", 5))).watches == ()


async def test_looks_come_at_longer_and_longer_pauses() -> None:
    watching = Watching(WatchedTarget("waiting", within_seconds=600))
    body = await watching.carry_out()
    with pytest.raises(TimedOut):
        await watching.observe(body)
    assert 20 < watching.target.looks < 30


async def test_what_the_network_gives_up_on_has_failed_and_is_undone() -> None:
    watching = Watching(WatchedTarget("waiting", "failed"))
    with pytest.raises(Failed) as failed:
        await watching.observe(await watching.carry_out())
    assert failed.value.reason == "undone"
    assert "replicas are failed" in failed.value.message
    assert b"replicas: '3'" in watching.replicas


async def test_what_has_failed_stays_where_the_rule_says_so() -> None:
    watching = Watching(WatchedTarget("failed"))
    with pytest.raises(Failed) as failed:
        await watching.observe(await watching.carry_out(), undoes_failed=False)
    assert failed.value.reason == "not_in_force"
    assert b"replicas: '5'" in watching.replicas


async def test_what_takes_too_long_times_out_is_not_undone_and_is_never_called_deployed() -> None:
    watching = Watching(WatchedTarget("waiting", None))
    body = await watching.carry_out()
    with pytest.raises(TimedOut) as timed_out:
        await watching.observe(body)
    assert timed_out.value.reason == "not_in_time"
    assert watching.clock.now() == body.since + timedelta(seconds=60)
    assert b"replicas: '5'" in watching.replicas
    with pytest.raises(TimedOut):
        await watching.target.carry_out(ME, scale("tokyo-1/amf", 5))


async def test_a_worker_that_comes_late_looks_once_before_it_gives_up() -> None:
    watching = Watching(WatchedTarget("in_force"))
    body = await watching.carry_out()
    watching.clock.advance(3_600)
    assert (await watching.observe(body)).deployed.results


async def test_how_it_ended_is_not_said_differently_by_the_next_worker() -> None:
    watching = Watching(WatchedTarget("failed"))
    body = await watching.carry_out()
    for seen in ("failed", "in_force"):
        watching.target.seen = [seen]
        with pytest.raises(Failed):
            await watching.observe(body)
    assert b"replicas: '3'" in watching.replicas


async def test_what_was_rolled_back_meanwhile_is_not_called_deployed() -> None:
    watching = Watching(WatchedTarget("in_force"))
    body = await watching.carry_out()
    await watching.target.undo(ME.rollback(), ME.id)
    with pytest.raises(Failed) as failed:
        await watching.observe(body)
    assert failed.value.reason == "undone"
