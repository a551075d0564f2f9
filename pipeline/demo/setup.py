"""What the demo plays on: a broker, a deployment repository, and a worker process for each stage."""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from agents.adapters.git.bare_repository import init_bare
from pipeline.flow import STAGES
from pipeline.kafka.not_usable import NotUsable
from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.processes.child_process import ChildProcess
from pipeline.settings import Settings

STOP_SECONDS = 15
PROBE_SECONDS = 2


class Workers:
    """A worker process for each stage, their logs in a folder."""

    def __init__(self, settings: Settings, out: Path) -> None:
        self._environment = {
            **os.environ,
            "NEPHORAN_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
            "NEPHORAN_GIT__REPOSITORY": settings.git.repository,
            "NEPHORAN_GIT__CACHE": str(settings.git.cache),
            "NEPHORAN_SIGNING__KEY_FILE": str(settings.signing.key_file),
            "NEPHORAN_A1__ENDPOINTS": json.dumps(settings.a1.model_dump(mode="json", exclude_none=True)["endpoints"]),
            "NEPHORAN_O1__ELEMENTS": json.dumps(settings.o1.model_dump(mode="json", exclude_none=True)["elements"]),
            "NEPHORAN_MODEL__NAME": settings.model.name,
            "NEPHORAN_MODEL__BASE_URL": settings.model.base_url,
            "NEPHORAN_MODEL__API_KEY": "",
            "NEPHORAN_MODEL__PRICES": json.dumps({settings.model.name: {"input_usd": 0, "output_usd": 0}}),
            "NEPHORAN_MODEL__ACCOUNTING_FILE": str(settings.model.accounting_file),
            "NEPHORAN_ENGINE__SESSION_TIMEOUT_SECONDS": "6",
            "NEPHORAN_ENGINE__HEARTBEAT_INTERVAL_SECONDS": "2",
            "NEPHORAN_LOG__FORM": "json",
        }
        self._logs = out / "logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self.running: dict[str, ChildProcess] = {}
        self._ports: dict[str, int] = {}
        self._starts = 0

    def start(self, stage: str) -> None:
        """Start a worker of this stage."""
        self._starts += 1
        command = [sys.executable, "-m", "pipeline.cli.start", "run", "--stages", stage]
        log = self._logs / f"{self._starts:02}-{stage}.log"
        [self._ports[stage]] = find_free_ports(1, self._ports.values())
        environment = self._environment | {"NEPHORAN_METRICS__PORT": str(self._ports[stage])}
        self.running[stage] = ChildProcess(command, log, environment)

    def start_all(self) -> None:
        """Start a worker of every stage."""
        for stage in STAGES:
            self.start(stage)

    def are_ready(self) -> bool:
        """Whether every worker says so itself, at its `/readyz`."""
        return all(map(_is_ready, self._ports.values()))

    def kill(self, stage: str) -> None:
        """`kill -9` the worker of this stage."""
        self.running.pop(stage).kill()

    def require_running(self) -> None:
        """Raises: NotUsable with the end of the log of a worker that ended."""
        for stage, worker in self.running.items():
            if worker.exit_code is not None:
                raise NotUsable(f"the {stage} worker ended with {worker.exit_code}:\n{worker.last_lines()}")

    def stop(self) -> None:
        """Stop all workers; those that do not, are killed."""
        for worker in self.running.values():
            worker.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for worker in self.running.values():
            if not worker.wait(max(0.0, deadline - time.monotonic())):
                worker.kill()
        self.running.clear()


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=PROBE_SECONDS):
            return True
    except (urllib.error.URLError, OSError):
        return False


def new_repository(out: Path, report: Callable[[str], None]) -> Path:
    """An empty deployment repository under `out`."""
    path = out / "deployments.git"
    out.mkdir(parents=True, exist_ok=True)
    init_bare(path)
    report(f"deployment repository: {path}")
    return path
