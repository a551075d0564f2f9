"""What `nephoran costs` reads out of the books."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agents.adapters.sqlite_accounting import SqliteAccounting
from agents.domain.model_settings import ModelSettings, Price
from agents.domain.model_usage import Outcome, Spending
from pipeline.operations.costs import By, read_costs

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)


def spent(day: date, model: str, requester: str, cost_usd: float, outcome: Outcome = Outcome.ANSWERED) -> Spending:
    return Spending(day, model, requester, outcome, 2, 1_000, 100, cost_usd)


@pytest.fixture
async def settings(tmp_path: Path) -> ModelSettings:
    file = tmp_path / "spending.sqlite"
    books = SqliteAccounting(file)
    for each in (
        spent(YESTERDAY, "small", "noc", 0.25),
        spent(TODAY, "small", "noc", 0.5),
        spent(TODAY, "small", "portal", 1.0, Outcome.TIMED_OUT),
        spent(TODAY, "large", "portal", 4.0),
    ):
        await books.record(each)
    books.close()
    price = Price(input_usd=1, output_usd=1)
    return ModelSettings(name="small", accounting_file=file, prices={"small": price}, daily_budget_usd=10)


async def test_costs_are_summed_by_what_is_asked_for_and_in_all(settings: ModelSettings) -> None:
    by_day = await read_costs(settings, [By.DAY], YESTERDAY, TODAY)
    assert [(line.day, line.requests, line.cost_usd) for line in by_day.lines] == [
        (YESTERDAY, 2, 0.25),
        (TODAY, 6, 5.5),
    ]
    assert (by_day.total.requests, by_day.total.input_tokens, by_day.total.cost_usd) == (8, 4_000, 5.75)
    by_requester = await read_costs(settings, [By.REQUESTER, By.MODEL], YESTERDAY, TODAY)
    assert [(line.requester, line.model, line.cost_usd) for line in by_requester.lines] == [
        ("noc", "small", 0.75),
        ("portal", "large", 4.0),
        ("portal", "small", 1.0),
    ]


async def test_a_filter_narrows_the_lines_and_never_what_was_spent_of_the_budget(settings: ModelSettings) -> None:
    found = await read_costs(settings, [By.MODEL], TODAY, TODAY, requester="noc")
    assert [line.cost_usd for line in found.lines] == [0.5]
    assert (found.spent_today_usd, found.daily_budget_usd) == (5.5, 10)


async def test_requests_without_an_answer_are_told_apart(settings: ModelSettings) -> None:
    found = await read_costs(settings, [By.REQUESTER], TODAY, TODAY)
    assert {line.requester: line.unanswered for line in found.lines} == {"noc": 0, "portal": 2}


async def test_looking_at_costs_where_nothing_was_ever_asked_leaves_no_file_behind(tmp_path: Path) -> None:
    file = tmp_path / "none.sqlite"
    found = await read_costs(ModelSettings(accounting_file=file), [By.DAY], TODAY, TODAY)
    assert (found.lines, found.total.requests, file.exists()) == ((), 0, False)
