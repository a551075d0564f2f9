"""How many dead letters there are, of what, and whether there are more than an hour before."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline.kafka.bulk import BulkReader
from pipeline.kafka.dead_letters import PREFIX, REPLAY_COUNT, REPLAY_UNCHANGED
from pipeline.kafka.records import Record
from pipeline.operations.dead_letter_backlog import Backlog, Places
from schemas.reasons import DEAD_LETTER_REASONS
from schemas.topics import DEAD_LETTER_SUFFIX

HOUR_MS = 3_600_000
UNKNOWN = "unknown"


@dataclass(slots=True)
class Row:
    """The letters of one reason, stage and topic. `came_back` are those that had been replayed before, `same_bytes`
    those of them that nothing had been changed of."""

    reason: str
    stage: str
    topic: str
    newest_place: str
    newest_ms: int = 0
    count: int = 0
    last_hour: int = 0
    hour_before: int = 0
    came_back: int = 0
    same_bytes: int = 0

    @property
    def newest_at(self) -> datetime:
        """When the newest became a dead letter."""
        return datetime.fromtimestamp(self.newest_ms / 1_000, UTC)


class Stats:
    """Counts letters, a record at a time. Nothing of them is kept but the newest place of each kind."""

    def __init__(self, backlog: Backlog, now: datetime | None = None) -> None:
        self._backlog = backlog
        self._now_ms = int((now or datetime.now(UTC)).timestamp() * 1_000)
        self._rows: dict[tuple[str, str, str], Row] = {}
        self._seen = Places()
        self.is_complete = False

    @property
    def total(self) -> int:
        """All letters that were counted."""
        return sum(row.count for row in self._rows.values())

    def rows(self) -> list[Row]:
        """Most letters first."""
        return sorted(self._rows.values(), key=lambda row: (-row.count, row.reason, row.stage, row.topic))

    def fields(self) -> dict[str, Any]:
        """For machines."""
        reasons: dict[str, int] = {}
        for row in self.rows():
            reasons[row.reason] = reasons.get(row.reason, 0) + row.count
        groups = [asdict(row) | {"newest_at": row.newest_at.isoformat()} for row in self.rows()]
        return {"total": self.total, "reasons": reasons, "groups": groups}

    def read(self, on_batch: Callable[[], None] = lambda: None) -> None:
        """Count what there is now; after each batch the rows tell what was counted so far. Raises: NotUsable."""
        if not self._backlog.handled_too:
            self._backlog.read_actions()
        with BulkReader(self._backlog.settings.kafka) as reader:
            for batch in reader.read(self._backlog.spans(reader)):
                for record in batch:
                    self.take(record)
                on_batch()
        self.is_complete = True

    def take(self, record: Record) -> None:
        """Count one record of a `.dlq` topic, where the filter means it."""
        headers: Mapping[str, bytes | None] = dict(record.headers)
        topic = record.topic.removesuffix(DEAD_LETTER_SUFFIX)
        place = f"{topic}/{_text(headers, 'partition')}/{_text(headers, 'offset')}"
        reason, stage = _text(headers, "reason"), _text(headers, "stage")
        if reason not in DEAD_LETTER_REASONS:  # nobody of ours writes others: a list is no place for anybody's words
            reason = UNKNOWN
        wanted = self._backlog.wanted
        if wanted.stage not in (None, stage) or wanted.reason not in (None, reason):
            return
        if (wanted.since and record.timestamp_ms < wanted.since.timestamp() * 1_000) or not self._is_new(place):
            return
        row = self._rows.setdefault((reason, stage, topic), Row(reason, stage, topic, place))
        row.count += 1
        age_ms = self._now_ms - record.timestamp_ms
        row.last_hour += age_ms <= HOUR_MS
        row.hour_before += HOUR_MS < age_ms <= 2 * HOUR_MS
        row.came_back += (headers.get(REPLAY_COUNT) or b"0") != b"0"
        row.same_bytes += REPLAY_UNCHANGED in headers
        if record.timestamp_ms >= row.newest_ms:
            row.newest_ms, row.newest_place = record.timestamp_ms, place

    def _is_new(self, place: str) -> bool:
        return self._seen.add(place) and (self._backlog.handled_too or place not in self._backlog.handled)


def _text(headers: Mapping[str, bytes | None], name: str) -> str:
    return (headers.get(PREFIX + name) or b"").decode(errors="replace") or UNKNOWN
