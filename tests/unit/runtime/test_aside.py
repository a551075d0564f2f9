"""An event that waits for somebody else leaves its running place to others; its key stays held."""

import asyncio

from pipeline.kafka.acknowledgement import Acknowledged, Acknowledgement
from pipeline.kafka.records import Record
from pipeline.runtime.aside import aside
from pipeline.runtime.lanes import Lanes, LaneSettings
from tests.servers.eventually import eventually


def done() -> Acknowledged:
    acknowledgement: Acknowledgement[None] = Acknowledgement()
    acknowledgement.settle(None)
    return acknowledgement


async def test_events_run_beside_any_number_that_wait_aside_but_not_behind_their_keys() -> None:
    answered = asyncio.Event()
    ended: list[int] = []

    async def process(record: Record) -> Acknowledged:
        if (record.value or b"").startswith(b"goal"):
            with aside():
                await answered.wait()
        ended.append(record.offset)
        return done()

    lanes = Lanes(process, LaneSettings(running=2), on_failure=lambda failure: None)
    for offset in range(50):
        lanes.admit(Record("intents.enriched", 0, offset, 0, b"goal/%d" % offset, b"goal"))
    lanes.admit(Record("intents.enriched", 0, 50, 0, b"osaka-1/amf", b"order"))
    lanes.admit(Record("intents.enriched", 0, 51, 0, b"goal/7", b"order behind a goal"))
    await eventually(lambda: ended == [50])
    assert lanes.committable == 0, "nothing is committed over what still waits"
    answered.set()
    await eventually(lambda: len(ended) == 52)
    assert ended.index(7) < ended.index(51)
    assert lanes.committable == 52
    await lanes.drain()


async def test_what_waits_aside_is_given_up_with_the_partition() -> None:
    async def process(record: Record) -> Acknowledged:
        with aside():
            await asyncio.sleep(3600)
        return done()

    lanes = Lanes(process, LaneSettings(running=1, drain_seconds=0.05), on_failure=lambda failure: None)
    for offset in range(3):
        lanes.admit(Record("intents.enriched", 0, offset, 0, b"goal/%d" % offset, b"goal"))
    await asyncio.sleep(0.05)
    await lanes.drain()
    assert lanes.committable == 0
