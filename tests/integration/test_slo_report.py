"""The report on objectives, asked of a real Prometheus, against what is known to have happened."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import start_http_server
from typer.testing import CliRunner, Result

from pipeline.cli.main import app
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.stage_meter import StageMeter
from schemas.bodies import Priority
from schemas.status import State
from tests.servers.eventually import eventually_blocking
from tests.servers.prometheus_server import PrometheusServer, prometheus_scraping

OBJECTIVES = """
version: prometheus/v1
service: nephoran
slos:
  - name: intents
    objective: 90
    sli:
      events:
        error_query: sum(rate(intent_processing_total{outcome=~"failed|dead_lettered"}[{{.window}}])) or vector(0)
        total_query: sum(rate(intent_processing_total[{{.window}}])) > 0
  - name: intents-in-time
    objective: 95
    sli:
      events:
        error_query: >-
          sum(rate(intent_processing_duration_seconds_count[{{.window}}]))
          - sum(rate(intent_processing_duration_seconds_bucket{le="1.5"}[{{.window}}]))
        total_query: sum(rate(intent_processing_duration_seconds_count[{{.window}}])) > 0
  - name: model
    objective: 99
    sli:
      events:
        error_query: sum(rate(llm_requests_total{outcome="unavailable"}[{{.window}}])) or vector(0)
        total_query: sum(rate(llm_requests_total[{{.window}}])) > 0
"""


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def prometheus(metrics: Metrics) -> Iterator[PrometheusServer]:
    """A Prometheus that has seen the worker before anything happened."""
    server, thread = start_http_server(0, "127.0.0.1", metrics.registry)
    address = f"127.0.0.1:{server.server_port}"
    with prometheus_scraping({"worker": [address]}) as prometheus:
        StageMeter(metrics, "deploy")
        eventually_blocking(lambda: prometheus.value("sum(intent_processing_total)") == 0)
        yield prometheus
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Report"]:
    (tmp_path / "objectives.yaml").write_text(OBJECTIVES)
    monkeypatch.setenv("NEPHORAN_SLO__FOLDER", str(tmp_path))
    return Report()


class Report:
    """The command, as people run it."""

    def run(self, url: str, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["slo", "report", "--prometheus", url, "--window", "1h", *arguments])

    def objectives(self, url: str) -> dict[str, dict[str, float | None]]:
        told = json.loads(self.run(url, "--json").stdout)
        return {objective["name"]: objective for objective in told["objectives"]}


@pytest.mark.slow
def test_the_report_is_within_a_hundredth_of_what_happened(
    metrics: Metrics, prometheus: PrometheusServer, report: Report
) -> None:
    meter = StageMeter(metrics, "deploy")
    for number in range(200):
        outcome = State.DEAD_LETTERED if number % 20 == 0 else State.DEPLOYED
        meter.answered(outcome, Priority.NORMAL, seconds=2.0 if number % 10 == 0 else 0.4)
    eventually_blocking(lambda: prometheus.value("sum(intent_processing_total)") == 200)

    told = report.objectives(prometheus.url)

    assert told["intents"]["measured_percent"] == pytest.approx(95, rel=0.01)
    assert told["intents"]["budget_left_percent"] == pytest.approx(50, rel=0.01)
    assert told["intents"]["burn_rate"] == pytest.approx(0.5, rel=0.01)
    assert told["intents-in-time"]["measured_percent"] == pytest.approx(90, rel=0.01)
    assert told["intents-in-time"]["budget_left_percent"] == pytest.approx(-100, rel=0.01)
    assert "95 % in 1.5 s" in report.run(prometheus.url).stdout


@pytest.mark.slow
def test_a_spent_budget_ends_with_1_and_no_events_are_no_data(
    metrics: Metrics, prometheus: PrometheusServer, report: Report
) -> None:
    before = report.run(prometheus.url)
    StageMeter(metrics, "deploy").answered(State.FAILED, Priority.CRITICAL, seconds=0.1)
    eventually_blocking(lambda: prometheus.value("sum(intent_processing_total)") == 1)

    after = report.run(prometheus.url)

    assert before.exit_code == 0
    assert before.stdout.count("no data") == 9
    assert "100" not in before.stdout
    assert "does it scrape the workers" in before.stderr
    assert after.exit_code == 1
    assert "is spent: intents" in after.stderr
    assert "does it scrape" not in after.stderr
    assert report.objectives(prometheus.url)["model"]["measured_percent"] is None


def test_no_prometheus_ends_with_3_and_says_what_to_do(report: Report) -> None:
    ended = report.run("http://127.0.0.1:1")

    assert ended.exit_code == 3
    assert "NEPHORAN_SLO__PROMETHEUS_URL" in ended.stderr


def test_no_objectives_say_where_they_are_looked_for(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEPHORAN_SLO__FOLDER", "/nowhere")
    ended = report.run("http://127.0.0.1:1")

    assert ended.exit_code == 1
    assert "/nowhere" in ended.stderr
