"""The demo, step by step."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from uuid import uuid4

from pipeline.demo import samples
from pipeline.demo.board import POLL_SECONDS, Board
from pipeline.demo.samples import Sample
from pipeline.demo.setup import Workers
from pipeline.flow import STAGES
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.producer import Publisher
from pipeline.kafka.records import Outgoing, text_headers
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader
from pipeline.kafka.topic_views import TopicView
from pipeline.operations.dead_letter_list import open_box
from pipeline.operations.dead_letters import LetterFilter
from pipeline.operations.decide import decide
from pipeline.operations.grounds import lines_beside
from pipeline.operations.replay import ReplayJob
from pipeline.operations.republish import Repair, Replay
from pipeline.runtime.proposals import Proposals
from pipeline.settings import Settings
from schemas.bodies import Verdict
from schemas.envelope import intent_id_of_event, intent_id_of_record
from schemas.status import IntentStatus, State
from schemas.topics import DEPLOYED, PROPOSED, RECEIVED, STATUS

START_SECONDS = 60.0
WAVE_SECONDS = 90.0
"""How long a wave may take before the demo calls it stuck: 100 times what it takes, and a killed worker's time-out."""


@dataclass
class Story:
    """Drives the pipeline in the demo: publishes, watches, decides and repairs, as people would."""

    settings: Settings
    workers: Workers
    tell: Callable[[str], None]
    board: Board = field(default_factory=Board)
    sample_of: dict[str, Sample] = field(default_factory=dict)
    published_records: int = 0
    disturbed: set[str] = field(default_factory=set)
    """The intents that were under way when a worker was killed."""

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator["Story"]:
        """Connected to the broker while the block runs."""
        kafka = self.settings.kafka
        keyring = Keyring.open(self.settings.signing)
        self._source = f"demo/{uuid4()}"  # a given broker may remember an earlier demo
        self._publisher = Publisher(kafka)
        self._proposals = Proposals(EventReader(keyring))
        views = [
            TopicView(STATUS.name, kafka, self.board.take),
            TopicView(DEPLOYED.name, kafka, self.board.take_fact),
            TopicView(PROPOSED.name, kafka, self._proposals.take),
        ]
        await self._publisher.start()
        try:
            for view in views:
                await view.start()
            yield self
        finally:
            for view in views:
                await view.stop()
            await self._publisher.stop()

    async def play(self) -> None:
        """The whole story. Raises: NotUsable where a worker ends or a wave gets stuck."""
        await self._until_ready()
        await self._wave("requests of all kinds", samples.FIRST_WAVE)
        await self._wave("changes on changes, and kill -9 in the middle of them", samples.SECOND_WAVE, kill="deploy")
        await self._decide()
        await self._repair()
        await self._observed()

    async def _until_ready(self) -> None:
        self.tell(f"starting a worker process for each stage: {', '.join(STAGES)}")
        deadline = time.monotonic() + START_SECONDS
        while not await asyncio.to_thread(self.workers.are_ready):
            self.workers.require_running()
            if time.monotonic() > deadline:
                raise NotUsable(f"the workers have not joined their groups within {START_SECONDS:g} s: see their logs")
            await asyncio.sleep(POLL_SECONDS)

    async def _wave(self, title: str, wave: tuple[Sample, ...], kill: str | None = None) -> None:
        self.tell(f"publishing {sum(sample.copies for sample in wave)} records: {title}")
        ids = [await self._publish(sample) for sample in wave]
        if kill:
            await self._kill_while_busy(kill, ids)
        await self._settled(ids)

    async def _publish(self, sample: Sample) -> str:
        key = sample.key.encode() if sample.key else None
        headers = sample.headers and {**sample.headers, "ce_source": self._source}
        record = Outgoing(RECEIVED.name, key, sample.value, text_headers(headers.items()))
        for _ in range(sample.copies):
            [place] = await self._publisher.publish([record])
            self.published_records += 1
        intent_id = (
            intent_id_of_event(self._source, headers["ce_id"])
            if headers
            else intent_id_of_record(RECEIVED.name, *place)
        )
        self.sample_of[intent_id] = sample
        return intent_id

    async def _kill_while_busy(self, stage: str, ids: list[str]) -> None:
        """`kill -9` once the first of these is deployed, so that some were done and their offsets not committed."""

        def is_begun() -> bool:
            return any(State.DEPLOYED in self.board.reached_ms.get(intent_id, {}) for intent_id in ids)

        await self.board.until(is_begun, WAVE_SECONDS, self.workers.require_running)
        self.workers.kill(stage)
        self.disturbed.update(ids)
        self.tell(f"kill -9 of the {stage} worker; a new one takes over once the group has missed the old one (6 s)")
        self.workers.start(stage)

    async def _settled(self, ids: list[str]) -> None:
        def is_settled() -> bool:
            return all(
                (status := self.board.statuses.get(intent_id)) is not None and status.book != "in_progress"
                for intent_id in ids
            )

        if not await self.board.until(is_settled, WAVE_SECONDS, self.workers.require_running):
            left = [intent_id for intent_id in ids if not self._is_answered(intent_id)]
            raise NotUsable(f"after {WAVE_SECONDS:g} s these intents have no answer: {', '.join(left)}")

    def _is_answered(self, intent_id: str) -> bool:
        status = self.board.statuses.get(intent_id)
        return status is not None and status.book != "in_progress"

    async def _decide(self) -> None:
        for sample, verdict in (
            (samples.TO_APPROVE, Verdict.APPROVE),
            (samples.TO_PLAN, Verdict.APPROVE),
            (samples.TO_REFUSE, Verdict.DECLINE),
        ):
            intent_id = self._id_of(sample)
            await self.board.until(lambda: self._proposals.get(intent_id) is not None, WAVE_SECONDS)  # noqa: B023
            proposal = self._proposals.get(intent_id)
            if proposal is None:
                raise NotUsable(f"the proposal of intent {intent_id} is not in {PROPOSED.name}")
            plan = proposal.planned.plan
            self.tell(
                f"{verdict}: {sample.words} ({plan.risk} risk, asked because: {'; '.join(plan.approval_reasons)})"
            )
            for step in plan.steps:
                for line in lines_beside(step, proposal.planned.expectations, plan.grounds):
                    self.tell(f"  {step.name}: {line}")
            await decide(self.settings, proposal, verdict, comment="seen in the demo")
            await self.board.until(lambda: self.board.statuses[intent_id].is_final, WAVE_SECONDS)  # noqa: B023

    async def _repair(self) -> None:
        intent_id = self._id_of(samples.POISON)
        box = await open_box(self.settings, LetterFilter(names=(intent_id,)))
        box.require_named()
        for letter in box.open:
            self.tell(f"dead letter {letter.place}: {letter.message}; as it arrived: {letter.original.value!r}")
        self.tell(f"replaying it, repaired: {samples.REPAIRED_POISON!r}")
        repair = Repair(samples.REPAIRED_POISON.encode(), is_text=True)
        job = ReplayJob(self.settings, LetterFilter(names=(intent_id,)), Replay(str(uuid4()), repair))
        for outcome in await asyncio.to_thread(list, job.run()):
            self.tell(f"{outcome.letter.place}: {outcome.result}{outcome.message and ': ' + outcome.message}")
        await self.board.until(lambda: self.board.statuses[intent_id].state == State.DEPLOYED, WAVE_SECONDS)

    async def _observed(self) -> None:
        """Nothing is called done that is still being watched."""

        def is_observed() -> bool:
            return all(status.state != State.OBSERVING for status in self.statuses.values())

        await self.board.until(is_observed, WAVE_SECONDS, self.workers.require_running)

    def _id_of(self, sample: Sample) -> str:
        return next(intent_id for intent_id, each in self.sample_of.items() if each is sample)

    @property
    def statuses(self) -> dict[str, IntentStatus]:
        """Where our own intents stand; a given broker may hold others."""
        return {each: self.board.statuses[each] for each in self.sample_of if each in self.board.statuses}
