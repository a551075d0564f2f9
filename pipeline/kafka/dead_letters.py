"""Dead letters: the record as it arrived, byte for byte, with why it could not be processed in headers of our own."""

import traceback
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.kafka.records import Headers, Outgoing, Record, text_headers
from schemas.envelope import Intent
from schemas.topics import DEAD_LETTER_SUFFIX

PREFIX = "nephoran-dlq-"
REPLAY_COUNT = "nephoran-replay-count"
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


def dead_letter(record: Record, cause: Cause, intent: Intent | None) -> Outgoing:
    """The record for `<topic>.dlq`: key, value and headers as they arrived, ours behind them.

    Of a record too large to publish again the value is left out, and a header says so.
    """
    is_kept = record.size_bytes <= MOST_KEPT_BYTES
    error = cause.error
    ours = text_headers(
        (PREFIX + name, value)
        for name, value in (
            ("topic", record.topic),
            ("partition", str(record.partition)),
            ("offset", str(record.offset)),
            ("timestamp-ms", str(record.timestamp_ms)),
            ("stage", cause.stage),
            ("group", cause.group),
            ("reason", cause.reason),
            ("message", cause.message[:MAX_MESSAGE_CHARACTERS]),
            ("attempts", str(cause.attempts)),
            ("first-failed-at", cause.first_failed_at.isoformat(timespec="milliseconds")),
            ("at", datetime.now(UTC).isoformat(timespec="milliseconds")),
            ("exception", type(error).__qualname__ if error else None),
            ("stacktrace", _stacktrace(error) if error else None),
            ("intent-id", intent.id if intent else None),
            ("order", str(intent.order) if intent else None),
            ("generation", str(intent.generation) if intent else None),
            ("producer-id", intent.producer_id if intent else None),
            (LEFT_OUT.removeprefix(PREFIX), None if is_kept else str(len(record.value or b""))),
        )
    )
    arrived: Headers = tuple(header for header in record.headers if not header[0].startswith(PREFIX))
    value = record.value if is_kept else None
    return Outgoing(record.topic + DEAD_LETTER_SUFFIX, record.key, value, (*arrived, *ours))


def _stacktrace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-MAX_STACKTRACE_CHARACTERS:]
