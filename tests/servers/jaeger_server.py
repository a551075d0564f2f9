"""A Jaeger of a test's own: it takes spans over OTLP/HTTP and is asked for whole traces.

The program is the one that NEPHORAN_TEST_JAEGER names, else it is built once (Go, some minutes) into the user's cache
folder; where neither can be had the test is skipped, which in CI is a failure.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.processes.child_process import ChildProcess
from tests.servers.eventually import eventually_blocking
from tests.servers.programs import GO_TOOL, answers, run_script

PROGRAM_VARIABLE = "NEPHORAN_TEST_JAEGER"
PACKAGE, VERSION = "github.com/jaegertracing/jaeger/cmd/all-in-one", "v1.62.0"
START_SECONDS = 20
_PORTS = (
    *("collector.otlp.http.host-port", "query.http-server.host-port", "admin.http.host-port"),
    *("collector.otlp.grpc.host-port", "query.grpc-server.host-port", "collector.grpc-server.host-port"),
    *("collector.http-server.host-port", "http-server.host-port", "processor.zipkin-compact.server-host-port"),
    *("processor.jaeger-compact.server-host-port", "processor.jaeger-binary.server-host-port"),
)
"""Every port it listens on; the first four are used."""


@dataclass(frozen=True)
class Span:
    """One span of a trace."""

    name: str
    kind: str
    id: str
    trace_id: str
    parent_id: str | None
    links: tuple[str, ...]
    """The traces it links to."""
    tags: dict[str, Any]


@dataclass(frozen=True)
class JaegerServer:
    """A running server. `endpoint` is where spans go over HTTP, `grpc_address` where they go over gRPC."""

    endpoint: str
    query_url: str
    grpc_address: str

    def traces(self, **tags: str) -> list[list[Span]]:
        """The traces with a span that has these tags, the spans of each by their begin."""
        asked = {"service": "nephoran", "limit": 100, "tags": str(tags).replace("'", '"')}
        found = httpx.get(f"{self.query_url}/api/traces", params=asked, timeout=20).json()["data"] or []
        return [_spans_of(trace) for trace in found]


@contextmanager
def jaeger() -> Iterator[JaegerServer]:
    """A server that keeps traces in memory."""
    program = os.environ.get(PROGRAM_VARIABLE) or run_script(GO_TOOL, "jaeger-all-in-one", PACKAGE, VERSION).strip()
    ports = find_free_ports(len(_PORTS))
    addresses = [f"--{name}=127.0.0.1:{port}" for name, port in zip(_PORTS, ports, strict=True)]
    server = JaegerServer(
        f"http://127.0.0.1:{ports[0]}/v1/traces", f"http://127.0.0.1:{ports[1]}", f"127.0.0.1:{ports[3]}"
    )
    with tempfile.TemporaryDirectory(prefix="nephoran-jaeger-") as folder:
        command = [program, *addresses, "--collector.otlp.enabled=true", "--log-level=warn"]
        process = ChildProcess(command, Path(folder) / "log", os.environ | {"SPAN_STORAGE_TYPE": "memory"})
        try:
            eventually_blocking(lambda: answers(f"http://127.0.0.1:{ports[2]}", process, "jaeger"), START_SECONDS)
            yield server
        finally:
            process.kill()


def _spans_of(trace: dict[str, Any]) -> list[Span]:
    return [_span(span, trace["traceID"]) for span in sorted(trace["spans"], key=lambda span: span["startTime"])]


def _span(span: dict[str, Any], trace_id: str) -> Span:
    tags = {tag["key"]: tag["value"] for tag in span["tags"]}
    references = span["references"]
    parents = [each["spanID"] for each in references if each["refType"] == "CHILD_OF"]
    links = tuple(each["traceID"] for each in references if each["traceID"] != trace_id)
    return Span(
        name=span["operationName"],
        kind=tags.get("span.kind", ""),
        id=span["spanID"],
        trace_id=span["traceID"],
        parent_id=parents[0] if parents else None,
        links=links,
        tags=tags,
    )
