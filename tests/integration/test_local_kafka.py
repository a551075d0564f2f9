"""A real Kafka on this machine: what it keeps, how it ends, and what it says when it cannot run."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from pipeline.kafka.admin import apply_topics, examine_topics
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.settings import KafkaSettings
from pipeline.local_kafka.cluster import LocalKafka
from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.local_kafka.node import Cluster, Node
from schemas.topics import RECEIVED
from tests.servers.eventually import eventually
from tests.servers.group_offsets import PartitionOffsets, group_offsets

pytestmark = pytest.mark.slow

END_SECONDS = 30
"""A second or two; what hangs is found out."""
COMMAND = "import typer; from pipeline.cli.kafka import kafka; typer.run(kafka)"


def settings_of(kafka: LocalKafka) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=kafka.bootstrap_servers, partitions=1)


async def write(settings: KafkaSettings, *values: bytes) -> None:
    producer = AIOKafkaProducer(**settings.client(), acks="all")
    await producer.start()
    for value in values:
        await producer.send_and_wait(settings.topic_prefix + RECEIVED.name, value, partition=0)
    await producer.stop()


async def read(settings: KafkaSettings, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(
        settings.topic_prefix + RECEIVED.name, **settings.client(), auto_offset_reset="earliest"
    )
    await consumer.start()
    values = [(await consumer.getone()).value for _ in range(count)]
    await consumer.stop()
    return values


async def test_with_a_data_folder_records_survive_a_power_cut_and_a_later_start(tmp_path: Path) -> None:
    async with LocalKafka(data=tmp_path) as kafka:
        await apply_topics(settings_of(kafka))
        await write(settings_of(kafka), b"before the cut")
        kafka.kill(1)
        await kafka.restart(1)
        await write(settings_of(kafka), b"after the cut")

    async with LocalKafka(data=tmp_path) as kafka:
        assert await read(settings_of(kafka), 2) == [b"before the cut", b"after the cut"]


async def test_a_broker_that_cannot_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    kafka = LocalKafka(data=tmp_path, properties={"log.retention.ms": "a fortnight"})

    with pytest.raises(NotUsable, match="a fortnight"):
        await kafka.launch()

    assert kafka.running == []


async def test_a_data_folder_serves_one_kafka_at_a_time_and_always_as_many_brokers(tmp_path: Path) -> None:
    async with LocalKafka(data=tmp_path):
        with pytest.raises(NotUsable, match="another Kafka runs on"):
            await LocalKafka(data=tmp_path).launch()

    with pytest.raises(NotUsable, match="holds a Kafka with 1 brokers, not 3"):
        await LocalKafka(3, data=tmp_path).launch()


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NotUsable, match=f"port {port} of this machine is in use"):
            await LocalKafka(port=port).launch()


async def test_a_port_lost_between_the_look_and_the_start_is_replaced() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        lost = taken.getsockname()[1]
        finds = iter([[lost], find_free_ports(1)])

        async with LocalKafka(find_ports=lambda _: next(finds)) as kafka:
            assert str(lost) not in kafka.bootstrap_servers


async def test_examining_creates_no_topic_even_where_the_broker_creates_what_is_named() -> None:
    async with LocalKafka(properties={"auto.create.topics.enable": "true"}) as kafka:
        for _ in range(2):
            assert {report.verdict for report in await examine_topics(settings_of(kafka))} == {"missing"}


@asynccontextmanager
async def command(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """`nephoran kafka` running, and the address it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode().strip()
        assert line.startswith("bootstrap.servers=")
        yield process, line.removeprefix("bootstrap.servers=")
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    """A zombie does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
async def test_the_command_serves_on_the_port_asked_for_and_stops_cleanly(
    tmp_path: Path, ending: signal.Signals
) -> None:
    (port,) = find_free_ports(1)
    async with command("--port", str(port), "--data", str(tmp_path)) as (process, address):
        assert address == f"127.0.0.1:{port}"
        settings = KafkaSettings(bootstrap_servers=address, partitions=1)
        await apply_topics(settings)
        await write(settings, b"kept")
        children = children_of(process.pid)

        process.send_signal(ending)
        output, errors = await asyncio.wait_for(process.communicate(), END_SECONDS)

    assert process.returncode == 0
    assert output == b""
    assert b"Traceback" not in errors
    assert children
    assert not any(is_running(child) for child in children)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
async def test_no_java_outlives_a_command_killed_with_sigkill() -> None:
    (port,) = find_free_ports(1)
    async with command("--port", str(port)) as (process, _):
        children = children_of(process.pid)
        os.kill(process.pid, signal.SIGKILL)

        assert children
        await eventually(lambda: not any(is_running(child) for child in children))


async def test_the_command_ends_and_says_so_when_its_broker_dies() -> None:
    (port,) = find_free_ports(1)
    async with command("--port", str(port)) as (process, _):
        for child in children_of(process.pid):
            os.kill(child, signal.SIGKILL)
        _, errors = await asyncio.wait_for(process.communicate(), END_SECONDS)

    assert process.returncode != 0
    assert b"Kafka node 1 stopped unexpectedly" in errors


async def test_kafkas_own_tool_tells_what_a_group_has_committed(kafka: KafkaSettings) -> None:
    topic, group = kafka.topic_prefix + RECEIVED.name, kafka.topic_prefix + "group"
    await write(kafka, b"1", b"2", b"3")
    consumer = AIOKafkaConsumer(**kafka.client(), group_id=group, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(topic, 0)])
    await consumer.commit({TopicPartition(topic, 0): 2})
    await consumer.stop()

    assert (await group_offsets(kafka.bootstrap_servers, group))[topic, 0] == PartitionOffsets(2, 3, 1)
    assert await group_offsets(kafka.bootstrap_servers, group + "-unknown") == {}


def test_a_node_listens_on_loopback_alone(tmp_path: Path) -> None:
    node = Node(1, tmp_path, tmp_path, Cluster("id", {1: 20_000}, {1: 20_001}))
    node.format().kill()

    listeners = [line for line in (tmp_path / "server.properties").read_text().splitlines() if "listeners=" in line]
    assert listeners == [
        "listeners=PLAINTEXT://127.0.0.1:20000,CONTROLLER://127.0.0.1:20001",
        "advertised.listeners=PLAINTEXT://127.0.0.1:20000",
    ]
