"""Intents followed to their end."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from pipeline.kafka.records import Record
from pipeline.kafka.signed_events import EventReader
from pipeline.kafka.topic_views import FROM_NOW_ON
from pipeline.operations.read_topics import following
from pipeline.operations.statuses import StatusBoard
from pipeline.settings import Settings
from schemas.status import IntentStatus, State
from schemas.topics import STATUS

SUCCESSES = {State.DEPLOYED, State.PROPOSED}
"""Where waiting succeeds: carried out, or with the people who approve."""


class Waiting:
    """The states of some intents as they come."""

    def __init__(self, reader: EventReader, intent_ids: Collection[str]) -> None:
        self._intent_ids = frozenset(intent_ids)
        self._board = StatusBoard(reader, lambda status: status.intent_id in self._intent_ids)
        self._changes: asyncio.Queue[IntentStatus] = asyncio.Queue()

    def take(self, record: Record) -> None:
        """Fold one status in."""
        if (record.key or b"").decode(errors="replace") in self._intent_ids and (change := self._board.take(record)):
            self._changes.put_nowait(change)

    async def changes(self, timeout_seconds: float, ends: Collection[State] = ()) -> AsyncIterator[IntentStatus]:
        """Each change of state, until every intent is at its end, or in one of `ends`.

        Raises: TimeoutError where that takes longer.
        """
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while not self._are_all_at(ends):
            yield await asyncio.wait_for(self._changes.get(), deadline - asyncio.get_running_loop().time())
        while not self._changes.empty():
            yield self._changes.get_nowait()

    def _are_all_at(self, ends: Collection[State]) -> bool:
        newest = self._board.newest
        return len(newest) == len(self._intent_ids) and all(
            status.is_final or status.state in ends for status in newest.values()
        )

    def unfinished(self) -> list[str]:
        """The intents that are not at their end, each with where it stands."""
        newest = self._board.newest
        standing = {intent_id: newest.get(intent_id) for intent_id in sorted(self._intent_ids)}
        return [
            f"{intent_id} ({status.state if status else 'no status'})"
            for intent_id, status in standing.items()
            if status is None or not status.is_final
        ]


@asynccontextmanager
async def waiting_for(
    settings: Settings, intent_ids: Collection[str], *, since_ms: int | None = FROM_NOW_ON
) -> AsyncIterator[Waiting]:
    """Entered before what is waited for is set off, so that nothing is missed. Raises: NotUsable."""
    waiting = Waiting(EventReader.of(settings.signing), intent_ids)
    async with following(settings.kafka, {STATUS: waiting.take}, since_ms):
        yield waiting
