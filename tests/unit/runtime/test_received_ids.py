"""The identities of named requests: known while their history is still being read, and bounded."""

import asyncio
from dataclasses import replace

from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader
from pipeline.runtime.received_ids import ReceivedIds
from schemas.envelope import Intent, Order, intent_id_of_event


def intent(number: int, producer_id: str | None = None) -> Intent:
    return Intent(
        id=intent_id_of_event("tests", str(number)),
        order=Order(1_000 + number, 0, number),
        generation=0,
        digest=f"{number:064x}",
        received_ms=1_000 + number,
        producer_id=producer_id or f"tests#{number}",
    )


def ids(capacity: int = 100) -> ReceivedIds:
    return ReceivedIds(EventReader(Keyring((b"k" * 32,))), capacity=capacity)


def test_the_first_use_is_told_at_the_second() -> None:
    received = ids()
    assert received.first(intent(1)) is None
    first = received.first(intent(1))
    assert first is not None
    assert (first.order, first.digest) == (str(intent(1).order), intent(1).digest)


def test_no_more_than_so_many_are_kept_and_the_newest_are() -> None:
    received = ids(capacity=100)
    for number in range(250):
        received.first(intent(number))
    assert received.first(intent(249)) is not None
    assert received.first(intent(0)) is None


async def test_a_named_request_waits_for_the_history_and_one_that_the_broker_names_does_not() -> None:
    received, read = ids(), asyncio.Event()

    async def reading() -> None:
        await read.wait()

    received.read_with(reading())
    await received.until_read(replace(intent(2), producer_id=None))
    waiting = asyncio.create_task(received.until_read(intent(1)))
    await asyncio.sleep(0)
    assert not waiting.done()
    read.set()
    await waiting
