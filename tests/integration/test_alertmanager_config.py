"""Who hears of each alert, and at which hour, as amtool reads the configuration."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from tests.servers.alert_rules import alerts
from tests.servers.programs import ROOT, output_of

CONFIG = ROOT / "deploy/alertmanager/alertmanager.yml"
DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


def test_alertmanager_takes_the_configuration() -> None:
    output_of("amtool", "check-config", CONFIG)


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: f"{alert['alert']}-{alert['labels']['severity']}")
def test_each_alert_reaches_those_it_concerns(alert: dict[str, Any]) -> None:
    labels = alert["labels"] | {"alertname": alert["alert"]}
    reached = output_of(
        "amtool",
        "config",
        "routes",
        "test",
        "--config.file",
        CONFIG,
        *(f"{key}={value}" for key, value in labels.items()),
    )
    assert reached.strip().split(",") == _concerned(labels)


def _concerned(labels: dict[str, str]) -> list[str]:
    if labels["alertname"] == "Watchdog":
        return ["heartbeat"]
    first = {"critical": "pager-critical", "warning": "chat", "info": "chat"}[labels["severity"]]
    return [first] if labels["severity"] == "info" else [first, f"{labels['team']}-team"]


def test_pages_go_out_at_every_hour_and_mail_of_what_can_wait_in_office_hours_alone() -> None:
    config = yaml.safe_load(CONFIG.read_text())
    hours = {each["name"]: each["time_intervals"] for each in config["time_intervals"]}
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    week = [monday + timedelta(hours=hour) for hour in range(168)]

    def open_hours(route: dict[str, Any]) -> int:
        names = route.get("active_time_intervals")
        return sum(names is None or any(_is_within(hours[name], hour) for name in names) for hour in week)

    routes = config["route"]["routes"]
    assert {route["receiver"]: open_hours(route) for route in routes} == dict.fromkeys(
        (route["receiver"] for route in routes), 168
    )
    waiting = {route["receiver"]: open_hours(child) for route in routes for child in route.get("routes", [])}
    assert waiting.pop("pager-critical") == 168
    assert waiting == dict.fromkeys(("sre-team", "platform-team", "network-team", "finance-team"), 40)


def _is_within(intervals: list[dict[str, Any]], moment: datetime) -> bool:
    return any(_holds(interval, moment.astimezone(ZoneInfo(interval["location"]))) for interval in intervals)


def _holds(interval: dict[str, Any], local: datetime) -> bool:
    day = local.isoweekday() % 7  # Alertmanager's weeks begin on Sunday
    days = (each.split(":") for each in interval["weekdays"])
    clock = f"{local:%H:%M}"
    return any(DAYS.index(first) <= day <= DAYS.index(last) for first, last in days) and any(
        times["start_time"] <= clock < times["end_time"] for times in interval["times"]
    )


def test_a_message_begins_with_what_is_wrong_and_tells_what_is_over_apart(tmp_path: Path) -> None:
    alerts = [_as_sent("resolved", "parse"), _as_sent("firing", "rag"), _as_sent("firing", "plan")]
    common = {
        "receiver": "pager-critical",
        "externalURL": "http://alerts",
        "groupLabels": {"alertname": "StageStopped"},
    }
    grouped = {**common, "status": "firing", "alerts": alerts, "commonLabels": {"severity": "critical"}}
    over = {**common, "status": "resolved", "alerts": alerts[:1], "commonLabels": {"severity": "critical"}}
    assert _rendered("title", grouped, tmp_path) == "FIRING critical: rag is down (and 1 more)"
    assert _rendered("title", over, tmp_path) == "RESOLVED critical: parse is down"
    told = _rendered("text", grouped, tmp_path).strip().split("\n\n")
    assert [part.splitlines()[0] for part in told] == [
        "StageStopped: rag is down",
        "StageStopped: plan is down",
        "Over: parse is down (StageStopped), from 2026-11-24 03:00:00 to 03:05:00 UTC",
    ]
    assert "Runbook: docs/runbooks/StageStopped.md" in told[0]


def _as_sent(status: str, stage: str) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "StageStopped", "stage": stage},
        "annotations": {"summary": f"{stage} is down", "runbook_url": "docs/runbooks/StageStopped.md"},
        "startsAt": "2026-11-24T03:00:00Z",
        "endsAt": "2026-11-24T03:05:00Z",
    }


def _rendered(part: str, group: dict[str, Any], folder: Path) -> str:
    """What a receiver is told of a group of alerts, as amtool makes it of our templates."""
    data = folder / "group.json"
    data.write_text(json.dumps(group))
    return output_of(
        "amtool",
        "template",
        "render",
        f"--template.glob={CONFIG.parent}/templates/*.tmpl",
        f'--template.text={{{{ template "nephoran.{part}" . }}}}',
        f"--template.data={data}",
    )


def test_no_secret_stands_in_the_configuration() -> None:
    text = CONFIG.read_text()
    assert not {"routing_key:", "api_url:", "smtp_auth_password:", "credentials:"} & set(text.split())
    folder = "/etc/alertmanager/secrets/"
    named = {word.strip("{}").removeprefix(folder) for word in text.split() if word.startswith(folder)}
    described = (CONFIG.parent / "secrets/README.md").read_text()
    assert named == {line.split("`")[1] for line in described.splitlines() if line.startswith("| `")}
