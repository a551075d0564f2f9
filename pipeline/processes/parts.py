"""The parts of a process, stopped one after the other at the end, even if some fail to."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import structlog

log = structlog.get_logger()


class Parts:
    """An `async with` block that ends what was added within it, the last first.

    A part that fails to stop is logged and does not stop others from stopping. The block raises what ended it or, if
    that was nothing, the first failure to stop.
    """

    def __init__(self) -> None:
        self._ends: list[tuple[str, Callable[[], Awaitable[object]]]] = []

    def add(self, name: str, end: Callable[[], Awaitable[object]]) -> None:
        """Have this called at the end."""
        self._ends.append((name, end))

    async def close(self) -> Exception | None:
        """End all. Returns the first failure."""
        first: Exception | None = None
        while self._ends:
            name, end = self._ends.pop()
            try:
                await end()
            except Exception as failure:
                log.error("a part did not stop cleanly", part=name, why=repr(failure))
                first = first or failure
        return first

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failure = await self.close()
        if error is None and failure is not None:
            raise failure
