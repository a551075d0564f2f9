"""What travels on of a trace that is not sampled."""

import pytest

from pipeline.flow import FLOW
from pipeline.kafka.records import Headers, Record
from pipeline.telemetry.tracing import current_ids, processing, sending, trace_headers

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
UNSAMPLED = (("traceparent", f"00-{TRACE_ID}-{SPAN_ID}-00".encode()), ("tracestate", b"vendor=1"))


def sent_on(headers: Headers) -> Headers:
    """The trace headers of what comes of a record with these headers."""
    record = Record("intents.parsed", 0, 7, 1_000, b"key", b"{}", (("ce_id", b"1"), *headers))
    with processing(FLOW[1], record), sending("intents.enriched"):
        return trace_headers()


def test_a_trace_that_is_not_sampled_travels_on_as_it_came() -> None:
    assert sent_on(UNSAMPLED) == UNSAMPLED


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        b"",
        b"rubbish",
        f"00-{'0' * 32}-{SPAN_ID}-01".encode(),
        f"00-{TRACE_ID}-{'0' * 16}-01".encode(),
        f"ff-{TRACE_ID}-{SPAN_ID}-01".encode(),
        "00-4bf92f3577b34da6a3ce929d0e0e473ü".encode(),
    ],
)
def test_a_record_without_a_readable_trace_begins_one(traceparent: bytes | None) -> None:
    arrived = () if traceparent is None else (("traceparent", traceparent),)

    ((name, value),) = sent_on(arrived)

    assert name == "traceparent"
    assert len(value) == 55
    assert value.endswith(b"-00")
    assert TRACE_ID.encode() not in value


@pytest.mark.parametrize(
    "strange",
    [("traceparent", b"rubbish"), ("traceparent", None), ("tracestate", None), ("tracestate", b"a=1," * 250_000)],
)
def test_what_strangers_put_beside_a_trace_neither_stops_it_nor_travels_on(strange: tuple[str, bytes | None]) -> None:
    (traceparent, _) = UNSAMPLED
    assert sent_on((strange, traceparent)) == (traceparent,)


def test_logs_can_name_the_trace_of_the_moment_and_no_other() -> None:
    with processing(FLOW[1], Record("intents.parsed", 0, 7, 1_000, None, b"{}", UNSAMPLED)):
        assert current_ids() == (TRACE_ID, SPAN_ID)
    assert current_ids() is None
