"""Decisions and limits on a real Kafka and both engines: the first decision stands, for what was there then."""

from collections.abc import Iterator

import pytest

from schemas.topics import DECISIONS, PROPOSED
from tests.e2e.conftest import topics
from tests.servers.eventually import eventually_blocking
from tests.servers.pipeline_at_work import ANSWER_SECONDS, PipelineAtWork, id_of
from tests.servers.raw_kafka import raw_topic

pytestmark = pytest.mark.slow
BEFORE_PLAN, AFTER_PLAN = "parse,enrich", "approve,deploy"


@pytest.fixture(scope="module", params=["faust", "fast"])
def pipeline(
    request: pytest.FixtureRequest, kafka_address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PipelineAtWork]:
    with topics(kafka_address) as kafka:
        made = PipelineAtWork(kafka, tmp_path_factory.mktemp("decisions"))
        made.start("all", "--engine", request.param)
        try:
            made.until_ready()
            yield made
        finally:
            made.stop()


def done(pipeline: PipelineAtWork, words: str, state: str = "deployed") -> str:
    intent_id = id_of(pipeline.producer.publish(words.encode()))
    pipeline.until(intent_id, state)
    return intent_id


def decide(pipeline: PipelineAtWork, verdict: str, intent_id: str) -> None:
    told = pipeline.run(verdict, intent_id, "--yes")
    assert told.returncode == 0, told.stderr


def until_proposed_again(pipeline: PipelineAtWork, intent_id: str, because_of: str) -> None:
    def is_proposed() -> bool:
        status = pipeline.status(intent_id)
        return status is not None and status.state == "proposed" and because_of in (status.message or "")

    eventually_blocking(is_proposed, ANSWER_SECONDS)


def test_an_older_upgrade_that_is_approved_after_a_newer_one_is_proposed_again(pipeline: PipelineAtWork) -> None:
    done(pipeline, "Deploy 2 PCFs in osaka-1")
    older = done(pipeline, "Upgrade the PCF in osaka-1 to version 2.4.1", "proposed")
    newer = done(pipeline, "Upgrade the PCF in osaka-1 to version 3.0.0", "proposed")
    decide(pipeline, "approve", newer)
    pipeline.until(newer, "deployed")
    decide(pipeline, "approve", older)
    done(pipeline, "Scale the NSSF in osaka-1 to 2 replicas")
    until_proposed_again(pipeline, older, newer)
    parameters = pipeline.file("osaka-1/pcf/parameters.yaml")
    assert "3.0.0" in parameters
    assert "2.4.1" not in parameters


def test_a_delete_that_is_approved_after_the_function_was_scaled_is_proposed_again(pipeline: PipelineAtWork) -> None:
    done(pipeline, "Deploy 2 PCFs in nagoya-1")
    deletion = done(pipeline, "Delete the PCF in nagoya-1", "proposed")
    newer = done(pipeline, "Scale the PCF in nagoya-1 to 7 replicas")
    decide(pipeline, "approve", deletion)
    done(pipeline, "Scale the NSSF in nagoya-1 to 2 replicas")
    until_proposed_again(pipeline, deletion, newer)
    assert "replicas: '7'" in pipeline.file("nagoya-1/pcf/parameters.yaml")


def test_a_proposal_and_its_approval_that_are_put_back_after_an_end_do_nothing(pipeline: PipelineAtWork) -> None:
    done(pipeline, "Deploy 2 PCFs in dallas-1")
    intent_id = done(pipeline, "Upgrade the PCF in dallas-1 to version 2.4.1", "proposed")
    decide(pipeline, "decline", intent_id)
    pipeline.until(intent_id, "declined")
    for topic in (PROPOSED.name, DECISIONS.name):
        with raw_topic(pipeline.kafka, topic) as records:
            mine = [each for each in records.all() if each.key() == intent_id.encode() and each.value() is not None]
        pipeline.producer.publish(mine[0].value(), mine[0].key(), dict(mine[0].headers() or ()), topic)
    refused = pipeline.run("approve", intent_id, "--yes")
    assert refused.returncode == 1, refused.stdout
    done(pipeline, "Scale the NSSF in dallas-1 to 2 replicas")
    assert pipeline.commits_of(intent_id) == 0
    assert pipeline.until(intent_id, "declined").reason == "not_approved"


def test_a_request_whose_plan_no_topic_would_take_is_declined_with_the_limit(pipeline: PipelineAtWork) -> None:
    words = "\n".join(f"Deploy UPF u{number} everywhere." for number in range(60))
    intent_id = id_of(pipeline.producer.publish(words.encode()))
    told = pipeline.until(intent_id, "declined")
    assert told.reason == "policy_violation"
    assert "200" in (told.message or "")
    done(pipeline, "Scale the NSSF in london-1 to 2 replicas")


def test_an_amount_of_309_digits_is_declined(pipeline: PipelineAtWork) -> None:
    done(pipeline, f"Scale the NSSF in munich-1 to {'9' * 309} replicas", "declined")
    done(pipeline, "Scale the NSSF in munich-1 to 3 replicas")


def test_what_plan_proposes_anew_after_its_death_is_not_open_to_another_decision(
    own_pipeline: PipelineAtWork,
) -> None:
    pipeline = own_pipeline
    pipeline.start("before", "--stages", BEFORE_PLAN)
    pipeline.start("after", "--stages", AFTER_PLAN)
    pipeline.start("first", "--stages", "plan")
    pipeline.until_ready()
    done(pipeline, "Deploy 2 PCFs in osaka-1")
    pipeline.terminate("first")
    pipeline.environment["NEPHORAN_ENGINE__COMMIT_INTERVAL_SECONDS"] = "600"
    pipeline.start("plan", "--stages", "plan")
    pipeline.until_ready()
    intent_id = done(pipeline, "Upgrade the PCF in osaka-1 to version 2.4.1", "proposed")
    pipeline.kill("plan")
    decide(pipeline, "decline", intent_id)
    pipeline.until(intent_id, "declined")
    pipeline.start("plan", "--stages", "plan")
    pipeline.until_ready()
    done(pipeline, "Scale the NSSF in osaka-1 to 2 replicas")
    assert pipeline.run("approve", intent_id, "--yes").returncode == 1
    done(pipeline, "Scale the NSSF in osaka-1 to 3 replicas")
    assert pipeline.until(intent_id, "declined").reason == "not_approved"
    assert pipeline.commits_of(intent_id) == 0
