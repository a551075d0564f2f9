"""What every alert must carry, so that whoever it wakes knows what to do."""

import re
from typing import Any

import pytest

from tests.servers.alert_rules import alerts, objectives, rules
from tests.servers.programs import ROOT
from tests.servers.queries import unknown_metrics

ESCALATION = {"critical": ("true", "immediate"), "warning": ("false", "business-hours"), "info": ("false", "none")}


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: f"{alert['alert']}-{alert['labels']['severity']}")
def test_an_alert_says_whom_it_wakes_and_what_to_do(alert: dict[str, Any]) -> None:
    labels, annotations = alert["labels"], alert["annotations"]
    assert labels["team"] in {"sre", "platform", "network", "finance"}
    if alert["alert"] != "Watchdog":
        assert (labels["page"], labels["escalation"]) == ESCALATION[labels["severity"]]
    assert annotations["summary"]
    assert annotations["description"]
    assert annotations["runbook_url"] == f"docs/runbooks/{alert['alert']}.md"
    assert (ROOT / annotations["runbook_url"]).is_file()


@pytest.mark.parametrize("objective", objectives(), ids=lambda objective: objective["name"])
def test_a_burn_alert_says_what_is_measured(objective: dict[str, Any]) -> None:
    told = objective["alerting"]["annotations"]["description"]
    assert f"; {100 - objective['objective']:.2g} % may, over 30 days" in told
    for limit in re.findall(r'le="([\d.]+)"', objective["sli"]["events"]["error_query"]):
        assert f"took longer than {float(limit):g} s" in told


def test_there_is_no_runbook_without_its_alert() -> None:
    runbooks = {file.stem for file in (ROOT / "docs/runbooks").glob("*.md")} - {"README"}
    assert runbooks == {alert["alert"] for alert in alerts()}


def test_rules_name_only_metrics_that_something_makes() -> None:
    assert unknown_metrics([rule["expr"] for rule in rules()]) == set()
