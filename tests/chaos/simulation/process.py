"""The real parts of a worker in a process that can die: runner, lanes, readers and agents on a simulated broker."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Any

from agents.adapters.git.write_requests import CarryOut, Request, Undo
from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.domain.conclusion import Conclusion
from agents.domain.ports import Carried, DeploymentTarget, Found, Ranking, Reading, Understanding
from agents.domain.verdicts import Retryable
from agents.knowledge.pack import KnowledgePack
from agents.planning.templates import Templates
from agents.understanding.grammar_understanding import GrammarUnderstanding
from pipeline.app import App
from pipeline.flow import FLOW
from pipeline.kafka.acknowledgement import Acknowledgement
from pipeline.kafka.records import Outgoing, Record, TopicPartition
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.kafka.stage import Stage
from pipeline.runtime.lanes import LaneSettings
from pipeline.runtime.partitions import Partitions
from pipeline.runtime.past_answers import PastAnswers, UnansweredOnly
from pipeline.runtime.record_readers import ReaderContext
from pipeline.runtime.runner import StageRunner
from pipeline.settings import Settings
from schemas.bodies import IntentPlanned, Observation, StepResult, StepTarget, Watch
from schemas.envelope import Intent
from schemas.topics import STATUS
from tests.chaos.simulation.broker import PARTITIONS, SESSION_SECONDS, Group
from tests.chaos.simulation.life import Life
from tests.chaos.simulation.world import World

HEARTBEAT_SECONDS = 3.0
MARGIN_SECONDS = 2.0
LANES = LaneSettings(running=8, admitted=16, drain_seconds=1.0)
STAGES = tuple(stage for stage in FLOW if not stage.waits)


class View:
    """In the place of `TopicView`: a topic read whole, and kept up with. The process stands where settings would."""

    def __init__(self, topic: str, process: "Process", take: Callable[[Record], None], *_: Any, **__: Any) -> None:
        self._logs = process.world.broker.logs[topic]
        self._take = take
        self._process = process
        self._read = [0] * PARTITIONS

    async def start(self) -> None:
        await self.catch_up()

    async def begin(self) -> None:
        self._process.spawn(self._follow())

    async def catch_up(self) -> None:
        ends = [len(log) for log in self._logs]
        await self._process.world.pause()
        for number, log in enumerate(self._logs):
            while self._read[number] < ends[number]:
                self._read[number] += 1
                self._take(log[self._read[number] - 1])

    async def _follow(self) -> None:
        while True:
            await self._process.world.pause(1.0)
            await self.catch_up()


class Engine:
    """A member of a stage's group. Fetches some records at a time, and commits now and then."""

    def __init__(self, process: "Process", group: Group, partitions: Partitions) -> None:
        self._process = process
        self._group = group
        self._partitions = partitions
        self._mine: dict[int, int] = {}
        self._paused: set[int] = set()
        self._beat_at = float("-inf")

    async def run(self) -> None:
        self._process.spawn(self._beat())
        self._process.spawn(self._fetch())
        self._process.spawn(self._commit_now_and_then())

    async def stop(self) -> None:
        await self._partitions.close()
        self._commit(set(self._mine))
        self._group.leave(self._process.life.name)

    def pause(self, partition: TopicPartition) -> None:
        self._paused.add(partition.partition)

    def resume(self, partition: TopicPartition) -> None:
        self._paused.discard(partition.partition)

    @property
    def is_ready(self) -> bool:
        return True

    def may_act(self) -> bool:
        return self._process.world.time() < self._beat_at + SESSION_SECONDS - MARGIN_SECONDS

    async def _beat(self) -> None:
        member = self._process.life.name
        while True:
            sent_at = self._process.world.time()
            if sent_at > self._beat_at + SESSION_SECONDS:  # given up by the group: whoever has them now begins anew
                await self._let_go(set(self._mine), commits=False)
            wanted = self._group.beat(member, sent_at)
            self._beat_at = sent_at
            await self._let_go(self._mine.keys() - wanted, commits=True)
            for number in wanted - self._mine.keys():
                if self._group.take(number, member):
                    self._mine[number] = self._group.committed.get(number, 0)
                    if mark := self._group.marks.get(number):
                        self._partitions.begin({TopicPartition(self._group.topic, number): mark})
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _let_go(self, numbers: set[int], *, commits: bool) -> None:
        if not numbers:
            return
        partitions = [TopicPartition(self._group.topic, number) for number in numbers]
        for number in numbers:
            del self._mine[number]
        await self._partitions.revoke(partitions)
        if commits:
            self._commit(numbers)
        self._partitions.forget(partitions)
        self._paused -= numbers
        for number in numbers:
            if self._group.owners.get(number) == self._process.life.name:
                del self._group.owners[number]

    async def _fetch(self) -> None:
        world = self._process.world
        while True:
            await world.pause()
            for number in list(self._mine):
                log = world.broker.logs[self._group.topic][number]
                for _ in range(world.chance.randint(1, 4)):
                    at = self._mine.get(number, len(log))
                    if at < len(log) and number not in self._paused:
                        self._mine[number] = at + 1
                        self._partitions.admit(log[at])

    async def _commit_now_and_then(self) -> None:
        while True:
            await self._process.world.pause(2.0)
            self._commit(set(self._mine))

    def _commit(self, numbers: set[int]) -> None:
        if self._process.life.is_dead:
            return
        for partition, offset in self._partitions.committable().items():
            if partition.partition in numbers:
                self._process.world.broker.commit(
                    self._group,
                    self._process.life.name,
                    partition.partition,
                    offset,
                    self._partitions.mark(partition, offset),
                )


