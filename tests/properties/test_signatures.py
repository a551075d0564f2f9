"""A signed record cannot be changed, moved or taken apart and put together otherwise without the key."""

from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.kafka.records import Headers, Outgoing, Record
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter, covered

KEYRING = Keyring((b"the key that signs", b"an older one"))
WRITER, READER = EventWriter(KEYRING, "nephoran/test"), EventReader(KEYRING)

names = st.sampled_from(["ce_id", "ce_type", "nephoran-order", "nephoran-generation", "nephoran-x", "content-type"])
some_bytes = st.none() | st.binary(max_size=6)
headers = st.dictionaries(names, st.text(max_size=6), max_size=4)
topics = st.sampled_from(["intents.parsed", "intents.planned", "nephoran.control"])


def arrived(sent: Outgoing) -> Record:
    return Record(sent.topic, 0, 0, 0, sent.key, sent.value, sent.headers)


@given(topics, some_bytes, some_bytes, headers)
def test_what_was_signed_is_accepted_whatever_tools_add(
    topic: str, key: bytes | None, value: bytes | None, ours: dict[str, str]
) -> None:
    sent = WRITER.signed(topic, key, value, ours, (("traceparent", b"00"), ("kafka_dlt-offset", b"\xff")))
    assert READER.is_signed(topic, arrived(sent))
    seasoned = arrived(sent)._replace(headers=(("nephoran-dlq-offset", b"1"), *sent.headers, ("x\udcff", None)))
    assert READER.is_signed(topic, seasoned)


@given(topics, some_bytes, some_bytes, headers, topics, some_bytes, some_bytes, headers)
def test_no_signature_fits_another_record(
    topic: str,
    key: bytes | None,
    value: bytes | None,
    ours: dict[str, str],
    other_topic: str,
    other_key: bytes | None,
    other_value: bytes | None,
    others: dict[str, str],
) -> None:
    sent = WRITER.signed(topic, key, value, ours)
    *_, signature = sent.headers
    forged_headers: Headers = (*((name, text.encode()) for name, text in others.items()), signature)
    forged = Record(other_topic, 0, 0, 0, other_key, other_value, forged_headers)
    is_the_same = (topic, key, value, covered(sent.headers)) == (
        other_topic,
        other_key,
        other_value,
        covered(forged_headers),
    )
    assert READER.is_signed(other_topic, forged) == is_the_same


@given(st.lists(st.tuples(names, some_bytes), min_size=1, max_size=4), st.data())
def test_nothing_can_be_moved_from_one_field_to_its_neighbour(
    pairs: list[tuple[str, bytes | None]], data: st.DataObject
) -> None:
    """Not even where all fields, written one after another, look the same."""
    whole = "".join(name + (value or b"").decode("latin-1") for name, value in pairs)
    cut = data.draw(st.integers(0, len(whole)))
    other = ((whole[:cut], whole[cut:].encode("latin-1")),)
    assume(other != tuple(pairs))
    signature = KEYRING.sign("t", None, None, tuple(pairs))
    assert not KEYRING.accepts(signature, "t", None, None, other)


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode), st.dictionaries(st.text(max_size=8), some_bytes))
def test_no_bytes_raise_anything(signature: bytes, others: dict[str, bytes | None]) -> None:
    record = Record("t", 0, 0, 0, None, None, (*others.items(), ("nephoran-signature", signature)))
    assert not READER.is_signed("t", record)
    assert not READER.is_sealed("t", record)
