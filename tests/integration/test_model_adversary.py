"""A model at the wire that answers well, wrongly, and in bad faith: good answers get through, no other does."""

from collections.abc import AsyncIterator, Iterator

import pytest

from agents.adapters.in_memory_accounting import InMemoryAccounting
from agents.adapters.openai.openai_language_model import OpenAiLanguageModel
from agents.adapters.system_clock import SystemClock
from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from agents.knowledge.settings import KnowledgeSettings
from agents.model.careful_language_model import CarefulLanguageModel
from agents.model.prompt import Prompt
from agents.model.settings import ModelSettings
from agents.model.understanding_with_model import UnderstandingWithModel
from agents.model.verification import Verification
from agents.understanding.grammar_understanding import GrammarUnderstanding
from pipeline.stand_in_model.replies import Reply, Says
from pipeline.stand_in_model.server import StandInModel, served
from schemas.reasons import DeclineReason
from tests.integration.model_cases.answers import Answer, answer, expectation, falsified
from tests.integration.model_cases.good import GOOD
from tests.integration.model_cases.hopeless import HOPELESS

PLAUSIBLE = expectation("scale", "amf", ["tokyo-1"], ("replicas", "equals", 5, "count"))


@pytest.fixture(scope="module")
def verification() -> Verification:
    pack = KnowledgePack.load(KnowledgeSettings().folder)
    return Verification(GrammarUnderstanding(pack), pack)


@pytest.fixture
def stand_in() -> Iterator[StandInModel]:
    with served(StandInModel()) as model:
        yield model


@pytest.fixture
async def understanding(verification: Verification, stand_in: StandInModel) -> AsyncIterator[UnderstandingWithModel]:
    settings = ModelSettings(name="stand-in", base_url=stand_in.base_url, cached_answers=0)
    adapter = OpenAiLanguageModel(settings)
    clock = SystemClock()
    model = CarefulLanguageModel(adapter, settings, clock, InMemoryAccounting())
    yield UnderstandingWithModel(verification, model, Prompt.load(verification.pack.inventory), settings, clock)
    await adapter.close()


async def through(understanding: UnderstandingWithModel, stand_in: StandInModel, request: str, reply: Reply) -> bool:
    """True where a request with this answer is read, which without a model it is not."""
    stand_in.next.clear()
    stand_in.next.append(reply)
    try:
        await understanding.read(request)
    except Declined:
        return False
    return True


@pytest.mark.parametrize(("request_text", "good"), GOOD, ids=[text for text, _ in GOOD])
async def test_a_good_answer_gets_through_and_no_falsified_one_does(
    verification: Verification,
    understanding: UnderstandingWithModel,
    stand_in: StandInModel,
    request_text: str,
    good: Answer,
) -> None:
    with pytest.raises(Declined):
        await verification.grammar.read(request_text)
    assert await through(understanding, stand_in, request_text, Says(good))
    lies = list(falsified(good))
    passed = [what for what, lie in lies if await through(understanding, stand_in, request_text, Says(lie))]
    assert passed == []
    assert len(lies) >= 25
    assert len(stand_in.asked) == len(lies) + 1, "every one of them was really asked for"


@pytest.mark.parametrize(("request_text", "good"), GOOD[:3], ids=[text for text, _ in GOOD[:3]])
async def test_what_is_read_quotes_the_request_and_says_who_explained_what(
    understanding: UnderstandingWithModel, stand_in: StandInModel, request_text: str, good: Answer
) -> None:
    stand_in.default = Says(good)
    reading = await understanding.read(request_text)
    assert all(quote in request_text for each in reading.expectations for quote in each.evidence)
    assert all(each.evidence for each in reading.expectations)
    word = good["verbs"][0]
    assert any(f"“{word}”" in line and "stand-in" in line for line in reading.assumptions)
    assert reading.to_confirm


@pytest.mark.parametrize("kind", HOPELESS)
async def test_a_hopeless_request_stays_declined_whatever_is_answered(
    verification: Verification, understanding: UnderstandingWithModel, stand_in: StandInModel, kind: str
) -> None:
    passed = []
    for request_text in HOPELESS[kind]:
        words = verification.unknown_words(request_text)
        for verbs in (words, words[:1], words[-1:]):
            lie = answer(request_text, verbs, PLAUSIBLE, rewording="Scale the AMF in tokyo-1 to 5 replicas.")
            if await through(understanding, stand_in, request_text, Says(lie)):
                passed.append((request_text, verbs))
    assert passed == []


async def test_orders_to_the_system_are_unsafe_before_any_model_sees_them(
    understanding: UnderstandingWithModel, stand_in: StandInModel
) -> None:
    stand_in.default = Says(answer("x", ["crank"], PLAUSIBLE))
    for request_text in HOPELESS["orders to the system"]:
        with pytest.raises(Declined) as declined:
            await understanding.read(request_text)
        assert declined.value.reason is DeclineReason.UNSAFE, request_text
    assert stand_in.asked == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "Sure! The AMF in tokyo-1 gets 5 replicas.",
        "[]",
        "null",
        '{"verbs": []}',
        '{"verbs": [], "expectations": [], "rewording": null, "approved": true}',
        '{"verbs": [{"word": "Crank"}], "expectations": [], "rewording": null}',
        '{"verbs": "Crank", "expectations": [], "rewording": null}',
        '{"verbs": ["Crank"], "expectations": ["scale"], "rewording": null}',
        '```json\n{"verbs": [], "expectations": [], "rewording": null}\n```',
        '{"verbs": [], "expectations": [{"action": "reboot", "object": {}, "targets": []}], "rewording": ""}',
        '{"verbs": [], "expectations": NaN, "rewording": null}',
    ],
)
async def test_an_answer_out_of_shape_is_none(
    understanding: UnderstandingWithModel, stand_in: StandInModel, content: str
) -> None:
    stand_in.default = Says(content)
    with pytest.raises(Declined) as declined:
        await understanding.read("Crank the AMF in tokyo-1 to 5 replicas.")
    assert "no usable answer" in declined.value.message
