"""Alerts fire when they should and stay quiet when they should, as promtool runs them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.servers.alert_rules import GENERATED, OBJECTIVES, RULES, alerts, objectives, rule_files, rules
from tests.servers.programs import output_of, run_script

CASES = sorted((Path(__file__).parent / "alerts").glob("*.yaml"))
BAD_SERIES = {
    "system-availability": ['http_requests_total{service="api-gateway",code="500"}'],
    "intent-availability": ['intent_processing_total{outcome="dead_lettered"}'],
    "llm-availability": ['llm_requests_total{outcome="timed_out"}'],
    "rag-availability": [f'rag_queries_total{{outcome="{each}"}}' for each in ("degraded", "unavailable")],
    "oran-availability": ['oran_requests_total{interface="a1",outcome="unavailable"}'],
    "intent-latency": ['intent_processing_duration_seconds_count{outcome="deployed"}'],
    "llm-latency": ["llm_request_duration_seconds_count"],
    "rag-latency": ["rag_query_latency_seconds_count"],
    "gateway-latency": ['http_request_duration_seconds_count{service="api-gateway"}'],
    "database-latency": ["db_query_duration_seconds_count"],
}
"""What grows where an event of the objective is bad. Of a latency, buckets that do not grow."""
GOOD_SERIES = {
    "system-availability": [
        'http_requests_total{service="api-gateway",code="202"}',
        'http_requests_total{service="api-gateway",code="422"}',
    ],
    "intent-availability": [f'intent_processing_total{{outcome="{each}"}}' for each in ("declined", "deployed")],
    "llm-availability": [f'llm_requests_total{{outcome="{each}"}}' for each in ("answered", "refused", "over_budget")],
    "rag-availability": [f'rag_queries_total{{outcome="{each}"}}' for each in ("found", "nothing_found")],
    "oran-availability": [
        f'oran_requests_total{{interface="o1",outcome="{each}"}}' for each in ("done", "refused", "overtaken")
    ],
}
"""What grows where nothing is wrong, with what must be left out of the ratio."""
SLOW_BUCKETS = {
    "intent-latency": 'intent_processing_duration_seconds_bucket{{outcome="deployed",le="{}"}}',
    "llm-latency": 'llm_request_duration_seconds_bucket{{le="{}"}}',
    "rag-latency": 'rag_query_latency_seconds_bucket{{le="{}"}}',
    "gateway-latency": 'http_request_duration_seconds_bucket{{service="api-gateway",le="{}"}}',
    "database-latency": 'db_query_duration_seconds_bucket{{le="{}"}}',
}
LIMITS_SECONDS = {
    "intent-latency": (1.5, 3.0, 5.0),
    "llm-latency": (0.8, 2.0, 5.0),
    "rag-latency": (0.2, 0.5, 1.0),
    "gateway-latency": (0.1, 0.3, 0.5),
    "database-latency": (0.05, 0.15, 0.3),
}
"""P50, P95, P99 of the handbook's table."""


