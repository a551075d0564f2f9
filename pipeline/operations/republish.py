"""Dead letters as they are published again: same key and words, same identity and order, next generation, signed."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from agents.domain.verdicts import Rejected
from pipeline.kafka.dead_letters import LEFT_OUT, REPLAY_COUNT, REPLAY_UNCHANGED
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.received_requests import anonymous_request
from pipeline.kafka.records import Headers, Outgoing, Record
from pipeline.kafka.signed_events import (
    COVERED_PREFIXES,
    OUR_PREFIX,
    EventReader,
    EventWriter,
    covered,
    lineage_headers,
)
from pipeline.operations.dead_letters import DeadLetter
from pipeline.operations.edit_value import piped
from pipeline.telemetry.tracing import CONTEXT_HEADERS, LINKED_TRACE, TRACEPARENT
from schemas.envelope import Intent
from schemas.topics import DECISIONS, MAX_RECORD_BYTES, RECEIVED

CONTENT_TYPES = ("content-type", "ce_datacontenttype")
REPLAY_JOB = "nephoran-replay-job"


@dataclass(frozen=True, slots=True)
class Repair:
    """What an operator changes: the value (`is_text`: words, whatever they were before), or what a program makes of it;
    and headers to leave out."""

    value: bytes | None = None
    is_text: bool = False
    dropped_headers: tuple[str, ...] = ()
    via: str | None = None

    @property
    def is_edit(self) -> bool:
        """Whether anything changes at all."""
        return self.value is not None or self.via is not None or bool(self.dropped_headers)

    def applied_to(self, letter: DeadLetter) -> Record:
        """The record as repaired. Raises: Refused where the program fails."""
        record = letter.original
        dropped = {*self.dropped_headers, *(CONTENT_TYPES if self.is_text else ())}
        kept = tuple(header for header in record.headers if header[0] not in dropped)
        return record._replace(headers=kept, value=self._value_of(letter))

    def _value_of(self, letter: DeadLetter) -> bytes | None:
        if self.via is None:
            return letter.original.value if self.value is None else self.value
        about = {
            "DEAD_LETTER_PLACE": letter.place,
            "DEAD_LETTER_REASON": letter.reason,
            "DEAD_LETTER_STAGE": letter.stage,
        }
        try:
            return piped(letter.original.value, self.via, about)
        except NotPossible as fault:
            raise Refused(str(fault)) from fault


class Refused(Exception):
    """This letter is not replayed; the message says why, and what would help."""


@dataclass(frozen=True, slots=True)
class Replay:
    """One run of the command: which job it is, what is repaired, and what the operator insists on."""

    job: str
    repair: Repair = Repair()
    has_new_identity: bool = False
    most_replays: int = 3
    is_forced: bool = False


def republished(
    letter: DeadLetter, replay: Replay, reader: EventReader, writer: EventWriter
) -> tuple[Outgoing, Intent]:
    """The record for the topic that the letter came from, and the intent under which it goes.

    Raises: Refused.
    """
    if not letter.is_verified:
        raise Refused(
            "no stage has signed it, so neither its origin nor its place in the order of intents can be believed: to "
            "replay it, the key of its stage must be among NEPHORAN_SIGNING__KEYS here; else submit its text again "
            "and discard this one"
        )
    if letter.replay_count >= replay.most_replays and not replay.is_forced:
        raise Refused(
            f"it came back after {letter.replay_count} replays and is in quarantine: repair it (--text, --value), "
            "discard it, or insist with --force"
        )
    found = _intent_of(letter, replay, reader)
    record = replay.repair.applied_to(letter)
    _require_readable(record)
    is_request = record.topic == RECEIVED.name
    digest = sha256(record.value or b"").hexdigest() if is_request and replay.repair.is_edit else found.digest
    is_decision = record.topic == DECISIONS.name  # decides the same proposal, as the same decision
    intent = replace(found, generation=found.generation + (not is_decision), digest=digest)
    signed, rest = _headers(record, intent, is_request=is_request)
    signed |= {REPLAY_COUNT: str(letter.replay_count + 1), REPLAY_JOB: replay.job}
    if record.value == letter.original.value and not replay.repair.dropped_headers:
        signed[REPLAY_UNCHANGED] = "true"
    if old_trace := record.header(TRACEPARENT):
        signed[LINKED_TRACE] = old_trace.decode()
    return writer.signed(record.topic, record.key, record.value, signed, rest), intent


def intent_ended_by(letter: DeadLetter) -> Intent | None:
    """The intent whose journey this letter ended, None where it ended none.

    A decision that cannot be used leaves its proposal waiting, and a reused id belongs to the intent that came first.
    """
    if letter.reason == "id_reused" or letter.original.topic == DECISIONS.name:
        return None
    return letter.intent


def _intent_of(letter: DeadLetter, replay: Replay, reader: EventReader) -> Intent:
    if letter.original.topic != RECEIVED.name:
        return _intent_of_event(letter, replay, reader)
    if replay.has_new_identity:
        return anonymous_request(letter.original)
    if letter.reason == "id_reused":
        raise Refused(
            "its ce_id belongs to an earlier request with other words, and would again: --new-id replays it under an "
            "identity of its own"
        )
    return letter.intent or anonymous_request(letter.original)


def _intent_of_event(letter: DeadLetter, replay: Replay, reader: EventReader) -> Intent:
    if replay.has_new_identity or letter.reason == "id_reused":
        raise Refused(
            "the identity of an event inside the pipeline cannot be changed: submit the request again under a new id, "
            "then discard this letter"
        )
    try:
        return letter.intent or reader.lineage(letter.original.topic, letter.original)
    except Rejected as rejected:
        raise Refused(
            f"{rejected.message} To replay it, its key must be among NEPHORAN_SIGNING__KEYS here; a forged one is "
            "for `nephoran dead-letters discard`"
        ) from rejected


def _require_readable(record: Record) -> None:
    if record.value is None and record.header(LEFT_OUT):
        raise Refused("its value was too large to keep: repair it with --text or --value, or discard it")
    if len(record.value or b"") > MAX_RECORD_BYTES:
        raise Refused(f"it has {len(record.value or b''):,} bytes, more than the {MAX_RECORD_BYTES:,} that topics take")
    for name, value in covered(record.headers):
        if not _is_text(value):
            raise Refused(
                f"its header {name} is not UTF-8 and would be refused again: leave it out with --drop-header {name}"
            )


def _is_text(value: bytes | None) -> bool:
    try:
        (value or b"").decode()
    except UnicodeDecodeError:
        return False
    return True


def _headers(record: Record, intent: Intent, *, is_request: bool) -> tuple[dict[str, str], Headers]:
    """The headers to sign, and the others as they arrived: without lineage, signature and trace of the last journey."""
    arrived = [header for header in record.headers if not _is_left_behind(header[0], CONTEXT_HEADERS)]
    signed = {name: (value or b"").decode() for name, value in arrived if name.startswith(COVERED_PREFIXES)}
    if not is_request and record.topic != DECISIONS.name:
        signed["ce_id"] = intent.event_id(f"{signed.get('ce_source', '')}/{record.topic}")
        signed["ce_time"] = datetime.now(UTC).isoformat(timespec="milliseconds")  # no stage takes it for a late copy
    rest = tuple(header for header in arrived if not header[0].startswith(COVERED_PREFIXES))
    return signed | lineage_headers(intent), rest


def _is_left_behind(name: str, others: Collection[str]) -> bool:
    return name.startswith(OUR_PREFIX) or name in others
