"""Discards dead letters, so that the books say so."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pipeline.kafka.records import Outgoing
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventWriter
from pipeline.operations.dead_letter_actions import Outcome, action_record, already_handled, has_moved_on, standing_of
from pipeline.operations.dead_letter_list import LetterBox
from pipeline.operations.dead_letters import DeadLetter
from pipeline.operations.operator import EVENT_SOURCE
from pipeline.operations.orders import publish_orders
from pipeline.operations.republish import intent_ended_by
from pipeline.settings import Settings
from schemas.status import IntentStatus, State
from schemas.topics import STATUS

STAGE = "dead-letters"


@dataclass
class Discarder:
    """Discards letters of a box. `why` is kept with each, and told to the requester."""

    settings: Settings
    job: str
    why: str

    def __post_init__(self) -> None:
        self._writer = EventWriter(Keyring.open(self.settings.signing), EVENT_SOURCE)

    async def run(self, box: LetterBox) -> list[Outcome]:
        """One outcome a letter, once all is acknowledged. Raises: NotUsable, NotPossible, Fatal."""
        letters = box.open
        standing = await standing_of(self.settings, letters)
        await publish_orders(self.settings, [each for letter in letters for each in self._status(letter, standing)])
        await publish_orders(
            self.settings, [action_record(letter, "discarded", self.job, self.why, self._writer) for letter in letters]
        )
        return [
            *already_handled(box),
            *(Outcome(letter, "discarded", self.why, letter.intent_id) for letter in letters),
        ]

    def _status(self, letter: DeadLetter, standing: dict[str, IntentStatus]) -> list[Outgoing]:
        """The intent's new state, if the letter was its end and no later generation of it lives on."""
        intent = intent_ended_by(letter)
        if intent is None or has_moved_on(letter, standing):
            return []
        intent = replace(intent, generation=letter.generation + 1)
        status = IntentStatus(
            intent_id=intent.id,
            state=State.DISCARDED,
            generation=intent.generation,
            stage=STAGE,
            at=datetime.now(UTC),
            producer_id=intent.producer_id,
            order=str(intent.order),
            digest=intent.digest,
            reason=letter.reason,
            message=self.why,
        )
        return [self._writer.write(STATUS.name, intent.id, intent, status)]