class Producer:
    """Sends records partition by partition, each in its turn. What is on its way when its process dies may arrive."""

    def __init__(self, world: World, life: Life) -> None:
        self._world = world
        self._life = life
        self._queues: dict[str, deque[tuple[Outgoing, Acknowledgement[Any]]]] = {}

    def publish(self, records: Sequence[Outgoing]) -> Acknowledgement[Any]:
        """Ends once all are written."""
        whole: Acknowledgement[Any] = Acknowledgement()
        left = len(records)

        def one_ended(_: Any) -> None:
            nonlocal left
            left -= 1
            if not left:
                whole.settle(None)

        for record in records:
            one: Acknowledgement[Any] = Acknowledgement()
            one.add_done_callback(one_ended)
            self._put(record, one)
        if not records:
            whole.settle(None)
        return whole

    def _put(self, record: Outgoing, acknowledged: Acknowledgement[Any]) -> None:
        if self._life.is_dead:
            return
        name = f"{record.topic} {record.key!r}"
        if name in self._queues:
            self._queues[name].append((record, acknowledged))
        else:
            self._queues[name] = deque([(record, acknowledged)])
            self._world.spawn(self._send(name))

    async def _send(self, name: str) -> None:
        queue = self._queues[name]
        while queue:
            record, acknowledged = queue.popleft()
            await self._world.pause()
            if self._life.is_dead and self._world.chance.random() < 0.5:
                queue.clear()
                break
            self._world.broker.append(record)
            await self._world.pause()
            await self._life.until_thawed()
            if not self._life.is_dead:
                acknowledged.settle(None)
        del self._queues[name]


class Unhurried(Understanding):
    """Another understanding, with an await before and behind its answer."""

    def __init__(self, understanding: Understanding, world: World) -> None:
        self._understanding = understanding
        self._world = world

    async def read(self, text: str) -> Reading:
        await self._world.pause()
        try:
            return await self._understanding.read(text)
        finally:
            await self._world.pause()


class KnowsNothing:
    """A knowledge base."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def search(self, text: str, limit: int, ranking: Ranking = Ranking.HYBRID) -> Found:
        await self._world.pause()
        return Found(())


class Reached(DeploymentTarget):
    """The world's target as one process reaches it: awaits before and behind each effect, and a fence."""

    def __init__(self, target: InMemoryDeploymentTarget, world: World, life: Life, fence: Callable[[], bool]) -> None:
        self._target = target
        self._world = world
        self._life = life
        self._fence = fence

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        return await self._act(CarryOut(intent, planned))

    async def undo(self, intent: Intent, original: str) -> Carried:
        return await self._act(Undo(intent, original))

    async def _act(self, request: Request[Carried]) -> Carried:
        await self._world.pause()
        self._require_alive()
        if not self._fence():
            raise Retryable("this worker may not act", dependency="kafka", delay_seconds=1, was_tried=False)
        try:
            return await self._target.commit(request)
        finally:
            await self._world.pause()

    async def preview(self, intent: Intent, planned: IntentPlanned) -> tuple[StepResult, ...]:
        await self._world.pause()
        self._require_alive()
        try:
            return await self._target.preview(intent, planned)
        finally:
            await self._world.pause()

    async def observe(self, watch: Watch) -> Observation:
        return await self._target.observe(watch)

    async def conclude(self, intent: Intent, end: Conclusion) -> Conclusion:
        return await self._target.conclude(intent, end)

    def _require_alive(self) -> None:
        if self._life.is_dead:
            raise asyncio.CancelledError


