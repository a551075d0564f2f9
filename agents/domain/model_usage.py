"""What one question to a language model came to: its answer or the lack of one, its tokens, and who asked."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from agents.domain.verdicts import Retryable
from schemas.body import Body

AnswerT = TypeVar("AnswerT", bound=Body)


class Outcome(StrEnum):
    """How a request to a model ended, or why none was sent: metric labels."""

    ANSWERED = "answered"
    REFUSED = "refused"
    CUT_OFF = "cut_off"
    OUT_OF_SHAPE = "out_of_shape"
    NOT_ACCEPTED = "not_accepted"
    TIMED_OUT = "timed_out"
    RATE_LIMITED = "rate_limited"
    UNAUTHORIZED = "unauthorized"
    UNAVAILABLE = "unavailable"
    CIRCUIT_OPEN = "circuit_open"
    HELD_BACK = "held_back"
    OVER_BUDGET = "over_budget"

    @property
    def was_sent(self) -> bool:
        """False where our own circuit, rate limit or budget kept the request from being sent."""
        return self not in (Outcome.CIRCUIT_OPEN, Outcome.HELD_BACK, Outcome.OVER_BUDGET)


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens that the model charged."""

    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """Both together: what providers limit a minute by."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Answer(Generic[AnswerT]):
    """An answer in the shape asked for. That it has the shape says nothing of whether it is true."""

    content: AnswerT
    usage: TokenUsage


class Unanswered(Exception):
    """The model was there, yet gave nothing usable; asking the same again would give the same."""

    def __init__(self, outcome: Outcome, message: str, usage: TokenUsage | None = None) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.message = message
        self.usage = usage


class ModelAway(Retryable):
    """The model could not be asked, or was too slow. `outcome` says how, `delay_seconds` when to try again."""

    def __init__(self, outcome: Outcome, message: str, *, delay_seconds: float = 0.0) -> None:
        super().__init__(message, dependency="model", delay_seconds=delay_seconds, was_tried=outcome.was_sent)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Spending:
    """What one requester spent on one model in one day (UTC), all requests with the same outcome together."""

    day: date
    model: str
    requester: str
    outcome: Outcome
    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
