"""What anybody may publish on `intents.received`, and what becomes of what nobody should."""

import json

import pytest

from agents.domain.verdicts import Declined, Rejected
from pipeline.kafka.received_requests import anonymous_request, identify_request, read_request
from pipeline.kafka.records import Record
from pipeline.kafka.signatures import SIGNATURE, Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter, lineage_headers
from schemas.bodies import Priority
from schemas.envelope import Order, intent_id_of_event
from schemas.topics import MAX_RECORD_BYTES, RECEIVED

KEYRING = Keyring((b"a key",))
READER = EventReader(KEYRING)


def received(value: bytes | None, **headers: str | bytes) -> Record:
    pairs = tuple(
        (name.replace("__", "-"), text.encode() if isinstance(text, str) else text) for name, text in headers.items()
    )
    return Record(RECEIVED.name, 3, 42, 1_700_000_000_000, None, value, pairs)


@pytest.mark.parametrize(
    "text", ["Scale the AMF in tokyo-1 to 5 replicas.", "", "  ", "\x00\x07\u202e", "a " * 100_000]
)
def test_any_utf8_text_is_a_request_that_the_agents_may_decline(text: str) -> None:
    assert read_request(received(text.encode())).intent == text


def test_json_is_told_by_its_first_byte_or_its_content_type() -> None:
    value = json.dumps({"intent": "Scale it", "priority": "high"}).encode()
    for record in (received(value), received(b" " + value, content__type="application/json; charset=utf-8")):
        request = read_request(record)
        assert (request.intent, request.priority) == ("Scale it", Priority.HIGH)
    assert read_request(received(b" " + value)).intent == (b" " + value).decode()


@pytest.mark.parametrize("value", [b"Scale it", b'{"intent": "Scale it"}'])
def test_a_byte_order_mark_is_no_part_of_a_request(value: bytes) -> None:
    assert read_request(received(b"\xef\xbb\xbf" + value)).intent == "Scale it"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "null_value"),
        (b"\xff\xfe\x00", "not_utf8"),
        (b"{\xff}", "not_utf8"),
        (b'{"intent": ', "broken_json"),
        (b"{" * 10_000, "broken_json"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "broken_json"),
        (b'{"intent": ' + b"9" * 5_000 + b"}", "broken_json"),
        (b'{"intent": "\\ud800"}', "broken_json"),
        (b'{"intent": "a", "intent": "b"}', "duplicate_field"),
        (b'{"intent": 5}', "wrong_types"),
        (b'{"intent": null}', "wrong_types"),
        (b"{}", "wrong_types"),
        (b'{"intent": "a", "priority": "urgent"}', "wrong_types"),
        (b'{"intent": 5, "colour": "red"}', "wrong_types"),
        (b"a" * (2 * MAX_RECORD_BYTES), "too_large"),
    ],
)
def test_what_cannot_be_read_is_rejected_with_its_reason(value: bytes | None, reason: str) -> None:
    with pytest.raises(Rejected) as rejected:
        read_request(received(value))
    assert rejected.value.reason == reason
    assert "intents.received/3/42" in rejected.value.message


def test_json_that_is_no_object_is_rejected() -> None:
    with pytest.raises(Rejected, match="is not an intent"):
        read_request(received(b'["Scale it"]', content__type="application/json"))


@pytest.mark.parametrize(
    "headers", [{"ce_specversion": "0.3"}, {"ce_type": "nephoran.intent.received.v2"}, {"ce_type": "nephoran.intent"}]
)
def test_a_version_that_is_not_known_is_declined(headers: dict[str, str]) -> None:
    with pytest.raises(Declined) as declined:
        read_request(received(b"Scale it", **headers))
    assert declined.value.reason == "unsupported"


@pytest.mark.parametrize("event_type", ["com.example.intent.v2", "com.example.intent", "", "x" * 900_000])
@pytest.mark.parametrize("value", [b"Scale it", b'{"intent": "Scale it"}'])
def test_events_of_any_type_that_is_not_ours_are_requests(event_type: str, value: bytes) -> None:
    assert read_request(received(value, ce_type=event_type)).intent == "Scale it"


def test_unknown_fields_are_declined_by_name_for_they_might_matter() -> None:
    with pytest.raises(Declined) as declined:
        read_request(received(b'{"intent": "Scale it", "at": "02:00"}'))
    assert declined.value.reason == "unsupported"
    assert "'at'" in declined.value.message


