"""The identities that producers gave their intents, so that a second use of one is noticed before any work is done.

This is the early answer. What settles it is the deployment target's ledger, which knows every intent carried out.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from pydantic import ValidationError

from pipeline.kafka.records import Record
from pipeline.kafka.signed_events import EventReader
from schemas.envelope import Intent
from schemas.status import IntentStatus
from schemas.topics import STATUS

CAPACITY = 500_000
"""Identities kept, about 200 bytes each; the oldest go first."""


class FirstUse(NamedTuple):
    """Where an identity was used first, and the digest of the bytes it came with."""

    order: str
    digest: str


class ReceivedIds:
    """Identities by intent id, folded from `intents.status`. What nobody with the key wrote is passed over."""

    def __init__(
        self, reader: EventReader, on_unverified: Callable[[], object] = lambda: None, capacity: int = CAPACITY
    ) -> None:
        self._reader = reader
        self._on_unverified = on_unverified
        self._capacity = capacity
        self._first: OrderedDict[str, FirstUse] = OrderedDict()

    def take(self, record: Record) -> None:
        """Fold one status in; intents that the broker named cannot be used twice and are passed over."""
        value = record.value or b""
        if b'"producer_id"' not in value or b'"parse"' not in value:  # most statuses, and far cheaper than to read them
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

    def first(self, intent: Intent) -> FirstUse | None:
        """The first use of the intent's identity, None where this is it: noted from now on."""
        if intent.producer_id is None:
            return None
        first = self._first.get(intent.id)
        if first is None:
            self._note(intent.id, FirstUse(str(intent.order), intent.digest))
        return first

    def _note(self, intent_id: str, use: FirstUse) -> None:
        self._first.setdefault(intent_id, use)
        if len(self._first) > self._capacity:
            self._first.popitem(last=False)
