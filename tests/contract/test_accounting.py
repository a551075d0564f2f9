"""What every book-keeper on models keeps."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from agents.adapters.in_memory_accounting import InMemoryAccounting
from agents.adapters.sqlite_accounting import SqliteAccounting
from agents.domain.model_usage import Outcome, Spending
from agents.domain.ports import Accounting

MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)


@pytest.fixture(params=["in memory", "sqlite"])
def accounting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Accounting]:
    if request.param == "in memory":
        yield InMemoryAccounting()
        return
    books = SqliteAccounting(tmp_path / "there" / "model.sqlite")
    yield books
    books.close()


def spending(day: date = MONDAY, model: str = "small", requester: str = "noc", cost_usd: float = 0.5) -> Spending:
    return Spending(day, model, requester, Outcome.ANSWERED, 1, 100, 20, cost_usd)


async def test_books_without_an_entry_say_zero(accounting: Accounting) -> None:
    assert await accounting.spent_usd(MONDAY) == 0.0
    assert await accounting.spendings(MONDAY, TUESDAY) == ()


async def test_the_same_day_model_and_requester_share_a_line(accounting: Accounting) -> None:
    await accounting.record(spending())
    await accounting.record(spending(cost_usd=0.25))
    (line,) = await accounting.spendings(MONDAY, MONDAY)
    assert (line.requests, line.input_tokens, line.output_tokens, line.cost_usd) == (2, 200, 40, 0.75)


async def test_a_day_is_summed_over_models_and_requesters_and_apart_from_other_days(accounting: Accounting) -> None:
    await accounting.record(spending())
    await accounting.record(spending(model="large", cost_usd=2.0))
    await accounting.record(spending(requester="portal", cost_usd=1.0))
    await accounting.record(spending(day=TUESDAY, cost_usd=8.0))
    assert await accounting.spent_usd(MONDAY) == pytest.approx(3.5)
    assert await accounting.spent_usd(TUESDAY) == pytest.approx(8.0)


async def test_lines_are_found_by_days_model_and_requester(accounting: Accounting) -> None:
    for each in (spending(), spending(model="large"), spending(requester="portal"), spending(day=TUESDAY)):
        await accounting.record(each)
    assert len(await accounting.spendings(MONDAY, TUESDAY)) == 4
    assert {line.model for line in await accounting.spendings(MONDAY, TUESDAY, model="large")} == {"large"}
    assert [line.day for line in await accounting.spendings(TUESDAY, TUESDAY)] == [TUESDAY]
    assert len(await accounting.spendings(MONDAY, TUESDAY, requester="noc")) == 3
    assert await accounting.spendings(MONDAY, TUESDAY, model="'; DROP TABLE spending; --") == ()
