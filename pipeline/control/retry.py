"""Retries: how long a fault may last before the record becomes a dead letter."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception
from tenacity.wait import wait_random_exponential

from agents.domain.verdicts import Declined, Failed, Fatal, OnHold, Rejected, Retryable
from pipeline.kafka.stage import AlreadySettled

T = TypeVar("T")
VERDICTS = (Declined, Failed, Rejected, Fatal, AlreadySettled)
INTERNAL_ERROR_ATTEMPTS = 3
"""Attempts after an exception that is not a verdict: a bug, which a second try may or may not hit again."""

_jitter = wait_random_exponential(multiplier=0.2, max=10)


def _stop(why: str) -> None:
    raise Fatal(why)


@dataclass(frozen=True)
class Holds:
    """What keeps an event from being tried, which is no attempt: a paused stage, an open circuit.

    `until_on` returns when the stage may work; `until_worth_trying` when the dependency may be asked again, given its
    name and the seconds it asked for. `limit_seconds` bounds the waiting for dependencies, not for the stage. `pause`
    holds the stage for an operator, with a reason.
    """

    until_on: Callable[[], Awaitable[None]]
    until_worth_trying: Callable[[str, float], Awaitable[None]]
    limit_seconds: float
    pause: Callable[[str], None] = _stop


async def _at_once(*_: object) -> None:
    return


UNHELD = Holds(_at_once, _at_once, 0.0)
"""Nothing pauses; nothing is waited for."""


class _Patience:
    """The time of one event: how long it was worked on, and how long it was held up."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.held_seconds = 0.0
        self.held_by_dependencies_seconds = 0.0

    @property
    def worked_seconds(self) -> float:
        return time.monotonic() - self._began - self.held_seconds

    async def hold(self, until: Awaitable[None]) -> float:
        began = time.monotonic()
        await until
        seconds = time.monotonic() - began
        self.held_seconds += seconds
        return seconds


async def with_retries(
    work: Callable[[], Awaitable[T]],
    limit_seconds: float,
    on_retry: Callable[[BaseException], None],
    holds: Holds = UNHELD,
) -> T:
    """The result of `work`, tried again on Retryable for `limit_seconds` at most and on a bug a few times.

    Raises: the verdict of the last attempt; Rejected `retries_exhausted`, `dependency_unavailable` or `internal_error`.
    """
    patience = _Patience()
    try:
        return await _try(work, holds, patience)
    except VERDICTS:
        raise
    except Exception as error:  # most events never get here, and never pay for what follows
        return await _try_again(error, work, limit_seconds, on_retry, holds, patience)


async def _try_again(
    first: Exception,
    work: Callable[[], Awaitable[T]],
    limit_seconds: float,
    on_retry: Callable[[BaseException], None],
    holds: Holds,
    patience: _Patience,
) -> T:
    """The result of a later attempt; `first` is how the first one ended."""

    def gives_up(state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Retryable):
            return patience.worked_seconds + _wait(state) > limit_seconds
        return state.attempt_number >= INTERNAL_ERROR_ATTEMPTS

    def before_sleep(state: RetryCallState) -> None:
        if state.outcome and (error := state.outcome.exception()):
            on_retry(error)

    retrying = AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, Exception) and not isinstance(error, VERDICTS)),
        wait=_wait,
        stop=gives_up,
        before_sleep=before_sleep,
        reraise=True,
    )
    try:
        async for attempt in retrying:
            with attempt:
                if attempt.retry_state.attempt_number == 1:
                    raise first
                return await _try(work, holds, patience)
        raise AssertionError("retrying ends with a result or raises")
    except VERDICTS:
        raise
    except Retryable as error:
        message = f"{error.dependency} did not recover within {limit_seconds:g} s: {error.message}"
        raise Rejected("retries_exhausted", message) from error
    except Exception as error:  # the one place where a bug becomes a verdict
        raise Rejected("internal_error", f"{type(error).__name__}: {error}") from error


async def _try(work: Callable[[], Awaitable[T]], holds: Holds, patience: _Patience) -> T:
    """One attempt, once nothing holds it. Raises: what `work` raises, Rejected `dependency_unavailable`."""
    while True:
        await patience.hold(holds.until_on())
        try:
            return await work()
        except OnHold as held:
            holds.pause(str(held))
        except Retryable as error:
            if error.was_tried:
                raise
            if patience.held_by_dependencies_seconds >= holds.limit_seconds:
                message = f"{error.dependency} was unavailable for {holds.limit_seconds:g} s: {error.message}"
                raise Rejected("dependency_unavailable", message) from error
            waiting = holds.until_worth_trying(error.dependency, error.delay_seconds)
            patience.held_by_dependencies_seconds += await patience.hold(waiting)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.delay_seconds if isinstance(error, Retryable) else 0.0
    return max(asked, _jitter(state))
