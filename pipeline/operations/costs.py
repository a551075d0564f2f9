"""What language models were asked and what it cost, by the accounts of this machine."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from agents.adapters.sqlite_accounting import SqliteAccounting
from agents.domain.model_settings import ModelSettings
from agents.domain.model_usage import Outcome, Spending


class By(StrEnum):
    """What costs may be summed by."""

    DAY = "day"
    MODEL = "model"
    REQUESTER = "requester"


@dataclass(frozen=True, slots=True)
class CostLine:
    """The sum of all requests that share these values; None where they are summed over."""

    day: date | None = None
    model: str | None = None
    requester: str | None = None
    requests: int = 0
    unanswered: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Costs:
    """Lines by what was asked for, their total, and how the budget of today (UTC) stands."""

    lines: tuple[CostLine, ...]
    total: CostLine
    spent_today_usd: float
    daily_budget_usd: float | None


async def read_costs(
    settings: ModelSettings,
    by: Sequence[By],
    first: date,
    last: date,
    model: str | None = None,
    requester: str | None = None,
) -> Costs:
    """What the books say of these days, both included. Raises: Retryable where the file cannot be read."""
    today = datetime.now(UTC).date()
    if not settings.accounting_file.exists():
        return Costs((), CostLine(), 0.0, settings.daily_budget_usd)
    books = SqliteAccounting(settings.accounting_file)
    try:
        spendings = await books.spendings(first, last, model, requester)
        spent_today_usd = await books.spent_usd(today)
    finally:
        books.close()
    return Costs(summed(spendings, by), _sum(CostLine(), spendings), spent_today_usd, settings.daily_budget_usd)


def summed(spendings: Iterable[Spending], by: Sequence[By]) -> tuple[CostLine, ...]:
    """A line for each combination of values, in the order of `by`."""
    groups: dict[tuple[date | str, ...], list[Spending]] = defaultdict(list)
    for each in spendings:
        groups[tuple(getattr(each, name) for name in by)].append(each)
    return tuple(
        _sum(_named(dict(zip(by, values, strict=True))), group)
        for values, group in sorted(groups.items(), key=lambda item: tuple(map(str, item[0])))
    )


def _named(values: dict[By, Any]) -> CostLine:
    return CostLine(**values)


def _sum(line: CostLine, spendings: Iterable[Spending]) -> CostLine:
    for each in spendings:
        line = replace(
            line,
            requests=line.requests + each.requests,
            unanswered=line.unanswered + (each.requests if each.outcome is not Outcome.ANSWERED else 0),
            input_tokens=line.input_tokens + each.input_tokens,
            output_tokens=line.output_tokens + each.output_tokens,
            cost_usd=line.cost_usd + each.cost_usd,
        )
    return line
