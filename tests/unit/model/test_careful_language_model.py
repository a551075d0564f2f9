"""Attempts, limits, budget and books around a model. Time is virtual: nothing here waits."""

import asyncio
from datetime import date
from typing import Any

import pytest

from agents.adapters.in_memory_accounting import InMemoryAccounting
from agents.adapters.scripted_language_model import ScriptedLanguageModel
from agents.adapters.virtual_clock import VirtualClock
from agents.domain.model_settings import ModelSettings, Price
from agents.domain.model_usage import Answer, AnswerT, ModelAway, Outcome, TokenUsage, Unanswered
from agents.domain.requester import on_behalf_of
from agents.domain.verdicts import Retryable
from agents.model.careful_language_model import CarefulLanguageModel
from tests.unit.model.recording_observer import RecordingObserver
from tests.unit.model.shapes import Word

GOOD = '{"word": "five"}'
TODAY = date(2026, 1, 5)


def away(outcome: Outcome = Outcome.UNAVAILABLE, delay_seconds: float = 0.0) -> ModelAway:
    return ModelAway(outcome, "away", delay_seconds=delay_seconds)


class Bench:
    """A careful model around a scripted one, with everything that it notes."""

    def __init__(self, *script: Any, **settings: Any) -> None:
        self.inner = ScriptedLanguageModel(script, name="small", usage=TokenUsage(1_000, 100))
        self.clock = VirtualClock()
        self.books = InMemoryAccounting()
        self.observer = RecordingObserver()
        prices = {"small": Price(input_usd=2.0, output_usd=8.0)}
        self.settings = ModelSettings(**{"name": "small", "prices": prices, **settings})
        self.model = CarefulLanguageModel(self.inner, self.settings, self.clock, self.books, self.observer)

    async def ask(self, within_seconds: float = 7.5) -> Answer[Word]:
        return await self.model.answer("Say a word.", "any", Word, within_seconds)

    async def ask_for_outcome(self) -> Outcome:
        self.clock.advance(0.1)
        try:
            await self.ask()
        except (ModelAway, Unanswered) as fault:
            return fault.outcome
        return Outcome.ANSWERED


async def test_a_failure_is_tried_again_and_then_answered() -> None:
    bench = Bench(away(), GOOD)
    assert (await bench.ask()).content.word == "five"
    assert bench.observer.ended == [Outcome.UNAVAILABLE, Outcome.ANSWERED]


async def test_attempts_end_at_their_number_and_at_the_deadline() -> None:
    bench = Bench(*[away()] * 9, max_attempts=3)
    with pytest.raises(ModelAway):
        await bench.ask()
    assert len(bench.inner.questions) == 3
    with pytest.raises(ModelAway):
        await bench.ask(within_seconds=0.5)
    assert len(bench.inner.questions) == 4


async def test_no_attempt_is_given_more_time_than_is_left() -> None:
    bench = Bench(away(delay_seconds=4.0), GOOD)
    await bench.ask()
    assert [question.within_seconds for question in bench.inner.questions] == [5.0, 3.5]


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.CUT_OFF, Outcome.OUT_OF_SHAPE, Outcome.NOT_ACCEPTED])
async def test_what_would_only_be_said_again_is_not_asked_again(outcome: Outcome) -> None:
    bench = Bench(Unanswered(outcome, "no"), GOOD)
    with pytest.raises(Unanswered):
        await bench.ask()
    assert bench.observer.ended == [outcome]


async def test_retry_after_is_kept_by_every_request() -> None:
    bench = Bench(away(Outcome.RATE_LIMITED, delay_seconds=20), GOOD)
    with pytest.raises(ModelAway) as fault:
        await bench.ask()
    assert fault.value.delay_seconds == 20
    assert await bench.ask_for_outcome() is Outcome.CIRCUIT_OPEN
    bench.clock.advance(20)
    assert (await bench.ask()).content.word == "five"
    assert len(bench.inner.questions) == 2


async def test_a_short_retry_after_is_waited_for() -> None:
    bench = Bench(away(Outcome.RATE_LIMITED, delay_seconds=2), GOOD)
    assert (await bench.ask()).content.word == "five"
    assert bench.clock.monotonic() == pytest.approx(2.0)


async def test_five_failures_open_the_circuit_and_a_probe_after_30_s_closes_it() -> None:
    bench = Bench(*[away()] * 5, GOOD, GOOD, max_attempts=1)
    assert [await bench.ask_for_outcome() for _ in range(5)] == [Outcome.UNAVAILABLE] * 5
    assert await bench.ask_for_outcome() is Outcome.CIRCUIT_OPEN
    assert len(bench.inner.questions) == 5, "nothing is sent while it is open"
    bench.clock.advance(30)
    assert await bench.ask_for_outcome() is Outcome.ANSWERED
    assert await bench.ask_for_outcome() is Outcome.ANSWERED


async def test_a_wrong_key_opens_the_circuit_at_once() -> None:
    bench = Bench(away(Outcome.UNAUTHORIZED, delay_seconds=30), GOOD)
    assert await bench.ask_for_outcome() is Outcome.UNAUTHORIZED
    assert await bench.ask_for_outcome() is Outcome.CIRCUIT_OPEN
    assert len(bench.inner.questions) == 1


async def test_a_refusal_says_that_the_model_is_there() -> None:
    bench = Bench(*[away(), Unanswered(Outcome.REFUSED, "no")] * 6, max_attempts=1)
    outcomes = [await bench.ask_for_outcome() for _ in range(12)]
    assert Outcome.CIRCUIT_OPEN not in outcomes


