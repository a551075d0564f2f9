"""An Alertmanager of a test's own, with the routes of deploy/, whose receivers all lead to one that remembers.

Receivers become webhooks and waits become seconds; routes, matchers, inhibition and what `continue` says stay.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import httpx
import pytest
import yaml

from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.processes.child_process import ChildProcess
from tests.servers.eventually import eventually_blocking
from tests.servers.programs import ROOT, answers

PROGRAM_VARIABLE = "NEPHORAN_TEST_ALERTMANAGER"
CONFIG = ROOT / "deploy/alertmanager/alertmanager.yml"
OFFICE = {"open": [{"weekdays": ["sunday:saturday"]}], "closed": [{"years": ["2000"]}]}
START_SECONDS = 60


@dataclass(frozen=True)
class Notification:
    """One alert as a receiver got it."""

    receiver: str
    status: Literal["firing", "resolved"]
    labels: dict[str, str]

    @property
    def alert(self) -> str:
        return self.labels["alertname"]


@dataclass
class AlertmanagerServer:
    """A running server and what its receivers were told so far."""

    address: str
    notifications: list[Notification] = field(default_factory=list)

    def told(self, alert: str, status: str = "firing", **labels: str) -> set[str]:
        """The receivers that were told of this alert."""
        return {
            each.receiver
            for each in self.notifications
            if (each.alert, each.status) == (alert, status) and labels.items() <= each.labels.items()
        }

    def inhibited(self) -> set[str]:
        """The alerts that arrived and are held back because of another one."""
        alerts = httpx.get(f"http://{self.address}/api/v2/alerts", timeout=5).json()
        return {alert["labels"]["alertname"] for alert in alerts if alert["status"]["inhibitedBy"]}


@contextmanager
def alertmanager(office: Literal["open", "closed"] = "open") -> Iterator[AlertmanagerServer]:
    """Ready to be sent alerts. Business hours are all the time or never, for tests run at any hour."""
    program = alertmanager_program()
    with tempfile.TemporaryDirectory(prefix="nephoran-alertmanager-") as name, _webhooks() as hooks:
        folder = Path(name)
        config = folder / "alertmanager.yml"
        config.write_text(yaml.safe_dump(_configuration(hooks.server_port, office)))
        (port,) = find_free_ports(1)
        address = f"127.0.0.1:{port}"
        process = ChildProcess(
            [
                program,
                f"--config.file={config}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address={address}",
                "--cluster.listen-address=",
                "--log.level=warn",
            ],
            folder / "log",
        )
        try:
            eventually_blocking(lambda: answers(f"http://{address}/-/ready", process, "alertmanager"), START_SECONDS)
            yield AlertmanagerServer(address, hooks.notifications)
        finally:
            process.kill()


def alertmanager_program() -> str:
    """The program. Skips the test where there is none."""
    found = os.environ.get(PROGRAM_VARIABLE) or next(
        filter(None, map(shutil.which, ("prometheus-alertmanager", "alertmanager"))), None
    )
    if found is None:
        pytest.skip(f"there is no alertmanager: apt-get install prometheus-alertmanager, or set {PROGRAM_VARIABLE}")
    return found


def _configuration(hooks_port: int, office: str) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(CONFIG.read_text())
    receivers = [
        {
            "name": receiver["name"],
            "webhook_configs": [{"url": f"http://127.0.0.1:{hooks_port}/{receiver['name']}", "send_resolved": True}],
        }
        for receiver in config["receivers"]
    ]
    hours = [{"name": each["name"], "time_intervals": OFFICE[office]} for each in config["time_intervals"]]
    return {
        "inhibit_rules": config["inhibit_rules"],
        "route": _quick(config["route"]),
        "receivers": receivers,
        "time_intervals": hours,
    }


def _quick(route: dict[str, Any]) -> dict[str, Any]:
    changed = {**route, "group_wait": "1s", "group_interval": "1s", "repeat_interval": "1h"}
    return changed | ({"routes": [_quick(child) for child in route["routes"]]} if "routes" in route else {})


class _Hooks(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.notifications: list[Notification] = []


class _Hook(BaseHTTPRequestHandler):
    server: _Hooks

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        receiver = self.path.strip("/")
        self.server.notifications += [
            Notification(receiver, alert["status"], alert["labels"]) for alert in told["alerts"]
        ]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def _webhooks() -> Iterator[_Hooks]:
    with _Hooks() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
