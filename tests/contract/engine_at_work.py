"""A member of a consumer group with its lanes, a record of what it did, and the topic it reads."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka import TopicPartition as KafkaPartition

from pipeline.engines.opening import open_engine
from pipeline.engines.settings import EngineSettings
from pipeline.kafka.breaks import Break
from pipeline.kafka.records import Record
from pipeline.kafka.settings import KafkaSettings
from pipeline.runtime.lanes import Acknowledged, LaneSettings, Process
from pipeline.runtime.partitions import Partitions
from schemas.topics import PARSED
from tests.servers.eventually import eventually

GROUP = "under-test"
PATIENT = LaneSettings(drain_seconds=30.0)
"""What runs may end, however busy the machine."""
HASTY = LaneSettings(drain_seconds=0.1)
"""What runs comes again."""


class Worker:
    """One member of the group with its lanes: what it saw, in order, by key. `process` may hold or fail events."""

    def __init__(self, kafka: KafkaSettings, settings: EngineSettings, process: Process, lanes: LaneSettings) -> None:
        self.breaks: list[Break] = []
        self.partitions = Partitions(process, lanes, self.breaks.append)
        self.engine = open_engine(PARSED.name, GROUP, self.partitions, kafka, settings)
        self.partitions.attach(self.engine)
        self._running = asyncio.create_task(self.engine.run())

    async def leave(self) -> None:
        """As on SIGTERM."""
        await self.engine.stop()
        await self._running
        self.partitions.failed.cancel()


@asynccontextmanager
async def worker(
    kafka: KafkaSettings, settings: EngineSettings, process: Process, lanes: LaneSettings | None = None
) -> AsyncIterator[Worker]:
    member = Worker(kafka, settings, process, lanes or LaneSettings())
    try:
        await eventually(lambda: member.engine.is_ready)
        yield member
    finally:
        await member.leave()


class Log:
    """Values as they were done, in order."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.by_key: dict[bytes | None, list[str]] = defaultdict(list)
        self.running: dict[bytes, int] = defaultdict(int)
        self.held: dict[str, asyncio.Event] = {}

    def hold(self, value: str) -> asyncio.Event:
        """Keep this event running until the returned event is set."""
        return self.held.setdefault(value, asyncio.Event())

    async def process(self, record: Record) -> Acknowledged:
        value = (record.value or b"").decode()
        if record.key is not None:
            self.running[record.key] += 1
            assert self.running[record.key] == 1, f"{value} overlaps an event of its key"
        try:
            if value in self.held:
                await self.held[value].wait()
            await asyncio.sleep(0)
        finally:
            if record.key is not None:
                self.running[record.key] -= 1
        self.done.append(value)
        self.by_key[record.key].append(value)
        acknowledged: Acknowledged = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged


async def write(kafka: KafkaSettings, values: Iterable[tuple[str | None, str]], partition: int | None = 0) -> None:
    producer = AIOKafkaProducer(**kafka.client(), acks="all", enable_idempotence=True)
    await producer.start()
    try:
        topic = kafka.topic_prefix + PARSED.name
        sent = [
            await producer.send(topic, value.encode(), key.encode() if key else None, partition=partition)
            for key, value in values
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def committed(kafka: KafkaSettings, partition: int = 0) -> int | None:
    """The group's committed offset, read by somebody else."""
    reader = AIOKafkaConsumer(**kafka.client(), group_id=kafka.topic_prefix + GROUP, enable_auto_commit=False)
    await reader.start()
    try:
        offset: int | None = await reader.committed(KafkaPartition(kafka.topic_prefix + PARSED.name, partition))
        return offset
    finally:
        await reader.stop()
