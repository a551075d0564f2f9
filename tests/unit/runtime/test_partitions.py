"""The partitions a worker holds, from their first record to its leaving."""

import asyncio

from pipeline.kafka.acknowledgement import Acknowledged, Acknowledgement
from pipeline.kafka.records import Record, TopicPartition
from pipeline.runtime.lanes import LaneSettings
from pipeline.runtime.partitions import Partitions
from tests.servers.eventually import eventually


async def test_what_was_on_its_way_when_the_worker_left_is_not_begun() -> None:
    begun: list[int] = []

    async def process(record: Record) -> Acknowledged:
        begun.append(record.offset)
        done: Acknowledgement[None] = Acknowledgement()
        done.settle(None)
        return done

    partitions = Partitions(process, LaneSettings())
    partitions.admit(Record("intents.parsed", 0, 7, 0, b"k", b""))
    await eventually(lambda: begun == [7])
    await partitions.close()
    partitions.admit(Record("intents.parsed", 0, 8, 0, b"k", b""))
    partitions.admit(Record("intents.parsed", 1, 3, 0, b"k", b""))
    await asyncio.sleep(0.05)
    assert begun == [7]
    assert dict(partitions.committable()) == {TopicPartition("intents.parsed", 0): 8}
    partitions.failed.cancel()
