"""What is done about dead letters: how it is told line by line, and noted in `dead-letters.actions`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from pipeline.kafka.records import Outgoing
from pipeline.kafka.signed_events import EVENT_TYPES, EventReader, EventWriter
from pipeline.operations.dead_letter_list import LetterBox
from pipeline.operations.dead_letters import DeadLetter
from pipeline.operations.operator import EVENT_SOURCE, name_of_operator
from pipeline.operations.read_topics import read_all
from pipeline.operations.statuses import StatusBoard, milliseconds
from pipeline.settings import Settings
from schemas.bodies import DeadLetterAction
from schemas.status import IntentStatus
from schemas.topics import DEAD_LETTER_ACTIONS, STATUS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one letter, for one line of the report."""

    letter: DeadLetter
    result: Literal["replayed", "would_replay", "discarded", "refused", "skipped"]
    message: str = ""
    intent_id: str | None = None
    generation: int | None = None


def action_record(
    letter: DeadLetter, action: Literal["replayed", "discarded", "edited"], job: str, reason: str, writer: EventWriter
) -> Outgoing:
    """The note that something was done about a letter, under the place where its record arrived."""
    headers, value = _note_of(action, job, reason)
    headers = headers | {"ce_id": f"{job}/{letter.place}"}
    return writer.signed(DEAD_LETTER_ACTIONS.name, letter.place.encode(), value, headers)


@lru_cache(maxsize=64)
def _note_of(action: Literal["replayed", "discarded", "edited"], job: str, reason: str) -> tuple[dict[str, str], bytes]:
    """The same for all letters of a job that failed for the same reason."""
    body = DeadLetterAction(action=action, job=job, by=name_of_operator(), at=datetime.now(UTC), reason=reason)
    headers = {
        "ce_specversion": "1.0",
        "ce_source": EVENT_SOURCE,
        "ce_type": EVENT_TYPES[DeadLetterAction],
        "ce_time": body.at.isoformat(timespec="milliseconds"),
        "content-type": "application/json",
    }
    return headers, body.model_dump_json().encode()


async def standing_of(settings: Settings, letters: Sequence[DeadLetter]) -> dict[str, IntentStatus]:
    """What was told of these letters' intents since, by intent id. Raises: NotUsable."""
    intent_ids = {letter.intent_id for letter in letters if letter.intent_id}
    if not intent_ids:
        return {}
    board = StatusBoard(EventReader.of(settings.signing), lambda status: status.intent_id in intent_ids)
    since = min(letter.at for letter in letters)
    await read_all(settings.kafka, {STATUS: board.hand}, milliseconds(since))
    return board.newest


def has_moved_on(letter: DeadLetter, standing: dict[str, IntentStatus]) -> bool:
    """Whether the intent began a later generation: somebody has dealt with the letter already."""
    newest = standing.get(letter.intent_id or "")
    return newest is not None and newest.generation > letter.generation


def already_handled(box: LetterBox) -> list[Outcome]:
    """The letters asked for by name that were dealt with before, each with what was done."""
    return [
        Outcome(letter, "skipped", f"{action.action} on {action.at:%Y-%m-%d %H:%M} UTC by {action.by}")
        for letter in box.all
        if box.wanted.names and (action := box.actions.get(letter.place))
    ]
