"""The OpenAI adapter against a server at the wire: what it sends, and how it says what comes back."""

import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from openai import AsyncOpenAI
from pydantic import SecretStr

from agents.adapters.openai.faults import retry_after_seconds
from agents.adapters.openai.openai_language_model import OpenAiLanguageModel
from agents.domain.model_settings import ModelSettings
from agents.domain.model_usage import ModelAway, Outcome, Unanswered
from agents.goals.answer_shape import ModelPlan
from pipeline.stand_ins.model.replies import Fails, Reply, Says, SendsRaw
from pipeline.stand_ins.model.server import StandInModel, served
from pipeline.stand_ins.model.strict_schemas import strict_schema_faults

KEY = "sk-not-for-anyone-else"
EMPTY: dict[str, Any] = {"expectations": [], "question": None}


@pytest.fixture
def stand_in() -> Iterator[StandInModel]:
    with served(StandInModel(api_key=KEY)) as model:
        yield model


@pytest.fixture
async def model(stand_in: StandInModel) -> AsyncIterator[OpenAiLanguageModel]:
    adapter = OpenAiLanguageModel(settings(stand_in.base_url))
    yield adapter
    await adapter.close()


def settings(base_url: str, key: str = KEY, **more: Any) -> ModelSettings:
    return ModelSettings(name="some-model", base_url=base_url, api_key=SecretStr(key), **more)


async def ask(model: OpenAiLanguageModel, within_seconds: float = 5.0) -> ModelPlan:
    return (await model.answer("Read.", "Scale it.", ModelPlan, within_seconds)).content


async def outcome_of(model: OpenAiLanguageModel, within_seconds: float = 5.0) -> tuple[Outcome, float]:
    with pytest.raises((ModelAway, Unanswered)) as fault:
        await ask(model, within_seconds)
    return fault.value.outcome, getattr(fault.value, "delay_seconds", 0.0)


async def test_a_request_carries_the_strict_schema_and_keeps_data_apart_from_instructions(
    stand_in: StandInModel, model: OpenAiLanguageModel
) -> None:
    stand_in.default = Says(EMPTY)
    assert await ask(model) == ModelPlan(expectations=(), question=None)
    body, headers = stand_in.asked[0], stand_in.headers[0]
    assert headers["authorization"] == f"Bearer {KEY}"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["temperature"] == 0
    assert body["max_completion_tokens"] == 2_000
    assert body["response_format"]["json_schema"]["strict"] is True


def test_the_schema_is_one_that_strict_structured_outputs_take() -> None:
    assert strict_schema_faults(ModelPlan.model_json_schema()) == []


@pytest.mark.parametrize(
    ("reply", "outcome", "delay_seconds"),
    [
        (Fails(429, {"retry-after": "7"}), Outcome.RATE_LIMITED, 7.0),
        (Fails(429, {"retry-after-ms": "250"}), Outcome.RATE_LIMITED, 0.25),
        (Fails(429), Outcome.RATE_LIMITED, 0.0),
        (Fails(429, code="insufficient_quota"), Outcome.RATE_LIMITED, 30.0),
        (Fails(500), Outcome.UNAVAILABLE, 0.0),
        (Fails(503, {"retry-after": "3"}), Outcome.UNAVAILABLE, 3.0),
        (Fails(408), Outcome.UNAVAILABLE, 0.0),
        (Fails(403), Outcome.UNAUTHORIZED, 30.0),
        (Fails(404), Outcome.UNAUTHORIZED, 30.0),
        (Fails(400), Outcome.NOT_ACCEPTED, 0.0),
        (Fails(422), Outcome.NOT_ACCEPTED, 0.0),
        (SendsRaw(b"<html>proxy</html>", "text/html"), Outcome.OUT_OF_SHAPE, 0.0),
        (SendsRaw(b"{}"), Outcome.OUT_OF_SHAPE, 0.0),
        (SendsRaw(b'{"choices": []}'), Outcome.OUT_OF_SHAPE, 0.0),
        (SendsRaw(b'{"choices": [{"message": null}]}'), Outcome.OUT_OF_SHAPE, 0.0),
        (SendsRaw(b'{"choices": [{"finish_reason": "stop", "message": {"content": 5}}]}'), Outcome.OUT_OF_SHAPE, 0.0),
        (SendsRaw(b'{"choices": [null], "usage": {"prompt_tokens": "x"}}'), Outcome.OUT_OF_SHAPE, 0.0),
        (SendsRaw(b"{not json"), Outcome.UNAVAILABLE, 0.0),
        (Says(EMPTY, finish_reason="content_filter"), Outcome.REFUSED, 0.0),
        (Says(EMPTY, finish_reason="tool_calls"), Outcome.OUT_OF_SHAPE, 0.0),
    ],
)
async def test_what_a_server_may_send_has_a_name(
    stand_in: StandInModel, model: OpenAiLanguageModel, reply: Reply, outcome: Outcome, delay_seconds: float
) -> None:
    stand_in.default = reply
    assert await outcome_of(model) == (outcome, delay_seconds)
    assert len(stand_in.asked) == 1, "the client tries nothing again by itself"


