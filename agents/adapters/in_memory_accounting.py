"""Accounts of model usage in plain Python: they last as long as the process."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from agents.domain.model_usage import Outcome, Spending


class InMemoryAccounting:
    """Keeps one line for each day, model, requester and outcome."""

    def __init__(self) -> None:
        self._lines: dict[tuple[date, str, str, Outcome], Spending] = {}

    async def record(self, spending: Spending) -> None:
        """Adds it to the line it belongs to."""
        key = (spending.day, spending.model, spending.requester, spending.outcome)
        line = self._lines.get(key)
        self._lines[key] = spending if line is None else _sum(line, spending)

    async def spent_usd(self, day: date) -> float:
        """All models and requesters together."""
        return sum(line.cost_usd for line in self._lines.values() if line.day == day)

    async def spendings(
        self, first: date, last: date, model: str | None = None, requester: str | None = None
    ) -> Sequence[Spending]:
        """From the first to the last day, both included, by day, model, requester and outcome."""
        return tuple(
            line
            for _, line in sorted(self._lines.items())
            if first <= line.day <= last and model in (None, line.model) and requester in (None, line.requester)
        )


def _sum(line: Spending, more: Spending) -> Spending:
    return replace(
        line,
        requests=line.requests + more.requests,
        input_tokens=line.input_tokens + more.input_tokens,
        output_tokens=line.output_tokens + more.output_tokens,
        cost_usd=line.cost_usd + more.cost_usd,
    )
