"""Time that passes only when it is told to: for tests."""

import asyncio
from datetime import UTC, datetime, timedelta

_BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class VirtualClock:
    """`sleep` moves the time on at once instead of waiting for it."""

    def __init__(self, begin: datetime = _BEGIN) -> None:
        self._begin = begin
        self._seconds = 0.0

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return self._begin + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Lets so much time pass."""
        self._seconds += seconds

    async def sleep(self, seconds: float) -> None:
        """Lets so much time pass, and others run."""
        self.advance(seconds)
        await asyncio.sleep(0)
