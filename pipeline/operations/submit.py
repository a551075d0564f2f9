"""Requests published to `intents.received`, as any CloudEvents producer would."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.producer import publishing
from pipeline.kafka.records import Headers, Outgoing, text_headers
from pipeline.kafka.signed_events import RECEIVED_TYPE
from pipeline.operations.read_topics import require_reachable
from pipeline.settings import Settings
from pipeline.telemetry.tracing import first_sending
from schemas.bodies import IntentReceived, Priority
from schemas.envelope import intent_id_of_event
from schemas.topics import MAX_RECORD_BYTES, RECEIVED

DEFAULT_SOURCE = "nephoran/submit"
RECORDS_AT_ONCE = 500
"""Published before the first is waited for; bounds memory for long files."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A request on its way, under the identity it gets. `digest` is the SHA-256 of its bytes."""

    value: bytes
    source: str
    event_id: str
    key: str | None = None

    @property
    def intent_id(self) -> str:
        """The id that the pipeline will give it."""
        return intent_id_of_event(self.source, self.event_id)

    @property
    def producer_id(self) -> str:
        """The id that its producer gives it."""
        return f"{self.source}#{self.event_id}"

    @property
    def digest(self) -> str:
        """What distinguishes a repeated request from another one under the same identity."""
        return hashlib.sha256(self.value).hexdigest()

    def record(self, trace: Headers = ()) -> Outgoing:
        """The request in CloudEvents' binary mode."""
        headers = text_headers(
            [
                ("ce_specversion", "1.0"),
                ("ce_id", self.event_id),
                ("ce_source", self.source),
                ("ce_type", RECEIVED_TYPE),
                ("ce_time", datetime.now(UTC).isoformat(timespec="milliseconds")),
            ]
        )
        key = self.key.encode() if self.key is not None else None
        return Outgoing(RECEIVED.name, key, self.value, (*headers, *trace))


@dataclass(frozen=True, slots=True)
class Labels:
    """What the requests of one command have in common. With `event_id` a repeated command is a duplicate."""

    priority: Priority | None = None
    source: str = DEFAULT_SOURCE
    event_id: str | None = None
    key: str | None = None


def submission_of(text: bytes, labels: Labels) -> Submission:
    """One request. Raises: NotPossible where no broker would take it."""
    value = with_priority(text, labels.priority)
    if len(value) > MAX_RECORD_BYTES:
        raise NotPossible(f"a request has {len(value):,} bytes, more than the {MAX_RECORD_BYTES:,} that topics take")
    return Submission(value, labels.source, labels.event_id or str(uuid4()), labels.key)


def submissions_of(lines: Iterable[bytes], labels: Labels) -> list[Submission]:
    """One request a line, empty ones skipped; each gets the id of the command with its line number."""
    return [
        submission_of(line.strip(), _numbered(labels, number))
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def _numbered(labels: Labels, number: int) -> Labels:
    event_id = f"{labels.event_id}-{number}" if labels.event_id else None
    return Labels(labels.priority, labels.source, event_id, labels.key)


def with_priority(text: bytes, priority: Priority | None) -> bytes:
    """The request with its priority, which only JSON can carry. Broken JSON stays as it is: the pipeline judges it."""
    if priority is None:
        return text
    try:
        fields = json.loads(text) if text.startswith(b"{") else {"intent": text.decode()}
    except ValueError:
        return text
    return json.dumps({"priority": str(priority)} | fields, ensure_ascii=False).encode()


async def submit(settings: Settings, submissions: Sequence[Submission]) -> None:
    """Returns once every request is acknowledged by all in-sync replicas.

    Raises: NotUsable where no broker answers; Fatal where it refuses a record permanently.
    """
    await require_reachable(settings.kafka, [RECEIVED])
    async with publishing(settings.kafka) as publisher:
        for begin in range(0, len(submissions), RECORDS_AT_ONCE):
            with ExitStack() as sendings:
                batch = submissions[begin : begin + RECORDS_AT_ONCE]
                traces = [sendings.enter_context(first_sending(RECEIVED.name)) for _ in batch]
                await publisher.deliver([each.record(trace) for each, trace in zip(batch, traces, strict=True)])


def text_of(submission: Submission) -> str:
    """The request's words, for people."""
    try:
        return IntentReceived.model_validate_json(submission.value).intent
    except ValueError:
        return submission.value.decode(errors="replace")
