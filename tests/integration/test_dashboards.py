"""Dashboards that Grafana can provision, with queries that Prometheus takes, on metrics that something makes."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.servers.dashboards import dashboards, panels, queries
from tests.servers.programs import ROOT, output_of
from tests.servers.queries import unknown_metrics

ALL = dashboards()
VARIABLE = {"type": "prometheus", "uid": "${datasource}"}


@pytest.mark.parametrize("name", ALL)
def test_prometheus_takes_every_query(name: str, tmp_path: Path) -> None:
    asked = [query for panel in panels(ALL[name]) for query in queries(panel)]
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(asked)]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": name, "rules": rules}]}))
    output_of("promtool", "check", "rules", file)


@pytest.mark.parametrize("name", ALL)
def test_panels_ask_for_metrics_that_something_makes(name: str) -> None:
    assert unknown_metrics([query for panel in panels(ALL[name]) for query in queries(panel)]) == set()


@pytest.mark.parametrize("name", ALL)
def test_a_dashboard_can_be_provisioned_as_it_is(name: str) -> None:
    board = ALL[name]
    assert board["uid"] == f"nephoran-{name}"  # at the top, not in a wrapper of the HTTP API
    assert board["templating"]["list"][0]["name"] == "datasource"
    identities = [panel["id"] for panel in board["panels"]]
    assert len(identities) == len(set(identities))
    for panel in panels(board):
        _require_as_grafana_wants_it(panel)


def _require_as_grafana_wants_it(panel: dict[str, Any]) -> None:
    assert panel["type"] in {"timeseries", "stat", "gauge", "table", "heatmap", "piechart"}
    assert [panel["datasource"], *(target["datasource"] for target in panel["targets"])] == [VARIABLE] * (
        1 + len(panel["targets"])
    )
    assert "thresholds" not in panel["fieldConfig"]
    thresholds = panel["fieldConfig"]["defaults"].get("thresholds", {"steps": [{"value": None}]})
    assert thresholds["steps"][0]["value"] is None


@pytest.mark.parametrize("name", ALL)
def test_no_panel_lies_upon_another(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in ALL[name]["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_grafana_finds_the_dashboards_and_what_they_ask() -> None:
    provisioning = ROOT / "deploy/grafana/provisioning"
    provider = yaml.safe_load((provisioning / "dashboards/nephoran.yaml").read_text())["providers"][0]
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    mounted = dict(volume.split(":")[:2] for volume in services["grafana"]["volumes"] if volume.startswith("."))
    assert mounted["./deploy/grafana/dashboards"] == provider["options"]["path"]
    sources = yaml.safe_load((provisioning / "datasources/nephoran.yaml").read_text())["datasources"]
    hosts = {source["url"].split("//")[1].split(":")[0] for source in sources}
    assert hosts <= set(services)
