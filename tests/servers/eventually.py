"""Waiting for what becomes true by itself, without a sleep of fixed length."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, overload

T = TypeVar("T")
POLL_SECONDS = 0.02
WITHIN_SECONDS = 30.0
"""Long for what takes a second: a deadline is for what never comes true, not for a machine that is busy."""


@overload
async def eventually(predicate: Callable[[], Awaitable[T]], within_seconds: float = ...) -> T: ...
@overload
async def eventually(predicate: Callable[[], T], within_seconds: float = ...) -> T: ...
async def eventually(predicate: Callable[[], Any], within_seconds: float = WITHIN_SECONDS) -> Any:
    """The predicate's first true value. An AssertionError it raises counts as not yet; the last one is shown."""
    deadline = time.monotonic() + within_seconds
    while True:
        value, doubt = await _ask(predicate)
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not so within {within_seconds} s, at last: {doubt or repr(value)}") from doubt
        await asyncio.sleep(POLL_SECONDS)


async def _ask(predicate: Callable[[], Any]) -> tuple[Any, AssertionError | None]:
    try:
        answer = predicate()
        return (await answer if inspect.isawaitable(answer) else answer), None
    except AssertionError as error:
        return None, error


def eventually_blocking(predicate: Callable[[], T], within_seconds: float = WITHIN_SECONDS) -> T:
    """The same for callers that cannot wait for it, whether an event loop runs or not."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, eventually(predicate, within_seconds)).result()
