"""Groups that lose their offsets read everything again: nothing is done, told or counted a second time."""

import re

import pytest
from confluent_kafka.admin import AdminClient

from tests.servers.eventually import eventually_blocking
from tests.servers.pipeline_at_work import PipelineAtWork, id_of

pytestmark = pytest.mark.slow
STAGES = ("parse", "enrich", "plan", "approve", "deploy")


def forget_offsets(pipeline: PipelineAtWork) -> None:
    admin = AdminClient({"bootstrap.servers": pipeline.kafka.bootstrap_servers})
    groups = [f"{pipeline.kafka.topic_prefix}nephoran-{stage}" for stage in STAGES]
    for future in admin.delete_consumer_groups(groups).values():
        future.result(30)


def answers_counted(pipeline: PipelineAtWork) -> float:
    samples = re.findall(r"^intent_processing_total\{[^}]*\} (\S+)$", pipeline.metrics_of("all"), re.MULTILINE)
    return sum(map(float, samples))


@pytest.mark.parametrize("engine", ["faust", "fast"])
def test_what_was_answered_stays_answered(own_pipeline: PipelineAtWork, engine: str) -> None:
    pipeline = own_pipeline

    def answered(words: bytes, *states: str) -> str:
        intent_id = id_of(pipeline.producer.publish(words))
        pipeline.until(intent_id, *states)
        return intent_id

    pipeline.start("all", "--engine", engine)
    pipeline.until_ready()
    too_early = answered(b"Add 2 more replicas to the SMF in osaka-1", "declined")
    created = answered(b"Deploy 2 SMFs in osaka-1", "deployed")
    decided = answered(b"Upgrade the SMF in osaka-1 to version 2.4.1", "proposed")
    assert pipeline.run("approve", decided, "--yes").returncode == 0
    pipeline.until(decided, "deployed")
    everything = (too_early, created, decided)
    told = [pipeline.states(each) for each in everything]
    pipeline.terminate("all")

    eventually_blocking(lambda: forget_offsets(pipeline) is None)
    pipeline.start("all", "--engine", engine)
    pipeline.until_ready()
    new = answered(b"Scale the SMF in osaka-1 to 5 replicas", "deployed")

    assert [pipeline.states(each) for each in everything] == told
    assert [pipeline.commits_of(each) for each in (*everything, new)] == [0, 1, 1, 1]
    assert "replicas: '5'" in pipeline.file("osaka-1/smf/parameters.yaml")
    assert "no proposal" in pipeline.run("status", "--waiting").stdout
    assert answers_counted(pipeline) == 1
