"""The brake: a stage pauses when many dead letters point to our own code or environment, before all events become dead
letters."""

import re
import time
from collections import deque
from collections.abc import Callable
from traceback import walk_tb
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from agents.domain.verdicts import Retryable

COUNTED = frozenset({"internal_error", "retries_exhausted"})
"""Reasons that point to us. What is undecodable, forged or too large points to its producer."""

_OURS = re.compile(r"(?:^|[/\\])(?:agents|pipeline|schemas)[/\\]")


class BrakeSettings(BaseModel):
    """When a stage pauses itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dead_letters: int = Field(10, ge=1)
    """Internal errors and exhausted retries that pause the stage. Fewer stop it by chance, more leave more to
    replay."""
    places: int = Field(3, ge=2)
    """In how many places of our code they must have arisen at least. One producer's requests may hit the same bug over
    and over, under any number of keys, but not bugs in several places."""
    of_events: int = Field(20, ge=1)
    """Among how many of the last finished events they must be: if half of them fail, the successes do not justify going
    on."""
    window_seconds: float = Field(300.0, gt=0)
    """How old those events may be. Above the 60 s of retries, so that events that fail concurrently count."""


class _Ended(NamedTuple):
    at: float
    place: str | None


class Brake:
    """Judges how the events of one stage end. Calls `hit` with the reason, once until `release`."""

    def __init__(
        self, settings: BrakeSettings, hit: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._hit = hit
        self._clock = clock
        self._is_on = False
        self._ended: deque[_Ended] = deque(maxlen=settings.of_events)

    def went_well(self) -> None:
        """An event got its result, or an answer for its requester."""
        self._ended.append(_Ended(self._clock(), None))

    def dead_lettered(self, reason: str, error: BaseException | None) -> None:
        """An event became a dead letter. Reasons that are not counted are ignored."""
        if reason not in COUNTED:
            return
        now = self._clock()
        self._ended.append(_Ended(now, place_of(error)))
        recent = [ended for ended in self._ended if now - ended.at <= self._settings.window_seconds]
        places = [ended.place for ended in recent if ended.place is not None]
        is_due = len(places) >= self._settings.dead_letters and len(set(places)) >= self._settings.places
        if is_due and not self._is_on:
            self._is_on = True
            self._hit(
                f"{len(places)} of the last {len(recent)} events became dead letters, the last one for {reason}: look "
                "at them with `nephoran dead-letters list`, repair the cause, then `nephoran resume` the stage"
            )

    def release(self) -> None:
        """Somebody resumed the stage: start counting afresh."""
        self._is_on = False
        self._ended.clear()


def place_of(error: BaseException | None) -> str:
    """Where an error arose: the innermost line of our own code in its traceback, or the dependency that failed.

    For endless recursion or memory exhaustion the line is chance.
    """
    if isinstance(error, Retryable):
        return error.dependency
    if error is None or isinstance(error, RecursionError | MemoryError):
        return type(error).__name__
    lines = [
        f"{frame.f_code.co_filename}:{number}"
        for frame, number in walk_tb(error.__traceback__)
        if _OURS.search(frame.f_code.co_filename)
    ]
    return lines[-1] if lines else type(error).__name__
