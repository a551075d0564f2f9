"""Records of the pipeline's own: CloudEvents in Kafka binary mode, signed, with the intent's lineage in headers."""

from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID, uuid4

from pydantic import ValidationError
from pydantic_core import to_json

from agents.domain.verdicts import Rejected
from pipeline.kafka.records import Headers, Outgoing, Record, named_header, text_headers
from pipeline.kafka.signatures import SIGNATURE, Keyring, SigningSettings
from schemas.bodies import (
    DeadLetterAction,
    Decision,
    IntentDeployed,
    IntentEnriched,
    IntentObserving,
    IntentParsed,
    IntentPlanned,
    Priority,
    Rollback,
    RollbackPlanned,
)
from schemas.body import Body
from schemas.control import CircuitOrder, CircuitReport, ControlBody, LossReport, StageOrder
from schemas.envelope import Intent, Order
from schemas.status import IntentStatus
from schemas.topics import CONTROL

EVENT_TYPES: dict[type[Body], str] = {
    IntentParsed: "nephoran.intent.parsed.v1",
    IntentEnriched: "nephoran.intent.enriched.v1",
    IntentPlanned: "nephoran.intent.planned.v1",
    IntentDeployed: "nephoran.intent.deployed.v1",
    IntentObserving: "nephoran.intent.observing.v1",
    IntentStatus: "nephoran.intent.status.v1",
    Decision: "nephoran.intent.decision.v1",
    Rollback: "nephoran.intent.rollback.v1",
    RollbackPlanned: "nephoran.intent.rollback-planned.v1",
    DeadLetterAction: "nephoran.dead-letter.action.v1",
    StageOrder: "nephoran.control.stage.v1",
    CircuitOrder: "nephoran.control.circuit.v1",
    CircuitReport: "nephoran.control.circuit-report.v1",
    LossReport: "nephoran.control.loss.v1",
}
B = TypeVar("B", bound=Body)
RECEIVED_TYPE = "nephoran.intent.received.v1"
OUR_PREFIX = "nephoran-"
HISTORY_PREFIX = "nephoran-dlq-"
"""What a dead letter says about its record: history if the record is put back, not lineage."""
LARGEST_NUMBER = 1 << 53
"""Beyond this, readers in other languages lose digits (RFC 8259, 6)."""
SEAL = HISTORY_PREFIX + "signature"
COVERED_PREFIXES = (OUR_PREFIX, "ce_", "content-type")


class UnknownVersion(Exception):
    """A body of a version this worker does not know, from a newer worker. Nothing is wrong with it; it must wait."""


def lineage_headers(intent: Intent) -> dict[str, str]:
    """What every stage must know of an intent, as headers."""
    headers = {
        "nephoran-intent-id": intent.id,
        "nephoran-order": str(intent.order),
        "nephoran-generation": str(intent.generation),
        "nephoran-digest": intent.digest,
        "nephoran-received-ms": str(intent.received_ms),
        "nephoran-priority": str(intent.priority),
    }
    if intent.producer_id:
        headers["nephoran-producer-id"] = intent.producer_id
    if intent.is_dry_run:
        headers["nephoran-dry-run"] = "true"
    return headers


def lineage_of(headers: dict[str, str]) -> Intent:
    """The intent that the headers name. Raises: KeyError, ValueError."""
    return Intent(
        id=str(UUID(headers["nephoran-intent-id"])),
        order=Order(*[_number(part) for part in Order.parse(headers["nephoran-order"])]),
        generation=_number(int(headers["nephoran-generation"])),
        digest=headers["nephoran-digest"],
        received_ms=_number(int(headers["nephoran-received-ms"])),
        priority=Priority(headers.get("nephoran-priority", Priority.NORMAL)),
        producer_id=headers.get("nephoran-producer-id"),
        is_dry_run="nephoran-dry-run" in headers,
    )


def _number(number: int) -> int:
    """A count or a time. Raises: ValueError for what neither can be."""
    if not 0 <= number < LARGEST_NUMBER:
        raise ValueError(f"{str(number)[:20]} is out of range")
    return number


class EventWriter:
    """Makes signed records of bodies."""

    def __init__(self, keyring: Keyring, source: str) -> None:
        self._keyring = keyring
        self._source = source

    def write(self, topic: str, key: str | None, intent: Intent, body: Body, trace: Headers = ()) -> Outgoing:
        """`body` as a record of `topic`; the event id is the same for every redelivery of the same work."""
        value = to_json(body, exclude_none=True)
        what = f"{self._source}/{topic}"
        if isinstance(body, IntentStatus):
            what += f"/{body.state}/{body.plan_digest or ''}"
        if isinstance(body, Decision):
            what += f"/{body.verdict}/{body.plan_digest}/{body.decided_by}/{body.decided_at.isoformat()}"
        headers = {
            "ce_specversion": "1.0",
            "ce_id": intent.event_id(what),
            "ce_source": self._source,
            "ce_type": EVENT_TYPES[type(body)],
            "ce_time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "ce_subject": intent.id,
            "content-type": "application/json",
            **lineage_headers(intent),
        }
        return self.signed(topic, key.encode() if key is not None else None, value, headers, trace)

    def tombstone(self, topic: str, intent: Intent) -> Outgoing:
        """The end of what a compacted topic holds of an intent, up to its generation and order."""
        headers = {"ce_id": intent.event_id(f"{self._source}/{topic}/end"), **lineage_headers(intent)}
        return self.signed(topic, intent.id.encode(), None, headers)

    def control(self, body: ControlBody) -> Outgoing:
        """`body` as a record of `nephoran.control`."""
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(uuid4()),
            "ce_source": self._source,
            "ce_type": EVENT_TYPES[type(body)],
            "ce_time": body.at.isoformat(timespec="milliseconds"),
            "content-type": "application/json",
        }
        return self.signed(CONTROL.name, body.key.encode(), body.model_dump_json().encode(), headers)

    def signed(
        self, topic: str, key: bytes | None, value: bytes | None, headers: dict[str, str], rest: Headers = ()
    ) -> Outgoing:
        """A record with its signature. It covers `headers`, all of ours, and not `rest`, which are others'."""
        ours = text_headers(headers.items())
        signature = self._keyring.sign(topic, key, value, ours)
        return Outgoing(topic, key, value, (*ours, (SIGNATURE, signature), *rest))

    def renewed(self, topic: str, record: Record) -> Outgoing:
        """The same record, signed with the key that signs now."""
        ours = covered(record.headers)
        rest = tuple(header for header in record.headers if header not in ours and header[0] != SIGNATURE)
        signature = self._keyring.sign(topic, record.key, record.value, ours)
        return Outgoing(topic, record.key, record.value, (*ours, (SIGNATURE, signature), *rest))

    def sealed(self, record: Outgoing) -> Outgoing:
        """A record of others with headers of ours, dead letters that is, all of it signed as it stands."""
        seal = self._keyring.sign(record.topic, record.key, record.value, record.headers)
        return record._replace(headers=(*record.headers, (SEAL, seal)))


