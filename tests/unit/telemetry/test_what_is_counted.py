"""What the metrics count: one first answer an intent, requests by what came of them, never anybody's words."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from structlog.testing import capture_logs

from agents.domain.model_usage import Outcome, TokenUsage
from agents.domain.verdicts import Declined, Rejected
from pipeline.kafka.records import Outgoing, Record
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventWriter
from pipeline.kafka.stage import Emission, Stage
from pipeline.runtime.record_readers import read_requests
from pipeline.runtime.runner import StageRunner
from pipeline.telemetry.http import worker_app
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.model_meter import ModelMeter
from schemas.bodies import IntentReceived, Priority
from schemas.envelope import Intent, Order
from schemas.reasons import DeclineReason
from schemas.topics import RECEIVED

NEW = Intent(
    id="7b0f6a52-6f1b-5a86-a0bb-0c5f3c1f1d11",
    order=Order(1_000, 0, 0),
    generation=0,
    digest="d" * 64,
    received_ms=1_000,
    priority=Priority.HIGH,
)
RECORD = Record(RECEIVED.name, 0, 0, 1_000, None, b"scale the amf")


class OpensAs:
    """Opens every record as this intent's, or cannot tell whose it is."""

    def __init__(self, intent: Intent, fault: Rejected | None = None) -> None:
        self._intent = intent
        self._fault = fault

    def anonymous(self, record: Record) -> Intent | None:
        return self._intent

    async def identify(self, record: Record) -> Intent:
        if self._fault:
            raise self._fault
        return self._intent

    def read(self, record: Record, intent: Intent) -> tuple[Any, Intent]:
        return IntentReceived(intent="scale the amf"), intent


async def first_answers(
    stage: str, intent: Intent, verdict: Exception, unidentified: Rejected | None = None
) -> dict[str, float]:
    """What is counted once a stage has judged this intent: samples of the two counters of intents, by what they say."""
    metrics = Metrics()

    async def agent(body: Any, intent: Intent) -> Any:
        raise verdict

    def publish(records: Sequence[Outgoing]) -> asyncio.Future[Any]:
        acknowledged = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged

    def route(intent: Intent, result: Any) -> Emission:
        raise AssertionError("nothing came of it")

    writer = EventWriter(Keyring((b"a key of this test alone",)), "test")
    reader = OpensAs(intent, unidentified)
    line = Stage(name=stage, reads=RECEIVED, reader=read_requests, agent=lambda app: agent, route=route)
    runner = StageRunner(line, agent, reader, writer, publish, metrics)
    await (await runner.process(RECORD))
    await asyncio.sleep(0)  # the acknowledgement is heard of
    return {
        sample.labels.get("outcome") or f"owed: {sample.labels['reason']}": sample.value
        for family in (*metrics.intents.collect(), *metrics.intent_errors.collect())
        for sample in family.samples
        if sample.name.endswith("_total") and sample.value
    }


DECLINED = Declined(DeclineReason.AMBIGUOUS, "which tokyo?", "tokyo-1 or tokyo-2?")
BROKEN = Rejected("broken_json", "no JSON")


async def test_a_declined_request_is_counted_once_and_owes_nobody_anything() -> None:
    assert await first_answers("parse", NEW, DECLINED) == {"declined": 1}


async def test_a_dead_letter_is_counted_and_owed() -> None:
    assert await first_answers("plan", NEW, BROKEN) == {"dead_lettered": 1, "owed: broken_json": 1}


@pytest.mark.parametrize(
    ("stage", "intent"),
    [
        ("parse", replace(NEW, generation=1)),
        ("deploy", NEW.reordered(Order(9_000, 1, 5))),
        ("approve", NEW),
    ],
    ids=["a replay", "after an approval", "a decision"],
)
async def test_what_was_answered_before_is_not_counted_again_but_still_owed(stage: str, intent: Intent) -> None:
    assert await first_answers(stage, intent, DECLINED) == {}
    assert await first_answers(stage, intent, BROKEN) == {"owed: broken_json": 1}


async def test_a_request_that_nobody_can_be_named_for_is_counted_all_the_same() -> None:
    nameless = Rejected("bad_headers", "the header ce_id is empty")

    counted = await first_answers("parse", NEW, BROKEN, unidentified=nameless)

    assert counted == {"dead_lettered": 1, "owed: bad_headers": 1}


async def test_a_reused_id_does_not_count_for_the_intent_that_came_first() -> None:
    assert await first_answers("parse", NEW, Rejected("id_reused", "used before")) == {}


def test_a_request_to_a_model_is_counted_timed_and_paid_for() -> None:
    metrics = Metrics()
    ModelMeter(metrics, "small", "http://models.example/v1").request_ended(
        "small", Outcome.ANSWERED, 0.8, TokenUsage(1_000, 50), 0.002
    )

    sample = metrics.registry.get_sample_value
    assert sample("llm_requests_total", {"model": "small", "outcome": "answered"}) == 1
    assert sample("llm_request_duration_seconds_bucket", {"model": "small", "le": "0.8"}) == 1
    assert sample("llm_tokens_total", {"model": "small", "type": "input"}) == 1_000
    assert sample("llm_token_costs_usd_total", {"model": "small"}) == 0.002
    gen_ai = {"gen_ai_operation_name": "chat", "gen_ai_provider_name": "openai", "gen_ai_request_model": "small"}
    assert sample("gen_ai_client_operation_duration_seconds_sum", {**gen_ai, "error_type": ""}) == 0.8
    assert sample("gen_ai_client_token_usage_sum", {**gen_ai, "gen_ai_token_type": "input"}) == 1_000


def test_a_budget_that_is_spent_is_counted_every_time_and_said_once() -> None:
    metrics = Metrics()
    meter = ModelMeter(metrics, "small", "http://models.example/v1")
    with capture_logs() as logs:
        for _ in range(3):
            meter.request_not_sent("small", Outcome.OVER_BUDGET)
    assert metrics.registry.get_sample_value("llm_requests_total", {"model": "small", "outcome": "over_budget"}) == 3
    assert [(each["event"], each["why"]) for each in logs] == [
        ("model not asked: only the grammar reads requests", "over_budget")
    ]


def test_a_request_to_a_model_is_a_span_that_names_no_words() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    meter = ModelMeter(Metrics(), "small", "http://models.example/v1", provider.get_tracer("test"))
    meter.request_ended("small", Outcome.TIMED_OUT, 5.0, None, None)
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind) == ("chat small", SpanKind.CLIENT)
    assert span.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "small",
        "server.address": "models.example",
        "error.type": "timed_out",
    }
    assert (span.end_time or 0) - (span.start_time or 0) == 5_000_000_000


async def test_http_requests_are_counted_by_route_and_unknown_paths_and_methods_are_no_labels() -> None:
    metrics = Metrics()
    transport = httpx.ASGITransport(worker_app(metrics, lambda: "starting"))
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        await client.get("/readyz")
        await client.get("/somebody/elses/words")
        await client.request("SOMEBODYS-WORDS", "/readyz")

    counted = {
        (sample.labels["method"], sample.labels["route"], sample.labels["code"]): sample.value
        for family in metrics.http_requests.collect()
        for sample in family.samples
        if sample.name == "http_requests_total"
    }
    assert counted == {("GET", "/readyz", "503"): 1, ("any", "none", "404"): 1, ("any", "/readyz", "405"): 1}
