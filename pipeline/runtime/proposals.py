"""The proposals that wait for a decision: what `intents.proposed` holds."""

from dataclasses import dataclass

import structlog

from agents.domain.verdicts import Rejected
from pipeline.kafka.records import Headers, Record
from pipeline.kafka.signed_events import EventReader, UnknownVersion
from pipeline.telemetry.tracing import trace_of
from schemas.bodies import IntentPlanned
from schemas.envelope import Intent
from schemas.topics import PROPOSED

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan that waits, and whose it is. `trace` are the headers that what is decided on it carries on."""

    intent: Intent
    planned: IntentPlanned
    proposed_ms: int
    trace: Headers = ()


class Proposals:
    """The proposals by intent id; a tombstone ends one."""

    def __init__(self, reader: EventReader) -> None:
        self._reader = reader
        self._waiting: dict[str, Proposal] = {}

    def take(self, record: Record) -> None:
        """Fold one record of the topic in. One that no stage wrote is passed over, and said."""
        intent_id = (record.key or b"").decode(errors="replace")
        if record.value is None:
            self._waiting.pop(intent_id, None)
            return
        try:
            intent = self._reader.lineage(PROPOSED.name, record)
            planned = self._reader.body(record, IntentPlanned)
        except (Rejected, UnknownVersion) as error:
            log.error("proposal passed over", record=record.place, why=str(error))
            return
        self._waiting[intent.id] = Proposal(intent, planned, record.timestamp_ms, trace_of(record))

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def get(self, intent_id: str) -> Proposal | None:
        """The proposal of this intent, None where it waits for no decision."""
        return self._waiting.get(intent_id)

    def all(self) -> list[Proposal]:
        """Every proposal, the oldest first."""
        return sorted(self._waiting.values(), key=lambda proposal: proposal.proposed_ms)
