"""Watches under way: the newest record of each intent on `intents.observing`."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from agents.domain.verdicts import Rejected
from pipeline.kafka.records import Record
from pipeline.kafka.signed_events import EventReader
from schemas.topics import OBSERVING

log = structlog.get_logger()
Place = tuple[int, int]


class Watched:
    """By intent id the partition and offset of the record that holds; a tombstone ends one."""

    def __init__(self, reader: EventReader) -> None:
        self._reader = reader
        self._newest: dict[str, Place] = {}

    def take(self, record: Record) -> None:
        """Fold one record of the topic in. One that no stage wrote is skipped, and logged."""
        try:
            intent = self._reader.lineage(OBSERVING.name, record)
        except Rejected as error:
            log.error("watch skipped", record=record.place, why=error.message)
            return
        if record.key != intent.id.encode():
            log.error("watch skipped", record=record.place, why="its key is not its intent's")
        elif record.value is None:
            self._newest.pop(intent.id, None)
        else:
            self._newest[intent.id] = (record.partition, record.offset)

    def holds(self, intent_id: str, record: Record) -> bool:
        """Whether this very record is what is known of its intent."""
        return self._newest.get(intent_id) == (record.partition, record.offset)

    def __len__(self) -> int:
        """How many intents are being watched, by all workers together."""
        return len(self._newest)


class SharedCatchUp:
    """Many callers, few requests: callers that arrive while one is under way share the next one."""

    def __init__(self, catch_up: Callable[[], Awaitable[None]]) -> None:
        self._catch_up = catch_up
        self._lock = asyncio.Lock()
        self._began = float("-inf")

    async def __call__(self) -> None:
        """Returns once everything written before the call was read."""
        asked = time.monotonic()
        async with self._lock:
            if self._began > asked:
                return
            self._began = time.monotonic()
            await self._catch_up()
