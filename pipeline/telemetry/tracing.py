"""Traces: one from producer to effect, through all topics (OpenTelemetry messaging conventions).

Most events are not sampled, so they must cost next to nothing: for those the `traceparent` travels on as it came, and
the OpenTelemetry SDK is not touched at all.
"""

import os
import random
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from importlib.metadata import version
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from pydantic import BaseModel, ConfigDict, Field

from agents.domain.verdicts import Failed, Rejected, Retryable
from pipeline.kafka.acknowledgement import Acknowledged
from pipeline.kafka.records import Record
from pipeline.kafka.stage import Stage

tracer = trace.get_tracer("nephoran")
TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
CONTEXT_HEADERS = (TRACEPARENT, TRACESTATE)
MOST_TRACESTATE_BYTES = 512
"""What of a trace must travel on (W3C Trace Context, 3.3.1.5). Beyond it a record could outgrow its topic."""
TraceContext = tuple[tuple[str, bytes], ...]
LINKED_TRACE = "nephoran-replayed-traceparent"
"""The header with the trace in which a replayed record failed; the replay begins one of its own."""
_VALID = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f][0-9a-f]")
_unsampled: ContextVar[TraceContext] = ContextVar("unsampled", default=())
"""The unsampled trace of the current work, as headers for what is published."""


class TracingSettings(BaseModel):
    """Where spans go, and how many."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str | None = None
    """An OTLP/HTTP endpoint such as http://localhost:4318/v1/traces. None: ids in logs and headers, no export."""
    sample_ratio: float = Field(0.01, ge=0, le=1)
    """The share of traces that begin here and are exported. A producer's own decision is kept."""


class _Sampling:
    """Which of the traces that begin in this process are sampled: none before `start_tracing`."""

    is_exporting = False
    ratio = 0.0


def start_tracing(settings: TracingSettings) -> None:
    """Make this process export spans, where an endpoint is set. What is left is exported when the process ends.

    Once: a process that exports goes on as it does.
    """
    if settings.endpoint is None or _Sampling.is_exporting:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from pipeline.telemetry.sampler import BEGUN_WITH_RECORDS

    resource = {
        "service.name": "nephoran",
        "service.version": version("nephoran"),
        "service.instance.id": f"{socket.gethostname()}-{os.getpid()}",
    }
    provider = TracerProvider(sampler=BEGUN_WITH_RECORDS, resource=Resource.create(resource))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.endpoint)))
    trace.set_tracer_provider(provider)
    _Sampling.is_exporting, _Sampling.ratio = True, settings.sample_ratio


class _Unsampled(AbstractContextManager[trace.Span]):
    """The work inside belongs to an unsampled trace. A generator's context would cost twice as much."""

    __slots__ = ("_context", "_token")

    def __init__(self, context: TraceContext) -> None:
        self._context = context

    def __enter__(self) -> trace.Span:
        self._token = _unsampled.set(self._context)
        return trace.INVALID_SPAN

    def __exit__(self, *_: object) -> None:
        _unsampled.reset(self._token)


def processing(stage: Stage[Any], record: Record) -> AbstractContextManager[trace.Span]:
    """The work on one record in one stage: a child of what its `traceparent` names, else the start of a trace."""
    arrived = trace_of(record)
    if _is_sampled(arrived) if arrived else random.random() < _Sampling.ratio:
        return _processing_sampled(stage, record, arrived)
    return _Unsampled(arrived or _new_unsampled())


@contextmanager
def _processing_sampled(stage: Stage[Any], record: Record, arrived: TraceContext) -> Iterator[trace.Span]:
    parent = propagate.extract({name: value.decode("ascii", "replace") for name, value in arrived}, Context())
    attributes = _messaging("process", record.topic) | {
        "messaging.destination.partition.id": str(record.partition),
        "messaging.consumer.group.name": stage.group,
        "messaging.kafka.offset": record.offset,
    }
    for name, value in (("messaging.message.id", record.header("ce_id")), ("messaging.kafka.message.key", record.key)):
        if value:
            attributes[name] = value.decode("utf-8", "replace")
    with tracer.start_as_current_span(
        f"process {record.topic}", parent, trace.SpanKind.CONSUMER, attributes, links=_links_of(record)
    ) as span:
        yield span


