"""`nephoran run --processes`: several workers under one command, on a real Kafka."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx
import pytest

from pipeline.kafka.settings import KafkaSettings
from pipeline.local_kafka.free_ports import find_free_ports, is_free
from pipeline.processes.child_process import ChildProcess
from tests.servers.eventually import eventually

pytestmark = pytest.mark.slow
START_SECONDS = 120


def two_ports_in_a_row() -> int:
    return next(port for port in find_free_ports(20) if is_free(port + 1))


async def is_ready(port: int) -> bool:
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the processes")
async def test_every_process_answers_on_a_port_of_its_own_is_replaced_when_killed_and_ends_with_the_command(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    port = two_ports_in_a_row()
    environment = {
        **os.environ,
        "NEPHORAN_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "NEPHORAN_KAFKA__TOPIC_PREFIX": kafka.topic_prefix,
        "NEPHORAN_KAFKA__PARTITIONS": str(kafka.partitions),
        "NEPHORAN_SIGNING__KEY_FILE": str(tmp_path / "signing.key"),
        "NEPHORAN_METRICS__PORT": str(port),
    }
    command = [sys.executable, "-m", "pipeline.cli.start", "run", "--stages", "parse,plan", "--processes", "2"]
    run = ChildProcess(command, tmp_path / "run.log", environment)
    try:
        await eventually(lambda: is_ready(port), START_SECONDS)
        await eventually(lambda: is_ready(port + 1), START_SECONDS)
        first = children_of(run.pid)
        os.kill(first[0], signal.SIGKILL)
        await eventually(lambda: len(set(children_of(run.pid)) - set(first)) == 1)
        await eventually(lambda: is_ready(port), START_SECONDS)
        await eventually(lambda: is_ready(port + 1), START_SECONDS)
        run.terminate()
        await asyncio.to_thread(run.wait, START_SECONDS)
        assert run.exit_code == 0, run.last_lines()
    finally:
        run.kill()
