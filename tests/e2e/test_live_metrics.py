"""The whole system under a real Prometheus: what the docs name is there, and the report agrees with the books."""

import asyncio
import json
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.kafka.settings import KafkaSettings
from pipeline.operations.read_topics import read_all
from pipeline.stand_ins.model.replies import Says
from pipeline.stand_ins.model.server import StandInModel, served
from pipeline.telemetry.metrics import Metric, Metrics
from schemas.status import IntentStatus, State
from schemas.topics import STATUS
from tests.servers.dashboards import dashboards, panels, queries
from tests.servers.eventually import eventually_blocking
from tests.servers.programs import ROOT
from tests.servers.prometheus_server import PrometheusServer, prometheus_scraping
from tests.servers.worker_process import (
    Environment,
    environment_for,
    make_repository,
    nephoran,
    serving,
    worker_running,
)
from tests.unit.goals.good_cases import ON_ITS_OWN

COMPONENTS = {"llm-processor": "parse,plan,approve", "rag-api": "enrich", "nephio-bridge": "deploy"}
"""What each job of Prometheus runs: the handbook's components."""
CLEAR = [f"Scale the AMF in {site} to {replicas} replicas" for site in ("tokyo-1", "osaka-1") for replicas in (3, 4, 5)]
UNCLEAR = ["Scale the AMF in tokyo to 5 replicas", "Scale the UPF in london-1", "What is for lunch today?"]
UNREADABLE = '{"intent": '
FOR_THE_MODEL, MODELS_ANSWER = ON_ITS_OWN
RISKY = "Delete the AMF in osaka-1"


LONG_SECONDS = 120


@dataclass(frozen=True)
class System:
    """Everything at work, and the Prometheus that watches it."""

    environment: Environment
    prometheus: PrometheusServer
    folder: Path
    repository: Path

    def submit(self, *requests: str) -> None:
        lines = self.folder / "requests"
        lines.write_text("\n".join(requests))
        nephoran(self.environment, "submit", "-f", str(lines))


@contextmanager
def system_running(kafka: KafkaSettings, folder: Path) -> Iterator[System]:
    with ExitStack() as running:
        model = running.enter_context(served(StandInModel(default=Says(MODELS_ANSWER.model_dump(mode="json")))))
        settings = {
            "NEPHORAN_MODEL__NAME": "stand-in",
            "NEPHORAN_MODEL__BASE_URL": model.base_url,
            "NEPHORAN_MODEL__ACCOUNTING_FILE": str(folder / "books.sqlite"),
            "NEPHORAN_MODEL__PRICES": json.dumps({"stand-in": {"input_usd": 1, "output_usd": 1}}),
            "NEPHORAN_METRICS__LAG_INTERVAL_SECONDS": "1",
        }
        environment = environment_for(kafka, folder, **settings)
        repository = make_repository(folder)
        workers = {
            job: running.enter_context(worker_running(environment, folder, "--stages", stages))
            for job, stages in COMPONENTS.items()
        }
        jobs = {job: [worker.address] for job, worker in workers.items()}
        canary = running.enter_context(serving(environment, folder, "canary"))
        rules = sorted((ROOT / "deploy/prometheus/rules").glob("*.yaml"))
        rules += sorted((ROOT / "deploy/prometheus/rules/slo").glob("*.yaml"))
        prometheus = running.enter_context(prometheus_scraping(jobs | {"canary": [canary.address]}, rules))
        eventually_blocking(lambda: prometheus.value("count(up == 1)") == len(jobs) + 1, LONG_SECONDS)
        yield System(environment, prometheus, folder, repository)


def play(system: System) -> None:
    """A day of the system in half a minute: an outage of the repository, then every kind of request."""
    away = system.repository.rename(system.folder / "away.git")
    system.submit(CLEAR[0])
    eventually_blocking(lambda: system.prometheus.query('intent_stage_retries_total{dependency="git"}'), LONG_SECONDS)
    away.rename(system.repository)
    system.submit(*CLEAR[1:], *UNCLEAR, UNREADABLE)
    for _ in range(2):
        nephoran(system.environment, "submit", FOR_THE_MODEL, "--wait")
    (*_, proposed) = nephoran(system.environment, "submit", RISKY, "--wait")
    nephoran(system.environment, "approve", proposed["intent_id"], "--yes")


ONLY_WHERE_KAFKA_LOSES = {"intent_log_breaks_total", "intent_records_expired_total"}
"""Their series begin with the first loss, and nothing is lost here."""


def expected_names(metrics: list[Metric]) -> set[str]:
    return {each.name + ("_bucket" if each.kind == "histogram" else "") for each in metrics}


def dashboard_queries() -> list[str]:
    """What the dashboards ask of parts that exist: there is no gateway yet. That no alert fires is nothing missing."""
    later = ("sli:system_availability", "ALERTS")
    asked = [query for board in dashboards().values() for panel in panels(board) for query in queries(panel)]
    return [query for query in asked if not any(name in query for name in later)]


async def first_answers(kafka: KafkaSettings) -> list[IntentStatus]:
    """Every first answer that `intents.status` tells of."""
    found: list[IntentStatus] = []
    await read_all(kafka, {STATUS: lambda record: found.append(IntentStatus.model_validate_json(record.value or b""))})
    return [status for status in found if status.latency_seconds is not None]


def _require_none(left: Collection[str]) -> bool:
    assert not left, left
    return True


@pytest.mark.slow
async def test_every_metric_is_there_and_the_report_agrees_with_the_status_topic(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    with system_running(kafka, tmp_path) as system:
        await asyncio.to_thread(play, system)
        ask = system.prometheus
        sent = len(CLEAR) + len(UNCLEAR) + 4
        eventually_blocking(lambda: ask.value("sum(intent_processing_total)") == sent, LONG_SECONDS)
        expected = expected_names(Metrics().catalogue) - ONLY_WHERE_KAFKA_LOSES
        eventually_blocking(lambda: _require_none(expected - ask.names()), LONG_SECONDS)
        eventually_blocking(lambda: _require_none([each for each in dashboard_queries() if not ask.query(each)]))
        eventually_blocking(lambda: "Watchdog" in ask.firing())
        answers = await first_answers(kafka)
        (report,) = nephoran(system.environment, "slo", "report", "--prometheus", ask.url, accept=(0, 1))

    assert len(answers) == sent
    objectives = {each["name"]: each for each in report["objectives"]}
    bad = sum(answer.state in (State.FAILED, State.DEAD_LETTERED) for answer in answers)
    good = [
        answer.latency_seconds or 0.0 for answer in answers if answer.state not in (State.FAILED, State.DEAD_LETTERED)
    ]
    assert bad > 0
    assert objectives["intent-availability"]["measured_percent"] == pytest.approx(100 * (1 - bad / sent), rel=0.01)
    in_time = 100 * sum(seconds <= 1.5 for seconds in good) / len(good)
    assert objectives["intent-latency-p50"]["measured_percent"] == pytest.approx(in_time, rel=0.01, abs=0.01)
    assert objectives["system-availability"]["measured_percent"] is None, "there is no gateway yet, and none is made up"