class SimulatedApp(App):
    """The real agents, on the world's target, with nothing to look up."""

    process: "Process"

    @cached_property
    def pack(self) -> KnowledgePack:
        return self.process.world.pack

    @cached_property
    def templates(self) -> Templates:
        return self.process.world.templates

    @cached_property
    def understanding(self) -> GrammarUnderstanding:
        return Unhurried(self.process.world.understanding, self.process.world)  # type: ignore[return-value]

    @cached_property
    def knowledge_base(self) -> KnowsNothing:  # type: ignore[override]
        return KnowsNothing(self.process.world)

    @cached_property
    def targets(self) -> dict[StepTarget, DeploymentTarget]:
        world, life = self.process.world, self.process.life
        fence = lambda: self.may_act("deploy")  # noqa: E731
        return {StepTarget.NEPHIO: Reached(world.target, world, life, fence)}

    def drafts(self) -> None:
        """There is no Git here to look at them."""


class Process:
    """All stages at work until it is killed or stopped."""

    def __init__(self, world: World, life: Life) -> None:
        self.world = world
        self.life = life
        self.engines: dict[str, Engine] = {}
        self.failures: list[BaseException] = []
        self._past_answers = PastAnswers(EventReader(world.keyring), self._read_statuses)

    def spawn(self, work: Awaitable[Any]) -> None:
        """Something of this process's own."""
        asyncio.ensure_future(work)  # noqa: RUF006  kept by its life

    async def begin(self) -> None:
        """Returns once it works."""
        world = self.world
        app = SimulatedApp(Settings(), may_act=self._may_act, metrics=world.metrics)
        app.process = self
        producer = Producer(world, self.life)
        context = ReaderContext(
            EventReader(world.keyring),
            self,  # type: ignore[arg-type]
            world.metrics,
            _started,
            _begun,
            lambda view, claims: _started(view),
        )
        for stage in STAGES:
            self.engines[stage.name] = await self._member(stage, app, context, producer)
        for engine in self.engines.values():
            await engine.run()

    async def _member(self, stage: Stage[Any], app: App, context: ReaderContext, producer: Producer) -> Engine:
        world = self.world
        runner = StageRunner(
            stage,
            stage.agent(app),
            UnansweredOnly(await stage.reader(context, stage.reads), self._past_answers, stage.name),
            EventWriter(world.keyring, f"nephoran/{stage.name}"),
            producer.publish,
            world.metrics,
        )
        partitions = Partitions(runner.process, LANES, on_no_past=self._past_answers.begins_without_past)
        partitions.failed.add_done_callback(self._failed)
        group = world.broker.groups.setdefault(stage.group, Group(stage.name, stage.reads.name))
        engine = Engine(self, group, partitions)
        partitions.attach(engine)
        return engine

    async def _read_statuses(self, take: Callable[[Record], None]) -> None:
        await View(STATUS.name, self, take).start()

    def _failed(self, failed: asyncio.Future[None]) -> None:
        if not failed.cancelled() and (failure := failed.exception()):
            self.failures.append(failure)

    def _may_act(self, *stages: str) -> bool:
        return all(self.engines[stage].may_act() for stage in stages)

    async def stop(self) -> None:
        """SIGTERM."""
        for engine in self.engines.values():
            await engine.stop()
        self.life.die()


async def _started(view: Any) -> Any:
    await view.start()
    return view


async def _begun(view: Any) -> Any:
    await view.begin()
    return view