class EventReader:
    """Reads only records that a stage or an operator wrote."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    @classmethod
    def of(cls, settings: SigningSettings) -> "EventReader":
        """For read-only use. Raises: NotUsable."""
        return cls(Keyring.open(settings))

    def lineage(self, topic: str, record: Record) -> Intent:
        """The intent of a record of `topic`. Raises: Rejected `unverified` where the signature does not fit."""
        self.require_signed(topic, record)
        try:
            return lineage_of(decoded_headers(record))
        except (KeyError, ValueError) as error:
            raise Rejected("bad_headers", f"the lineage headers of {record.place} cannot be read: {error}") from error

    def is_signed(self, topic: str, record: Record) -> bool:
        """Whether this record has a valid signature for this topic and key."""
        signature = record.header(SIGNATURE)
        return signature is not None and self._keyring.accepts(
            signature, topic, record.key, record.value, covered(record.headers)
        )

    def is_signed_with_newest(self, topic: str, record: Record) -> bool:
        """Whether the key that signs now signed it: what a topic keeps must be re-signed before an older key goes."""
        signature = record.header(SIGNATURE)
        return signature is not None and self._keyring.is_newest(
            signature, topic, record.key, record.value, covered(record.headers)
        )

    def is_sealed(self, topic: str, record: Record) -> bool:
        """Whether this dead letter has a valid signature."""
        *headers, (last, seal) = record.headers or (("", b""),)
        return last == SEAL and self._keyring.accepts(seal or b"", topic, record.key, record.value, tuple(headers))

    def require_signed(self, topic: str, record: Record) -> None:
        """Raises: Rejected `unverified` where this record has no valid signature for this topic and key."""
        if not self.is_signed(topic, record):
            raise Rejected(
                "unverified",
                f"{record.place} carries the headers of a pipeline event without a valid signature: it was written by "
                "a program without the signing key, or with another one. Compare `nephoran settings` on both machines.",
            )

    def control(self, record: Record) -> ControlBody:
        """What a record of `nephoran.control` says. Raises: UnknownVersion, Rejected."""
        self.require_signed(CONTROL.name, record)
        event_type = named_header(record, "ce_type")
        kinds: tuple[type[ControlBody], ...] = (StageOrder, CircuitOrder, LossReport)
        return self.body(record, next((kind for kind in kinds if EVENT_TYPES[kind] == event_type), CircuitReport))

    def is_in_due_form(self, record: Record) -> bool:
        """Whether the record would say something, were it signed."""
        kind = next((kind for kind in EVENT_TYPES if self.is_a(record, kind)), None)
        try:
            return kind is not None and self.body(record, kind) is not None
        except (Rejected, UnknownVersion):
            return False

    def is_a(self, record: Record, kind: type[Body]) -> bool:
        """Whether the record says that it holds such a body."""
        return named_header(record, "ce_type") == EVENT_TYPES[kind]

    def body(self, record: Record, kind: type[B]) -> B:
        """The body of a record. Raises: UnknownVersion, Rejected `wrong_types`."""
        event_type = named_header(record, "ce_type")
        if event_type != EVENT_TYPES[kind]:
            raise UnknownVersion(f"{record.place} has the type {event_type!r}; this worker reads {EVENT_TYPES[kind]}")
        try:
            return kind.model_validate_json(record.value or b"")
        except ValidationError as error:
            raise Rejected("wrong_types", f"the body of {record.place} is no {kind.__name__}: {error}") from error


def covered(headers: Headers) -> Headers:
    """The headers that a signature covers: all that mean anything to us. What tools and traces add is theirs."""
    return tuple(
        [
            header
            for header in headers
            if header[0].startswith(COVERED_PREFIXES)
            and header[0] != SIGNATURE
            and not header[0].startswith(HISTORY_PREFIX)
        ]
    )


def has_lineage(record: Record) -> bool:
    """Whether a record claims to be ours. What a dead letter tells, once it is put back, is no such claim."""
    return any(name.startswith(OUR_PREFIX) and not name.startswith(HISTORY_PREFIX) for name, _ in record.headers)


def decoded_headers(record: Record) -> dict[str, str]:
    """Our headers as text, the last of repeated ones. Raises: Rejected `bad_headers` where one is not UTF-8."""
    try:
        return {name: (value or b"").decode() for name, value in covered(record.headers)}
    except UnicodeDecodeError as error:
        raise Rejected("bad_headers", f"a header of {record.place} is not UTF-8: {error}") from error
