"""What is told of records on their way: that the broker has every one, or why not.

As a future does, and cheaper: a future gives every callback a turn of the event loop of its own, which was an eighth of
what an event costs the fast engine.
"""

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from agents.domain.verdicts import Fatal

T = TypeVar("T")


class Refused(Fatal):
    """The broker does not take this record, whoever sends it and however often: it is too large for its topic."""


class Acknowledged(Protocol):
    """Ends once everything that follows from an event is acknowledged by the broker, or fails. A future is one too."""

    def add_done_callback(self, callback: Callable[[Any], object], /) -> None:
        """Call this with the acknowledgement once it has ended, in the context of now."""

    def cancelled(self) -> bool:
        """True where it will never be known."""

    def exception(self) -> BaseException | None:
        """Why it failed, None where it did not. To be asked once it has ended."""

    def __await__(self) -> Generator[Any, None, Any]: ...


class Acknowledgement(Generic[T]):
    """One that its owner settles, once. May be awaited, by any number."""

    __slots__ = ("_due", "_error", "_is_done", "_result")

    def __init__(self) -> None:
        self._due: list[tuple[Context, Callable[[Any], object]]] = []
        self._is_done = False
        self._result: Any = None
        self._error: BaseException | None = None

    def settle(self, result: T) -> None:
        """It is known."""
        if not self._is_done:
            self._result = result
            self._end()

    def fail(self, error: BaseException) -> None:
        """It will not be."""
        if not self._is_done:
            self._error = error
            self._end()

    def _end(self) -> None:
        self._is_done = True
        # What is due may refer to this, and would be a cycle for the garbage collector.
        due, self._due = self._due, []
        for context, callback in due:
            try:
                context.run(callback, self)
            except Exception as error:
                # For the loop's handler, as of any callback: neither the others' loss nor the settler's.
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "who waited for an acknowledgement failed at it", "exception": error}
                )

    def add_done_callback(self, callback: Callable[[Any], object], /) -> None:
        """Call this once it has ended."""
        context = copy_context()
        if self._is_done:
            asyncio.get_running_loop().call_soon(callback, self, context=context)
        else:
            self._due.append((context, callback))

    def cancelled(self) -> bool:
        """Nobody can cancel what is on its way."""
        return False

    def exception(self) -> BaseException | None:
        """Why it failed."""
        return self._error

    def __await__(self) -> Generator[Any, None, T]:
        if not self._is_done:
            ended = asyncio.Event()
            self.add_done_callback(lambda _: ended.set())
            yield from ended.wait().__await__()
        if self._error is not None:
            raise self._error
        result: T = self._result
        return result


def in_turn(first: Acknowledged, then: Callable[[], Acknowledged]) -> Acknowledged:
    """Ends when what `then` sends has, which it does once `first` is acknowledged: what tells of it comes after it."""
    return _followed(first, then, None)


def or_else(first: Acknowledged, smaller: Callable[[Refused], Acknowledged]) -> Acknowledged:
    """Ends when `first` has, or where that is refused, when what `smaller` sends instead has."""
    return _followed(first, None, smaller)


def in_turn_or_else(
    first: Acknowledged, then: Callable[[], Acknowledged], smaller: Callable[[Refused], Acknowledged]
) -> Acknowledged:
    """Ends when what `then` sends has, once `first` is acknowledged, or where that is refused, what `smaller` sends."""
    return _followed(first, then, smaller)


def _followed(
    first: Acknowledged,
    then: Callable[[], Acknowledged] | None,
    smaller: Callable[[Refused], Acknowledged] | None,
) -> Acknowledged:
    whole: Acknowledgement[Any] = Acknowledgement()

    def first_ended(ended: Acknowledged) -> None:
        error = asyncio.CancelledError() if ended.cancelled() else ended.exception()
        try:
            if error is None:
                _pass_on(then() if then else None, whole)
            elif isinstance(error, Refused) and smaller:
                _pass_on(smaller(error), whole)
            else:
                whole.fail(error)
        except Exception as fault:
            whole.fail(fault)

    first.add_done_callback(first_ended)
    return whole


def _pass_on(part: Acknowledged | None, whole: Acknowledgement[Any]) -> None:
    if part is None:
        whole.settle(None)
    else:
        part.add_done_callback(partial(_part_ended, whole, {part}))


def all_of(parts: Sequence[Acknowledged]) -> Acknowledged:
    """Ends when all have, or one has failed; at once where there is none."""
    if len(parts) == 1:
        return parts[0]
    whole: Acknowledgement[None] = Acknowledgement()
    if not parts:
        whole.settle(None)
    missing = set(parts)
    for part in parts:
        part.add_done_callback(partial(_part_ended, whole, missing))
    return whole


def _part_ended(whole: Acknowledgement[None], missing: set[Acknowledged], part: Acknowledged) -> None:
    missing.discard(part)
    if error := asyncio.CancelledError() if part.cancelled() else part.exception():
        whole.fail(error)
    elif not missing:
        whole.settle(None)
