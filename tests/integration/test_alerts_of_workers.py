"""Real workers on a real Kafka, watched by a real Prometheus and Alertmanager: what goes wrong reaches whom it should.

The rules are those of deploy/ with their windows a sixtieth as long; the routes are those of deploy/.
"""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest

from pipeline.kafka.settings import KafkaSettings
from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.processes.child_process import ChildProcess
from pipeline.stand_ins.model.replies import Says
from pipeline.stand_ins.model.server import StandInModel, served
from pipeline.telemetry.metrics import Metrics
from tests.servers.alert_rules import rules
from tests.servers.alertmanager_server import AlertmanagerServer, alertmanager
from tests.servers.dashboards import dashboards, panels, queries
from tests.servers.eventually import eventually_blocking
from tests.servers.prometheus_server import PrometheusServer, prometheus_scraping
from tests.servers.queries import HISTOGRAM_PARTS, metrics_in
from tests.servers.shortened_rules import shortened_rules
from tests.servers.worker_process import (
    NEPHORAN,
    WorkerProcess,
    environment_for,
    make_repository,
    nephoran,
    worker_running,
)

pytestmark = pytest.mark.slow
STAGES = {
    "llm-processor": "parse,plan",
    "rag-api": "enrich",
    "nephio-bridge": "approve,deploy",
    "oran-adaptor": "observe",
}
"""The jobs of docker-compose.yml and what they run."""
ALERT_SECONDS = 180
UNREADABLE = '{"intent": '
COVERED = "Scale the AMF in tokyo-1 to 5 replicas"
STRANGE = "Frobnicate the AMF in tokyo-1 to {} replicas"
"""What the grammar does not cover and the model is asked about."""
WITHOUT_DATA = {
    "System availability (objective 99.95 %)",  # the gateway
    "Waiting for people or provisioning (P50)",  # nobody approved anything
    "Circuits open",  # none ever was
    "Attempts repeated, by what was away",  # nothing was
}
"""Panels of parts that do not run yet, and of what did not happen."""


DID_NOT_HAPPEN = {
    "llm_answers_found_total",
    "circuit_open",
    "intent_stage_retries_total",
    "intent_waiting_seconds",
    "intent_log_breaks_total",
}
"""What has no series before it first happens."""


@dataclass
class System:
    """All of it, at work."""

    environment: dict[str, str]
    workers: dict[str, WorkerProcess]
    prometheus: PrometheusServer
    alerts: AlertmanagerServer
    folder: Path

    def submit(self, *requests: str) -> None:
        for request in requests:
            nephoran(self.environment, "submit", request)

    def wait_for(self, told: Callable[[], bool]) -> None:
        eventually_blocking(told, ALERT_SECONDS)


@contextmanager
def system_running(kafka: KafkaSettings, folder: Path, model: StandInModel) -> Iterator[System]:
    make_repository(folder)
    (folder / "rules").mkdir()
    environment = environment_for(
        kafka,
        folder,
        NEPHORAN_MODEL__NAME="stand-in",
        NEPHORAN_MODEL__BASE_URL=model.base_url,
        NEPHORAN_MODEL__PRICES='{"stand-in": {"input_usd": 1000, "output_usd": 1000}}',
        NEPHORAN_MODEL__ACCOUNTING_FILE=str(folder / "spending.sqlite"),
    )
    with ExitStack() as stack:
        workers = {
            job: stack.enter_context(worker_running(environment, folder, "--stages", stages))
            for job, stages in STAGES.items()
        }
        alerts = stack.enter_context(alertmanager())
        (port,) = find_free_ports(1)
        stack.enter_context(_process(environment, folder, str(port), "canary"))
        jobs = {job: [worker.address] for job, worker in workers.items()} | {"canary": [f"127.0.0.1:{port}"]}
        prometheus = stack.enter_context(prometheus_scraping(jobs, shortened_rules(folder / "rules"), alerts.address))
        eventually_blocking(lambda: prometheus.value("sum(up)") == len(jobs), ALERT_SECONDS)
        yield System(environment, workers, prometheus, alerts, folder)


