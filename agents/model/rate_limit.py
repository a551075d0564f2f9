"""How much may go to a provider in a minute: a bucket that fills steadily and says how long to wait."""

from agents.domain.ports import Clock


class RateLimit:
    """A token bucket. It never waits itself: the caller knows its own deadline."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._capacity = float(per_minute)
        self._level = self._capacity
        self._filled_at = clock.monotonic()

    def seconds_to_wait(self, amount: float) -> float:
        """Until `amount` is there; more than the bucket holds counts as a full bucket."""
        self._fill()
        missing = min(amount, self._capacity) - self._level
        return max(missing, 0.0) * 60.0 / self._capacity

    def take(self, amount: float) -> None:
        """Takes it, on credit if need be; a negative amount returns what was taken in excess."""
        self._fill()
        self._level = min(self._level - amount, self._capacity)

    def _fill(self) -> None:
        now = self._clock.monotonic()
        self._level = min(self._level + (now - self._filled_at) * self._capacity / 60.0, self._capacity)
        self._filled_at = now
