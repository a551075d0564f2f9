"""What a model may make somebody be asked: its own words only where they are about the very same."""

import pytest

from agents.knowledge.pack import KnowledgePack
from agents.knowledge.settings import KnowledgeSettings
from agents.model.shape import ModelReading
from agents.model.verification import Verification
from agents.understanding.grammar_understanding import GrammarUnderstanding
from tests.integration.model_cases.reworded import FALSE_REWORDINGS, REWORDED

PACK = KnowledgePack.load(KnowledgeSettings().folder)
VERIFICATION = Verification(GrammarUnderstanding(PACK), PACK)


async def question_about(request: str, rewording: str) -> str | None:
    return await VERIFICATION.question(request, ModelReading(verbs=(), expectations=(), rewording=rewording))


@pytest.mark.parametrize(("request_text", "rewording"), REWORDED)
async def test_a_rewording_about_the_same_is_asked_back(request_text: str, rewording: str) -> None:
    assert await question_about(request_text, rewording) == f"If “{rewording}” is meant, please send just that."


@pytest.mark.parametrize(("request_text", "rewording"), FALSE_REWORDINGS)
async def test_a_rewording_that_adds_or_drops_anything_is_not(request_text: str, rewording: str) -> None:
    assert await question_about(request_text, rewording) is None
