"""The OpenTelemetry collector that stands between workers and the trace store."""

import subprocess

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from tests.servers.eventually import eventually_blocking
from tests.servers.jaeger_server import jaeger
from tests.servers.otel_collector import CONFIG, collector, collector_program

pytestmark = pytest.mark.slow  # builds the collector where it was never built here


def test_the_collector_takes_the_configuration_as_it_is() -> None:
    command = [collector_program(), "validate", f"--config={CONFIG}"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_spans_reach_the_trace_store_and_prometheus_is_told_how_many() -> None:
    with jaeger() as store, collector(store.grpc_address) as between:
        provider = TracerProvider(resource=Resource.create({"service.name": "nephoran"}))
        provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=between.endpoint)))
        with provider.get_tracer("test").start_as_current_span("process", attributes={"nephoran.intent.id": "one"}):
            pass
        provider.shutdown()
        eventually_blocking(lambda: len(store.traces(**{"nephoran.intent.id": "one"})) == 1, 20)
        assert "otelcol_exporter_sent_spans" in httpx.get(between.metrics_url).text
