"""Events that were put onto their topic again, long after a stage made them: whether what they ask for is over.

A signature says who made an event, for which topic and key. It does not say that nobody has put a copy there since.
Judged again, on a network or by rules that have changed, a declined intent might be carried out.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from agents.domain.verdicts import Rejected
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.records import Record, named_header
from pipeline.kafka.signed_events import EventReader
from pipeline.kafka.stage import AlreadySettled, RecordReader
from pipeline.runtime.answer_hashes import AnswerHashes
from pipeline.runtime.past_answers import NO_ANSWERS, answer_of, not_readable, read_status
from pipeline.runtime.watched import SharedCatchUp
from schemas.envelope import Intent
from schemas.status import State
from schemas.topics import STATUS

PROMPT_MS = 10_000
"""A stage's event is on its topic within so long, clocks included. One that is not is looked up, which does no harm."""
NO_ENDS = (*NO_ANSWERS, State.DEAD_LETTERED)
REFUSALS = (State.DECLINED, State.FAILED, State.TIMED_OUT, State.DISCARDED)


class Statuses(Protocol):
    """Every status so far, being followed."""

    async def catch_up(self) -> None:
        """Returns once all that was written before the call was handed over. Raises: NotUsable."""

    async def stop(self) -> None:
        """Stop following."""


class CopiedEvents:
    """Looks up events that came late in `intents.status`, read whole for the first one and then followed."""

    def __init__(self, reader: EventReader, follow: Callable[[Callable[[Record], None]], Awaitable[Statuses]]) -> None:
        self._reader = reader
        self._follow = follow
        self._over = AnswerHashes()
        self._statuses: Statuses | None = None
        self._catch_up = SharedCatchUp(self._read)

    async def require_open(self, stage: str, record: Record, intent: Intent) -> None:
        """Raises: AlreadySettled `answered` for a copy of what the stage has answered, or any stage refused, before;
        Rejected `unverified` for one that is older than what is kept of answers; Retryable."""
        made_ms = _made_ms(record)
        if abs(record.timestamp_ms - made_ms) <= PROMPT_MS:
            return
        if STATUS.retention_ms is not None and time.time() * 1_000 - made_ms > STATUS.retention_ms:
            raise Rejected(
                "unverified",
                f"{record.place} was made so long before it was put there that nobody can tell whether it was answered "
                "since. Is it still wanted? Submit the request again.",
            )
        await self._catch_up()
        if answer_of(stage, intent) in self._over or _refusal(intent.id, intent.generation) in self._over:
            raise AlreadySettled("answered", f"{record.place} is a copy: intent {intent.id} was answered before")

    async def _read(self) -> None:
        try:
            if self._statuses is None:
                self._statuses = await self._follow(self._take)
            await self._statuses.catch_up()
        except NotUsable as error:
            await self.close()
            raise not_readable(error) from error

    def _take(self, record: Record) -> None:
        if (found := read_status(self._reader, record)) is None:
            return
        status, intent = found
        if status.state not in NO_ENDS:
            self._over.add(answer_of(status.stage, intent))
        if status.state in REFUSALS:
            for generation in range(intent.generation + 1):
                self._over.add(_refusal(intent.id, generation))

    async def close(self) -> None:
        """Stop reading."""
        statuses, self._statuses = self._statuses, None
        if statuses is not None:
            await statuses.stop()


class OpenOnly:
    """Wraps a reader of stages' records: a late copy of what is over is settled."""

    def __init__(self, reader: RecordReader, copied_events: CopiedEvents, stage: str) -> None:
        self._reader = reader
        self._copied_events = copied_events
        self._stage = stage
        self.anonymous = reader.anonymous
        self.read = reader.read

    async def identify(self, record: Record) -> Intent:
        """Raises: what `require_open` and the other raise."""
        intent = await self._reader.identify(record)
        await self._copied_events.require_open(self._stage, record, intent)
        return intent


def _made_ms(record: Record) -> int:
    """When its stage made it, by what is signed; 0 where it does not say."""
    try:
        return round(datetime.fromisoformat(named_header(record, "ce_time")).timestamp() * 1_000)
    except (ValueError, OverflowError):
        return 0


def _refusal(intent_id: str, generation: int) -> str:
    return f"refused/{intent_id}/{generation}"
