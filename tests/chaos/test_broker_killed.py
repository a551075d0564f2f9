"""Brokers that die by SIGKILL: one of three, and the only one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from pipeline.kafka.admin import examine_topics
from pipeline.kafka.settings import KafkaSettings
from pipeline.local_kafka.cluster import LocalKafka
from schemas.topics import RECEIVED
from tests.servers.eventually import eventually
from tests.servers.kafka_topics import make_topics
from tests.servers.worker_process import WorkerProcess, environment_for, make_repository, worker_running

pytestmark = pytest.mark.slow
LONG_SECONDS = 120


class Traffic:
    """Numbers written with acks=all, one after the other, and what a consumer group has read of them."""

    def __init__(self) -> None:
        self.acknowledged: list[int] = []
        self.read: set[int] = set()


@asynccontextmanager
async def traffic(settings: KafkaSettings) -> AsyncIterator[Traffic]:
    seen = Traffic()
    producer = AIOKafkaProducer(**settings.client(), acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(RECEIVED.name, **settings.client(), group_id="readers", auto_offset_reset="earliest")
    await producer.start()
    await consumer.start()
    tasks = [asyncio.create_task(_write(producer, seen)), asyncio.create_task(_read(consumer, seen))]
    try:
        yield seen
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        await producer.stop()
        await consumer.stop()
    assert [end for end in ends if not isinstance(end, asyncio.CancelledError)] == []


async def _write(producer: AIOKafkaProducer, seen: Traffic) -> None:
    number = 0
    while True:
        await producer.send_and_wait(RECEIVED.name, str(number).encode(), key=str(number).encode())
        seen.acknowledged.append(number)
        number += 1


async def _read(consumer: AIOKafkaConsumer, seen: Traffic) -> None:
    async for record in consumer:
        seen.read.add(int(record.value))


async def least_in_sync(settings: KafkaSettings) -> int:
    """Of the copies of each partition, how many are in sync where they are fewest."""
    admin = AIOKafkaAdminClient(**settings.client())
    await admin.start()
    topics = [topic for topic in await admin.describe_topics() if topic["topic"] == RECEIVED.name]
    await admin.close()
    return min(len(partition["isr"]) for topic in topics for partition in topic["partitions"])


async def test_with_one_broker_of_three_killed_writing_and_reading_go_on_and_nothing_acknowledged_is_lost() -> None:
    async with LocalKafka(3) as kafka:
        settings = KafkaSettings(bootstrap_servers=kafka.bootstrap_servers, partitions=6)
        await make_topics(settings)
        states = [report.state for report in await examine_topics(settings)]
        assert {(state.copies, state.config["min.insync.replicas"]) for state in states if state} == {(3, "2")}

        async with traffic(settings) as seen:
            await eventually(lambda: len(seen.read) > 100)

            kafka.kill(1)
            at_the_kill = len(seen.acknowledged)
            await eventually(lambda: len(seen.acknowledged) > at_the_kill + 500, LONG_SECONDS)
            await eventually(lambda: max(seen.read) > at_the_kill + 500, LONG_SECONDS)
            await eventually(lambda: _is(2, settings), LONG_SECONDS)

            await kafka.restart(1)
            await eventually(lambda: _is(3, settings), LONG_SECONDS)
            at_the_return = len(seen.acknowledged)
            await eventually(lambda: len(seen.acknowledged) > at_the_return + 100)

            everything = set(seen.acknowledged)
            await eventually(lambda: everything <= seen.read, LONG_SECONDS)


async def test_a_worker_that_no_broker_answers_says_so_and_is_ready_again_by_itself(tmp_path: Path) -> None:
    make_repository(tmp_path)
    async with LocalKafka(1) as kafka:
        settings = KafkaSettings(bootstrap_servers=kafka.bootstrap_servers, partitions=3)
        await make_topics(settings)
        with worker_running(environment_for(settings, tmp_path), tmp_path) as worker:
            kafka.kill(1)
            await eventually(lambda: "Kafka does not answer" in _readiness(worker), LONG_SECONDS)
            await kafka.restart(1)
            await eventually(lambda: _readiness(worker) == "ready\n", LONG_SECONDS)


def _readiness(worker: WorkerProcess) -> str:
    return httpx.get(f"http://{worker.address}/readyz", timeout=10).text


async def _is(count: int, settings: KafkaSettings) -> bool:
    return await least_in_sync(settings) == count
