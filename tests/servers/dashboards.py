"""The Grafana dashboards of deploy/, read for tests."""

import json
from typing import Any

from tests.servers.programs import ROOT

DASHBOARDS = ROOT / "deploy/grafana/dashboards"


def dashboards() -> dict[str, dict[str, Any]]:
    """Each dashboard by the name of its file."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(DASHBOARDS.glob("*.json"))}


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """The panels that show something."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(panel: dict[str, Any], service: str = "worker") -> list[str]:
    """The queries of a panel as Grafana sends them, its variables filled in."""
    filled = {"$service": service, "$__rate_interval": "5m"}
    found = [target["expr"] for target in panel["targets"]]
    for variable, value in filled.items():
        found = [query.replace(variable, value) for query in found]
    return found
