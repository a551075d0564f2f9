"""The switch of a stage: while it is off, no event starts and none is retried. Its group stays as it is."""

import asyncio


class Pause:
    """`until_over` returns at once while nothing is paused. Events that must wait fill the lanes, then fetching
    stops."""

    def __init__(self) -> None:
        self._reasons: dict[str, str] = {}
        self._over = asyncio.Event()
        self._over.set()

    @property
    def why(self) -> str | None:
        """In words, None where nothing is paused."""
        return "; ".join(self._reasons.values()) or None

    def begin(self, source: str, why: str) -> None:
        """Pause on behalf of `source`, until it calls `end`."""
        self._reasons[source] = why
        self._over.clear()

    def end(self, source: str) -> None:
        """Resume, unless somebody else holds the pause."""
        self._reasons.pop(source, None)
        if not self._reasons:
            self._over.set()

    async def until_over(self) -> None:
        """Returns when the stage may work."""
        await self._over.wait()