async def test_faults_of_workers_reach_the_right_people_and_resolve(kafka: KafkaSettings, tmp_path: Path) -> None:
    model = StandInModel(default=Says("no answer", after_seconds=4.0))
    model.answers[STRANGE.format(3)] = Says({"expectations": [], "question": None})
    with served(model), system_running(kafka, tmp_path, model) as system:
        _a_known_request_as_a_dry_run_comes_out_right_and_changes_nothing(system)
        _an_unreadable_record_is_told(system)
        _a_slow_and_dear_model_is_told(system)
        _every_panel_has_data(system)
        _every_metric_that_rules_and_panels_name_is_there(system)
        _a_dead_worker_pages_until_there_is_another(system)


def _a_known_request_as_a_dry_run_comes_out_right_and_changes_nothing(system: System) -> None:
    (run,) = nephoran(system.environment, "canary", "--once")
    assert run["outcome"] == "right", run
    commits = ["git", "-C", str(system.folder / "deployments.git"), "rev-list", "--all", "--count"]
    assert subprocess.run(commits, capture_output=True, text=True, check=True).stdout.strip() == "0"


def _an_unreadable_record_is_told(system: System) -> None:
    system.submit(UNREADABLE)
    system.wait_for(lambda: system.alerts.told("DeadLetters", stage="parse") == {"chat", "sre-team"})
    system.wait_for(lambda: "sre-team" in system.alerts.told("DeadLetters", "resolved", stage="parse"))


def _a_slow_and_dear_model_is_told(system: System) -> None:
    numbers = cycle(range(3, 20))
    for alert, team in (("LLMLatency", "sre-team"), ("LLMAvailability", "sre-team"), ("HighLLMCosts", "finance-team")):

        def told(alert: str = alert, team: str = team) -> bool:
            system.submit(COVERED, STRANGE.format(next(numbers)))  # windows are of the last seconds alone
            return team in system.alerts.told(alert)

        system.wait_for(told)


def _every_panel_has_data(system: System) -> None:
    def empty() -> list[str]:
        system.submit(COVERED)  # some figures are of the last moments alone
        return [
            panel["title"]
            for board in dashboards().values()
            for panel in panels(board)
            if panel["title"] not in WITHOUT_DATA
            and not any(system.prometheus.query(query) for query in queries(panel))
        ]

    eventually_blocking(lambda: _require_none(empty()), ALERT_SECONDS)


def _every_metric_that_rules_and_panels_name_is_there(system: System) -> None:
    asked = [rule["expr"] for rule in rules()]
    asked += [query for board in dashboards().values() for panel in panels(board) for query in queries(panel)]
    ours = {metric.name for metric in Metrics().catalogue if metric.later is None}
    named = {name.removesuffix(part) for query in asked for name in metrics_in(query) for part in HISTOGRAM_PARTS}
    found = {name.removesuffix(part) for name in system.prometheus.names() for part in HISTOGRAM_PARTS}
    assert (named & ours) - found - DID_NOT_HAPPEN == set()


def _require_none(panels_without_data: list[str]) -> bool:
    assert not panels_without_data, panels_without_data
    return True


def _a_dead_worker_pages_until_there_is_another(system: System) -> None:
    dead = system.workers["rag-api"]
    dead.process.kill()
    system.submit("Scale the SMF in tokyo-1 to 4 replicas")
    system.wait_for(lambda: system.alerts.told("ComponentDown", job="rag-api") == {"pager-critical", "sre-team"})
    system.wait_for(lambda: "pager-critical" in system.alerts.told("StageStopped", stage="enrich"))
    port = dead.address.rpartition(":")[2]
    with _process(system.environment, system.folder, port, "run", "--stages", STAGES["rag-api"]):
        for alert, labels in (("ComponentDown", {"job": "rag-api"}), ("StageStopped", {"stage": "enrich"})):
            system.wait_for(
                lambda alert=alert, labels=labels: "pager-critical" in system.alerts.told(alert, "resolved", **labels)
            )


@contextmanager
def _process(system_environment: dict[str, str], folder: Path, port: str, *arguments: str) -> Iterator[None]:
    process = ChildProcess(
        [NEPHORAN, *arguments], folder / f"{port}.log", {**system_environment, "NEPHORAN_METRICS__PORT": port}
    )
    try:
        yield
    finally:
        process.kill()
