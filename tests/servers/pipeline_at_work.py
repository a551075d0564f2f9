"""A whole pipeline, its stages in processes of their own, and what can be seen of it from outside."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
import pytest

from pipeline.demo.repository import Repository
from pipeline.kafka.settings import KafkaSettings
from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.processes.child_process import ChildProcess
from schemas.status import IntentStatus, fold
from tests.servers.eventually import eventually_blocking
from tests.servers.raw_kafka import Place, RawProducer, RawTopic
from tests.servers.worker_process import NEPHORAN, environment_for, make_repository

START_SECONDS = 120
ANSWER_SECONDS = 120
"""A second or two, and half a minute more where a circuit was open."""


class PipelineAtWork:
    """Topics, a deployment repository and workers; `settings` are further variables for the workers."""

    def __init__(self, kafka: KafkaSettings, folder: Path, **settings: str) -> None:
        self.kafka = kafka
        self.environment = environment_for(kafka, folder, **settings)
        self.repository = Repository(make_repository(folder))
        self.producer = RawProducer(kafka)
        self._folder = folder
        self._statuses = RawTopic(kafka, "intents.status")
        self._workers: dict[str, tuple[ChildProcess, int]] = {}
        self._starts = 0

    def start(self, name: str, *arguments: str) -> None:
        """Start a worker, without waiting for it."""
        self._start(name, NEPHORAN, "run", *arguments)

    def start_dying(self, name: str, boundary: str, stages: str) -> None:
        """Start a worker that kills itself when it passes the boundary."""
        self._start(name, sys.executable, "-m", "tests.servers.dying_worker", boundary, stages)

    def until_dead(self, name: str) -> None:
        """Returns once the worker has ended."""
        process, _ = self._workers.pop(name)
        eventually_blocking(lambda: process.exit_code is not None, ANSWER_SECONDS)

    def refusal_of(self, name: str) -> str:
        """What a worker says that ends by itself, because it will not start."""
        process, _ = self._workers.pop(name)
        eventually_blocking(lambda: process.exit_code is not None, START_SECONDS)
        assert process.exit_code in (1, 2, 3), process.last_lines()
        return process.last_lines()

    def _start(self, name: str, *command: str) -> None:
        self._starts += 1
        (port,) = find_free_ports(1)
        environment = {**self.environment, "NEPHORAN_METRICS__PORT": str(port)}
        log = self._folder / f"{self._starts:02}-{name}.log"
        self._workers[name] = ChildProcess(command, log, environment), port

    def until_ready(self) -> None:
        """Returns once every worker has joined its groups."""
        eventually_blocking(lambda: all(map(self._is_ready, self._workers)), START_SECONDS)

    def _is_ready(self, name: str) -> bool:
        process, port = self._workers[name]
        assert process.exit_code is None, process.last_lines()
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).is_success
        except httpx.TransportError:
            return False

    def metrics_of(self, name: str) -> str:
        """What a worker tells Prometheus."""
        return httpx.get(f"http://127.0.0.1:{self._workers[name][1]}/metrics", timeout=5).text

    def kill(self, name: str) -> None:
        """`kill -9`."""
        self._workers.pop(name)[0].kill()

    def terminate(self, name: str) -> None:
        """SIGTERM, and wait for the end, which must be in order."""
        process, _ = self._workers.pop(name)
        process.terminate()
        assert process.wait(START_SECONDS), process.last_lines()
        assert process.exit_code == 0, process.last_lines()

    def stop(self) -> None:
        """End every worker."""
        for process, _ in self._workers.values():
            process.kill()
        self._statuses.close()

    def status(self, intent_id: str) -> IntentStatus | None:
        """Where an intent stands, as its readers fold it."""
        status = None
        for message in self._statuses.all():
            if message.key() == intent_id.encode():
                status = fold(status, IntentStatus.model_validate_json(message.value() or b""))
        return status

    def states(self, intent_id: str) -> list[str]:
        """Every state it was said to be in."""
        told = [json.loads(each.value() or b"") for each in self._statuses.all() if each.key() == intent_id.encode()]
        return [status["state"] for status in told]

    def until(self, intent_id: str, *states: str, generation: int = 0) -> IntentStatus:
        """The status of the intent once it is in one of these states."""

        def arrived() -> IntentStatus | None:
            status = self.status(intent_id)
            assert status is not None, f"nothing is heard of {intent_id}"
            is_there = status.state in states and status.generation >= generation
            if status.is_final and status.generation >= generation and not is_there:
                pytest.fail(f"it ended otherwise: {status}")
            assert is_there, status
            return status

        found = eventually_blocking(arrived, ANSWER_SECONDS)
        assert found is not None
        return found

    def commits_of(self, intent_id: str) -> int:
        """How many commits carry the intent's id."""
        return self.repository.commits_per_intent()[intent_id]

    def file(self, path: str) -> str:
        """A file at the head of the deployment repository."""
        return self.git("show", f"main:{path}")

    def drafts(self) -> str:
        """The branches there of proposals, with their commits."""
        return self.git("for-each-ref", "refs/heads/drafts")

    def git(self, *arguments: str) -> str:
        """What git tells of the deployment repository."""
        command = ["git", "--git-dir", self.environment["NEPHORAN_GIT__REPOSITORY"], *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """A command of the command line, to its end; `settings` are further variables for it."""
        environment = {**self.environment, **settings}
        return subprocess.run(
            [NEPHORAN, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=180
        )


def id_of(place: Place) -> str:
    """The id that an intent gets by where its record lies."""
    where = f"kafka:intents.received/{place.partition}/{place.offset}@{place.timestamp_ms}"
    return str(uuid5(NAMESPACE_URL, where))


def cloud_event(event_id: str, **headers: str) -> dict[str, bytes]:
    """The headers of a CloudEvent from a producer called `tests`."""
    made = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": "tests",
        "ce_type": "org.example.wish.v1",
        "content-type": "application/json",
        **headers,
    }
    return {name: value.encode() for name, value in made.items()}


def id_of_event(event_id: str) -> str:
    """The id of an intent that its producer, `tests`, has named."""
    return str(uuid5(NAMESPACE_URL, f"tests#{event_id}"))


def wish(text: str, **fields: Any) -> bytes:
    """A request as JSON."""
    return json.dumps({"intent": text, **fields}).encode()
