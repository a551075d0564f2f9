"""Events of stages that somebody copies onto their own topics again: an intent that has ended does not begin anew."""

import re
import time

import pytest

from pipeline.runtime.copied_events import PROMPT_MS
from schemas.topics import ENRICHED, PARSED, PLANNED
from tests.servers.eventually import eventually_blocking
from tests.servers.pipeline_at_work import ANSWER_SECONDS, PipelineAtWork, id_of
from tests.servers.raw_kafka import headers_of, raw_topic

pytestmark = pytest.mark.slow
LATE_SECONDS = PROMPT_MS / 1_000 + 2


def copy_all(pipeline: PipelineAtWork, topic: str, *intents: str) -> int:
    """Puts every event of these intents there again, byte for byte."""
    with raw_topic(pipeline.kafka, topic) as records:
        found = [each for each in records.all() if headers_of(each).get("nephoran-intent-id") in intents]
    for each in found:
        pipeline.producer.publish(each.value(), each.key(), dict(each.headers() or ()), topic)
    return len(found)


def settled(pipeline: PipelineAtWork) -> int:
    """How many events the stages have passed over, for they had been answered."""
    samples = re.findall(r'_total\{[^}]*outcome="answered"[^}]*\} (\S+)$', pipeline.metrics_of("all"), re.MULTILINE)
    return round(sum(map(float, samples)))


@pytest.mark.parametrize("engine", ["faust", "fast"])
def test_copies_of_what_led_to_an_end_lead_to_nothing(own_pipeline: PipelineAtWork, engine: str) -> None:
    pipeline = own_pipeline

    def answered(words: str, state: str) -> str:
        intent_id = id_of(pipeline.producer.publish(words.encode()))
        pipeline.until(intent_id, state)
        return intent_id

    pipeline.start("all", "--engine", engine)
    pipeline.until_ready()
    too_early = answered("Add 2 more replicas to the SMF in osaka-1", "declined")
    absent = answered("Upgrade the SMF in osaka-1 to version 2.4.1", "declined")
    answered("Deploy 2 SMFs in osaka-1", "deployed")
    unwanted = answered("Upgrade the SMF in osaka-1 to version 3.0.0", "proposed")
    assert pipeline.run("decline", unwanted, "--yes").returncode == 0
    pipeline.until(unwanted, "declined")
    ended = (too_early, absent, unwanted)
    told = [pipeline.states(each) for each in ended]
    ended_at = time.monotonic()
    eventually_blocking(lambda: time.monotonic() - ended_at > LATE_SECONDS)

    copies = sum(copy_all(pipeline, topic.name, *ended) for topic in (PLANNED, ENRICHED, PARSED))
    assert copies == 1 + 3 + 3
    eventually_blocking(lambda: settled(pipeline) == copies, ANSWER_SECONDS)
    assert [pipeline.states(each) for each in ended] == told
    assert [pipeline.commits_of(each) for each in ended] == [0, 0, 0]
    assert "no proposal" in pipeline.run("status", "--waiting").stdout
