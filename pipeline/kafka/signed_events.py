"""Records of the pipeline's own: CloudEvents in Kafka binary mode, signed, with the intent's lineage in headers."""

from datetime import UTC, datetime
from typing import TypeVar
from uuid import uuid4

from pydantic import ValidationError
from pydantic_core import to_json

from agents.domain.verdicts import Rejected
from pipeline.kafka.records import Headers, Outgoing, Record, text_headers
from pipeline.kafka.signatures import SIGNATURE, Keyring
from schemas.bodies import (
    DeadLetterAction,
    Decision,
    IntentDeployed,
    IntentEnriched,
    IntentParsed,
    IntentPlanned,
    Priority,
    Rollback,
    RollbackPlanned,
)
from schemas.body import Body
from schemas.control import CircuitOrder, CircuitReport, ControlBody, StageOrder
from schemas.envelope import Intent, Order
from schemas.status import IntentStatus
from schemas.topics import CONTROL

EVENT_TYPES: dict[type[Body], str] = {
    IntentParsed: "nephoran.intent.parsed.v1",
    IntentEnriched: "nephoran.intent.enriched.v1",
    IntentPlanned: "nephoran.intent.planned.v1",
    IntentDeployed: "nephoran.intent.deployed.v1",
    IntentStatus: "nephoran.intent.status.v1",
    Decision: "nephoran.intent.decision.v1",
    Rollback: "nephoran.intent.rollback.v1",
    RollbackPlanned: "nephoran.intent.rollback-planned.v1",
    DeadLetterAction: "nephoran.dead-letter.action.v1",
    StageOrder: "nephoran.control.stage.v1",
    CircuitOrder: "nephoran.control.circuit.v1",
    CircuitReport: "nephoran.control.circuit-report.v1",
}
B = TypeVar("B", bound=Body)
RECEIVED_TYPE = "nephoran.intent.received.v1"
LINEAGE_PREFIX = "nephoran-"


class UnknownVersion(Exception):
    """A body of a version this worker does not know: a newer worker's. Nothing is wrong with it; we must wait."""


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
        id=headers["nephoran-intent-id"],
        order=Order.parse(headers["nephoran-order"]),
        generation=int(headers["nephoran-generation"]),
        digest=headers["nephoran-digest"],
        received_ms=int(headers["nephoran-received-ms"]),
        priority=Priority(headers.get("nephoran-priority", Priority.NORMAL)),
        producer_id=headers.get("nephoran-producer-id"),
        is_dry_run="nephoran-dry-run" in headers,
    )


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
        """A record with its signature; the headers of `rest` are not covered by it."""
        signature = self._keyring.sign(topic, headers, value)
        return Outgoing(topic, key, value, (*text_headers(headers.items()), (SIGNATURE, signature.encode()), *rest))


class EventReader:
    """Reads records that a stage or an operator wrote, and nobody else."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def lineage(self, topic: str, record: Record) -> Intent:
        """The intent of a record of `topic`. Raises: Rejected `unverified` where the signature does not fit."""
        headers = self.require_signed(topic, record)
        try:
            return lineage_of(headers)
        except (KeyError, ValueError) as error:
            raise Rejected("bad_headers", f"the lineage headers of {record.place} cannot be read: {error}") from error

    def require_signed(self, topic: str, record: Record) -> dict[str, str]:
        """The headers of a record of `topic`. Raises: Rejected `unverified`, `bad_headers`."""
        headers = decoded_headers(record)
        if not self._keyring.accepts(headers.get(SIGNATURE, ""), topic, headers, record.value):
            raise Rejected(
                "unverified",
                f"{record.place} carries the headers of a pipeline event without a valid signature: it was written by "
                "a program without the signing key, or with another one. Compare `nephoran settings` on both machines.",
            )
        return headers

    def control(self, record: Record) -> ControlBody:
        """What a record of `nephoran.control` says. Raises: UnknownVersion, Rejected."""
        event_type = self.require_signed(CONTROL.name, record).get("ce_type")
        if event_type == EVENT_TYPES[StageOrder]:
            return self.body(record, StageOrder)
        if event_type == EVENT_TYPES[CircuitOrder]:
            return self.body(record, CircuitOrder)
        return self.body(record, CircuitReport)

    def is_a(self, record: Record, kind: type[Body]) -> bool:
        """Whether the record says that it holds such a body."""
        return _type_of(record) == EVENT_TYPES[kind]

    def body(self, record: Record, kind: type[B]) -> B:
        """The body of a record. Raises: UnknownVersion, Rejected `wrong_types`."""
        event_type = _type_of(record)
        if event_type != EVENT_TYPES[kind]:
            raise UnknownVersion(f"{record.place} has the type {event_type!r}; this worker reads {EVENT_TYPES[kind]}")
        try:
            return kind.model_validate_json(record.value or b"")
        except ValidationError as error:
            raise Rejected("wrong_types", f"the body of {record.place} is no {kind.__name__}: {error}") from error


def _type_of(record: Record) -> str:
    return (record.header("ce_type") or b"").decode(errors="replace")


def decoded_headers(record: Record) -> dict[str, str]:
    """The headers as text, the last of repeated ones. Raises: Rejected `bad_headers` where one is not UTF-8."""
    try:
        return {name: (value or b"").decode() for name, value in record.headers}
    except UnicodeDecodeError as error:
        raise Rejected("bad_headers", f"a header of {record.place} is not UTF-8: {error}") from error
