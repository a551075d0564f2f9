"""Every gold request with a model that lies: nothing comes out but what the grammar reads and the gold says."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

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
from agents.model.shape import ModelReading, claimed
from agents.model.understanding_with_model import UnderstandingWithModel
from agents.model.unknown_verbs import NotExplained
from agents.model.verification import NotBelieved, Verification
from agents.understanding.grammar_understanding import GrammarUnderstanding
from pipeline.stand_in_model.replies import Says
from pipeline.stand_in_model.server import StandInModel, served
from schemas.intent import Expectation
from tests.integration.model_cases.answers import Answer, answer, expectation, falsified

pytestmark = pytest.mark.slow
GOLD = [
    json.loads(line)
    for file in sorted((Path(__file__).parents[1] / "gold").glob("*.jsonl"))
    for line in file.read_text(encoding="utf-8").splitlines()
]
PACK = KnowledgePack.load(KnowledgeSettings().folder)
VERIFICATION = Verification(GrammarUnderstanding(PACK), PACK)
INVENTED = expectation("scale", "upf", ["gotham-1"], ("replicas", "equals", 19, "count"))
ORDERED = expectation("delete", "amf", ["tokyo-1"])
STRANGE_VERBS = ("Crank", "Jolt", "Hoist")


def said(expectations: Any) -> list[str]:
    """Expectations in a form that compares whatever their order, and whether a number is 5 or 5.0."""
    return sorted(
        Expectation.model_validate(each).model_copy(update={"evidence": ()}).model_dump_json() for each in expectations
    )


async def read_by_grammar(text: str) -> list[str] | None:
    try:
        return said(each.model_dump() for each in (await VERIFICATION.grammar.read(text)).expectations)
    except Declined:
        return None


@pytest.fixture
def stand_in() -> Iterator[StandInModel]:
    with served(StandInModel()) as model:
        yield model


@pytest.fixture
async def understanding(stand_in: StandInModel) -> AsyncIterator[UnderstandingWithModel]:
    settings = ModelSettings(name="stand-in", base_url=stand_in.base_url, cached_answers=0)
    adapter = OpenAiLanguageModel(settings)
    clock = SystemClock()
    model = CarefulLanguageModel(adapter, settings, clock, InMemoryAccounting())
    yield UnderstandingWithModel(VERIFICATION, model, Prompt.load(PACK.inventory), settings, clock)
    await adapter.close()


async def test_no_lie_about_any_gold_request_gets_through(
    understanding: UnderstandingWithModel, stand_in: StandInModel
) -> None:
    wrong = []
    for case in GOLD:
        text = case["text"]
        words = VERIFICATION.unknown_words(text)
        true = case.get("expectations", [])
        for lie in (
            answer(text, words, INVENTED, rewording="Scale the UPF in gotham-1 to 19 replicas."),
            answer(text, words, *[{**each, "evidence": [text]} for each in true], ORDERED, rewording=text),
        ):
            stand_in.default = Says(lie)
            try:
                got = said(each.model_dump() for each in (await understanding.read(text)).expectations)
            except Declined:
                continue
            if got != await read_by_grammar(text):
                wrong.append((case["id"], got))
    assert wrong == []
    assert len(stand_in.asked) > 50, "there were requests that a model was asked about"


def strange_requests() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Gold requests that begin with a verb, with one in its place that nobody knows: it says nothing any more."""
    for at, case in enumerate(case for case in GOLD if case["outcome"] != "declined"):
        first, _, rest = case["text"].partition(" ")
        if first in ("Scale", "Set", "Ensure", "Bring", "Run", "Keep", "Limit", "Configure", "Upgrade"):
            verb = STRANGE_VERBS[at % len(STRANGE_VERBS)]
            yield verb, f"{verb} {rest}", case


async def foreseen(text: str, verb: str) -> Answer | None:
    """The answer of an adversary that knows what the grammar will read; None where it reads nothing."""
    try:
        changed = VERIFICATION.explained(text, [verb]).text
        read = (await VERIFICATION.grammar.read(changed)).expectations
    except (NotExplained, Declined):
        return None
    claims = [{**claimed(each).model_dump(mode="json"), "evidence": [text]} for each in read]
    return answer(text, [verb], *claims)


async def believed(text: str, said_by_model: Answer) -> list[str] | None:
    try:
        body = ModelReading.model_validate_json(json.dumps(said_by_model), strict=True)
        reading = await VERIFICATION.believed(text, body, "liar")
    except (NotBelieved, ValueError):
        return None
    return said(each.model_dump() for each in reading.expectations)


async def test_a_strange_verb_is_read_as_the_gold_says_or_not_at_all_whatever_is_falsified() -> None:
    wrong, read, lies = [], 0, 0
    for verb, text, case in strange_requests():
        allowed = (None, said(case["expectations"]), await read_by_grammar(case["text"]))
        true = answer(text, [verb], *[{**each, "evidence": [text]} for each in case["expectations"]])
        truth = await believed(text, true)
        read += truth is not None
        guess = await foreseen(text, verb)
        if guess is not None and (got := await believed(text, guess)) not in allowed:
            wrong.append((text, "what the grammar would read", got))
        for what, lie in falsified(true):
            lies += 1
            if (got := await believed(text, lie)) not in allowed:
                wrong.append((text, what, got))
    assert wrong == []
    assert read >= 30, f"{read} requests are understood by it that the grammar declines"
    assert lies >= 1_000
