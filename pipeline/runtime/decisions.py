"""Which decision on a proposal was the first, as `intents.decisions` has it.

The log itself decides: a worker that restarts, rereads or was given other partitions finds the same first decision, and
a copy of an older decision is a later one. Proposals expire long before the log forgets (30 days).
"""

from typing import NamedTuple

from agents.domain.verdicts import Rejected
from pipeline.kafka.records import Record, named_header
from pipeline.kafka.signed_events import EventReader
from schemas.bodies import Decision
from schemas.envelope import Intent, Order
from schemas.topics import DECISIONS


class First(NamedTuple):
    """The decision that counts: where it was appended, and its own id, which a replay of it keeps. Within a partition
    the offset tells which is the first, for a broker's clock may go back."""

    order: Order
    event_id: str


class Decisions:
    """The first decisions, by the proposal that each was made on: intent, generation, and the proposal's order."""

    def __init__(self, reader: EventReader) -> None:
        self._reader = reader
        self._first: dict[tuple[str, int, Order], First] = {}

    def take(self, record: Record) -> None:
        """Fold one record of the topic in. Unsigned records decide nothing."""
        if not self._reader.is_a(record, Decision):
            return
        try:
            intent = self._reader.lineage(DECISIONS.name, record)
        except Rejected:
            return
        found = First(Order(record.timestamp_ms, record.partition, record.offset), named_header(record, "ce_id"))
        first = self._first.setdefault(_proposal_of(intent), found)
        if found.order.partition != first.order.partition and found < first:  # partitions were added in between
            self._first[_proposal_of(intent)] = found

    def first(self, intent: Intent) -> First | None:
        """The decision on the proposal that this intent, as it was proposed, stands for; None where none was made."""
        return self._first.get(_proposal_of(intent))

    def is_decided(self, intent: Intent) -> bool:
        """Whether somebody has decided on this proposal."""
        return _proposal_of(intent) in self._first


def _proposal_of(intent: Intent) -> tuple[str, int, Order]:
    return intent.id, intent.generation, intent.order
