"""The Prometheus rules of deploy/, read for tests."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.servers.programs import ROOT

RULES = ROOT / "deploy/prometheus/rules"
GENERATED = RULES / "slo"
OBJECTIVES = ROOT / "deploy/slo"


def rule_files() -> list[Path]:
    """Every file of rules, those of parts that do not run yet among them."""
    return sorted(RULES.rglob("*.yaml"))


def rules(files: list[Path] | None = None) -> Iterator[dict[str, Any]]:
    """Every rule, recorded or alerting, as the files have it."""
    for file in files or rule_files():
        yield from _rules_of(file)


@cache
def _rules_of(file: Path) -> list[dict[str, Any]]:
    groups = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts(files: list[Path] | None = None) -> list[dict[str, Any]]:
    """Every alert."""
    return [rule for rule in rules(files) if "alert" in rule]


def objectives() -> list[dict[str, Any]]:
    """Every objective of deploy/slo."""
    files = sorted(OBJECTIVES.glob("*.yaml"))
    return [objective for file in files for objective in yaml.safe_load(file.read_text())["slos"]]
