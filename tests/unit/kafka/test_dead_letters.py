"""A dead letter holds the record as it arrived, whatever arrived."""

from datetime import UTC, datetime

import pytest

from pipeline.kafka.dead_letters import MOST_KEPT_BYTES, Cause, dead_letter
from pipeline.kafka.records import Outgoing, Record
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.operations.dead_letters import DeadLetter, letter_of
from pipeline.operations.republish import Refused, Repair, Replay, republished
from schemas.bodies import IntentParsed
from schemas.envelope import Intent, Order

KEYRING = Keyring((b"a key",))
CAUSE = Cause("parse", "nephoran-parse", "too_large", "it is too large", 1, datetime(2026, 11, 24, tzinfo=UTC))
HEADERS = (("x", None), ("x", b"\xff"), ("", b""))


def received(value: bytes | None) -> Record:
    return Record("intents.received", 3, 42, 1_700_000_000_000, b"\xff", value, HEADERS)


def as_letter(sent: Outgoing) -> DeadLetter:
    arrived = Record(sent.topic, 0, 7, 1_700_000_000_001, sent.key, sent.value, sent.headers)
    letter = letter_of(arrived, EventReader(KEYRING))
    assert letter is not None
    return letter


@pytest.mark.parametrize("value", [None, b"", b"\xff\x00", b"a" * 2_000_000])
def test_key_value_and_headers_are_kept_byte_for_byte(value: bytes | None) -> None:
    sent = dead_letter(received(value), CAUSE, None, EventWriter(KEYRING, "nephoran/parse"))
    assert (sent.key, sent.value, sent.headers[:3]) == (b"\xff", value, HEADERS)
    assert as_letter(sent).original == received(value)


def test_a_value_that_cannot_be_published_again_stays_where_it_arrived_and_is_replayed_only_repaired() -> None:
    letter = as_letter(
        dead_letter(received(b"a" * (MOST_KEPT_BYTES + 1)), CAUSE, None, EventWriter(KEYRING, "nephoran/parse"))
    )
    assert letter.original.value is None
    reader, writer = EventReader(KEYRING), EventWriter(KEYRING, "ops")
    with pytest.raises(Refused, match="too large to keep"):
        republished(letter, Replay("job"), reader, writer)
    again, _ = republished(
        letter, Replay("job", Repair(b"Scale it", is_text=True, dropped_headers=("x",))), reader, writer
    )
    assert again.value == b"Scale it"
    assert not any("left-out" in name for name, _ in again.headers)


@pytest.mark.parametrize("topic", ["intents.received", "intents.enriched"])
def test_what_is_replayed_is_signed_as_its_readers_ask_whatever_its_content_type(topic: str) -> None:
    writer, reader = EventWriter(KEYRING, "nephoran/enrich"), EventReader(KEYRING)
    intent = Intent("1b4e28ba-2fa1-5d2b-883f-0016d3cca427", Order(1, 0, 0), 0, "00", 1)
    sent = writer.write(topic, "osaka-1/upf", intent, IntentParsed(text="any", expectations=()), ())
    arrived = Record(topic, 0, 7, 1_700_000_000_000, sent.key, sent.value, sent.headers)
    letter = as_letter(dead_letter(arrived, CAUSE, intent, writer))
    again, _ = republished(letter, Replay("job"), reader, writer)
    assert reader.is_signed(topic, Record(topic, 0, 8, 1, again.key, again.value, again.headers))