async def test_a_wrong_key_is_told_from_a_model_that_fails(stand_in: StandInModel) -> None:
    adapter = OpenAiLanguageModel(settings(stand_in.base_url, key="sk-wrong"))
    assert await outcome_of(adapter) == (Outcome.UNAUTHORIZED, 30.0)
    await adapter.close()


async def test_a_server_that_is_not_there_is_away() -> None:
    adapter = OpenAiLanguageModel(settings("http://127.0.0.1:9/v1"))
    assert await outcome_of(adapter) == (Outcome.UNAVAILABLE, 0.0)
    await adapter.close()


async def test_a_slow_answer_is_given_up_in_time(stand_in: StandInModel, model: OpenAiLanguageModel) -> None:
    stand_in.default = Says(EMPTY, after_seconds=3.0)
    assert await outcome_of(model, within_seconds=0.2) == (Outcome.TIMED_OUT, 0.0)


async def test_neither_key_nor_answer_gets_into_faults_or_logs(
    stand_in: StandInModel, model: OpenAiLanguageModel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stand_in.next.extend([Says('{"expectations": "something private"}'), Fails(500)])
    for _ in range(2):
        with pytest.raises((ModelAway, Unanswered)) as fault:
            await ask(model)
        told = f"{fault.value} {fault.value.__cause__!r} {settings(stand_in.base_url)!r}"
        assert KEY not in told
        assert "something private" not in told
    assert KEY not in caplog.text


async def test_embeddings_are_served_as_the_client_expects_them(stand_in: StandInModel) -> None:
    async with AsyncOpenAI(base_url=stand_in.base_url, api_key=KEY, max_retries=0) as client:
        result = await client.embeddings.create(model="any", input=["scale the amf", "the amf", "snow"], dimensions=64)
    first, second, third = (each.embedding for each in result.data)
    assert len(first) == 64
    assert sum(value * value for value in first) == pytest.approx(1.0, abs=1e-6)

    def nearness(one: list[float], other: list[float]) -> float:
        return sum(a * b for a, b in zip(one, other, strict=True))

    assert nearness(first, second) > nearness(first, third)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "Mon, 05 Jan 2026 09:00:30 GMT"}, 30.0),
        ({"retry-after": "Mon, 05 Jan 2026 08:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": "nan"}, 0.0),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after": "999999999"}, 3600.0),
        ({"retry-after": "Mon, 05 Jan 2026 09:00:30"}, 0.0),
    ],
)
def test_retry_after_is_read_in_every_form_and_bounded(headers: dict[str, str], seconds: float) -> None:
    assert retry_after_seconds(headers, datetime(2026, 1, 5, 9, tzinfo=UTC)) == pytest.approx(seconds)


async def test_an_older_server_is_told_the_limit_by_the_name_it_knows(stand_in: StandInModel) -> None:
    stand_in.default = Says(EMPTY)
    adapter = OpenAiLanguageModel(settings(stand_in.base_url, output_limit_field="max_tokens"))
    await ask(adapter)
    await adapter.close()
    assert stand_in.asked[0]["max_tokens"] == 2_000
    assert "max_completion_tokens" not in stand_in.asked[0]


async def test_why_a_server_does_not_accept_a_request_is_told_in_its_own_words(
    stand_in: StandInModel, model: OpenAiLanguageModel
) -> None:
    stand_in.default = Fails(400, message=f"Unrecognized request argument: max_completion_tokens\n(key {KEY})")
    with pytest.raises(Unanswered) as fault:
        await ask(model)
    assert "“Unrecognized request argument: max_completion_tokens (key …)”" in fault.value.message
    assert KEY not in fault.value.message
