"""Acknowledgements of records on their way: the broker has every one, or why not.

Like futures, but cheaper: a future schedules every callback in the event loop separately, which was an eighth of the
cost of an event on the fast engine.
"""

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from agents.domain.verdicts import Fatal

T = TypeVar("T")


class Refused(Fatal):
    """The broker will never take this record: it is too large for its topic."""


class Acknowledged(Protocol):
    """Done once the broker has acknowledged everything that follows from an event, or failed. A future is one too."""

    def add_done_callback(self, callback: Callable[[Any], object], /) -> None:
        """Call this with the acknowledgement once it is done, in the current context."""

    def cancelled(self) -> bool:
        """True where it will never be known."""

    def exception(self) -> BaseException | None:
        """Why it failed, None if it did not. Ask only once it is done."""

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
                # For the loop's exception handler, as for any callback: it must not affect the others or the settler.
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "what waited for an acknowledgement failed", "exception": error}
                )

    def add_done_callback(self, callback: Callable[[Any], object], /) -> None:
        """Call this once it has ended."""
        context = copy_context()
        if self._is_done:
            asyncio.get_running_loop().call_soon(callback, self, context=context)
        else:
            self._due.append((context, callback))

    def cancelled(self) -> bool:
        """What is on its way cannot be cancelled."""
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
    """Done when what `then` sends is, which it sends once `first` is acknowledged: a report follows what it reports."""
    return _followed(first, then, None)


def or_else(first: Acknowledged, smaller: Callable[[Refused], Acknowledged]) -> Acknowledged:
    """Done when `first` is, or if that is refused, when what `smaller` sends instead is."""
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
    """Done when all are, or one has failed; at once if there are none."""
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
