"""The records that a compacted topic keeps: the genuine one of each key, and those that merely claim to be.

Compaction keeps the last record of a key, whoever wrote it. So an unsigned record that overwrites a genuine one is
remembered with it: a worker restores the genuine one, and does not start on a claim that it cannot verify.
"""

import re
from collections.abc import Callable

from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.records import Record
from pipeline.kafka.signatures import SIGNATURE
from pipeline.kafka.signed_events import EventReader
from schemas.topics import Topic

_SIGNATURE_FORM = re.compile(rb"[0-9a-f]{64}")
MOST_NAMED = 3


OnForeign = Callable[[Record, Record | None], None]
"""Called with each record that does not count, and the genuine one of its key."""


def nobody(foreign: Record, genuine: Record | None) -> None:
    """For callers that do not ask."""


class Claims:
    """Genuine records and open claims by key."""

    def __init__(self, reader: EventReader, topic: Topic, on_foreign: OnForeign = nobody) -> None:
        self._reader = reader
        self._topic = topic
        self._on_foreign = on_foreign
        self.genuine: dict[bytes | None, Record] = {}
        self.open: dict[bytes | None, Record] = {}

    def take(self, record: Record, *, is_news: bool) -> None:
        """`is_news`: it is the genuine record of its key from now on, or its end."""
        if is_news:
            self.open.pop(record.key, None)
            if record.value is None:
                self.genuine.pop(record.key, None)
            else:
                self.genuine[record.key] = record
            return
        genuine = self.genuine.get(record.key)
        if genuine is not None and genuine.headers == record.headers and genuine.value == record.value:
            self.open.pop(record.key, None)  # put back
            return
        is_signed = self._reader.is_signed(self._topic.name, record)
        if is_signed and record.value is None:
            self.open.pop(record.key, None)  # an operator has looked at it
            return
        if _has_a_signatures_form(record) and not is_signed and self._reader.is_in_due_form(record):
            self.open[record.key] = record
        self._on_foreign(record, genuine)

    def signed_with_older_keys(self) -> list[Record]:
        """What the topic keeps and would be lost with the key it was signed with."""
        return [
            record
            for record in self.genuine.values()
            if not self._reader.is_signed_with_newest(self._topic.name, record)
        ]

    def require_judged(self) -> None:
        """Raises: NotUsable where records claim, in due form, to be signed, and no key here fits them."""
        if not self.open:
            return
        places = ", ".join(record.place for record in list(self.open.values())[:MOST_NAMED])
        raise NotUsable(
            f"{len(self.open)} record(s) of {self._topic.name} are signed with a key not known here ({places}), "
            "and they would be lost. Add that key to NEPHORAN_SIGNING__KEYS, behind the others; if none "
            "of your machines wrote them, `nephoran signing forget` discards them"
        )


def _has_a_signatures_form(record: Record) -> bool:
    """Noise has none, is skipped, and stops nobody."""
    return _SIGNATURE_FORM.fullmatch(record.header(SIGNATURE) or b"") is not None