async def test_requests_beyond_the_rate_wait_a_little_or_are_held_back() -> None:
    bench = Bench(*[GOOD] * 9, requests_per_minute=6)
    for _ in range(6):
        await bench.ask()
    assert await bench.ask_for_outcome() is Outcome.HELD_BACK
    bench.clock.advance(5)
    assert await bench.ask_for_outcome() is Outcome.ANSWERED
    assert bench.clock.monotonic() == pytest.approx(10.0)


async def test_tokens_that_were_not_used_are_given_back_to_the_rate() -> None:
    bench = Bench(*[GOOD] * 20, tokens_per_minute=10_000, max_output_tokens=1_000)
    for _ in range(9):
        await bench.ask()
    assert bench.clock.monotonic() == 0, "1,100 tokens each were used, of the 2,000 or so set aside for each"
    await bench.ask()
    assert bench.clock.monotonic() > 0


@pytest.mark.parametrize("rate", [{"requests_per_minute": 3}, {"tokens_per_minute": 6_000, "max_output_tokens": 1_000}])
async def test_what_was_taken_of_the_rates_is_given_back_where_nothing_was_sent(rate: dict[str, int]) -> None:
    bench = Bench(*[GOOD] * 4, daily_budget_usd=0.0, **rate)
    outcomes = [await bench.ask_for_outcome() for _ in range(9)]
    assert set(outcomes) == {Outcome.OVER_BUDGET}


async def test_every_request_is_booked_on_its_requester_with_its_cost() -> None:
    bench = Bench(GOOD, GOOD, away(Outcome.TIMED_OUT), max_attempts=1)
    with on_behalf_of("portal"):
        await bench.ask()
    await bench.ask()
    await bench.ask_for_outcome()
    lines = {(line.requester, line.outcome): line for line in await bench.books.spendings(TODAY, TODAY)}
    assert lines["portal", Outcome.ANSWERED].cost_usd == pytest.approx(0.0028)
    assert lines["unknown", Outcome.ANSWERED].input_tokens == 1_000
    assert lines["unknown", Outcome.TIMED_OUT].input_tokens > 0, "nobody waited for it, and it may be charged"


async def test_a_budget_holds_however_many_ask_at_once_and_is_new_the_next_day() -> None:
    bench = Bench(*[GOOD] * 100, daily_budget_usd=0.05, max_output_tokens=1_500)
    outcomes = await asyncio.gather(*(bench.ask_for_outcome() for _ in range(60)))
    assert Outcome.OVER_BUDGET in outcomes
    assert await bench.books.spent_usd(TODAY) <= 0.05
    while await bench.ask_for_outcome() is Outcome.ANSWERED:
        pass
    assert 0.03 < await bench.books.spent_usd(TODAY) <= 0.05
    bench.clock.advance(24 * 3600)
    assert await bench.ask_for_outcome() is Outcome.ANSWERED


async def test_a_budget_of_nothing_asks_nothing() -> None:
    bench = Bench(GOOD, daily_budget_usd=0.0)
    assert await bench.ask_for_outcome() is Outcome.OVER_BUDGET
    assert bench.inner.questions == []


async def test_nothing_is_sent_while_the_books_cannot_be_read() -> None:
    bench = Bench(GOOD, daily_budget_usd=1.0)

    async def broken(day: date) -> float:
        raise Retryable("no disk", dependency="accounting")

    bench.books.spent_usd = broken  # type: ignore[method-assign]
    with pytest.raises(Retryable):
        await bench.ask()
    assert bench.inner.questions == []


async def test_no_more_requests_run_at_the_same_time_than_is_set() -> None:
    class Slow(ScriptedLanguageModel):
        running = most = 0

        async def answer(
            self, instructions: str, request: str, shape: type[AnswerT], within_seconds: float
        ) -> Answer[AnswerT]:
            Slow.running += 1
            Slow.most = max(Slow.most, Slow.running)
            for _ in range(5):
                await asyncio.sleep(0)
            Slow.running -= 1
            return await super().answer(instructions, request, shape, within_seconds)

    settings = ModelSettings(name="small", max_concurrent=3)
    model = CarefulLanguageModel(Slow([GOOD] * 20), settings, VirtualClock(), InMemoryAccounting())
    await asyncio.gather(*(model.answer("Say a word.", "any", Word, 5.0) for _ in range(20)))
    assert Slow.most == 3


async def test_a_cancelled_request_gives_back_its_place_its_money_and_the_probe() -> None:
    class Stuck(ScriptedLanguageModel):
        async def answer(
            self, instructions: str, request: str, shape: type[AnswerT], within_seconds: float
        ) -> Answer[AnswerT]:
            if self.questions:
                return await super().answer(instructions, request, shape, within_seconds)
            self.questions.append(None)  # type: ignore[arg-type]
            await asyncio.Event().wait()
            raise AssertionError

    settings = ModelSettings(
        name="small",
        max_concurrent=1,
        daily_budget_usd=0.02,
        prices={"small": Price(input_usd=2.0, output_usd=8.0)},
    )
    model = CarefulLanguageModel(Stuck([GOOD]), settings, VirtualClock(), InMemoryAccounting())
    first = asyncio.create_task(model.answer("Say a word.", "any", Word, 5.0))
    for _ in range(5):
        await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await model.answer("Say a word.", "any", Word, 5.0)).content.word == "five"
