"""One run: traffic on a real Kafka of three brokers, workers that come and go, faults, and what came of it."""

import asyncio
import os
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from agents.adapters.git.bare_repository import init_bare
from pipeline.kafka.producer import Publisher
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signed_events import EventReader
from pipeline.local_kafka.cluster import LocalKafka
from pipeline.operations.read_topics import read_all
from pipeline.operations.statuses import StatusBoard
from pipeline.settings import Settings
from schemas.status import State
from schemas.topics import STATUS
from tests.chaos import findings as told
from tests.chaos.crew import Crew
from tests.chaos.findings import Findings
from tests.chaos.landings import Landings, landings_of
from tests.chaos.model import Model
from tests.chaos.plan_of_faults import TAKES_SECONDS, Fault, length_of
from tests.chaos.recorder import recorded
from tests.chaos.traffic import Traffic
from tests.servers.kafka_topics import drop_topics, make_topics

WORKERS = 3
PARTITIONS = 6
POLL_SECONDS = 0.25
START_SECONDS = 180
WARM_UP_SECONDS = 1.0
FROZEN_SECONDS = 12.0
"""Longer than the session of 10 s: the group has given its partitions away when it wakes."""
AWAY_SECONDS = 2.0
"""How long a killed worker or broker is missed before the next comes."""
BROKERS_NICENESS = 10
"""nice(1) of the brokers, which in the field have machines of their own. With two cores for all, three of them take two
thirds of the time, and a worker that is hired needs up to 14 s to join."""
SETTLING_SECONDS = 60.0
"""How long the statuses may take after the last effect."""


@dataclass(frozen=True)
class Scenario:
    """What is run. `breaks` names deliberate faults of ours; stragglers are waited for `patience_seconds`."""

    engine: str
    flow: str
    seed: int
    intents: int
    faults: list[Fault]
    breaks: tuple[str, ...] = ()
    workers: int = WORKERS
    patience_seconds: float = 180.0


