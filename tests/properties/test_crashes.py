"""A worker that dies between any two steps of deploy, saga or watch changes neither the end nor the network."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from agents.adapters.virtual_clock import VirtualClock
from agents.deploy import Deploy
from agents.domain.conclusion import Conclusion
from agents.domain.ports import Carried, DeploymentTarget
from agents.domain.verdicts import Failed
from agents.observe import Observe
from schemas.bodies import IntentObserving, IntentPlanned, Observation, StepResult, StepTarget, Watch
from schemas.envelope import Intent
from tests.unit.git.requests import intent, plan, step, target
from tests.unit.stages.watched_target import WatchedTarget

ME = intent("a", 1)
STEPS = (
    step("scale", "tokyo-1/amf", target("replicas", "increase_by", 2)),
    step("configure", "tokyo-1/du", target("load_threshold", "equals", 70), type="du", to=StepTarget.A1),
)
_T = TypeVar("_T")


class Died(BaseException):
    """Killed here."""


class Grim:
    """Kills at the `at`th boundary, once."""

    def __init__(self, at: int | None) -> None:
        self.boundaries = 0
        self._at = at

    def passed(self) -> None:
        self.boundaries += 1
        if self.boundaries == self._at:
            raise Died


class Dying:
    """Another target, with a boundary before and behind everything it does."""

    def __init__(self, target_: DeploymentTarget, grim: Grim) -> None:
        self._target = target_
        self._grim = grim

    async def _do(self, work: Callable[[], Awaitable[_T]]) -> _T:
        self._grim.passed()
        done = await work()
        self._grim.passed()
        return done

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        return await self._do(lambda: self._target.carry_out(intent, planned))

    async def undo(self, intent: Intent, original: str) -> Carried:
        return await self._do(lambda: self._target.undo(intent, original))

    async def preview(self, intent: Intent, planned: IntentPlanned) -> tuple[StepResult, ...]:
        return await self._target.preview(intent, planned)

    async def observe(self, watch: Watch) -> Observation:
        return await self._do(lambda: self._target.observe(watch))

    async def conclude(self, intent: Intent, end: Conclusion) -> Conclusion:
        return await self._do(lambda: self._target.conclude(intent, end))


class OnA1(WatchedTarget):
    """The ledger of packages, for steps that go to A1."""

    def __init__(self, *seen: str | None, refuses: int = 0) -> None:
        super().__init__(*seen, to=StepTarget.A1)
        self._refuses = refuses

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        if self._refuses:
            self._refuses -= 1
            raise Failed("refused_by_interface", "no such policy type")
        steps = tuple(each.model_copy(update={"target": StepTarget.NEPHIO}) for each in planned.plan.steps)
        packaged = planned.model_copy(update={"plan": planned.plan.model_copy(update={"steps": steps})})
        return await super().carry_out(intent, packaged)


@dataclass
class World:
    """Two targets, the records of two topics, and workers that come and go."""

    a1: OnA1
    nephio: WatchedTarget = field(default_factory=lambda: WatchedTarget("in_force"))
    clock: VirtualClock = field(default_factory=VirtualClock)
    is_planned_done: bool = False
    watch: IntentObserving | None = None
    said: list[str] = field(default_factory=list)

    async def begin(self) -> None:
        await self.nephio.carry_out(
            intent("before", 0), plan(step("deploy", "tokyo-1/amf", target("replicas", "equals", 3)))
        )

    async def live(self, grim: Grim) -> str:
        """Workers one after another, until nothing is left to do; how it ended."""
        while not self.is_planned_done or self.watch is not None:
            try:
                await self._work(grim)
            except Died:
                continue
        return self.said[-1]

    async def redeliver(self) -> str:
        """What is said where the plan comes once more after the end."""
        self.is_planned_done = False
        return await self.live(Grim(None))

    async def _work(self, grim: Grim) -> None:
        targets: Mapping[StepTarget, DeploymentTarget] = {
            StepTarget.NEPHIO: Dying(self.nephio, grim),
            StepTarget.A1: Dying(self.a1, grim),
        }
        if not self.is_planned_done:
            await self._deploy(Deploy(targets, lambda planned: None), grim)
        if self.watch is not None:
            self.said.append(await self._verdict(Observe(targets, self.clock)(self.watch, ME)))
            grim.passed()
            self.watch = None

    async def _deploy(self, deploy: Deploy, grim: Grim) -> None:
        async def carry_out() -> None:
            carried = await deploy(plan(*STEPS), ME)
            assert isinstance(carried, Carried)
            if carried.watches:
                self.watch = IntentObserving(
                    deployed=carried.deployed,
                    watches=carried.watches,
                    targets=carried.targets,
                    since=self.clock.now(),
                )

        verdict = await self._verdict(carry_out())
        if self.watch is None:
            self.said.append(verdict)
        grim.passed()
        self.is_planned_done = True

    async def _verdict(self, work: Awaitable[Any]) -> str:
        try:
            await work
        except Failed as failed:
            return f"{type(failed).__name__} {failed.reason}"
        return "deployed"

    def network(self) -> dict[str, bytes]:
        """What is there apart from the ledgers."""
        files = [*self.nephio.files.items(), *self.a1.files.items()]
        return {path: content for path, content in files if not path.startswith(".nephoran/")}


WORLDS: dict[str, Callable[[], World]] = {
    "all comes into force": lambda: World(OnA1("waiting", "in_force")),
    "the second target refuses": lambda: World(OnA1("in_force", refuses=1_000)),
    "the network gives it up": lambda: World(OnA1("waiting", "failed")),
    "it never comes into force": lambda: World(OnA1("waiting")),
}
ENDS = ("deployed", "Failed undone", "Failed undone", "TimedOut not_in_time")


@pytest.mark.parametrize(("kind", "end"), list(zip(WORLDS, ENDS, strict=True)))
async def test_a_death_at_any_boundary_changes_nothing(kind: str, end: str) -> None:
    unharmed = WORLDS[kind]()
    await unharmed.begin()
    counting = Grim(None)
    assert await unharmed.live(counting) == end
    assert counting.boundaries > 5
    for at in range(1, counting.boundaries + 1):
        world = WORLDS[kind]()
        await world.begin()
        assert await world.live(Grim(at)) == end, f"killed at boundary {at}"
        assert world.network() == unharmed.network(), f"killed at boundary {at}"
        assert all(said == end for said in world.said), f"killed at boundary {at}: {world.said}"
        assert await world.redeliver() == end
        assert world.network() == unharmed.network()


async def test_what_was_undone_is_not_half_done_again_where_the_refusal_heals() -> None:
    for at in range(1, 30):
        world = World(OnA1("in_force", refuses=1))
        await world.begin()
        end = await world.live(Grim(at))
        there = b"'5'" in world.network()["tokyo-1/amf/parameters.yaml"], any("du" in path for path in world.network())
        assert (end, there) in (("deployed", (True, True)), ("Failed undone", (False, False))), f"killed at {at}"
        assert await world.redeliver() == end
