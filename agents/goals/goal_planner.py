"""A goal with its sources → a language model's plan for it, verified → expectations with their grounds.

Only goals come here, so that nothing the grammar reads ever waits for a model. Where no plan holds, the requester gets
the grammar's answer, with the model's question where it has one.
"""

import re
from contextlib import suppress
from hashlib import sha256

from cachetools import LRUCache

from agents.domain.model_settings import ModelSettings
from agents.domain.model_usage import ModelAway, Outcome, Unanswered
from agents.domain.ports import Clock, GoalPlan, LanguageModel
from agents.domain.verdicts import Declined, Rejected, Retryable
from agents.goals.answer_shape import ModelPlan
from agents.goals.faults import NotBelieved
from agents.goals.prompt import Prompt, message_of
from agents.goals.sources import Case, PassageFilter, case_of
from agents.goals.verification import Believed, Verification
from agents.model.observer import ModelObserver, NobodyWatches
from schemas.bodies import Goal, IntentEnriched

_SHORTEST_PAUSE_SECONDS = 5.0
_LONGEST_QUESTION = 300
_NO_QUESTION = re.compile(r"https?:|www\.|@|[<>`{}\x00-\x1f]|password|credential|api key", re.IGNORECASE)
"""The model's question is passed on to people, so it may contain no links and only ask about the request."""


class VerifyingGoalPlanner:
    """Asks a model, and accepts only what can be verified."""

    def __init__(
        self,
        verification: Verification,
        passages: PassageFilter,
        model: LanguageModel,
        prompt: Prompt,
        settings: ModelSettings,
        clock: Clock,
        observer: ModelObserver | None = None,
    ) -> None:
        self._verification = verification
        self._passages = passages
        self._model = model
        self._prompt = prompt
        self._settings = settings
        self._clock = clock
        self._cache: LRUCache[str, ModelPlan] = LRUCache(settings.cached_answers)
        self._observer = observer or NobodyWatches()
        self._in_hand = 0
        self._paused = 0

    async def plan(self, body: IntentEnriched, goal: Goal) -> GoalPlan:
        """Raises: Declined with the grammar's answer; Rejected `model_away` where the goal is queued for the model."""
        case = case_of(body, self._passages)
        message = message_of(case)
        key = answer_key(self._model.name, self._prompt.instructions, message)
        if (kept := self._cache.get(key)) is not None:
            self._observer.answer_found(self._model.name)
        answer = kept or await self._asked(message, goal)
        try:
            believed = self._verification.believed(case, answer)
        except NotBelieved as fault:
            self._observer.answer_judged(self._model.name, fault.fault)
            self._cache.pop(key, None)
            note = f"The language model {self._model.name} found no plan that passes the checks: {fault}."
            raise _declined(goal, note, question_of(answer)) from fault
        with suppress(ValueError):  # there is room for none
            self._cache[key] = answer
        self._observer.answer_judged(self._model.name, None)
        return _plan(believed, case, self._model.name)

    async def _asked(self, message: str, goal: Goal) -> ModelPlan:
        try:
            return await self._asked_patiently(message)
        except Unanswered as fault:
            raise _declined(goal, f"The language model gave no usable answer: {fault.message}") from fault
        except Retryable as away:
            if self._settings.when_away == "decline" or _is_over_budget(away):
                raise _declined(goal, f"No language model could plan it: {away.message}") from away
            raise Rejected("model_away", f"{away.message} Replay it once the model is back.") from away

    async def _asked_patiently(self, message: str) -> ModelPlan:
        """Asks again for as long as the goal may be paused."""
        if self._in_hand >= self._settings.most_goals:
            why = f"The model {self._model.name} has {self._in_hand} goals queued before it."
            raise ModelAway(Outcome.HELD_BACK, why)
        self._in_hand += 1
        try:
            until = self._clock.monotonic() + self._settings.pause_seconds
            while True:
                try:
                    return await self._answered(message)
                except Retryable as away:
                    if not self._may_pause(away, until):
                        raise
                    await self._pause(away.delay_seconds)
        finally:
            self._in_hand -= 1

    async def _answered(self, message: str) -> ModelPlan:
        instructions, seconds = self._prompt.instructions, self._settings.deadline_seconds
        return (await self._model.answer(instructions, message, ModelPlan, seconds)).content

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


def question_of(answer: ModelPlan) -> str | None:
    """What the model would ask, where it is one plain question."""
    question = " ".join((answer.question or "").split())
    is_plain = question.endswith("?") and len(question) <= _LONGEST_QUESTION and question.isprintable()
    return question if is_plain and not _NO_QUESTION.search(question) else None


def _is_over_budget(away: Retryable) -> bool:
    return isinstance(away, ModelAway) and away.outcome is Outcome.OVER_BUDGET


def _declined(goal: Goal, note: str, question: str | None = None) -> Declined:
    asked = f"The language model asks: “{question}”" if question else None
    return Declined(goal.reason, f"{goal.message} {note}", " ".join(filter(None, (goal.question, asked))) or None)


def _plan(believed: Believed, case: Case, model: str) -> GoalPlan:
    used = {origin.place for ground in believed.grounds for origin in ground.origins if origin.kind == "passage"}
    return GoalPlan(
        expectations=believed.expectations,
        grounds=believed.grounds,
        citations=tuple(each for each in case.citations if each.document in used),
        to_confirm=tuple(_to_confirm(believed, case, model)),
        not_acted_on=believed.not_acted_on,
    )


def _to_confirm(believed: Believed, case: Case, model: str) -> list[str]:
    """What an approver has to know, besides the grounds."""
    told = [f"the language model {model} planned it; the request does not say so literally"]
    told += [f"“{time}” is no schedule: it is carried out once it is approved" for time in believed.times]
    if case.states is None:
        told.append("the present state of the sites was not known")
    if case.withheld:
        told.append(f"not shown to the model, because it contains instructions: {', '.join(case.withheld)}")
    return told


def answer_key(model: str, instructions: str, request: str) -> str:
    """The same for the same question to the same model under the same instructions."""
    parts = (sha256(part.encode()).hexdigest() for part in (model, instructions, request))
    return sha256(":".join(parts).encode()).hexdigest()
