"""Dead letters replayed: each republished and acknowledged first, then noted in `dead-letters.actions`.

A run that ends half way is taken up by the next one: what was noted is skipped. What was republished in the moment
between is told by its intent's next generation; one that slips through both is carried out once by the ledger.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, replace

from pipeline.kafka.producer import Publisher
from pipeline.kafka.records import Outgoing
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.operations.dead_letter_actions import Outcome, action_record, already_handled, has_moved_on, standing_of
from pipeline.operations.dead_letter_list import LetterBox
from pipeline.operations.dead_letters import DeadLetter
from pipeline.operations.operator import EVENT_SOURCE
from pipeline.operations.republish import Refused, Replay, republished
from pipeline.settings import Settings
from schemas.status import IntentStatus

LETTERS_AT_ONCE = 50
"""Republished before the first is noted: what a kill in the wrong moment may republish again."""

MOVED_ON = "its intent has been replayed already"


@dataclass(frozen=True, slots=True)
class Pace:
    """How many letters at most, and how many a second (None: as fast as the broker takes them)."""

    most: int | None = None
    per_second: float | None = None

    @property
    def at_once(self) -> int:
        """Letters in one go, so that a slow pace is even."""
        return LETTERS_AT_ONCE if self.per_second is None else max(1, min(LETTERS_AT_ONCE, int(self.per_second)))


@dataclass
class Replayer:
    """Replays letters of a box, in the order in which their records arrived."""

    settings: Settings
    replay: Replay

    def __post_init__(self) -> None:
        keyring = Keyring.open(self.settings.signing)
        self._reader = EventReader(keyring)
        self._writer = EventWriter(keyring, EVENT_SOURCE)

    async def preview(self, box: LetterBox, pace: Pace) -> list[Outcome]:
        """What `run` would do, without doing it. Raises: NotUsable."""
        return [outcome for outcome, _ in await self._judged(box, pace)]

    async def run(self, box: LetterBox, pace: Pace) -> AsyncIterator[Outcome]:
        """One outcome a letter, told once it is acknowledged and noted. Raises: NotUsable, Fatal."""
        judged = await self._judged(box, pace)
        publisher = Publisher(self.settings.kafka)
        await publisher.start()
        try:
            for begin in range(0, len(judged), pace.at_once):
                group = judged[begin : begin + pace.at_once]
                for outcome in await _finished(self._carry_out(publisher, group)):
                    yield outcome
                if pace.per_second is not None and begin + pace.at_once < len(judged):
                    await asyncio.sleep(len(group) / pace.per_second)
        finally:
            await publisher.stop()

    async def _judged(self, box: LetterBox, pace: Pace) -> list[tuple[Outcome, Outgoing | None]]:
        letters = box.open[: pace.most]
        standing = await standing_of(self.settings, letters)
        taken: set[tuple[str, int]] = set()
        handled: list[tuple[Outcome, Outgoing | None]] = [(outcome, None) for outcome in already_handled(box)]
        return [*handled, *(self._judge(letter, standing, taken) for letter in letters)]

    def _judge(
        self, letter: DeadLetter, standing: dict[str, IntentStatus], taken: set[tuple[str, int]]
    ) -> tuple[Outcome, Outgoing | None]:
        if has_moved_on(letter, standing):
            return Outcome(letter, "skipped", MOVED_ON), None
        try:
            record, intent = republished(letter, self.replay, self._reader, self._writer)
        except Refused as refused:
            return Outcome(letter, "refused", str(refused)), None
        if (intent.id, intent.generation) in taken:
            return Outcome(letter, "skipped", MOVED_ON), None
        taken.add((intent.id, intent.generation))
        return Outcome(letter, "would_replay", "", intent.id, intent.generation), record

    async def _carry_out(self, publisher: Publisher, group: Sequence[tuple[Outcome, Outgoing | None]]) -> list[Outcome]:
        await publisher.publish([record for _, record in group if record is not None])
        settled = [outcome for outcome, record in group if record is not None or outcome.message == MOVED_ON]
        await publisher.publish([self._note(outcome.letter) for outcome in settled])
        return [replace(outcome, result="replayed") if record is not None else outcome for outcome, record in group]

    def _note(self, letter: DeadLetter) -> Outgoing:
        is_edit = self.replay.repair.is_edit
        return action_record(letter, "edited" if is_edit else "replayed", self.replay.job, letter.reason, self._writer)


async def _finished(work: Awaitable[list[Outcome]]) -> list[Outcome]:
    """The result of `work`, which Ctrl-C does not interrupt: what was republished is noted before the command ends."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
