"""Where all intents stand, in little memory: a few hundred bytes per intent, whatever its history."""

from heapq import nlargest
from typing import NamedTuple

from pipeline.kafka.records import Record
from pipeline.kafka.signed_events import EventReader
from pipeline.operations.read_topics import read_all
from pipeline.operations.statuses import status_of
from pipeline.settings import Settings
from schemas.status import BOOKS, IntentStatus, State, fold
from schemas.topics import STATUS


class _Kept(NamedTuple):
    """What is asked of every intent, beside its status as JSON."""

    at_seconds: float
    state: State
    book: str
    is_dry_run: bool
    value: bytes

    @property
    def status(self) -> IntentStatus:
        return IntentStatus.model_validate_json(self.value)


class StatusOverview:
    """The newest status of every intent. `unverified` counts what was skipped because its signature is not valid."""

    def __init__(self, reader: EventReader) -> None:
        self._reader = reader
        self._newest: dict[str, _Kept] = {}
        self.unverified = 0

    def take(self, record: Record) -> IntentStatus | None:
        """Fold one record in. Returns its status if it is now the newest."""
        status = status_of(record)
        if status is None:
            return None
        if not self._reader.is_signed(STATUS.name, record):
            self.unverified += 1
            return None
        kept = self._newest.get(status.intent_id)
        before = kept.status if kept else None
        after = fold(before, status)
        if after is before:
            return None
        value = (record.value or b"") if after is status else after.model_dump_json(exclude_none=True).encode()
        self._newest[status.intent_id] = _Kept(
            after.at.timestamp(), after.state, after.book, bool(after.dry_run), value
        )
        return after

    def hand(self, record: Record) -> None:
        """The same, for callers that need no result."""
        self.take(record)

    def recent(self, limit: int, state: State | None = None) -> list[IntentStatus]:
        """The intents that changed last, the newest first."""
        found = (kept for kept in self._newest.values() if state in (None, kept.state))
        return [kept.status for kept in nlargest(limit, found, key=lambda kept: kept.at_seconds)]

    def count(self, state: State) -> int:
        """How many intents are in this state."""
        return sum(kept.state is state for kept in self._newest.values())

    def books(self) -> dict[str, int]:
        """The books over all intents but dry runs."""
        books = dict.fromkeys(BOOKS, 0)
        for kept in self._newest.values():
            books[kept.book] += not kept.is_dry_run
        return {"received": sum(books.values()), **books}

    def dry_runs(self) -> int:
        """How many intents are planned and not carried out, those of the canary among them."""
        return sum(kept.is_dry_run for kept in self._newest.values())


async def overview_of(settings: Settings, since_ms: int | None = None) -> StatusOverview:
    """The overview as it is now. `since_ms` leaves out older statuses. Raises: NotUsable."""
    overview = StatusOverview(EventReader.of(settings.signing))
    await read_all(settings.kafka, {STATUS: overview.hand}, since_ms)
    return overview
