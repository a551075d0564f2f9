"""What stages have answered before, looked up where a partition starts without a committed position.

A group that has lost its offsets, or was reset by hand, reads everything again. A status is published only once the
result is in its topic, so a record that was answered needs nothing more. Judged again, on a network that has changed
since, a declined intent might be carried out, and each answer would be counted twice.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from pydantic import ValidationError

from agents.domain.verdicts import Rejected, Retryable
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.records import Record, TopicPartition
from pipeline.kafka.signed_events import EventReader
from pipeline.kafka.stage import AlreadySettled, RecordReader
from pipeline.runtime.answer_hashes import AnswerHashes
from schemas.envelope import Intent
from schemas.status import IntentStatus, State
from schemas.topics import STATUS

NO_ANSWERS = (State.RECEIVED, State.DEPLOYING, State.ROLLED_BACK)
CLOCKS_APART_MS = 60_000
"""The clocks of brokers and workers may differ by this much."""

ReadStatuses = Callable[[Callable[[Record], None]], Coroutine[Any, Any, None]]
"""Hands over every status written before the call. Raises: NotUsable."""


class PastAnswers:
    """The answers of all stages, read once, when first needed: for a million, 40 s of work (half of the time is left to
    others) and 10 MB.

    Only records older than this worker are looked up: the position behind newer ones is known.
    """

    def __init__(self, reader: EventReader, read_statuses: ReadStatuses) -> None:
        self._reader = reader
        self._read_statuses = read_statuses
        self._until_ms = round(time.time() * 1_000) + CLOCKS_APART_MS
        self._doubtful: set[TopicPartition] = set()
        self._answers = AnswerHashes()
        self._reading: asyncio.Task[None] | None = None

    def begins_without_past(self, partition: TopicPartition) -> None:
        """Nobody knows how far this partition was read: its records may have been answered."""
        self._doubtful.add(partition)

    async def holds(self, stage: str, record: Record, intent: Intent) -> bool:
        """Whether the stage has answered this record before. Raises: Retryable where that cannot be read now."""
        if record.timestamp_ms > self._until_ms or (record.topic, record.partition) not in self._doubtful:
            return False
        await self._until_read()
        return answer_of(stage, intent) in self._answers

    async def _until_read(self) -> None:
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_statuses(self._take))
        reading = self._reading
        try:
            await asyncio.shield(reading)
        except NotUsable as error:
            if self._reading is reading:
                self._reading = None
            raise not_readable(error) from error

    def _take(self, record: Record) -> None:
        found = read_status(self._reader, record)
        if found and found[0].state not in NO_ANSWERS:
            status, intent = found
            self._answers.add(answer_of(status.stage, intent))

    async def close(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)


class UnansweredOnly:
    """Wraps a reader: records that the stage has answered before are settled."""

    def __init__(self, reader: RecordReader, told: PastAnswers, stage: str) -> None:
        self._reader = reader
        self._past_answers = told
        self._stage = stage
        self.anonymous = reader.anonymous
        self.read = reader.read

    async def identify(self, record: Record) -> Intent:
        """Raises: AlreadySettled `answered`; what the other raises."""
        intent = await self._reader.identify(record)
        if await self._past_answers.holds(self._stage, record, intent):
            raise AlreadySettled("answered", f"{self._stage} has answered intent {intent.id} before")
        return intent


def read_status(reader: EventReader, record: Record) -> tuple[IntentStatus, Intent] | None:
    """A status and the intent it is of; None for what no stage or operator wrote."""
    try:
        return IntentStatus.model_validate_json(record.value or b""), reader.lineage(STATUS.name, record)
    except (ValidationError, Rejected):
        return None


def not_readable(error: NotUsable) -> Retryable:
    """What to raise where statuses are needed and cannot be read."""
    why = f"what was answered before cannot be read: {error.message}"
    return Retryable(why, dependency="kafka", delay_seconds=1, was_tried=False)


def answer_of(stage: str, intent: Intent) -> str:
    """What is noted of an answer: the same for each redelivery of what it answers."""
    return f"{stage}/{intent.id}/{intent.generation}/{intent.order}"
