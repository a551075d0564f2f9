"""What arrives on `intents.received`: a line of text or JSON from any Kafka client, with or without headers."""

import hashlib
import json
from codecs import BOM_UTF8
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from agents.domain.verdicts import Declined, Rejected
from pipeline.kafka.records import Record
from pipeline.kafka.signed_events import RECEIVED_TYPE, EventReader, has_lineage
from schemas.bodies import IntentReceived
from schemas.envelope import Intent, Order, intent_id_of_event, intent_id_of_record
from schemas.reasons import DeclineReason
from schemas.topics import MAX_RECORD_BYTES, RECEIVED

OUR_TYPES = "nephoran."
MOST_ID_CHARACTERS = 1_024
"""A producer's id is passed on to every stage and status, and those must fit into their topics whatever was sent."""
MOST_QUOTED_CHARACTERS = 80
"""Characters of a name or header that an answer quotes."""


def identify_request(record: Record, reader: EventReader) -> Intent:
    """The identity of a request. A replayed one keeps its identity and order, in its next generation, if an operator
    signed it.

    Raises: Rejected `bad_headers`, `unverified`.
    """
    if has_lineage(record):
        return reader.lineage(RECEIVED.name, record)
    return _intent_of(record, _name_in(record, "ce_source"), _name_in(record, "ce_id"))


def _name_in(record: Record, header: str) -> str | None:
    """Half of a producer's name for its request, None where it gave none. Raises: Rejected `bad_headers`."""
    name = _text_of(record, header)
    if name is not None and not name.strip():
        raise Rejected("bad_headers", f"the header {header} of {record.place} is empty: leave it out or fill it in")
    if name is not None and len(name) > MOST_ID_CHARACTERS:
        raise Rejected(
            "bad_headers",
            f"the header {header} of {record.place} has {len(name):,} characters, more than {MOST_ID_CHARACTERS:,}: "
            "give a shorter one",
        )
    return name


def _text_of(record: Record, header: str) -> str | None:
    """A header that is used; the bytes of others do not matter. Raises: Rejected `bad_headers` where it is no text."""
    if not any(name == header for name, _ in record.headers):
        return None
    try:
        return (record.header(header) or b"").decode()
    except UnicodeDecodeError as error:
        raise Rejected("bad_headers", f"the header {header} of {record.place} is not UTF-8: {error}") from error


def anonymous_request(record: Record) -> Intent:
    """The request as the broker knows it, whatever its headers say."""
    return _intent_of(record, None, None)


def _intent_of(record: Record, source: str | None, event_id: str | None) -> Intent:
    is_named = source is not None and event_id is not None
    return Intent(
        id=intent_id_of_event(source or "", event_id or "")
        if is_named
        else intent_id_of_record(record.topic, record.partition, record.offset, record.timestamp_ms),
        order=Order(record.ordered_ms, record.partition, record.offset),
        generation=0,
        digest=hashlib.sha256(record.value or b"").hexdigest(),
        received_ms=record.ordered_ms,
        producer_id=f"{source}#{event_id}" if is_named else None,
    )


def read_request(record: Record) -> IntentReceived:
    """What was asked.

    Raises: Rejected (`null_value`, `too_large`, `not_utf8`, `broken_json`, `duplicate_field`, `wrong_types`) for what
    cannot be read, Declined `unsupported` for a version or fields that are not known.
    """
    if record.value is None:
        raise Rejected("null_value", f"{record.place} has no value: an intent is a line of text, or JSON")
    if len(record.value) > MAX_RECORD_BYTES:
        raise Rejected("too_large", f"{record.place} has {len(record.value):,} bytes, more than {MAX_RECORD_BYTES:,}")
    _require_known_event(record)
    value = record.value.removeprefix(BOM_UTF8)  # Windows programs mark UTF-8 so
    if not _is_json(record, value):
        return IntentReceived(intent=_text(record, value))
    return _validated(record, _json(record, value))


def _require_known_event(record: Record) -> None:
    version = _text_of(record, "ce_specversion") or "1.0"
    event_type = _text_of(record, "ce_type") or RECEIVED_TYPE
    if version != "1.0":
        quoted = repr(version[:MOST_QUOTED_CHARACTERS])
        raise Declined(DeclineReason.UNSUPPORTED, f"CloudEvents {quoted} is not supported: send ce_specversion 1.0")
    if event_type.startswith(OUR_TYPES) and not event_type.endswith(".v1"):  # what others call theirs is their affair
        quoted = repr(event_type[:MOST_QUOTED_CHARACTERS])
        raise Declined(DeclineReason.UNSUPPORTED, f"the event type {quoted} is not known: send one ending in .v1")


def _is_json(record: Record, value: bytes) -> bool:
    content_type = _text_of(record, "content-type") or _text_of(record, "ce_datacontenttype") or ""
    media_type = content_type.partition(";")[0].strip().lower()
    return value.startswith(b"{") or media_type == "application/json" or media_type.endswith("+json")


def _text(record: Record, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Rejected("not_utf8", f"{record.place} is not UTF-8 text: {error}") from error


def _json(record: Record, value: bytes) -> Any:
    _text(record, value)
    try:
        from_json(value)  # bounds the nesting, which json.loads does not
        return _DECODER.decode(value.decode())
    except _DuplicateField as error:
        raise Rejected("duplicate_field", f"{record.place} has the field {error} twice: which one is meant?") from error
    except ValueError as error:
        raise Rejected("broken_json", f"{record.place} is not JSON: {error}") from error


class _DuplicateField(Exception):
    pass


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise _DuplicateField(repr(name[:MOST_QUOTED_CHARACTERS]))
        fields[name] = value
    return fields


_DECODER = json.JSONDecoder(object_pairs_hook=_without_duplicates)


def _validated(record: Record, fields: Any) -> IntentReceived:
    try:
        return IntentReceived.model_validate(fields)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        unknown = [str(fault["loc"][0]) for fault in faults if fault["type"] == "extra_forbidden"]
        others = [f"{_path_of(fault['loc'])}: {fault['msg']}" for fault in faults]
        if len(unknown) == len(faults):
            named = ", ".join(repr(name[:MOST_QUOTED_CHARACTERS]) for name in unknown[:10])
            raise Declined(
                DeclineReason.UNSUPPORTED,
                f"the request has fields that are not known: {named}",
                f"What should {named} do? Known are {', '.join(IntentReceived.model_fields)}.",
            ) from error
        raise Rejected("wrong_types", f"{record.place} is not an intent: {'; '.join(others[:5])}") from error


def _path_of(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location))[:MOST_QUOTED_CHARACTERS] or "value"