def sending(topic: str) -> AbstractContextManager[Callable[[Acknowledged], None]]:
    """The publishing of what comes of a record: what follows it in other processes is its child.

    It yields a function that must be given the future of the broker's acknowledgement, which ends the span.
    """
    is_sampled = not _unsampled.get() and trace.get_current_span().is_recording()
    return _sending_sampled(topic) if is_sampled else _NOT_SAMPLED


def _nothing_to_end(sent: Acknowledged) -> None:
    """What is not sampled has no span."""


_NOT_SAMPLED = nullcontext(_nothing_to_end)


@contextmanager
def _sending_sampled(topic: str) -> Iterator[Callable[[Acknowledged], None]]:
    with tracer.start_as_current_span(
        f"send {topic}", kind=trace.SpanKind.PRODUCER, attributes=_messaging("send", topic), end_on_exit=False
    ) as span:
        yield lambda sent: sent.add_done_callback(lambda _: span.end())


@contextmanager
def first_sending(topic: str) -> Iterator[TraceContext]:
    """The publishing of a record that begins a trace, with the headers it must carry: none where nothing is exported,
    so that whoever reads it may decide."""
    if not _Sampling.is_exporting:
        yield ()
    elif random.random() >= _Sampling.ratio:
        yield _new_unsampled()
    else:
        span = tracer.start_span(f"send {topic}", Context(), trace.SpanKind.PRODUCER, _messaging("send", topic))
        try:
            yield _headers_of(trace.set_span_in_context(span))
        finally:
            span.end()


@contextmanager
def asking(what: str, whom: str, attributes: dict[str, str]) -> Iterator[None]:
    """A request to another system on behalf of the current event. A decline is an answer, not an error."""
    if not trace.get_current_span().is_recording():
        yield
        return
    with tracer.start_as_current_span(
        f"{what} {whom}",
        kind=trace.SpanKind.CLIENT,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        except Retryable as away:
            mark_failed(span, away.dependency)
            raise
        except (Failed, Rejected) as verdict:
            mark_failed(span, verdict.reason)
            raise


def mark_failed(span: trace.Span, reason: str) -> None:
    """Record on the span what went wrong, as one of a small fixed set of values."""
    span.set_attribute("error.type", reason)
    span.set_status(trace.StatusCode.ERROR)


def trace_headers() -> TraceContext:
    """The current trace as record headers."""
    return _unsampled.get() or _headers_of(None)


def exemplar_of_now() -> dict[str, str] | None:
    """The trace of this moment, where somebody will find it: None where it is not sampled."""
    if _unsampled.get() or not _Sampling.is_exporting:
        return None
    context = trace.get_current_span().get_span_context()
    return {"trace_id": f"{context.trace_id:032x}"} if context.trace_flags.sampled else None


def current_ids() -> tuple[str, str] | None:
    """The current trace id and span id, in hexadecimal; None outside any trace."""
    for name, value in trace_headers():
        if name == TRACEPARENT:
            _, trace_id, span_id, _ = value.decode().split("-", 3)
            return trace_id, span_id
    return None


def _headers_of(context: Context | None) -> TraceContext:
    carrier: dict[str, str] = {}
    propagate.inject(carrier, context)
    return tuple((name, value.encode()) for name, value in carrier.items())


def trace_of(record: Record) -> TraceContext:
    """The record's trace, () where it has none that can be read. Its `traceparent` stands first."""
    parent = record.header(TRACEPARENT)
    if parent is None or not _VALID.fullmatch(parent):
        return ()
    state = record.header(TRACESTATE)
    if not state or len(state) > MOST_TRACESTATE_BYTES:
        return ((TRACEPARENT, parent),)
    return ((TRACEPARENT, parent), (TRACESTATE, state))


def _is_sampled(context: TraceContext) -> bool:
    return bool(int(context[0][1][-2:], 16) & 1)


def _new_unsampled() -> TraceContext:
    ids = random.randbytes(24).hex()
    return ((TRACEPARENT, f"00-{ids[:32]}-{ids[32:]}-00".encode()),)


def _links_of(record: Record) -> list[trace.Link]:
    failed_in = record.header(LINKED_TRACE)
    if failed_in is None or not _VALID.fullmatch(failed_in):
        return []
    linked = propagate.extract({TRACEPARENT: failed_in.decode()}, Context())
    return [trace.Link(trace.get_current_span(linked).get_span_context(), {"nephoran.link": "replay of"})]


def _messaging(operation: str, topic: str) -> dict[str, str | int]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": topic,
    }
