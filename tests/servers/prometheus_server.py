"""A Prometheus of a test's own: it scrapes what the test says, evaluates the test's rules, and is asked by PromQL.

Its configuration is the test's, so a running one cannot be borrowed: the program is the one NEPHORAN_TEST_PROMETHEUS
names, else the one on the path (Debian: `prometheus`), else the test is skipped, which in CI is a failure.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.processes.child_process import ChildProcess
from tests.servers.eventually import eventually_blocking
from tests.servers.programs import answers

PROGRAM_VARIABLE = "NEPHORAN_TEST_PROMETHEUS"
START_SECONDS = 60


@dataclass(frozen=True)
class PrometheusServer:
    """A running server."""

    url: str

    def query(self, expression: str, at: float | None = None) -> list[dict[str, Any]]:
        """The series that an instant query finds: `metric` and `value` (time, text) each."""
        parameters: dict[str, str | float] = {"query": expression} | ({} if at is None else {"time": at})
        found: list[dict[str, Any]] = self._get("/api/v1/query", parameters)["result"]
        return found

    def value(self, expression: str, at: float | None = None) -> float | None:
        """The value of a query that finds one series, None where it finds none."""
        found = self.query(expression, at)
        assert len(found) <= 1, f"{expression} finds {len(found)} series"
        return float(found[0]["value"][1]) if found else None

    def names(self) -> set[str]:
        """The names of every metric it knows."""
        return set(self._get("/api/v1/label/__name__/values", {}))

    def exemplars(self, selector: str, since: float) -> list[dict[str, str]]:
        """The labels of the exemplars of these series, from that Unix time on."""
        found = self._get("/api/v1/query_exemplars", {"query": selector, "start": since, "end": time.time()})
        return [exemplar["labels"] for series in found for exemplar in series["exemplars"]]

    def firing(self) -> set[str]:
        """The names of the alerts that fire."""
        alerts = self._get("/api/v1/alerts", {})["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def _get(self, path: str, parameters: Mapping[str, str | float]) -> Any:
        answer = httpx.get(self.url + path, params=dict(parameters), timeout=20).json()
        assert answer["status"] == "success", answer
        return answer["data"]


@contextmanager
def prometheus_scraping(
    jobs: Mapping[str, Sequence[str]],
    rules: Sequence[Path] = (),
    alertmanager: str | None = None,
    interval: str = "1s",
    data: Path | None = None,
) -> Iterator[PrometheusServer]:
    """A server that scrapes the addresses of each job, ready to be asked; `data` is its database where it has one.

    Rules are evaluated at every `interval`, whatever their groups say.
    """
    program = prometheus_program()
    with tempfile.TemporaryDirectory(prefix="nephoran-prometheus-") as name:
        folder = Path(name)
        config = folder / "prometheus.yml"
        hasty = [_without_intervals(path, folder / f"rules-{number}.yaml") for number, path in enumerate(rules)]
        config.write_text(yaml.safe_dump(_configuration(jobs, hasty, alertmanager, interval)))
        (port,) = find_free_ports(1)
        process = ChildProcess(_command(program, config, data or folder / "data", port), folder / "log")
        try:
            server = PrometheusServer(f"http://127.0.0.1:{port}")
            eventually_blocking(lambda: answers(f"{server.url}/-/ready", process, "prometheus"), START_SECONDS)
            yield server
        finally:
            process.kill()


def prometheus_program() -> str:
    """The program. Skips the test where there is none."""
    found = os.environ.get(PROGRAM_VARIABLE) or shutil.which("prometheus")
    if found is None:
        pytest.skip(f"there is no prometheus: apt-get install prometheus, or name one in {PROGRAM_VARIABLE}")
    return found


def _without_intervals(rules: Path, copy: Path) -> Path:
    content = yaml.safe_load(rules.read_text())
    for group in content["groups"]:
        group.pop("interval", None)
    copy.write_text(yaml.safe_dump(content))
    return copy


def _configuration(
    jobs: Mapping[str, Sequence[str]], rules: Sequence[Path], alertmanager: str | None, interval: str
) -> dict[str, Any]:
    return {
        "global": {"scrape_interval": interval, "evaluation_interval": interval},
        "rule_files": [str(path) for path in rules],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": list(targets)}]} for job, targets in jobs.items()
        ],
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}] if alertmanager else [],
        },
    }


def _command(program: str, config: Path, data: Path, port: int) -> list[str]:
    return [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=60d",
        f"--web.listen-address=127.0.0.1:{port}",
        "--enable-feature=exemplar-storage",
        "--rules.alert.resend-delay=2s",
        "--log.level=warn",
    ]
