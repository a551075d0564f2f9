"""What every language model adapter keeps: shapes, and the faults of the port in place of its vendor's."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from agents.adapters.openai.openai_language_model import OpenAiLanguageModel
from agents.adapters.scripted_language_model import ScriptedLanguageModel
from agents.domain.model_settings import ModelSettings
from agents.domain.model_usage import ModelAway, Outcome, Unanswered
from agents.domain.ports import LanguageModel
from pipeline.stand_ins.model.replies import Fails, Hangs, Refuses, Says
from pipeline.stand_ins.model.server import StandInModel, served
from tests.unit.model.shapes import Word


@dataclass
class Prepared:
    """A model and how to tell it what comes next."""

    model: LanguageModel
    says: Callable[[str], None]
    refuses: Callable[[], None]
    is_cut_off: Callable[[], None]
    is_away: Callable[[], None]
    is_slow: Callable[[], None]


@pytest.fixture(params=["scripted", "openai"])
async def prepared(request: pytest.FixtureRequest) -> AsyncIterator[Prepared]:
    if request.param == "scripted":
        double = ScriptedLanguageModel()
        yield Prepared(
            double,
            says=lambda text: double.then(text),
            refuses=lambda: double.then(Unanswered(Outcome.REFUSED, "no")),
            is_cut_off=lambda: double.then(Unanswered(Outcome.CUT_OFF, "cut")),
            is_away=lambda: double.then(ModelAway(Outcome.UNAVAILABLE, "away")),
            is_slow=lambda: double.then(ModelAway(Outcome.TIMED_OUT, "slow")),
        )
        return
    with served(StandInModel(api_key="sk-test")) as stand_in:
        model = OpenAiLanguageModel(
            ModelSettings(name="scripted", base_url=stand_in.base_url, api_key=SecretStr("sk-test"))
        )
        yield Prepared(
            model,
            says=lambda text: stand_in.next.append(Says(text)),
            refuses=lambda: stand_in.next.append(Refuses()),
            is_cut_off=lambda: stand_in.next.append(Says('{"wor', finish_reason="length")),
            is_away=lambda: stand_in.next.append(Fails(503)),
            is_slow=lambda: stand_in.next.append(Hangs()),
        )
        await model.close()


async def test_an_answer_comes_in_the_shape_asked_for_with_its_tokens(prepared: Prepared) -> None:
    prepared.says('{"word": "five"}')
    answer = await prepared.model.answer("Say a word.", "any", Word, 5.0)
    assert answer.content == Word(word="five")
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    assert prepared.model.name == "scripted"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "five",
        '{"word": 5}',
        '{"word": "five", "more": 1}',
        "{}",
        "[]",
        "null",
        '{"word": "five"} and so on',
        "\x00",
    ],
)
async def test_an_answer_of_any_other_shape_is_none(prepared: Prepared, text: str) -> None:
    prepared.says(text)
    with pytest.raises(Unanswered) as fault:
        await prepared.model.answer("Say a word.", "any", Word, 5.0)
    assert fault.value.outcome is Outcome.OUT_OF_SHAPE
    assert fault.value.usage is not None
    assert fault.value.usage.output_tokens > 0


async def test_a_refusal_and_a_cut_off_answer_are_told_apart(prepared: Prepared) -> None:
    prepared.refuses()
    with pytest.raises(Unanswered) as refused:
        await prepared.model.answer("Say a word.", "any", Word, 5.0)
    prepared.is_cut_off()
    with pytest.raises(Unanswered) as cut:
        await prepared.model.answer("Say a word.", "any", Word, 5.0)
    assert (refused.value.outcome, cut.value.outcome) == (Outcome.REFUSED, Outcome.CUT_OFF)


async def test_a_model_that_fails_or_is_slow_is_away(prepared: Prepared) -> None:
    prepared.is_away()
    with pytest.raises(ModelAway) as away:
        await prepared.model.answer("Say a word.", "any", Word, 5.0)
    prepared.is_slow()
    with pytest.raises(ModelAway) as slow:
        await prepared.model.answer("Say a word.", "any", Word, 0.2)
    assert (away.value.outcome, slow.value.outcome) == (Outcome.UNAVAILABLE, Outcome.TIMED_OUT)
    assert away.value.dependency == "model"
