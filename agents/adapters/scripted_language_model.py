"""A language model's double: it returns the given answers in order, and remembers what it was asked."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from agents.domain.model_usage import Answer, AnswerT, ModelAway, Outcome, TokenUsage, Unanswered
from schemas.body import Body


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked."""

    instructions: str
    request: str
    within_seconds: float


class ScriptedLanguageModel:
    """Answers with what comes next in its script: a body, JSON text, or a fault to raise. At its end it is away."""

    def __init__(
        self,
        script: Iterable[Body | str | ModelAway | Unanswered] = (),
        name: str = "scripted",
        usage: TokenUsage = TokenUsage(100, 20),
    ) -> None:
        self._script = deque(script)
        self._name = name
        self._usage = usage
        self.questions: list[Question] = []

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name

    def then(self, *replies: Body | str | ModelAway | Unanswered) -> None:
        """Adds to its script."""
        self._script.extend(replies)

    async def answer(
        self, instructions: str, request: str, shape: type[AnswerT], within_seconds: float
    ) -> Answer[AnswerT]:
        """Raises: ModelAway, Unanswered."""
        self.questions.append(Question(instructions, request, within_seconds))
        if not self._script:
            raise ModelAway(Outcome.UNAVAILABLE, f"The model {self._name} has reached the end of its script.")
        reply = self._script.popleft()
        if isinstance(reply, Exception):
            raise reply
        text = reply if isinstance(reply, str) else reply.model_dump_json()
        try:
            return Answer(shape.model_validate_json(text, strict=True), self._usage)
        except ValidationError:
            message = f"The model {self._name} gave an answer that does not fit its schema."
            raise Unanswered(Outcome.OUT_OF_SHAPE, message, self._usage) from None