@pytest.mark.parametrize(
    "record",
    [
        received(b'{"' + b"x" * 1_000_000 + b'": 1}'),
        received(b'{"' + b"x" * 1_000_000 + b'": 1, "intent": 5}'),
        received(b'{"' + b"x" * 500_000 + b'": 1, "' + b"x" * 500_000 + b'": 1}'),
        received(b"Scale it", ce_type="nephoran." + "\x01" * 900_000),
        received(b"Scale it", ce_specversion="\x01" * 900_000),
    ],
)
def test_an_answer_quotes_little_enough_to_fit_into_its_own_topic(record: Record) -> None:
    with pytest.raises((Declined, Rejected)) as refused:
        read_request(record)
    assert len(f"{refused.value.message}{getattr(refused.value, 'question', '')}") < 1_000


@pytest.mark.parametrize(
    "headers",
    [
        {"ce_id": ""},
        {"ce_id": "x" * 100_000},
        {"ce_source": " "},
        {"ce_id": b"\xff"},
    ],
)
def test_headers_that_cannot_name_anybody_are_rejected_and_the_request_is_anonymous(
    headers: dict[str, str | bytes],
) -> None:
    record = received(b"Scale it", **headers)
    with pytest.raises(Rejected) as rejected:
        identify_request(record, READER)
    assert rejected.value.reason == "bad_headers"
    assert anonymous_request(record).producer_id is None


def test_headers_of_other_tools_may_hold_any_bytes() -> None:
    record = received(
        b"Scale it", ce_id="7", ce_source="oss", kafka_dlt__original__offset=b"\xff\x00", traceparent=b"\xff"
    )
    assert identify_request(record, READER).producer_id == "oss#7"
    assert read_request(record).intent == "Scale it"


def test_a_dead_letter_that_another_tool_puts_back_is_a_request_like_any_other() -> None:
    record = received(b"Scale it", nephoran__dlq__offset="42", nephoran__dlq__order="9999999999999/0/0", x=b"\xff")
    intent = identify_request(record, READER)
    assert (intent.generation, intent.order) == (0, Order(1_700_000_000_000, 3, 42))


@pytest.mark.parametrize("signature", ["é".encode(), b"\xff\xfe", b"", None, b"0" * 64, b"a" * 100_000])
def test_a_signature_of_any_bytes_is_refused_as_such(signature: bytes | None) -> None:
    record = received(b"Scale it")._replace(headers=((SIGNATURE, signature),))
    with pytest.raises(Rejected) as rejected:
        identify_request(record, READER)
    assert rejected.value.reason == "unverified"


def test_an_intent_is_named_by_its_producer_or_by_its_place_in_the_log() -> None:
    named = identify_request(received(b"x", ce_id="7", ce_source="oss"), READER)
    assert (named.id, named.producer_id) == (intent_id_of_event("oss", "7"), "oss#7")
    half_named = identify_request(received(b"x", ce_id="7"), READER)
    assert half_named.producer_id is None
    assert half_named.id == identify_request(received(b"x"), READER).id
    assert half_named.order == Order(1_700_000_000_000, 3, 42)


def test_an_operators_signature_gives_a_replayed_request_its_identity_back() -> None:
    first = identify_request(received(b"x"), READER)
    replayed = EventWriter(KEYRING, "ops").signed(RECEIVED.name, None, b"y", lineage_headers(first))
    again = Record(RECEIVED.name, 0, 99, 1_800_000_000_000, None, replayed.value, replayed.headers)
    assert identify_request(again, READER) == first


def test_lineage_headers_without_an_operators_signature_are_refused() -> None:
    lineage = lineage_headers(identify_request(received(b"x"), READER))
    stranger = EventWriter(Keyring((b"another key",)), "x").signed(RECEIVED.name, None, b"y", lineage)
    forged_value = EventWriter(KEYRING, "ops").signed(RECEIVED.name, None, b"z", lineage)
    other_topic = EventWriter(KEYRING, "ops").signed("intents.parsed", None, b"y", lineage)
    for headers in (stranger.headers, forged_value.headers, other_topic.headers, stranger.headers[:1]):
        record = Record(RECEIVED.name, 0, 99, 1_800_000_000_000, None, b"y", headers)
        with pytest.raises(Rejected) as rejected:
            identify_request(record, READER)
        assert rejected.value.reason == "unverified"
    assert SIGNATURE in dict(stranger.headers)
