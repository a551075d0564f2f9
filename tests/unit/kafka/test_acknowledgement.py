"""Whoever waits for an acknowledgement hears of it, once, whatever the others who wait do."""

import asyncio
from contextvars import ContextVar

import pytest

from pipeline.kafka.acknowledgement import Acknowledgement, all_of

event = ContextVar("event", default="none")


async def test_it_may_be_awaited_before_it_is_settled_and_after() -> None:
    acknowledgement: Acknowledgement[int] = Acknowledgement()
    waiting = [asyncio.ensure_future(acknowledgement) for _ in range(2)]
    await asyncio.sleep(0)
    acknowledgement.settle(7)
    acknowledgement.fail(ValueError("too late"))
    assert [await each for each in (*waiting, acknowledgement)] == [7, 7, 7]


async def test_one_who_raises_is_reported_and_the_others_still_hear() -> None:
    acknowledgement: Acknowledgement[None] = Acknowledgement()
    heard: list[str] = []

    def raise_error(_: object) -> None:
        raise ValueError("of the first callback")

    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: reported.append(str(what["exception"])))
    acknowledgement.add_done_callback(raise_error)
    acknowledgement.add_done_callback(lambda _: heard.append("second"))
    acknowledgement.settle(None)
    assert (reported, heard) == (["of the first callback"], ["second"])


async def test_each_hears_in_the_context_in_which_it_asked() -> None:
    acknowledgement: Acknowledgement[None] = Acknowledgement()
    heard: list[str] = []
    for name in ("first", "second"):
        event.set(name)
        acknowledgement.add_done_callback(lambda _: heard.append(event.get()))
    event.set("the broker's answer")
    acknowledgement.settle(None)
    assert heard == ["first", "second"]


async def test_all_of_several_is_known_with_the_last_or_with_the_first_that_fails() -> None:
    first, second, third = (Acknowledgement[None]() for _ in range(3))
    whole, failing = all_of([first, second]), all_of([second, third])
    waiting = asyncio.ensure_future(whole)
    first.settle(None)
    await asyncio.sleep(0)
    assert not waiting.done()
    third.fail(ValueError("refused"))
    second.settle(None)
    await waiting
    with pytest.raises(ValueError, match="refused"):
        await failing


async def test_where_nothing_is_published_nothing_is_waited_for() -> None:
    assert await all_of([]) is None
