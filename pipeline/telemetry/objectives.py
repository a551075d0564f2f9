"""The service level objectives, as the files in sloth's format say them (`version: prometheus/v1`)."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.knowledge.settings import shipped_folder
from pipeline.kafka.not_usable import NotPossible


class SloSettings(BaseModel):
    """Where the objectives are, and the Prometheus that measures them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(default_factory=lambda: shipped_folder("slo"))
    """A folder of sloth's `*.yaml` files, which replaces the default one as a whole."""
    prometheus_url: str = "http://localhost:9090"
    """Its address, as a browser would open it. It must keep data for as long as the report looks back."""


class _Events(BaseModel):
    error_query: str
    total_query: str


class _Indicator(BaseModel):
    events: _Events


class Objective(BaseModel):
    """One objective: `objective` percent of events must be good over the window."""

    name: str
    objective: float = Field(gt=0, lt=100)
    description: str = ""
    sli: _Indicator

    @property
    def allowed(self) -> float:
        """The share of events that may be bad: the error budget, 0..1."""
        return 1 - self.objective / 100

    @property
    def limit_seconds(self) -> float | None:
        """Within how many seconds an event must end: the bucket its query names. None where time does not matter."""
        bucket = re.search(r'le="([\d.]+)"', self.sli.events.error_query)
        return float(bucket[1]) if bucket else None

    def queries(self, window: str) -> tuple[str, str]:
        """PromQL for the rates of bad and of all events over a window such as `30d`."""
        events = self.sli.events
        return _over(events.error_query, window), _over(events.total_query, window)


class _File(BaseModel):
    version: Literal["prometheus/v1"]
    slos: tuple[Objective, ...]


def load_objectives(folder: Path) -> Sequence[Objective]:
    """Every objective of the folder, file by file. Raises: NotPossible where there is none, or one cannot be read."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise NotPossible(f"there are no objectives in {folder}: set NEPHORAN_SLO__FOLDER to a folder of sloth's files")
    return [objective for file in files for objective in _read(file)]


def _read(file: Path) -> Sequence[Objective]:
    try:
        return _File.model_validate(yaml.safe_load(file.read_text())).slos
    except (ValidationError, yaml.YAMLError) as error:
        raise NotPossible(f"{file} is no file of objectives in sloth's format: {error}") from error


def _over(query: str, window: str) -> str:
    return query.replace("{{.window}}", window).replace("{{ .window }}", window)
