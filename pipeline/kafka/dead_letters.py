"""Dead letters: the record as it arrived, byte for byte, with why it could not be processed in headers of our own."""

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

from pipeline.kafka.records import UNREAD, Headers, Outgoing, Record, readable_name, text_headers
from pipeline.kafka.signed_events import HISTORY_PREFIX, OUR_PREFIX, EventWriter, lineage_headers
from schemas.envelope import Intent
from schemas.topics import DEAD_LETTER_SUFFIX

PREFIX = HISTORY_PREFIX
REPLAY_COUNT = "nephoran-replay-count"
REPLAY_UNCHANGED = "nephoran-replay-unchanged"
"""On a replayed record whose bytes are those that were dead-lettered: where it comes back, the replay was in vain."""
MAX_MESSAGE_CHARACTERS = 2_000
MAX_STACKTRACE_CHARACTERS = 8_000
"""Together well under the 64 KiB that a dead-letter topic takes beyond its source."""


MOST_KEPT_BYTES = 120 << 20
"""Of key and value. A compressed batch of 1 MiB may unpack to gigabytes; the record itself stays where it arrived."""
LEFT_OUT = PREFIX + "left-out-bytes"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a record could not be processed."""

    stage: str
    group: str
    reason: str
    message: str
    attempts: int
    first_failed_at: datetime
    error: BaseException | None = None


class Kept(IntEnum):
    """How much of its record a dead letter holds. What a broker refuses is tried with the next smaller."""

    ALL = 3
    ALL_BUT_THE_VALUE = 2
    NOTHING = 1


def dead_letter(
    record: Record, cause: Cause, intent: Intent | None, writer: EventWriter, kept: Kept = Kept.ALL
) -> Outgoing:
    """The record for `<topic>.dlq`: key, value and headers as they arrived, ours behind them, sealed.

    Of a record too large to publish again the value is left out, and a header says so.
    """
    keeps_value = kept is Kept.ALL and record.size_bytes <= MOST_KEPT_BYTES and record.header(UNREAD) is None
    arrived: Headers = ()
    if kept is not Kept.NOTHING:
        arrived = tuple(
            (readable_name(name), value)
            for name, value in record.headers
            if not name.startswith(PREFIX) and name != UNREAD
        )
    ours = text_headers((PREFIX + name, value) for name, value in _history(record, cause, intent))
    if not keeps_value:
        ours += ((LEFT_OUT, (record.header(UNREAD) or str(len(record.value or b"")).encode())),)
    key = None if kept is Kept.NOTHING else record.key
    value = record.value if keeps_value else None
    return writer.sealed(Outgoing(record.topic + DEAD_LETTER_SUFFIX, key, value, (*arrived, *ours)))


def _history(record: Record, cause: Cause, intent: Intent | None) -> Iterator[tuple[str, str | None]]:
    error = cause.error
    yield "topic", record.topic
    yield "partition", str(record.partition)
    yield "offset", str(record.offset)
    yield "timestamp-ms", str(record.timestamp_ms)
    yield "stage", cause.stage
    yield "group", cause.group
    yield "reason", cause.reason
    yield "message", cause.message[:MAX_MESSAGE_CHARACTERS]
    yield "attempts", str(cause.attempts)
    yield "first-failed-at", cause.first_failed_at.isoformat(timespec="milliseconds")
    yield "at", datetime.now(UTC).isoformat(timespec="milliseconds")
    yield "exception", type(error).__qualname__ if error else None
    yield "stacktrace", _stacktrace(error) if error else None
    if intent is not None:
        yield from ((name.removeprefix(OUR_PREFIX), value) for name, value in lineage_headers(intent).items())


def _stacktrace(error: BaseException) -> str:
    text = "".join(traceback.format_exception(error))[-MAX_STACKTRACE_CHARACTERS:]
    return text.encode(errors="backslashreplace").decode()
