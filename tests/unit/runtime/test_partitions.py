"""The partitions a worker holds, from their first record to its leaving."""

import asyncio

from pipeline.kafka.acknowledgement import Acknowledged, Acknowledgement
from pipeline.kafka.marks import Mark
from pipeline.kafka.records import Record, TopicPartition
from pipeline.runtime.lanes import LaneSettings
from pipeline.runtime.partitions import Partitions
from tests.servers.eventually import eventually

PLACE = TopicPartition("intents.parsed", 0)


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


async def test_what_was_rewound_has_a_past_until_all_of_it_is_read_again() -> None:
    doubtful: list[TopicPartition] = []

    async def process(record: Record) -> Acknowledged:
        done: Acknowledgement[None] = Acknowledgement()
        done.settle(None)
        return done

    async def worked_on(mark: Mark | None, offset: int) -> Mark | None:
        """One worker's time on the partition: what it leaves beside its offset."""
        partitions = Partitions(process, LaneSettings(), on_no_past=doubtful.append)
        partitions.begin({PLACE: mark} if mark else {})
        partitions.admit(Record(*PLACE, offset, 5, b"k", b""))
        await eventually(lambda: partitions.mark(PLACE, offset + 1))
        partitions.failed.cancel()
        return partitions.mark(PLACE, offset + 1)

    mark = await worked_on(Mark(6, -1, 0, again_until=9), 7)
    assert doubtful == [PLACE]
    assert mark == Mark(7, 5, 5, again_until=9)
    mark = await worked_on(mark, 8)
    assert doubtful == [PLACE, PLACE]
    await worked_on(Mark.parse(str(mark)), 9)
    assert doubtful == [PLACE, PLACE], "read to where it was rewound from"
