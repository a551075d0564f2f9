"""Workers that die by SIGKILL before they could commit: everything comes again, and nothing is done again or undone."""

import pytest

from tests.servers.eventually import eventually_blocking
from tests.servers.pipeline_at_work import PipelineAtWork, id_of
from tests.servers.raw_kafka import headers_of, raw_topic

pytestmark = pytest.mark.slow
RESULTS_OF = {
    "parse": "intents.parsed",
    "enrich": "intents.enriched",
    "plan": "intents.planned",
    "deploy": "intents.deployed",
}


def results_for(pipeline: PipelineAtWork, stage: str, intent_id: str) -> int:
    with raw_topic(pipeline.kafka, RESULTS_OF[stage]) as topic:
        return sum(headers_of(message)["nephoran-intent-id"] == intent_id for message in topic.all())


@pytest.mark.parametrize("stage", RESULTS_OF)
def test_what_a_killed_worker_had_not_committed_comes_again_and_changes_nothing(
    own_pipeline: PipelineAtWork, stage: str
) -> None:
    pipeline = own_pipeline
    others = ",".join(each for each in RESULTS_OF if each != stage)
    pipeline.environment["NEPHORAN_ENGINE__COMMIT_INTERVAL_SECONDS"] = "600"
    pipeline.start("others", "--stages", others)
    pipeline.start("first", "--stages", stage)
    pipeline.until_ready()
    pipeline.until(id_of(pipeline.producer.publish(b"Scale the AMF in tokyo-1 to 2 replicas", b"amf")), "deployed")
    pipeline.terminate("first")  # so that it is known how far the partition has been read
    pipeline.start("victim", "--stages", stage)
    pipeline.until_ready()
    a = id_of(pipeline.producer.publish(b"Scale the AMF in tokyo-1 to 3 replicas", b"amf"))
    pipeline.until(a, "deployed")
    b = id_of(pipeline.producer.publish(b"Scale the AMF in tokyo-1 to 4 replicas", b"amf"))
    pipeline.until(b, "deployed")

    pipeline.kill("victim")
    pipeline.start("successor", "--stages", stage)
    pipeline.until_ready()
    c = id_of(pipeline.producer.publish(b"Scale the SMF in tokyo-1 to 2 replicas", b"amf"))
    pipeline.until(c, "deployed")

    eventually_blocking(lambda: results_for(pipeline, stage, a) > 1 and results_for(pipeline, stage, b) > 1)
    d = id_of(pipeline.producer.publish(b"Scale the UPF in tokyo-1 to 2 replicas", b"amf"))
    pipeline.until(d, "deployed")
    assert "replicas: '4'" in pipeline.file("tokyo-1/amf/parameters.yaml")
    assert [pipeline.commits_of(each) for each in (a, b, c, d)] == [1, 1, 1, 1]
