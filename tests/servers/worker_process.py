"""Workers as people run them: `nephoran run` in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.kafka.settings import KafkaSettings
from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.processes.child_process import ChildProcess
from tests.servers.eventually import eventually_blocking

Environment = Mapping[str, str]
NEPHORAN = str(Path(sys.executable).with_name("nephoran"))
START_SECONDS = 90
"""Three seconds on a quiet machine; a busy one takes its time."""


@dataclass(frozen=True)
class WorkerProcess:
    """A running worker, or another process that serves probes and metrics at `address`."""

    address: str
    process: ChildProcess


def environment_for(kafka: KafkaSettings, folder: Path, **settings: str) -> dict[str, str]:
    """The variables of processes that share this Kafka, and a repository and a key in this folder."""
    ours = {
        "NEPHORAN_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "NEPHORAN_KAFKA__TOPIC_PREFIX": kafka.topic_prefix,
        "NEPHORAN_KAFKA__PARTITIONS": str(kafka.partitions),
        "NEPHORAN_GIT__REPOSITORY": str(folder / "deployments.git"),
        "NEPHORAN_GIT__CACHE": str(folder / "copies"),
        "NEPHORAN_SIGNING__KEY_FILE": str(folder / "signing.key"),
    }
    return os.environ | ours | settings


def make_repository(folder: Path) -> Path:
    """An empty deployment repository where `environment_for` says it is."""
    path = folder / "deployments.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)], check=True)
    return path


@contextmanager
def worker_running(environment: Environment, folder: Path, *arguments: str) -> Iterator[WorkerProcess]:
    """A worker that has joined its groups; ended in order afterwards."""
    with serving(environment, folder, "run", *arguments) as worker:
        yield worker


@contextmanager
def serving(environment: Environment, folder: Path, *command: str) -> Iterator[WorkerProcess]:
    """A command that serves and says that it is ready; ended in order afterwards."""
    (port,) = find_free_ports(1)
    log = folder / f"{command[0]}-{port}.log"
    process = ChildProcess([NEPHORAN, *command], log, {**environment, "NEPHORAN_METRICS__PORT": str(port)})
    worker = WorkerProcess(f"127.0.0.1:{port}", process)
    try:
        eventually_blocking(lambda: _is_ready(worker), START_SECONDS)
        yield worker
        process.terminate()
        assert process.wait(START_SECONDS), f"{command} did not end: {process.last_lines()}"
    finally:
        process.kill()


def nephoran(environment: Environment, *arguments: str, accept: Container[int] = (0,)) -> list[dict[str, Any]]:
    """The objects that a command printed with --json, whether each has a line of its own or is spread over several."""
    command = [NEPHORAN, *arguments, "--json"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode in accept, f"{arguments} ended with {ended.returncode}: {ended.stderr}"
    return list(_objects_in(ended.stdout))


def _objects_in(text: str) -> Iterator[dict[str, Any]]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        found, at = decoder.raw_decode(text, at)
        yield found
        at += len(text[at:]) - len(text[at:].lstrip())


def _is_ready(worker: WorkerProcess) -> bool:
    if worker.process.exit_code is not None:
        pytest.fail(f"the worker ended: {worker.process.last_lines()}")
    try:
        return httpx.get(f"http://{worker.address}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False
