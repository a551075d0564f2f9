"""docs/measurements.md: every benchmark writes its own part of it, and leaves the others as they are."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "measurements.md"
HEAD = "# Measurements\n\nWhat the benchmarks found; each part says which command made it, when and where.\n"


def write_part(title: str, command: str, lines: Sequence[str]) -> None:
    """Put these lines under this heading, in place of what an earlier run wrote there."""
    page = PAGE.read_text() if PAGE.exists() else HEAD
    parts = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE))
    parts[title] = "\n" + "\n".join([f"`{command}`, {_here()}.", "", *lines]) + "\n\n"
    text = HEAD + "".join(f"\n## {name}\n{part.rstrip()}\n" for name, part in sorted(parts.items()))
    PAGE.write_text(text)


def _here() -> str:
    day = datetime.now(UTC).date().isoformat()
    return (
        f"{day}, nephoran {version('nephoran')}, Python {platform.python_version()}, {os.cpu_count()} processors "
        f"({platform.machine()}, {platform.system()})"
    )
