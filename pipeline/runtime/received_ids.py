"""The identities that producers gave their intents, so that a second use of one is noticed before any work is done.

This is only the early check: the deployment target's ledger, which knows every intent carried out, is final. So it
looks back no longer than `intents.received` keeps records, and keeps no more than `capacity` identities.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from pydantic import ValidationError

from pipeline.kafka.records import Record
from pipeline.kafka.signed_events import EventReader
from schemas.envelope import Intent
from schemas.status import IntentStatus
from schemas.topics import RECEIVED, STATUS

CAPACITY = 300_000
"""Identities kept, about 300 bytes each; the oldest go first."""
DROPPED_AT_ONCE = 20
"""A twentieth of them: finding the first entries of a dict one by one is expensive."""


class FirstUse(NamedTuple):
    """Where an identity was used first, and the digest of the bytes it came with."""

    order: str
    digest: str


def look_back_ms() -> int:
    """The Unix time, in milliseconds, before which no request that may come again was received."""
    return round(time.time() * 1_000) - (RECEIVED.retention_ms or 0)


class ReceivedIds:
    """Identities by intent id, folded from `intents.status`. Statuses without a valid signature are skipped."""

    def __init__(
        self, reader: EventReader, on_unverified: Callable[[], object] = lambda: None, capacity: int = CAPACITY
    ) -> None:
        self._reader = reader
        self._on_unverified = on_unverified
        self._capacity = capacity
        self._first: dict[bytes, tuple[str, bytes]] = {}
        self._read: asyncio.Future[None] | None = None

    def take(self, record: Record) -> None:
        """Fold one status in; ids that come from the broker cannot be used twice and are skipped."""
        value = record.value or b""
        if b'"producer_id"' not in value or b'"parse"' not in value:  # most statuses, and far cheaper than to read them
            return
        try:
            key = UUID((record.key or b"").decode("ascii")).bytes
        except ValueError:
            return
        if key in self._first:
            return
        try:
            status = IntentStatus.model_validate_json(value)
        except ValidationError:
            return
        if status.digest is None or status.stage != "parse":
            return
        if self._reader.is_signed(STATUS.name, record):
            self._note(status.intent_id, FirstUse(status.order, status.digest))
        else:
            self._on_unverified()

    def read_with(self, reading: Awaitable[None]) -> None:
        """The history is read while others work; `until_read` waits for it."""
        self._read = asyncio.ensure_future(reading)

    async def until_read(self, intent: Intent) -> None:
        """Returns once it is known whether this intent's identity was used before."""
        if intent.producer_id is not None and self._read is not None and not self._read.done():
            await asyncio.shield(self._read)

    def first(self, intent: Intent) -> FirstUse | None:
        """The first use of the intent's identity, None where this is it: noted from now on."""
        if intent.producer_id is None:
            return None
        first = self._first.get(UUID(intent.id).bytes)
        if first is None:
            self._note(intent.id, FirstUse(str(intent.order), intent.digest))
            return None
        order, digest = first
        return FirstUse(order, digest.hex())

    def _note(self, intent_id: str, use: FirstUse) -> None:
        self._first.setdefault(UUID(intent_id).bytes, (use.order, bytes.fromhex(use.digest)))
        if len(self._first) > self._capacity:
            oldest = list(islice(self._first, max(1, self._capacity // DROPPED_AT_ONCE)))
            for key in oldest:
                del self._first[key]
