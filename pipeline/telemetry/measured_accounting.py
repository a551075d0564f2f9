"""Accounts of model usage whose operations are timed."""

from collections.abc import Awaitable, Sequence
from datetime import date
from typing import TypeVar

from agents.domain.model_usage import Spending
from agents.domain.ports import Accounting
from pipeline.telemetry.metrics import Metrics

T = TypeVar("T")
STORE = "accounting"


class MeasuredAccounting:
    """Other books, timed."""

    def __init__(self, accounting: Accounting, metrics: Metrics) -> None:
        self._accounting = accounting
        self._seconds = metrics.db_seconds

    async def record(self, spending: Spending) -> None:
        """As the books do. Raises: what they raise."""
        await self._timed("record", self._accounting.record(spending))

    async def spent_usd(self, day: date) -> float:
        """As the books say. Raises: what they raise."""
        return await self._timed("spent", self._accounting.spent_usd(day))

    async def spendings(
        self, first: date, last: date, model: str | None = None, requester: str | None = None
    ) -> Sequence[Spending]:
        """As the books say. Raises: what they raise."""
        return await self._timed("list", self._accounting.spendings(first, last, model, requester))

    async def _timed(self, operation: str, work: Awaitable[T]) -> T:
        with self._seconds.labels(STORE, operation).time():
            return await work