@pytest.mark.parametrize("cases", CASES, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should_and_only_then(cases: Path) -> None:
    output_of("promtool", "test", "rules", cases)


def test_prometheus_takes_every_rule() -> None:
    output_of("promtool", "check", "rules", *rule_files())


@pytest.mark.slow  # builds sloth where it was never built here
def test_the_generated_rules_are_those_of_the_objectives(tmp_path: Path) -> None:
    run_script(OBJECTIVES / "generate.sh", tmp_path)
    fresh = {file.name: file.read_text() for file in tmp_path.iterdir()}
    committed = {file.name: file.read_text() for file in GENERATED.iterdir()}
    assert committed == fresh, "deploy/slo has changed: run `make rules`"


def test_every_alert_is_seen_firing_and_quiet_at_every_severity() -> None:
    seen: set[tuple[str, str]] = set()
    for case in (each for file in CASES for test in yaml.safe_load(file.read_text())["tests"] for each in _cases(test)):
        seen |= {(case["alertname"], alert["exp_labels"]["severity"]) for alert in case["exp_alerts"]} or {
            (case["alertname"], "quiet")
        }
    handwritten = alerts([file for file in rule_files() if file.parent != GENERATED])
    wanted = {(alert["alert"], alert["labels"]["severity"]) for alert in handwritten}
    wanted |= {(name, "quiet") for name, severity in wanted if severity != "none"}
    assert seen == wanted


def _cases(test: dict[str, Any]) -> list[dict[str, Any]]:
    return test.get("alert_rule_test", [])


@pytest.mark.parametrize("objective", objectives(), ids=lambda objective: objective["name"])
def test_a_budget_that_burns_is_told_even_where_nothing_was_ever_good(
    objective: dict[str, Any], tmp_path: Path
) -> None:
    name = objective["name"]
    has_page = not objective["alerting"]["page_alert"].get("disable")
    firing = f'count(ALERTS{{objective="{name}",alertstate="firing",severity="%s"}}) or vector(0)'
    ratio = f'max(slo:sli_error:ratio_rate5m{{sloth_slo="{name}"}})'
    budget_left = f'sum(slo:error_budget:remaining{{sloth_slo="{name}"}})'
    all_bad = _test(
        _series(name, "0+60x60", "0x60"),
        {firing % "critical": int(has_page), firing % "warning": 1, ratio: 1, f"{budget_left} < bool 0": 1},
    )
    all_good = _test(
        _series(name, "0x60", "0+60x60"),
        {firing % "critical": 0, firing % "warning": 0, ratio: 0, budget_left: 100},
    )
    silent = _test(
        _series(name, "7x60", "9x60"),
        {firing % "critical": 0, firing % "warning": 0, f"count({ratio}) or vector(0)": 0},
    )
    _require_true(name, [all_bad, all_good, silent], tmp_path)


def _require_true(objective: str, tests: list[dict[str, Any]], folder: Path) -> None:
    """Only the rules of one objective are loaded: all of them take promtool seconds."""
    groups = [
        group
        for file in (RULES / "budgets.yaml", *GENERATED.glob("*.yaml"))
        for group in yaml.safe_load(file.read_text())["groups"]
        if group["name"].startswith("nephoran") or group["name"].endswith(objective)
    ]
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
    cases = folder / "cases.yaml"
    order = [group["name"] for group in groups]  # without it promtool's order is another in each run
    cases.write_text(
        yaml.safe_dump(
            {
                "rule_files": ["rules.yaml"],
                "evaluation_interval": "1m",
                "group_eval_order": order,
                "tests": tests,
            }
        )
    )
    output_of("promtool", "test", "rules", cases)


def _series(name: str, bad: str, good: str) -> dict[str, str]:
    kind, _, quantile = name.partition("-p")
    if not quantile:
        return dict.fromkeys(GOOD_SERIES[kind], good) | dict.fromkeys(BAD_SERIES[kind], bad)
    limit = LIMITS_SECONDS[kind][("50", "95", "99").index(quantile)]
    events = bad if "+" in bad else good
    return dict.fromkeys(BAD_SERIES[kind], events) | {SLOW_BUCKETS[kind].format(limit): good}


def _test(series: dict[str, str], values: dict[str, float]) -> dict[str, Any]:
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": samples} for name, samples in series.items()],
        "promql_expr_test": [
            {"expr": query, "eval_time": "30m", "exp_samples": [{"labels": "{}", "value": value}]}
            for query, value in values.items()
        ],
    }


def test_a_failure_in_a_quiet_night_weighs_as_much_as_one_at_noon(tmp_path: Path) -> None:
    night_then_noon = _test(
        {
            'intent_processing_total{outcome="failed"}': "0+1x30 30x30",
            'intent_processing_total{outcome="deployed"}': "0x30 0+1000x30",
        },
        {'round(1000 * sum(slo:error_ratio:30d{sloth_slo="intent-availability"}), 0.1)': 1.0},
    )
    night_then_noon["promql_expr_test"][0]["eval_time"] = "62m"
    _require_true("intent-availability", [night_then_noon], tmp_path)


@pytest.mark.parametrize(
    ("recorded", "query"), [("slo:events:rate5m", "total_query"), ("slo:bad_events:rate5m", "error_query")]
)
def test_budgets_count_what_the_objectives_are_measured_on(recorded: str, query: str) -> None:
    found = {
        rule["labels"]["sloth_slo"]: rule["expr"]
        for rule in rules([RULES / "budgets.yaml"])
        if rule.get("record") == recorded
    }
    assert found == {
        objective["name"]: objective["sli"]["events"][query].replace("{{.window}}", "5m") for objective in objectives()
    }
