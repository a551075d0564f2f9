"""A real model that is far too small: the wire, time limits and cut-off are real, and so is what it gets wrong."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import create_model

from agents.adapters.openai.openai_language_model import OpenAiLanguageModel
from agents.domain.model_settings import ModelSettings
from agents.domain.model_usage import ModelAway, Outcome, Unanswered
from agents.goals.answer_shape import ModelPlan
from agents.goals.faults import NotBelieved
from agents.goals.prompt import message_of
from agents.goals.sources import PassageFilter, case_of
from agents.goals.verification import Verification
from agents.knowledge.pack import KnowledgePack
from agents.knowledge.settings import KnowledgeSettings
from agents.model.probe import enforces_shape
from agents.planning.templates import Templates
from agents.understanding.mentions import MentionReader
from schemas.bodies import Goal, IntentEnriched
from schemas.reasons import DeclineReason
from tests.servers.small_model_server import NAME, small_model
from tests.unit.goals.world import PASSAGES, STATES
from tests.unit.model.shapes import Word

pytestmark = pytest.mark.slow
PATIENCE_SECONDS = 300.0
"""Some seconds on two quiet cores; far more beside other work."""
Long = create_model("Long", __base__=Word, **{f"number_{number}_of_the_whole_list": (str, ...) for number in range(12)})
"""Its names alone are more tokens than the answer may have."""
BRIEF = (
    "Plan what the request asks for, in the JSON shape given: expectations with action, object, targets and grounds."
)


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with small_model() as url:
        yield url


@pytest.fixture
async def model(base_url: str) -> AsyncIterator[OpenAiLanguageModel]:
    adapter = OpenAiLanguageModel(ModelSettings(name=NAME, base_url=base_url, max_output_tokens=200))
    yield adapter
    await adapter.close()


async def test_its_server_enforces_the_shape_of_an_answer(model: OpenAiLanguageModel) -> None:
    assert await enforces_shape(model, PATIENCE_SECONDS)


async def test_too_slow_an_answer_is_given_up_and_the_next_one_comes(model: OpenAiLanguageModel) -> None:
    with pytest.raises(ModelAway) as away:
        await model.answer("Say a word.", "any", Word, 0.02)
    assert away.value.outcome is Outcome.TIMED_OUT
    assert await enforces_shape(model, PATIENCE_SECONDS)


async def test_an_answer_that_is_longer_than_it_may_be_is_none(base_url: str) -> None:
    settings = ModelSettings(name=NAME, base_url=base_url, max_output_tokens=64, output_limit_field="max_tokens")
    adapter = OpenAiLanguageModel(settings)
    with pytest.raises(Unanswered) as fault:
        await adapter.answer("Answer in the shape given.", "Go!", Long, PATIENCE_SECONDS)
    await adapter.close()
    assert fault.value.outcome is Outcome.CUT_OFF
    assert fault.value.usage is not None
    assert fault.value.usage.output_tokens >= 60


@pytest.mark.parametrize(
    "text",
    [
        "Crank the AMF in tokyo-1 to 5 replicas.",
        "Prepare Osaka for the marathon: 40,000 more subscribers on Sunday.",
    ],
)
async def test_whatever_it_plans_in_shape_is_looked_up_and_not_believed(model: OpenAiLanguageModel, text: str) -> None:
    folder = KnowledgeSettings().folder
    pack, templates = KnowledgePack.load(folder), Templates.load(folder)
    goal = Goal(reason=DeclineReason.AMBIGUOUS, message="It is not understood.")
    body = IntentEnriched(text=text, expectations=(), goal=goal, knowledge=PASSAGES[:2], states=STATES[:3])
    case = case_of(body, PassageFilter(pack))
    answer = await in_shape(model, message_of(case))
    with pytest.raises(NotBelieved):
        Verification(pack, templates, MentionReader(pack)).believed(case, answer)


async def in_shape(model: OpenAiLanguageModel, message: str) -> ModelPlan:
    """What it plans; a plan of nothing where it does not come to an end, which is all that may happen instead."""
    try:
        return (await model.answer(BRIEF, message, ModelPlan, PATIENCE_SECONDS)).content
    except Unanswered as fault:
        if fault.outcome is not Outcome.CUT_OFF:
            raise
        return ModelPlan(expectations=(), question=None)
