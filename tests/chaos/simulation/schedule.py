"""A schedule of requests, decisions and deaths, drawn from a seed, played in virtual time, and judged by the model."""

import asyncio
from contextvars import copy_context
from dataclasses import dataclass, field

from pipeline.kafka.signed_events import EventReader
from pipeline.runtime import record_readers
from tests.chaos.history import History
from tests.chaos.model import Model
from tests.chaos.simulation import virtual_time
from tests.chaos.simulation.life import LIFE, Life, Site, make_task
from tests.chaos.simulation.people import People
from tests.chaos.simulation.process import Process, View
from tests.chaos.simulation.world import World

REST_SECONDS = 600.0
"""How long it may take until all is done, after the last fault."""


KINDS = ("kill", "kill", "kill at an await", "stop", "freeze", "offsets", "clock")


@dataclass(frozen=True)
class Schedule:
    """`dies_at`: the first worker is killed at this await and another one begins. Without it faults are drawn."""

    seed: int
    requests: int = 12
    seconds: float = 20.0
    workers: int = 1
    faults: int = 0
    kinds: tuple[str, ...] = KINDS
    dies_at: int | None = None
    forgets_ledger: bool = False


@dataclass
class Played:
    """What came of it. `sites` are the awaits at which the first worker was suspended."""

    schedule: Schedule
    history: History
    faults: list[str]
    suspensions: int = 0
    sites: list[tuple[Site, ...]] = field(default_factory=list)


def play(schedule: Schedule) -> Played:
    """The same for the same schedule, always."""
    original, record_readers.TopicView = record_readers.TopicView, View  # type: ignore[misc,assignment]
    try:
        return virtual_time.run(_Stage(schedule).play())
    finally:
        record_readers.TopicView = original  # type: ignore[misc]


class _Stage:
    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._processes: list[Process] = []
        self._first: Life | None = None

    async def play(self) -> Played:
        asyncio.get_running_loop().set_task_factory(make_task)  # type: ignore[arg-type]
        schedule = self._schedule
        self._world = world = World(schedule.seed)
        world.target.forgets = schedule.forgets_ledger
        people = People(world)
        for _ in range(schedule.workers):
            await self._hire(schedule.dies_at)
        if self._processes:
            self._first = self._processes[0].life
        replacing = world.spawn(self._replace_the_dead())
        await people.begin()
        deciding = world.spawn(people.decide())
        asking = world.spawn(people.ask(schedule.requests, schedule.seconds))
        for _ in range(schedule.faults):
            await world.pause(2 * schedule.seconds / schedule.faults)
            await self._strike()
        await asking
        await world.pause(10.0)
        deciding.cancel()
        restless = await self._until_at_rest()
        replacing.cancel()
        for process in self._processes:
            process.life.die()
            await process.life.bury()
        await world.end()
        faults = Model(world.history, EventReader(world.keyring)).faults()
        failures = [f"a worker failed: {failure!r}" for each in self._processes for failure in each.failures]
        first = self._first
        return Played(
            schedule,
            world.history,
            [*restless, *failures, *faults],
            first.suspensions if first else 0,
            first.sites if first else [],
        )

    async def _hire(self, dies_at: int | None = None) -> None:
        life = Life(f"worker-{len(self._processes)}", dies_at)
        context = copy_context()
        context.run(LIFE.set, life)
        process = Process(self._world, life)
        self._processes.append(process)
        asyncio.get_running_loop().create_task(process.begin(), context=context)

    async def _replace_the_dead(self) -> None:
        buried: set[str] = set()
        while True:
            await self._world.pause(1.0)
            for process in [each for each in self._processes if each.life.is_dead and each.life.name not in buried]:
                buried.add(process.life.name)
                await process.life.bury()
                await self._hire()

    async def _strike(self) -> None:
        chance = self._world.chance
        living = [process for process in self._processes if not process.life.is_dead]
        if not living:
            return
        process = chance.choice(living)
        match chance.choice(self._schedule.kinds):
            case "kill":
                process.life.die()
            case "kill at an await":
                process.life.dies_at = process.life.suspensions + chance.randint(1, 20)
            case "stop":
                await process.stop()
            case "freeze":
                process.life.freeze()
                asyncio.get_running_loop().call_later(chance.uniform(1, 15), process.life.thaw)
            case "offsets":
                for each in living:
                    each.life.die()
                self._world.broker.lose_offsets(chance.choice([0.0, 0.5]))
            case "clock":
                self._world.broker.clock_ms = -chance.randint(0, 30_000)

    async def _until_at_rest(self) -> list[str]:
        deadline = self._world.time() + REST_SECONDS
        while not self._world.broker.is_at_rest():
            if self._world.time() > deadline:
                return ["restless: not all was committed in the end"]
            await asyncio.sleep(1.0)
        await asyncio.sleep(5.0)
        return []
