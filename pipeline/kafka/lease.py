"""How long this process may count on its place in a consumer group: the fence that is checked right before an effect.

The broker gives a silent worker's partitions to others after its session time-out, whether the worker knows it or not:
it may have been stopped (SIGSTOP), swapped out, or cut off. So what counts is when the last request that the broker
accepted was sent, by clocks that keep running while the process or the machine is suspended.
"""

import time
from typing import NamedTuple


class Moment(NamedTuple):
    """Now, by the clock that counts a machine's sleep and by the time of day, which a restored machine catches up."""

    since_boot: float
    of_day: float


def moment() -> Moment:
    """Taken before a request leaves, for the broker counts from its arrival."""
    return Moment(time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)), time.time())


class Lease:
    """Renewed by every request that the group accepts; over a while before the session is. For any thread."""

    def __init__(self, session_timeout_seconds: float, margin_seconds: float) -> None:
        self._good_for_seconds = session_timeout_seconds - margin_seconds
        self._renewed: Moment | None = None
        self._has_ended = False

    def renew(self, sent: Moment) -> None:
        """The group accepted a request that was sent then."""
        self._renewed = sent

    def end(self) -> None:
        """The member is about to leave its group; further answers of the group no longer count."""
        self._has_ended = True

    @property
    def is_held(self) -> bool:
        """True while no other worker can have been given the partitions."""
        renewed, now = self._renewed, moment()
        if renewed is None or self._has_ended:
            return False
        # The longer of the two: a clock set back cannot prolong it, and one set forward ends it until the next renewal.
        elapsed = max(now.since_boot - renewed.since_boot, now.of_day - renewed.of_day)
        return elapsed < self._good_for_seconds
