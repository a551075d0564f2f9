"""The rules of deploy/ with every duration a sixtieth as long: a live test sees in seconds what takes minutes.

Windows, offsets, `for` and `interval` are divided by 60, to a second at least; thresholds and everything else stay.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.servers.alert_rules import RULES

_DURATION = re.compile(r"(?<=\[)(\d+)([smhd])(?=])|(?<=offset )(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
FACTOR = 60


def shortened_rules(folder: Path) -> list[Path]:
    """The files, written into `folder`; those of parts that do not run yet are left out, as they are in production."""
    files = sorted({*RULES.glob("*.yaml"), *RULES.glob("slo/*.yaml")})
    for number, file in enumerate(files):
        groups = [_shortened_group(group) for group in yaml.safe_load(file.read_text())["groups"]]
        (folder / f"{number}-{file.name}").write_text(yaml.safe_dump({"groups": groups}))
    return sorted(folder.glob("*.yaml"))


def _shortened_group(group: dict[str, Any]) -> dict[str, Any]:
    changed = {**group, "rules": [_shortened_rule(rule) for rule in group["rules"]]}
    return changed | ({"interval": _shortened(group["interval"])} if "interval" in group else {})


def _shortened_rule(rule: dict[str, Any]) -> dict[str, Any]:
    expression = _DURATION.sub(lambda found: _shortened(found.group()), rule["expr"])
    return {**rule, "expr": expression} | ({"for": _shortened(rule["for"])} if "for" in rule else {})


def _shortened(duration: str) -> str:
    return f"{max(1, int(duration[:-1]) * _SECONDS[duration[-1]] // FACTOR)}s"
