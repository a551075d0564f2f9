"""A request → the grammar, and for words that it does not know a language model → what it asks for.

The grammar goes first, and what it covers never waits for a model. A model is asked where words of a declined request
are not known, which it may explain, and where something is unclear or missing, which it may put into plainer words to
ask back. Every other decline has a cause that no words can heal, and a request with orders to the system itself is
`unsafe` before any model sees it.
"""

from agents.domain.model_usage import ModelAway, Outcome, Unanswered
from agents.domain.ports import Clock, LanguageModel, Reading
from agents.domain.verdicts import Declined, Rejected, Retryable
from agents.model.answer_cache import AnswerCache, answer_key
from agents.model.observer import ModelObserver, NobodyWatches
from agents.model.prompt import Prompt
from agents.model.settings import ModelSettings
from agents.model.shape import ModelReading
from agents.model.verification import NOT_COVERED, NotBelieved, Verification
from schemas.reasons import DeclineReason

_MOST_UNKNOWN_WORDS = 8
"""A request with more is no English request with a strange word in it; it is asked back for plainer words."""
_UNCLEAR = (*NOT_COVERED, DeclineReason.MISSING_TARGET, DeclineReason.MISSING_VALUE)
_SHORTEST_PAUSE_SECONDS = 5.0


class UnderstandingWithModel:
    """Reads what the grammar reads, and a little more."""

    def __init__(
        self,
        verification: Verification,
        model: LanguageModel,
        prompt: Prompt,
        settings: ModelSettings,
        clock: Clock,
        observer: ModelObserver | None = None,
    ) -> None:
        self._verification = verification
        self._model = model
        self._prompt = prompt
        self._settings = settings
        self._clock = clock
        self._paused = 0
        self._cache = AnswerCache(settings.cached_answers)
        self._observer = observer or NobodyWatches()

    async def read(self, text: str) -> Reading:
        """Raises: Declined with every fault named; Rejected `model_away` where a request is queued for the model."""
        try:
            return await self._verification.grammar.read(text)
        except Declined as declined:
            unknown = self._verification.unknown_words(text)
            if not self._is_worth_asking(declined, unknown):
                raise
            return await self._read_with_model(text, unknown, declined)

    def _is_worth_asking(self, declined: Declined, unknown: tuple[str, ...]) -> bool:
        if len(unknown) > _MOST_UNKNOWN_WORDS:
            return False
        if unknown and declined.reason in NOT_COVERED:
            return True
        return self._settings.asks_back and declined.reason in _UNCLEAR

    async def _read_with_model(self, text: str, unknown: tuple[str, ...], declined: Declined) -> Reading:
        request = self._prompt.request_of(text, unknown)
        key = answer_key(self._model.name, self._prompt.instructions, request)
        if (kept := self._cache.get(key)) is not None:
            self._observer.answer_found(self._model.name)
        answer = kept or await self._asked(request, declined, is_needed=bool(unknown))
        try:
            reading = await self._verification.believed(text, answer, self._model.name)
        except NotBelieved as fault:
            self._observer.answer_judged(self._model.name, fault.fault)
            question = await self._verification.question(text, answer)
            if question is None:
                self._cache.forget(key)
                raise fault.declined or declined from fault
            self._cache.put(key, answer)
            raise _asking(fault.declined or declined, question) from fault
        self._cache.put(key, answer)
        self._observer.answer_judged(self._model.name, None)
        return reading

    async def _asked(self, request: str, declined: Declined, *, is_needed: bool) -> ModelReading:
        """`is_needed` where the model could make it readable; a better question is worth no word and no waiting."""
        try:
            return await self._asked_patiently(request, may_pause=is_needed)
        except (Unanswered, Retryable) as fault:
            if not is_needed:
                raise declined from fault
            if isinstance(fault, Unanswered):
                raise _with_note(declined, "The language model that was asked gave no usable answer.") from fault
            if self._settings.when_away == "decline" or _is_over_budget(fault):
                raise _with_note(declined, f"No language model could help: {fault.message}") from fault
            raise Rejected("model_away", f"{fault.message} Replay it once the model is back.") from fault

    async def _asked_patiently(self, request: str, *, may_pause: bool) -> ModelReading:
        """Asks again for as long as the request may be paused."""
        instructions, seconds = self._prompt.instructions, self._settings.deadline_seconds
        until = self._clock.monotonic() + self._settings.pause_seconds
        while True:
            try:
                return (await self._model.answer(instructions, request, ModelReading, seconds)).content
            except Retryable as away:
                if not may_pause or not self._may_pause(away, until):
                    raise
                await self._pause(away.delay_seconds)

    def _may_pause(self, away: Retryable, until: float) -> bool:
        return (
            self._settings.when_away == "pause"
            and not _is_over_budget(away)
            and self._paused < self._settings.most_paused
            and self._clock.monotonic() < until
        )

    async def _pause(self, seconds: float) -> None:
        self._paused += 1
        try:
            await self._clock.sleep(max(seconds, _SHORTEST_PAUSE_SECONDS))
        finally:
            self._paused -= 1


def _is_over_budget(away: Retryable) -> bool:
    return isinstance(away, ModelAway) and away.outcome is Outcome.OVER_BUDGET


def _asking(declined: Declined, question: str) -> Declined:
    return Declined(declined.reason, declined.message, " ".join(filter(None, (declined.question, question))))


def _with_note(declined: Declined, note: str) -> Declined:
    return Declined(declined.reason, f"{declined.message} {note}", declined.question)
