"""The proposals that wait for a decision: what `intents.proposed` holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from agents.domain.verdicts import Rejected
from pipeline.kafka.claims import Claims, OnForeign, nobody
from pipeline.kafka.records import Headers, Record, named_header
from pipeline.kafka.signed_events import EventReader, UnknownVersion
from pipeline.telemetry.tracing import trace_of
from schemas.bodies import IntentPlanned
from schemas.envelope import Intent, Order
from schemas.topics import PROPOSED

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A waiting plan, and its intent. `trace` are the headers that the decision's results continue."""

    intent: Intent
    planned: IntentPlanned
    proposed_ms: int
    trace: Headers = ()


class Proposals:
    """The proposals by intent id. A tombstone ends the one it names, a newer one (by generation and order) replaces it.

    What `is_decided` no longer waits, whatever the topic says: a plan stage that restarts proposes it again.
    """

    def __init__(
        self,
        reader: EventReader,
        is_decided: Callable[[Intent], bool] = lambda intent: False,
        on_foreign: OnForeign = nobody,
    ) -> None:
        self._reader = reader
        self._is_decided = is_decided
        self.claims = Claims(reader, PROPOSED, on_foreign)
        self._waiting: dict[str, Proposal] = {}

    def take(self, record: Record) -> None:
        """Fold one record of the topic in. One that no stage wrote, or an older one, is skipped."""
        try:
            is_news = self._fold(record)
        except (Rejected, UnknownVersion) as error:
            log.error("proposal skipped", record=record.place, why=str(error))
            is_news = False
        self.claims.take(record, is_news=is_news)

    def _fold(self, record: Record) -> bool:
        intent = self._reader.lineage(PROPOSED.name, record)
        if record.key != intent.id.encode():
            return False
        waiting = self._waiting.get(intent.id)
        if record.value is None:
            return self._end(intent, waiting)
        planned = self._reader.body(record, IntentPlanned)
        if waiting is not None and _age(intent) <= _age(waiting.intent):
            return _age(intent) == _age(waiting.intent) and planned.plan.digest == waiting.planned.plan.digest
        self._waiting[intent.id] = Proposal(intent, planned, proposed_at_ms(record), trace_of(record))
        return True

    def _end(self, intent: Intent, waiting: Proposal | None) -> bool:
        """A tombstone ends what it was written for, and nothing that came later."""
        if waiting is not None and _age(waiting.intent) > _age(intent):
            return False
        self._waiting.pop(intent.id, None)
        return True

    def __len__(self) -> int:
        """How many wait."""
        return len(self.all())

    def get(self, intent_id: str) -> Proposal | None:
        """The newest proposal of this intent, decided or not."""
        return self._waiting.get(intent_id)

    def all(self) -> list[Proposal]:
        """Every proposal that waits, the oldest first."""
        waiting = [proposal for proposal in self._waiting.values() if not self._is_decided(proposal.intent)]
        return sorted(waiting, key=lambda proposal: proposal.proposed_ms)


def _age(intent: Intent) -> tuple[int, Order]:
    return intent.generation, intent.order


def proposed_at_ms(record: Record) -> int:
    """When a plan was proposed, by what is signed: a record put back later is as old as it was."""
    try:
        made = round(datetime.fromisoformat(named_header(record, "ce_time")).timestamp() * 1_000)
    except (ValueError, OverflowError):
        return record.timestamp_ms
    return min(made, record.timestamp_ms)
