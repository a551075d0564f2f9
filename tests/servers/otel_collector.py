"""An OpenTelemetry collector of a test's own, configured as deploy/otel/collector.yaml says but for its addresses.

The program is built once (Go, some minutes) into the user's cache folder; where it cannot be had the test is skipped,
which in CI is a failure.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.processes.child_process import ChildProcess
from tests.servers.eventually import eventually_blocking
from tests.servers.programs import ROOT, answers, run_script

CONFIG = ROOT / "deploy/otel/collector.yaml"
START_SECONDS = 20


@dataclass(frozen=True)
class Collector:
    """A running collector: where spans go in, and where Prometheus asks."""

    endpoint: str
    metrics_url: str


def collector_program() -> str:
    """The program. Skips the test where it cannot be had."""
    return run_script(ROOT / "deploy/tools/otel-collector.sh").strip()


@contextmanager
def collector(trace_store: str) -> Iterator[Collector]:
    """A collector that hands spans on to this address, over gRPC."""
    program = collector_program()
    spans, health, metrics = find_free_ports(3)
    with tempfile.TemporaryDirectory(prefix="nephoran-collector-") as name:
        config = Path(name) / "collector.yaml"
        config.write_text(_configuration(trace_store, spans, health, metrics))
        process = ChildProcess([program, f"--config={config}"], Path(name) / "log", os.environ)
        try:
            eventually_blocking(lambda: answers(f"http://127.0.0.1:{health}", process, "the collector"), START_SECONDS)
            yield Collector(f"http://127.0.0.1:{spans}/v1/traces", f"http://127.0.0.1:{metrics}/metrics")
        finally:
            process.kill()


def _configuration(trace_store: str, spans: int, health: int, metrics: int) -> str:
    config = yaml.safe_load(CONFIG.read_text())
    config["receivers"]["otlp"]["protocols"]["http"]["endpoint"] = f"127.0.0.1:{spans}"
    config["exporters"]["otlp_grpc/jaeger"]["endpoint"] = trace_store
    config["extensions"]["health_check"]["endpoint"] = f"127.0.0.1:{health}"
    (reader,) = config["service"]["telemetry"]["metrics"]["readers"]
    reader["pull"]["exporter"]["prometheus"] |= {"host": "127.0.0.1", "port": metrics}
    return yaml.safe_dump(config)
