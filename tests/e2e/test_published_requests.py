"""Requests from any Kafka client, in any form that is promised, end as commits."""

import pytest

from tests.servers.eventually import eventually_blocking
from tests.servers.pipeline_at_work import PipelineAtWork, cloud_event, id_of, id_of_event, wish
from tests.servers.raw_kafka import headers_of, raw_topic

pytestmark = pytest.mark.slow


def test_a_bare_line_of_text_becomes_a_kpt_package_in_the_deployment_repository(pipeline: PipelineAtWork) -> None:
    intent_id = id_of(pipeline.producer.publish(b"Scale the AMF in tokyo-1 to 5 replicas."))
    status = pipeline.until(intent_id, "deployed")
    assert pipeline.commits_of(intent_id) == 1
    assert status.revision is not None
    assert "kind: Kptfile" in pipeline.file("tokyo-1/amf/Kptfile")
    assert "replicas: '5'" in pipeline.file("tokyo-1/amf/parameters.yaml")
    assert "kind: NFDeployment" in pipeline.file("tokyo-1/amf/nfdeployment.yaml")
    assert set(pipeline.states(intent_id)) == {"received", "parsed", "enriched", "planned", "deploying", "deployed"}


def test_json_without_headers_is_read(pipeline: PipelineAtWork) -> None:
    value = wish("Scale the AMF in tokyo-2 to 3 replicas", priority="high")
    intent_id = id_of(pipeline.producer.publish(value, key=b"any key"))
    pipeline.until(intent_id, "deployed")
    assert "replicas: '3'" in pipeline.file("tokyo-2/amf/parameters.yaml")


def test_a_cloud_event_keeps_the_identity_its_producer_gave_it(pipeline: PipelineAtWork) -> None:
    pipeline.producer.publish(wish("Deploy 2 UPFs in dallas-1"), headers=cloud_event("named"))
    status = pipeline.until(id_of_event("named"), "deployed")
    assert status.producer_id == "tests#named"
    assert pipeline.commits_of(id_of_event("named")) == 1


def test_the_same_event_twice_is_carried_out_once(pipeline: PipelineAtWork) -> None:
    for _ in range(3):
        pipeline.producer.publish(wish("Deploy 2 UPFs in newyork-1"), headers=cloud_event("twice"))
    pipeline.until(id_of_event("twice"), "deployed")
    last = id_of(pipeline.producer.publish(b"Scale the NRF in newyork-1 to 2 replicas"))
    pipeline.until(last, "deployed")
    assert pipeline.commits_of(id_of_event("twice")) == 1
    assert pipeline.states(id_of_event("twice")).count("deployed") == 1


def test_an_id_that_is_used_again_with_other_words_is_a_dead_letter_and_disturbs_nobody(
    pipeline: PipelineAtWork,
) -> None:
    first, other = wish("Scale the SMF in munich-1 to 4 replicas"), wish("Scale the SMF in munich-1 to 9 replicas")
    pipeline.producer.publish(first, headers=cloud_event("reused"))
    pipeline.until(id_of_event("reused"), "deployed")
    place = pipeline.producer.publish(other, headers=cloud_event("reused"))
    pipeline.until(id_of(pipeline.producer.publish(b"Scale the UDM in munich-1 to 2 replicas")), "deployed")
    with raw_topic(pipeline.kafka, "intents.received.dlq") as dead_letters:
        (letter,) = eventually_blocking(lambda: [each for each in dead_letters.all() if each.value() == other])
    assert headers_of(letter)["nephoran-dlq-reason"] == "id_reused"
    assert headers_of(letter)["nephoran-dlq-offset"] == str(place.offset)
    assert "replicas: '4'" in pipeline.file("munich-1/smf/parameters.yaml")
    status = pipeline.status(id_of_event("reused"))
    assert status is not None
    assert status.state == "deployed"


def test_a_declined_request_gets_its_reason_and_a_question(pipeline: PipelineAtWork) -> None:
    intent_id = id_of(pipeline.producer.publish(b"Scale the AMF in Tokyo to 5 replicas"))
    status = pipeline.until(intent_id, "declined")
    assert status.reason == "ambiguous"
    assert "tokyo-1, tokyo-2" in (status.question or "")
    assert pipeline.commits_of(intent_id) == 0
