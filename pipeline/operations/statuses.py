"""Where intents stand, folded from `intents.status`."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import to_json

from pipeline.kafka.partitioner import partition_of
from pipeline.kafka.records import Record
from pipeline.kafka.signed_events import EventReader
from pipeline.operations.intent_names import is_producers_name
from pipeline.operations.read_topics import read_all, require_reachable, search
from pipeline.settings import Settings
from schemas.status import IntentStatus, State, count_books, fold
from schemas.topics import STATUS

Wanted = Callable[[IntentStatus], bool]


class StatusBoard:
    """The newest status of each intent, and on request its whole history.

    `unverified` counts what was skipped because its signature is not valid.
    """

    def __init__(
        self, reader: EventReader, wanted: Wanted = lambda status: True, *, keeps_history: bool = False
    ) -> None:
        self._reader = reader
        self._wanted = wanted
        self.unverified = 0
        self._keeps_history = keeps_history
        self.newest: dict[str, IntentStatus] = {}
        self.history: dict[str, list[IntentStatus]] = {}

    def take(self, record: Record) -> IntentStatus | None:
        """Fold one record in. Returns its status if it is now the newest."""
        status = status_of(record)
        if status is None or not self._wanted(status):
            return None
        if not self._reader.is_signed(STATUS.name, record):
            self.unverified += 1
            return None
        if self._keeps_history:
            self.history.setdefault(status.intent_id, []).append(status)
        before = self.newest.get(status.intent_id)
        self.newest[status.intent_id] = after = fold(before, status)
        return None if after is before else after

    def hand(self, record: Record) -> None:
        """The same, for callers that need no result."""
        self.take(record)

    def producer_ids(self) -> dict[str, str | None]:
        """What their producers call the intents on the board, by intent id."""
        return {status.intent_id: status.producer_id for status in self.newest.values()}

    def recent(self, limit: int, state: State | None = None) -> list[IntentStatus]:
        """The intents that changed last, the newest first."""
        found = [status for status in self.newest.values() if state in (None, status.state)]
        return sorted(found, key=lambda status: status.at, reverse=True)[:limit]

    def books(self) -> dict[str, int]:
        """The books over all intents on the board."""
        return count_books(self.newest.values())


def status_of(record: Record) -> IntentStatus | None:
    """The status a record holds, None where it holds none that we can read: a newer worker's, or nobody's."""
    try:
        return IntentStatus.model_validate_json(record.value or b"")
    except ValidationError:
        return None


def is_named(name: str) -> Wanted:
    """Whether a status is about the intent that people call `name`: its id, the producer's `source#id`, or that id."""

    def is_about(status: IntentStatus) -> bool:
        return status.intent_id == name or is_producers_name(status.producer_id, name)

    return is_about


async def board_of(
    settings: Settings,
    wanted: Wanted = lambda status: True,
    *,
    keeps_history: bool = False,
    since: datetime | None = None,
) -> StatusBoard:
    """The board as it is now. `since` leaves out older statuses. Raises: NotUsable."""
    board = StatusBoard(EventReader.of(settings.signing), wanted, keeps_history=keeps_history)
    await read_all(settings.kafka, {STATUS: board.hand}, milliseconds(since))
    return board


async def history_of(settings: Settings, name: str) -> StatusBoard:
    """All statuses of the intents that `name` may mean. Raises: NotUsable.

    Statuses are keyed by intent id, which tells the partition; where only the producer's own id is known, or a stranger
    partitioned otherwise, all are searched.
    """
    topics = await require_reachable(settings.kafka, [STATUS])
    board = StatusBoard(EventReader.of(settings.signing), is_named(name), keeps_history=True)
    with suppress(ValueError):
        key = str(UUID(name)).encode()
        partition = partition_of(key, topics[settings.kafka.topic_prefix + STATUS.name])
        await search(settings.kafka, STATUS, board.hand, name.encode(), partition)
    if name not in board.newest:  # an id of that form may be a producer's, and of several sources
        sought = to_json(name)[1:-1]
        await search(settings.kafka, STATUS, board.hand, sought)
    return board


def milliseconds(moment: datetime | None) -> int | None:
    """Unix time as Kafka counts it."""
    return None if moment is None else round(moment.timestamp() * 1000)
