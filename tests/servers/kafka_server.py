"""The Kafka of a test session: an address that was given, else a container, else one of our own."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pipeline.kafka.admin import brokers_seen_by
from pipeline.kafka.not_usable import NotUsable
from pipeline.local_kafka.cluster import LocalKafka
from pipeline.local_kafka.distribution import KAFKA_VERSION
from pipeline.local_kafka.free_ports import find_free_ports
from tests.servers.containers import container_engine_answers
from tests.servers.eventually import eventually

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

ADDRESS_VARIABLE = "NEPHORAN_TEST_KAFKA"
IMAGE = f"apache/kafka:{KAFKA_VERSION}"
CONTAINER_SECONDS = 60


def describe_choice() -> str:
    """Which Kafka the tests will use, for the head of the test run."""
    if address := os.environ.get(ADDRESS_VARIABLE):
        return f"Kafka: {address}, as {ADDRESS_VARIABLE} says"
    if container_engine_answers():
        return f"Kafka: container {IMAGE}, or a local start where the image cannot be had"
    return f"Kafka: local start of Apache Kafka {KAFKA_VERSION} (no container engine, no {ADDRESS_VARIABLE})"


@contextmanager
def kafka_for_tests() -> Iterator[str]:
    """The bootstrap servers. Skips the test where no Kafka can be had."""
    if address := os.environ.get(ADDRESS_VARIABLE):
        yield address
        return
    local = None if container_engine_answers() else _started_locally()
    if local is None:
        with _in_a_container() as address:
            if address is not None:
                yield address
                return
        local = _started_locally()
    try:
        yield local.bootstrap_servers
    finally:
        local.stop()


def _started_locally() -> LocalKafka:
    kafka = LocalKafka(report=lambda line: print(line, file=sys.stderr))
    try:
        kafka.start()
    except NotUsable as error:
        pytest.skip(f"there is no Kafka: {error.message}")
    return kafka


@contextmanager
def _in_a_container() -> Iterator[str | None]:
    """None where the engine cannot give us one."""
    from docker.errors import DockerException

    (port,) = find_free_ports(1)
    try:
        container = _start_container(port)
    except DockerException as error:
        print(f"no container of {IMAGE}, a local start instead: {error}", file=sys.stderr)
        yield None
        return
    try:
        address = f"localhost:{port}"
        asyncio.run(_until_it_answers(address))
        yield address
    finally:
        container.stop()


def _start_container(port: int) -> "DockerContainer":
    from testcontainers.core.container import DockerContainer

    container = DockerContainer(IMAGE).with_bind_ports(9092, port)
    for name, value in _container_settings(port).items():
        container = container.with_env(name, value)
    return container.start()


async def _until_it_answers(address: str) -> None:
    await eventually(lambda: brokers_seen_by(address), CONTAINER_SECONDS)


def _container_settings(port: int) -> dict[str, str]:
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://localhost:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }
