"""Whatever anybody publishes becomes a clear answer or a dead letter with the same bytes, and delays nobody."""

from dataclasses import dataclass, field

import pytest
from confluent_kafka import Message

from tests.servers.eventually import eventually_blocking
from tests.servers.pipeline_at_work import PipelineAtWork, cloud_event, id_of, wish
from tests.servers.raw_kafka import Place, RawProducer, headers_of, raw_topic

pytestmark = pytest.mark.slow
SITES = (
    *("tokyo-1", "tokyo-2", "osaka-1", "nagoya-1", "sapporo-1", "london-1", "london-2", "manchester-1", "frankfurt-1"),
    *("munich-1", "newyork-1", "dallas-1", "edge-01", "edge-02", "edge-03", "edge-04", "edge-05"),
)
NEIGHBOUR_DELAY_SECONDS = 1.0
ROUNDS = 3
"""Whatever else a machine does delays one round or another; what bad input delays, it delays in every one."""


@dataclass(frozen=True)
class Bad:
    """What is published, and what must become of it."""

    value: bytes | None
    state: str
    reason: str
    headers: dict[str, bytes | None] = field(default_factory=dict)
    key: bytes | None = None


def event(**headers: str) -> dict[str, bytes | None]:
    return {**cloud_event("bad-input"), **{name: value.encode() for name, value in headers.items()}}


BAD = {
    "invalid UTF-8": Bad(b"\xff\xfeScale the AMF", "dead_lettered", "not_utf8", key=b"\xff\x00"),
    "broken JSON": Bad(b'{"intent": "Scale', "dead_lettered", "broken_json"),
    "wrong types": Bad(b'{"intent": ["Scale"]}', "dead_lettered", "wrong_types"),
    "deep nesting": Bad(b'{"intent": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "dead_lettered", "broken_json"),
    "2 MB": Bad(b"Scale the AMF in tokyo-1 " * 80_000, "dead_lettered", "too_large"),
    "null": Bad(None, "dead_lettered", "null_value"),
    "empty": Bad(b"", "declined", "not_a_network_intent"),
    "100,000 words": Bad(b"scale " * 100_000, "declined", "not_a_network_intent"),
    "unknown field": Bad(wish("Scale the AMF in tokyo-1 to 5 replicas", colour="red"), "declined", "unsupported"),
    "unknown CloudEvents": Bad(wish("Scale"), "declined", "unsupported", event(ce_specversion="0.3", ce_id="old")),
    "unknown type": Bad(
        wish("Scale"), "declined", "unsupported", event(ce_type="nephoran.intent.received.v2", ce_id="v2")
    ),
    "empty id": Bad(wish("Scale"), "dead_lettered", "bad_headers", event(ce_id=" ")),
    "null id": Bad(wish("Scale"), "dead_lettered", "bad_headers", {**event(), "ce_id": None}),
    "endless id": Bad(wish("Scale"), "dead_lettered", "bad_headers", event(ce_id="x" * 900_000)),
    "id not UTF-8": Bad(wish("Scale"), "dead_lettered", "bad_headers", event() | {"ce_id": b"\xff"}),
    "null trace": Bad(b"Scale the AMF to 5 replicas", "declined", "missing_target", {"traceparent": None, "x": None}),
    "NUL": Bad(b"Scale the AMF in tokyo-1\x00 to 5 replicas", "declined", "ambiguous"),
    "backspaces": Bad(b"Scale the AMF in tokyo-1 to 5\b9 replicas", "declined", "ambiguous"),
    "terminal colours": Bad(b"\x1b[31mScale the AMF in tokyo-1 to 5 replicas\x1b[0m", "declined", "ambiguous"),
    "text turned round": Bad("Scale the AMF in \u202etokyo-1 to 5 replicas".encode(), "declined", "ambiguous"),
    "control character in JSON": Bad(b'{"intent": "Scale the AMF\x07 in tokyo-1"}', "dead_lettered", "broken_json"),
    "an escaped one": Bad(wish("Scale the AMF in tokyo-1 to 5\x00 replicas"), "declined", "ambiguous"),
    "forged lineage": Bad(
        b"Scale the AMF in tokyo-1 to 5 replicas",
        "dead_lettered",
        "unverified",
        {"nephoran-intent-id": b"00000000-0000-0000-0000-000000000000", "nephoran-order": b"1/1/1"},
    ),
}


def place_of(letter: Message) -> tuple[str, str]:
    headers = headers_of(letter)
    return headers["nephoran-dlq-partition"], headers["nephoran-dlq-offset"]


def place_text(place: Place) -> tuple[str, str]:
    return str(place.partition), str(place.offset)


def published(pipeline: PipelineAtWork, records: dict[str, Bad], *functions: str) -> tuple[dict[str, Place], float]:
    """Where these records landed, and the longest latency of good requests published between them."""
    producer = RawProducer(pipeline.kafka, compression="gzip")
    places, neighbours = {}, []
    objects = [f"{function} in {site}" for function in functions for site in SITES][: len(records)]
    for (name, record), neighbour in zip(records.items(), objects, strict=True):
        places[name] = producer.publish(record.value, record.key, record.headers)
        neighbours.append(producer.publish(f"Scale the {neighbour} to 3 replicas".encode()))
    ends = [pipeline.until(id_of(neighbour), "deployed") for neighbour in neighbours]
    return places, max(end.latency_seconds or 0.0 for end in ends)


def test_bad_input_delays_no_neighbour(pipeline: PipelineAtWork) -> None:
    harmless = dict.fromkeys(BAD, Bad(b"Scale the SMF to 4 replicas", "declined", "missing_target"))
    delays = []
    for _ in range(ROUNDS):
        _, undisturbed_seconds = published(pipeline, harmless, "AUSF", "NRF")
        _, disturbed_seconds = published(pipeline, BAD, "UDR", "UDM")
        delays.append(disturbed_seconds - undisturbed_seconds)
        if delays[-1] < NEIGHBOUR_DELAY_SECONDS:
            return
    pytest.fail(f"bad input delayed its neighbours by {delays} seconds")


def test_bad_input_is_answered_and_kept_byte_for_byte(pipeline: PipelineAtWork) -> None:
    places, _ = published(pipeline, BAD, "UDR", "UDM")
    with raw_topic(pipeline.kafka, "intents.received.dlq") as dead_letters:
        expected = {name: bad for name, bad in BAD.items() if bad.state == "dead_lettered"}

        def arrived_letters() -> dict[tuple[str, str], Message]:
            letters = {place_of(letter): letter for letter in dead_letters.all()}
            missing = [name for name in expected if place_text(places[name]) not in letters]
            assert not missing
            return letters

        letters = eventually_blocking(arrived_letters)
        for name, bad in expected.items():
            letter = letters[place_text(places[name])]
            assert headers_of(letter)["nephoran-dlq-reason"] == bad.reason, name
            arrived = (letter.key(), letter.value(), (letter.headers() or [])[: len(bad.headers)])
            assert arrived == (bad.key, bad.value, list(bad.headers.items())), name
    for name, bad in BAD.items():
        if not {"ce_id", "nephoran-intent-id"} & set(bad.headers):
            status = pipeline.until(id_of(places[name]), bad.state)
            assert (status.state, status.reason) == (bad.state, bad.reason), name
