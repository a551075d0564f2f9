"""One request to a model, with all checks before it and all records after it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from json import dumps

from agents.domain.circuit import Circuit
from agents.domain.model_settings import ModelSettings
from agents.domain.model_usage import Answer, AnswerT, ModelAway, Outcome, Spending, TokenUsage, Unanswered
from agents.domain.ports import Accounting, Clock, LanguageModel
from agents.domain.requester import current_requester
from agents.model.budget import DailyBudget
from agents.model.observer import ModelObserver
from agents.model.rate_limit import RateLimit

_BYTES_OF_A_TOKEN = 3
"""Fewer than the four or so of English text, so that estimates err on the side of too many tokens."""
_SHORTEST_OPENING_SECONDS = 1.0


class Attempt:
    """Asks once: circuit, rates, budget and concurrency before; circuit, accounts and observer after."""

    def __init__(
        self,
        model: LanguageModel,
        settings: ModelSettings,
        clock: Clock,
        accounting: Accounting,
        observer: ModelObserver,
        circuit: Circuit | None = None,
    ) -> None:
        self._model = model
        self._settings = settings
        self._clock = clock
        self._accounting = accounting
        self._observer = observer
        self._price = settings.price
        self._circuit = circuit or Circuit(clock)
        self._places = asyncio.Semaphore(settings.max_concurrent)
        self._requests = RateLimit(clock, settings.requests_per_minute) if settings.requests_per_minute else None
        self._tokens = RateLimit(clock, settings.tokens_per_minute) if settings.tokens_per_minute else None
        self._budget: DailyBudget | None = None
        if settings.daily_budget_usd is not None and self._price is not None:
            self._budget = DailyBudget(accounting, clock, self._price, settings.daily_budget_usd)

    async def __call__(
        self, instructions: str, request: str, shape: type[AnswerT], within_seconds: float
    ) -> Answer[AnswerT]:
        """Raises: ModelAway, Unanswered, Retryable where the accounts cannot be written."""
        deadline = self._clock.monotonic() + within_seconds
        estimate = estimated_tokens(instructions, request, dumps(shape.model_json_schema()))
        is_probe = self._pass_circuit()
        try:
            tokens = estimate + self._settings.max_output_tokens
            async with (
                self._rates_taken(tokens, within_seconds) as sending,
                self._money_aside(estimate),
                self._a_place(deadline),
            ):
                sending()
                return await self._send(instructions, request, shape, deadline, estimate, is_probe=is_probe)
        finally:
            if is_probe:
                self._circuit.gave_up()

    def _pass_circuit(self) -> bool:
        """True where this request decides whether the circuit closes."""
        if wait := self._circuit.seconds_to_wait():
            raise self._not_sent(Outcome.CIRCUIT_OPEN, "keeps failing, so its circuit is open", wait)
        return self._circuit.is_open

    @asynccontextmanager
    async def _rates_taken(self, tokens: int, within_seconds: float) -> AsyncIterator[Callable[[], None]]:
        """Entered once the rates let a request pass. What was taken is given back unless the request was sent: call
        what is yielded right before."""
        limits = [(limit, amount) for limit, amount in ((self._requests, 1), (self._tokens, tokens)) if limit]
        wait = max((limit.seconds_to_wait(amount) for limit, amount in limits), default=0.0)
        if wait > within_seconds:
            raise self._not_sent(Outcome.HELD_BACK, "has had as many requests as it may get in a minute", wait)
        for limit, amount in limits:
            limit.take(amount)
        is_sent = False

        def sending() -> None:
            nonlocal is_sent
            is_sent = True

        try:
            if wait:
                await self._clock.sleep(wait)
            yield sending
        finally:
            if not is_sent:
                for limit, amount in limits:
                    limit.take(-amount)

    @asynccontextmanager
    async def _money_aside(self, estimate: int) -> AsyncIterator[None]:
        if self._budget is None:
            yield
            return
        amount = await self._budget.set_aside(estimate, self._settings.max_output_tokens)
        if amount is None:
            limit = self._budget.limit_usd
            raise self._not_sent(
                Outcome.OVER_BUDGET,
                f"is not asked again today: its budget of {limit:g} USD leaves nothing for it",
                0,
            )
        try:
            yield
        finally:
            self._budget.release(amount)

    @asynccontextmanager
    async def _a_place(self, deadline: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(max(deadline - self._clock.monotonic(), 0.0)):
                await self._places.acquire()
        except TimeoutError as fault:
            message = f"has {self._settings.max_concurrent} requests under way already"
            raise self._not_sent(Outcome.HELD_BACK, message, _SHORTEST_OPENING_SECONDS) from fault
        try:
            yield
        finally:
            self._places.release()

    async def _send(
        self,
        instructions: str,
        request: str,
        shape: type[AnswerT],
        deadline: float,
        estimate: int,
        *,
        is_probe: bool,
    ) -> Answer[AnswerT]:
        begun = self._clock.monotonic()
        seconds = min(self._settings.attempt_seconds, max(deadline - begun, 0.0))
        try:
            answer = await self._model.answer(instructions, request, shape, seconds)
        except ModelAway as away:
            self._fell(away, begun, is_probe=is_probe)
            # A provider may charge for a question whose answer nobody waited for.
            charged = TokenUsage(input_tokens=estimate) if away.outcome is Outcome.TIMED_OUT else None
            await self._note(away.outcome, begun, charged, estimate)
            raise
        except Unanswered as fault:
            self._circuit.succeeded(is_probe=is_probe)
            await self._note(fault.outcome, begun, fault.usage, estimate)
            raise
        self._circuit.succeeded(is_probe=is_probe)
        await self._note(Outcome.ANSWERED, begun, answer.usage, estimate)
        return answer

    def _fell(self, away: ModelAway, begun: float, *, is_probe: bool) -> None:
        if away.outcome not in (Outcome.RATE_LIMITED, Outcome.UNAUTHORIZED):
            self._circuit.failed(begun, is_probe=is_probe)
        elif is_probe or not self._circuit.is_open:
            self._circuit.open_for(max(away.delay_seconds, _SHORTEST_OPENING_SECONDS))

    async def _note(self, outcome: Outcome, begun: float, usage: TokenUsage | None, estimate: int) -> None:
        charged = usage or TokenUsage()
        cost = self._price.cost_usd(charged.input_tokens, charged.output_tokens) if self._price else None
        self._observer.request_ended(self._model.name, outcome, self._clock.monotonic() - begun, usage, cost)
        if self._tokens:
            self._tokens.take(charged.total_tokens - estimate - self._settings.max_output_tokens)
        await self._accounting.record(
            Spending(
                day=self._clock.now().date(),
                model=self._model.name,
                requester=current_requester(),
                outcome=outcome,
                requests=1,
                input_tokens=charged.input_tokens,
                output_tokens=charged.output_tokens,
                cost_usd=cost or 0.0,
            )
        )

    def _not_sent(self, outcome: Outcome, why: str, delay_seconds: float) -> ModelAway:
        self._observer.request_not_sent(self._model.name, outcome)
        return ModelAway(outcome, f"The model {self._model.name} {why}.", delay_seconds=delay_seconds)


def estimated_tokens(*texts: str) -> int:
    """About how many tokens these are, rather too many than too few."""
    return sum(len(text.encode()) for text in texts) // _BYTES_OF_A_TOKEN + 1