@dataclass
class Run:
    """A scenario on a Kafka, in a folder of its own."""

    scenario: Scenario
    brokers: LocalKafka
    folder: Path
    kills: list[float] = field(default_factory=list)
    frozen: dict[int, float] = field(default_factory=dict)
    incidents: list[str] = field(default_factory=list)

    async def play(self) -> Findings:
        """Play it and judge it."""
        begun = time.monotonic()
        self.folder.mkdir(parents=True)
        self._let_brokers_give_way()
        settings = self._settings()
        init_bare(Path(settings.git.repository))
        await make_topics(settings.kafka)
        landings = landings_of(self.scenario.flow, self.folder)
        crew = Crew(settings, self.scenario.flow, self.folder, self.scenario.engine, self.scenario.breaks)
        publisher = Publisher(settings.kafka)
        await publisher.start()
        traffic = Traffic(publisher, landings.wording)
        try:
            await self._upset(traffic, crew, landings)
            if len(traffic.numbers) < self.scenario.intents:
                raise RuntimeError(f"{len(traffic.numbers)} of {self.scenario.intents} intents were published")
            await self._until_landed(crew, landings)
            board = await self._settled(settings)
            misfits = await self._misfits(settings)
            return self._judge(settings, traffic, landings, board, misfits, time.monotonic() - begun)
        finally:
            await publisher.stop()
            await crew.dismiss_all()
            landings.close()
            await drop_topics(settings.kafka)

    def _settings(self) -> Settings:
        kafka = KafkaSettings(
            bootstrap_servers=self.brokers.bootstrap_servers,
            topic_prefix=f"{self.folder.name}-{uuid.uuid4().hex[:8]}.",
            partitions=PARTITIONS,
        )
        git = {"repository": str(self.folder / "deployments.git")}
        signing = {"key_file": self.folder / "signing.key"}
        return Settings.model_validate({"kafka": kafka, "git": git, "signing": signing})

    async def _upset(self, traffic: Traffic, crew: Crew, landings: Landings) -> None:
        """Traffic from the first landing on, and beside it the faults."""
        for _ in range(self.scenario.workers):
            await crew.hire()
        first = await self._warm_up(traffic, crew, landings)
        flowing = asyncio.create_task(
            traffic.publish(range(first, self.scenario.intents), length_of(self.scenario.faults))
        )
        try:
            begun = free_at = time.monotonic()
            for fault in self.scenario.faults:
                await self._watch(crew, max(begun + fault.at_seconds, free_at))
                free_at = time.monotonic() + TAKES_SECONDS[fault.kind]
                await self._strike(fault, crew, landings)
            await flowing
        finally:
            flowing.cancel()

    async def _warm_up(self, traffic: Traffic, crew: Crew, landings: Landings) -> int:
        """Intents one by one until the first lands; the number of the next."""
        number = 0
        deadline = time.monotonic() + START_SECONDS
        while not landings.count():
            await traffic.publish(range(number, number + 1), WARM_UP_SECONDS)
            number += 1
            if fallen := await crew.fallen():
                raise RuntimeError(f"a worker does not start: {fallen}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"nothing landed within {START_SECONDS} s")
        return number

    async def _strike(self, fault: Fault, crew: Crew, landings: Landings) -> None:
        worker = list(crew.workers)[fault.victim % len(crew.workers)]
        if fault.kind == "broker":
            number = 1 + fault.victim % len(self.brokers.nodes)
            self.brokers.kill(number)
            try:
                await self._watch(crew, time.monotonic() + AWAY_SECONDS)
            finally:
                await self.brokers.restart(number)
                self._let_brokers_give_way()
        elif fault.kind == "freeze":
            with landings.at_rest():
                crew.freeze(worker)
            self.frozen[worker] = time.time()
            await self._watch(crew, time.monotonic() + FROZEN_SECONDS)
            crew.thaw(worker)
        elif fault.kind == "cut":
            crew.cut(worker)
            self.frozen[worker] = time.time()
            await self._watch(crew, time.monotonic() + FROZEN_SECONDS)
            if worker in crew.workers:
                crew.heal(worker)
        elif fault.kind == "kill":
            crew.kill(worker)
            self.kills.append(time.time())
            await self._watch(crew, time.monotonic() + AWAY_SECONDS)
            await crew.hire()
        else:
            code = await asyncio.to_thread(crew.dismiss, worker)
            if code != 0:
                self.incidents.append(f"SIGTERM ended a worker with {code}")
            await crew.hire()

    def _let_brokers_give_way(self) -> None:
        for node in self.brokers.running:
            os.setpriority(os.PRIO_PGRP, node.process.pid, BROKERS_NICENESS)

    async def _watch(self, crew: Crew, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, POLL_SECONDS))
            self.incidents += await crew.fallen()

    async def _until_landed(self, crew: Crew, landings: Landings) -> None:
        deadline = time.monotonic() + self.scenario.patience_seconds
        while landings.count() < self.scenario.intents and time.monotonic() < deadline:
            await self._watch(crew, time.monotonic() + POLL_SECONDS)

    async def _settled(self, settings: Settings) -> StatusBoard:
        deadline = time.monotonic() + min(SETTLING_SECONDS, self.scenario.patience_seconds)
        while True:
            board = StatusBoard(EventReader.of(settings.signing), keeps_history=True)
            await read_all(settings.kafka, {STATUS: board.hand})
            if board.books()["in_progress"] == 0 or time.monotonic() > deadline:
                return board
            await asyncio.sleep(POLL_SECONDS)

    async def _misfits(self, settings: Settings) -> list[str]:
        """Where the history of real intents does not fit the model."""
        if self.scenario.flow != "real":
            return []
        history = await recorded(settings.kafka, Path(settings.git.repository))
        return Model(history, EventReader.of(settings.signing)).faults()

    def _judge(
        self,
        settings: Settings,
        traffic: Traffic,
        landings: Landings,
        board: StatusBoard,
        misfits: list[str],
        seconds: float,
    ) -> Findings:
        effects = landings.effects(traffic.numbers, traffic.keys)
        history = [status for statuses in board.history.values() for status in statuses]
        ends = sum(status.is_final for status in history)
        begun = [
            (traffic.keys.get(one.intent_id, ""), one.at.timestamp()) for one in history if one.state == State.DEPLOYING
        ]
        landed = [(effect.key, effect.begun) for effect in effects]
        return Findings(
            engine=self.scenario.engine,
            flow=self.scenario.flow,
            seed=self.scenario.seed,
            intents=len(traffic.numbers),
            lost=told.count_lost(traffic.numbers, effects),
            doubled=told.count_doubled(effects),
            order_violations=told.count_out_of_order(effects),
            older_over_newer=told.count_older_over_newer(effects),
            zombie_effects=told.count_of_zombies(effects, self.frozen, settings.engine.session_timeout_seconds),
            refused_effects=landings.refusals(),
            repeated_ends=ends - len(board.newest),
            longest_takeover_seconds=round(told.longest_takeover(begun, self.kills), 1),
            longest_catch_up_seconds=round(told.longest_takeover(landed, self.kills), 1),
            books=board.books(),
            misfits=tuple(misfits),
            faults=tuple(str(fault) for fault in self.scenario.faults),
            incidents=tuple(self.incidents),
            seconds=round(seconds, 1),
        )
