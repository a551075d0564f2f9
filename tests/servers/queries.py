"""What PromQL queries name, and what there is to be named."""

import re
from functools import cache

from pipeline.telemetry.metrics import Metrics
from tests.servers.alert_rules import rules

FOREIGN = re.compile(r"up|ALERTS|kube_node_status_condition|container_\w+|process_\w+|slo:\w+:ratio(_rate\w+)?")
"""What Prometheus, the cluster, the client library or sloth makes, not the catalogue."""
HISTOGRAM_PARTS = ("_bucket", "_sum", "_count")
_OPERATORS = {"and", "or", "unless", "offset", "bool", "inf"}
_NOT_NAMES = re.compile(
    r"\{[^}]*\}|\[[^]]*\]|\"[^\"]*\"|\b(by|without|on|ignoring|group_left|group_right)\b\s*(\([^)]*\))?"
)
_NAME = re.compile(r"(?<![\w:])[A-Za-z_:][\w:]*(?![\w:])(?!\s*\()")


def metrics_in(query: str) -> set[str]:
    """The metrics that a query names: what is neither function, operator, label nor text."""
    return set(_NAME.findall(_NOT_NAMES.sub(" ", query))) - _OPERATORS


def unknown_metrics(queries: list[str]) -> set[str]:
    """What queries name and nothing makes: neither the catalogue, nor a recording rule, nor somebody else."""
    named = {name for query in queries for name in metrics_in(query)}
    return {name for name in named - _known() if not FOREIGN.fullmatch(name)}


@cache
def _known() -> set[str]:
    catalogue = Metrics().catalogue
    parts = {metric.name: HISTOGRAM_PARTS if metric.kind == "histogram" else ("",) for metric in catalogue}
    ours = {name + part for name, all_parts in parts.items() for part in all_parts}
    return ours | {rule["record"] for rule in rules() if "record" in rule}
