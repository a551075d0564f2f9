"""Whether a model's server enforces the schema of an answer: asked for something else, it must still answer in that
schema."""

from enum import StrEnum

from pydantic import ConfigDict

from agents.domain.model_usage import Outcome, Unanswered
from agents.domain.ports import LanguageModel
from schemas.body import Body

_INSTRUCTIONS = "Answer with the one word hello, in plain text."
_REQUEST = "Say hello."


class _Tide(StrEnum):
    EBB = "ebb-7"
    FLOOD = "flood-3"


class ProbeAnswer(Body):
    """Only the schema mentions it, so that only a server that enforces the schema answers so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tide: _Tide
    is_spring: bool


async def enforces_shape(model: LanguageModel, within_seconds: float) -> bool:
    """Asks once, for some fifty tokens. Raises: ModelAway, Unanswered where it said nothing that could tell."""
    try:
        await model.answer(_INSTRUCTIONS, _REQUEST, ProbeAnswer, within_seconds)
    except Unanswered as fault:
        if fault.outcome is Outcome.OUT_OF_SHAPE:
            return False
        raise
    return True
