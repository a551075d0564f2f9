"""One trace from producer to effect, as a real Jaeger shows it."""

import asyncio
import subprocess
import time
from pathlib import Path

import pytest

from pipeline.kafka.settings import KafkaSettings
from tests.servers.eventually import eventually
from tests.servers.jaeger_server import JaegerServer, Span, jaeger
from tests.servers.prometheus_server import prometheus_scraping
from tests.servers.worker_process import NEPHORAN, environment_for, make_repository, nephoran, worker_running

REQUEST = "Scale the AMF in tokyo-1 to 5 replicas"
RISKY = "Delete the AMF in osaka-1"
UNREADABLE = '{"intent": '
JOURNEY = ["intents.received", "intents.parsed", "intents.enriched", "intents.planned"]
PROCESSED = [f"process {topic}" for topic in JOURNEY]
SENT = [f"send {topic}" for topic in (*JOURNEY, "intents.deployed")]


async def trace_of(server: JaegerServer, intent_id: str, *names: str) -> list[Span]:
    """The trace in which this intent was processed, once these spans have arrived: they are stored in any order."""

    def found() -> list[Span]:
        traces = server.traces(**{"nephoran.intent.id": intent_id})
        return next((trace for trace in traces if {span.name for span in trace} >= set(names)), [])

    return await eventually(found, within_seconds=60)


@pytest.mark.slow
async def test_an_intent_is_one_trace_from_the_command_line_to_the_repository(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    make_repository(tmp_path)
    with jaeger() as server:
        tracing = {"NEPHORAN_TRACING__ENDPOINT": server.endpoint, "NEPHORAN_TRACING__SAMPLE_RATIO": "1"}
        environment = environment_for(kafka, tmp_path, **tracing)
        with (
            worker_running(environment, tmp_path) as worker,
            prometheus_scraping({"worker": [worker.address]}) as prometheus,
        ):
            began = time.time()
            (*_, ended) = nephoran(environment, "submit", REQUEST, "--wait")
            assert ended["state"] == "deployed"
            others = ["carry out nephio", "search sqlite"]
            spans = await trace_of(server, ended["intent_id"], *PROCESSED, *SENT, *others)
            answered = "intent_processing_duration_seconds_bucket"
            exemplars = await eventually(lambda: prometheus.exemplars(answered, since=began))

    assert [exemplar["trace_id"] for exemplar in exemplars] == [spans[0].trace_id]
    names = [span.name for span in spans]
    assert [name for name in names if name.startswith("process")] == PROCESSED
    assert [name for name in names if name.startswith("send")] == SENT
    assert [span.name for span in spans if span.parent_id is None] == ["send intents.received"]
    kinds = {span.name.split()[0]: span.kind for span in spans}
    assert kinds == {"send": "producer", "process": "consumer", "search": "client", "carry": "client"}
    work = {span.name: span.tags for span in spans}["process intents.enriched"]
    assert work["messaging.consumer.group.name"] == "nephoran-plan"
    assert work["nephoran.intent.id"] == ended["intent_id"]


@pytest.mark.slow
async def test_what_was_approved_belongs_to_the_trace_of_its_request(kafka: KafkaSettings, tmp_path: Path) -> None:
    make_repository(tmp_path)
    with jaeger() as server:
        tracing = {"NEPHORAN_TRACING__ENDPOINT": server.endpoint, "NEPHORAN_TRACING__SAMPLE_RATIO": "1"}
        environment = environment_for(kafka, tmp_path, **tracing)
        with worker_running(environment, tmp_path):
            (*_, proposed) = nephoran(environment, "submit", RISKY, "--wait")
            nephoran(environment, "approve", proposed["intent_id"], "--yes")
            whole = [
                "send intents.received",
                "send intents.proposed",
                "process intents.decisions",
                "send intents.planned",
            ]
            spans = await trace_of(server, proposed["intent_id"], *whole)

    names = [span.name for span in spans]
    assert names.index("send intents.proposed") < names.index("process intents.decisions")
    assert [span.name for span in spans if span.parent_id is None] == ["send intents.received"]


@pytest.mark.slow
async def test_a_replay_links_to_the_trace_in_which_it_failed(kafka: KafkaSettings, tmp_path: Path) -> None:
    make_repository(tmp_path)
    with jaeger() as server:
        tracing = {"NEPHORAN_TRACING__ENDPOINT": server.endpoint, "NEPHORAN_TRACING__SAMPLE_RATIO": "1"}
        environment = environment_for(kafka, tmp_path, **tracing)
        with worker_running(environment, tmp_path):
            (submitted,) = nephoran(environment, "submit", UNREADABLE)
            intent_id = submitted["intent_id"]
            failed = await trace_of(server, intent_id, "send intents.received", "process intents.received")
            command = [NEPHORAN, "dead-letters", "replay", "--text", REQUEST, "--all"]
            replay = await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, check=True)
            replayed = await trace_of(server, intent_id, *PROCESSED, "send intents.deployed")

    assert replay.stderr == b""
    assert failed[1].tags["error.type"] == "broken_json"
    assert (replayed[0].name, replayed[0].parent_id) == ("process intents.received", None)
    assert len(replayed[0].links) == 1
