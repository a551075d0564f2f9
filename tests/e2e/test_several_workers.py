"""Workers of the same stages share the work, and hand it over when they leave."""

import re

import pytest

from tests.servers.pipeline_at_work import PipelineAtWork, id_of

pytestmark = pytest.mark.slow
SITES = ("tokyo-1", "tokyo-2", "osaka-1", "nagoya-1", "sapporo-1", "london-1", "london-2", "manchester-1")


def publish_everywhere(pipeline: PipelineAtWork, function: str) -> list[str]:
    requests = [f"Scale the {function} in {site} to 3 replicas".encode() for site in SITES]
    return [id_of(pipeline.producer.publish(request, str(number).encode())) for number, request in enumerate(requests)]


def parsed_by(pipeline: PipelineAtWork, name: str) -> float:
    counts = re.findall(r'^intent_stage_total\{.*stage="parse".*\} ([\d.]+)', pipeline.metrics_of(name), re.MULTILINE)
    return sum(map(float, counts))


def test_two_workers_share_the_partitions_and_one_that_leaves_hands_its_own_over(own_pipeline: PipelineAtWork) -> None:
    pipeline = own_pipeline
    pipeline.start("one")
    pipeline.until_ready()
    pipeline.start("two")
    pipeline.until_ready()
    first = publish_everywhere(pipeline, "AMF")
    for intent_id in first:
        pipeline.until(intent_id, "deployed")
    shares = [parsed_by(pipeline, name) for name in ("one", "two")]
    assert sum(shares) == len(SITES)
    assert all(shares)

    second = publish_everywhere(pipeline, "SMF")
    pipeline.terminate("one")
    for intent_id in second:
        pipeline.until(intent_id, "deployed")
    assert {pipeline.commits_of(intent_id) for intent_id in (*first, *second)} == {1}
