"""Kafka half away: whoever starts then waits, or ends with 3 and a sentence, within a limit. Never with a traceback."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.kafka.admin import brokers_seen_by
from pipeline.kafka.settings import KafkaSettings
from pipeline.local_kafka.free_ports import find_free_ports, is_free
from pipeline.processes.child_process import ChildProcess
from tests.servers.eventually import eventually, eventually_blocking
from tests.servers.worker_process import NEPHORAN, environment_for, make_repository

pytestmark = pytest.mark.slow
LIMIT_SECONDS = 90
"""What any of them may take on a busy machine; 8 to 45 s on a quiet one."""


def three_ports() -> int:
    return next(port for port in find_free_ports(30) if is_free(port + 1) and is_free(port + 2))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[ChildProcess, KafkaSettings, dict[str, str]]]:
    """`nephoran kafka --brokers 3`, with topics; and the variables of those who use it."""
    folder, port = tmp_path, three_ports()
    command = [NEPHORAN, "kafka", "--brokers", "3", "--port", str(port), "--data", str(folder / "kafka")]
    process = ChildProcess(command, folder / "kafka.log")
    try:
        eventually_blocking(lambda: "bootstrap.servers=" in process.log.read_text(), 120)
        servers = ",".join(f"127.0.0.1:{port + number}" for number in range(3))
        kafka = KafkaSettings(bootstrap_servers=servers, partitions=3)
        make_repository(folder)
        environment = environment_for(kafka, folder, NEPHORAN_METRICS__PORT="0")
        applied = subprocess.run([NEPHORAN, "topics", "apply"], env=environment, capture_output=True, check=False)
        assert applied.returncode == 0, applied.stderr
        yield process, kafka, environment
    finally:
        process.kill()


def brokers_of(process: ChildProcess) -> list[psutil.Process]:
    """The brokers' processes, the oldest first."""
    found = [each for each in psutil.Process(process.pid).children(recursive=True) if "java" in each.name()]
    return sorted(found, key=lambda each: each.create_time())


async def test_one_broker_of_three_may_die_and_is_started_again(
    cluster: tuple[ChildProcess, KafkaSettings, dict[str, str]],
) -> None:
    process, kafka, environment = cluster
    brokers_of(process)[-1].send_signal(signal.SIGKILL)
    submitted = await asyncio.to_thread(
        subprocess.run,
        [NEPHORAN, "submit", "Scale the AMF in tokyo-1 to 5 replicas"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_SECONDS,
    )
    assert submitted.returncode == 0, submitted.stderr
    assert process.exit_code is None, process.last_lines()
    first = kafka.bootstrap_servers.split(",")[0]

    async def are_all_back() -> bool:
        return len(await brokers_seen_by(first)) == 3

    await eventually(are_all_back, 120)
    assert "is being restarted" in process.log.read_text()


def test_doctor_tells_of_one_broker_away_though_all_goes_on(
    cluster: tuple[ChildProcess, KafkaSettings, dict[str, str]],
) -> None:
    process, _, environment = cluster

    def doctor_says(verdict: str) -> str:
        told = subprocess.run(
            [NEPHORAN, "doctor", "--json"], env=environment, capture_output=True, text=True, check=False
        )
        copies = [each for each in json.loads(told.stdout) if each["what"] == "Kafka's copies"]
        assert [each["verdict"] for each in copies] == [verdict], told.stdout
        return str(copies[0]["found"])

    eventually_blocking(lambda: doctor_says("ok"), 120)
    away = brokers_of(process)[-1]
    away.suspend()
    try:
        assert "lacks" in eventually_blocking(lambda: doctor_says("wrong"), 120)
    finally:
        away.resume()
    eventually_blocking(lambda: doctor_says("ok"), 120)


WORKERS = (("run",), ("run", "--engine", "fast"))
COMMANDS = (
    ("lag",),
    ("status",),
    ("dead-letters", "list"),
    ("submit", "Scale the AMF in tokyo-1 to 4 replicas"),
    ("pause", "plan"),
    ("doctor",),
)


def test_with_two_of_three_brokers_gone_every_command_ends_with_a_sentence(
    cluster: tuple[ChildProcess, KafkaSettings, dict[str, str]],
) -> None:
    process, _, environment = cluster
    for broker in brokers_of(process)[:2]:
        os.kill(broker.pid, signal.SIGKILL)
    running = {
        command: (subprocess.Popen([NEPHORAN, *command], env=environment, stdout=-1, stderr=-1, text=True), time.time())
        for command in (*WORKERS, *COMMANDS)
    }
    faults = []
    for command, (child, began) in running.items():
        try:
            out, err = child.communicate(timeout=max(1.0, began + LIMIT_SECONDS - time.time()))
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
            if command not in WORKERS or "Traceback" in err:  # a worker may wait
                faults.append(f"{command} did not end: {err[-1500:]}")
            continue
        if child.returncode != 3 or "Traceback" in err or not (err.strip() or out.strip()):
            faults.append(f"{command} ended with {child.returncode}: {out[-1500:]} {err[-1500:]}")
    print(*faults, sep="\n")
    assert faults == []
    assert process.exit_code is None, process.last_lines()
