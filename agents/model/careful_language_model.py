"""A language model that is retried while there is time, and never asked more than its settings allow."""

from agents.domain.circuit import Circuit
from agents.domain.model_settings import ModelSettings
from agents.domain.model_usage import Answer, AnswerT, ModelAway, Outcome
from agents.domain.ports import Accounting, Clock, LanguageModel
from agents.model.attempt import Attempt
from agents.model.observer import ModelObserver, NobodyWatches

_FIRST_PAUSE_SECONDS = 0.2
_LEAST_USEFUL_SECONDS = 0.8
"""The P50 objective of an answer: with less time left, another attempt is more likely to be lost than not."""
_FINAL = (Outcome.UNAUTHORIZED, Outcome.OVER_BUDGET)


class CarefulLanguageModel:
    """Another model with retries, circuit breaker, limits, budget and accounts around it.

    It has its own circuit unless a shared one is given.
    """

    def __init__(
        self,
        model: LanguageModel,
        settings: ModelSettings,
        clock: Clock,
        accounting: Accounting,
        observer: ModelObserver | None = None,
        circuit: Circuit | None = None,
    ) -> None:
        self._model = model
        self._clock = clock
        self._max_attempts = settings.max_attempts
        self._ask = Attempt(model, settings, clock, accounting, observer or NobodyWatches(), circuit)

    @property
    def name(self) -> str:
        """The model as its provider calls it."""
        return self._model.name

    async def answer(
        self, instructions: str, request: str, shape: type[AnswerT], within_seconds: float
    ) -> Answer[AnswerT]:
        """Raises: ModelAway once attempts or time are used up, Unanswered, Retryable where the accounts cannot be
        written."""
        deadline = self._clock.monotonic() + within_seconds
        pause = _FIRST_PAUSE_SECONDS
        sent = 0
        while True:
            try:
                return await self._ask(instructions, request, shape, deadline - self._clock.monotonic())
            except ModelAway as away:
                sent += away.outcome.was_sent
                wait = max(away.delay_seconds, pause)
                left = deadline - self._clock.monotonic() - wait
                if away.outcome in _FINAL or sent >= self._max_attempts or left < _LEAST_USEFUL_SECONDS:
                    raise
            await self._clock.sleep(wait)
            pause *= 2
