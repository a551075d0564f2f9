"""A fault, the alert, and whom it reaches: the instruments of a worker, a real Prometheus and a real Alertmanager.

The rules are those of deploy/ with their windows a sixtieth as long; the routes are those of deploy/.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from prometheus_client import start_http_server

from agents.adapters.a1.a1_interface import A1Interface
from agents.adapters.a1.settings import A1EndpointSettings, A1Settings
from agents.domain.verdicts import Retryable
from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.stand_ins.ric.http_server import StandInServer
from pipeline.stand_ins.ric.near_rt_ric import standard_routes
from pipeline.stand_ins.ric.policies import Policies
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.observers import NetworkMeter
from schemas.bodies import StepTarget
from tests.servers.alertmanager_server import AlertmanagerServer, alertmanager
from tests.servers.eventually import eventually_blocking
from tests.servers.prometheus_server import PrometheusServer, prometheus_scraping
from tests.servers.shortened_rules import shortened_rules

pytestmark = pytest.mark.slow
ALERT_SECONDS = 180
"""From a fault to its alert at a receiver: scrape, rules, `for`, group; about ten on an idle machine."""
JOBS = ("llm-processor", "rag-api", "nephio-bridge", "oran-adaptor")


@dataclass
class Watched:
    """A worker's instruments, and those who watch them."""

    metrics: Metrics
    prometheus: PrometheusServer
    alerts: AlertmanagerServer

    def wait_for(self, told: Callable[[], bool]) -> None:
        eventually_blocking(told, ALERT_SECONDS)


@contextmanager
def watched(folder: Path, office: Literal["open", "closed"]) -> Iterator[Watched]:
    metrics = Metrics()
    metrics.lag_measured_at.set_function(time.time)
    metrics.dead_letters.labels("parse", "broken_json")
    server, thread = start_http_server(0, "127.0.0.1", metrics.registry)
    jobs = {job: [f"127.0.0.1:{server.server_port}"] for job in JOBS}
    rules = shortened_rules(folder)
    with alertmanager(office) as alerts, prometheus_scraping(jobs, rules, alerts.address) as prometheus:
        eventually_blocking(lambda: prometheus.value("sum(dead_letters_total)") == 0)
        yield Watched(metrics, prometheus, alerts)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched(tmp_path_factory.mktemp("rules"), "open") as all_of_it:
        yield all_of_it


def test_a_dead_letter_is_told_to_chat_and_team_and_resolves(system: Watched) -> None:
    system.metrics.dead_letters.labels("parse", "broken_json").inc()
    for status in ("firing", "resolved"):
        system.wait_for(lambda status=status: system.alerts.told("DeadLetters", status) == {"chat", "sre-team"})


def test_a_model_that_costs_more_than_a_thousand_dollars_a_day_is_told_to_finance(system: Watched) -> None:
    costs = system.metrics.llm_costs.labels("expensive")
    eventually_blocking(lambda: system.prometheus.value('sum(llm_token_costs_usd_total{model="expensive"})') == 0)

    def spending() -> bool:
        costs.inc(0.01)
        return system.alerts.told("HighLLMCosts") == {"chat", "finance-team"}

    system.wait_for(spending)
    eventually_blocking(lambda: "finance-team" in system.alerts.told("HighLLMCosts", "resolved"), ALERT_SECONDS)


def test_knowledge_that_takes_four_seconds_pages_and_resolves(system: Watched) -> None:
    queries = system.metrics.rag_seconds.labels("sqlite")

    def slow() -> bool:
        queries.observe(4.0)
        return system.alerts.told("RAGLatencyCritical") == {"pager-critical", "sre-team"}

    def quick() -> bool:
        queries.observe(0.01)
        return system.alerts.told("RAGLatencyCritical", "resolved") == {"pager-critical", "sre-team"}

    system.wait_for(slow)
    system.wait_for(quick)


def test_a_pause_is_told_and_the_standstill_that_it_causes_is_not(system: Watched) -> None:
    system.metrics.paused.labels("plan").set(1)
    system.wait_for(lambda: "chat" in system.alerts.told("StagePaused", stage="plan"))
    system.metrics.lag_verdict.labels("plan", "stalled").set(1)
    system.wait_for(lambda: "StageStalled" in system.alerts.inhibited())
    assert system.alerts.told("StageStalled", stage="plan") == set()
    system.metrics.paused.labels("plan").set(0)
    system.wait_for(lambda: "pager-critical" in system.alerts.told("StageStalled", stage="plan"))
    system.metrics.lag_verdict.labels("plan", "stalled").set(0)
    system.wait_for(lambda: "pager-critical" in system.alerts.told("StageStalled", "resolved", stage="plan"))


def test_a_ric_that_does_not_answer_pages_and_resolves_once_it_does(system: Watched) -> None:
    [port] = find_free_ports(1)
    endpoint = A1EndpointSettings.model_validate({"url": f"http://127.0.0.1:{port}"})
    meter = NetworkMeter(system.metrics, [StepTarget.A1])

    def ask() -> None:
        async def once() -> None:
            interface = A1Interface(A1Settings(endpoints={"*": endpoint}), meter)
            with suppress(Retryable):
                await interface.check("*")
            await interface.close()

        with ThreadPoolExecutor(1) as pool:  # a loop runs here already
            pool.submit(asyncio.run, once()).result()

    def is_paged() -> bool:
        ask()
        return system.alerts.told("ORANInterfaceDown") == {"pager-critical", "network-team"}

    def is_resolved() -> bool:
        ask()
        return system.alerts.told("ORANInterfaceDown", "resolved") == {"pager-critical", "network-team"}

    system.wait_for(is_paged)
    with StandInServer(standard_routes(Policies({})), port):
        system.wait_for(is_resolved)


def test_out_of_office_hours_pages_go_out_and_mail_of_what_can_wait_does_not(tmp_path: Path) -> None:
    with watched(tmp_path, "closed") as night:
        night.metrics.dead_letters.labels("parse", "broken_json").inc()
        night.metrics.lag_verdict.labels("enrich", "stopped").set(1)
        night.wait_for(lambda: night.alerts.told("StageStopped") == {"pager-critical", "sre-team"})
        night.wait_for(lambda: "chat" in night.alerts.told("DeadLetters"))
        night.wait_for(lambda: "chat" in night.alerts.told("DeadLetters", "resolved"))
        assert night.alerts.told("DeadLetters") == {"chat"}
