"""A signing key that is dropped: what it has signed and lives on is signed anew, or no worker starts."""

import json

import pytest

from tests.servers.pipeline_at_work import PipelineAtWork, id_of

pytestmark = pytest.mark.slow
OLD, NEW = "the older key of this pipeline", "the newer key of this pipeline"


def sign_with(pipeline: PipelineAtWork, *keys: str) -> None:
    pipeline.environment["NEPHORAN_SIGNING__KEYS"] = json.dumps(keys)


def done(pipeline: PipelineAtWork, words: bytes, state: str = "deployed") -> str:
    intent_id = id_of(pipeline.producer.publish(words))
    pipeline.until(intent_id, state)
    return intent_id


@pytest.mark.parametrize("engine", ["faust", "fast"])
def test_a_pause_and_a_proposal_outlive_their_key_or_keep_workers_from_starting(
    own_pipeline: PipelineAtWork, engine: str
) -> None:
    pipeline = own_pipeline
    sign_with(pipeline, OLD)
    pipeline.start("before", "--engine", engine)
    pipeline.until_ready()
    done(pipeline, b"Deploy 2 PCFs in osaka-1")
    proposal = done(pipeline, b"Upgrade the PCF in osaka-1 to version 2.4.1", "proposed")
    assert pipeline.run("pause", "deploy", "--why", "work on the sites").returncode == 0
    pipeline.terminate("before")

    sign_with(pipeline, NEW)
    pipeline.start("too early", "--engine", engine)
    told = pipeline.refusal_of("too early")
    assert "signing" in told, told
    assert "Traceback" not in told
    assert pipeline.run("approve", proposal, "--yes").returncode == 1, "nobody can decide what they cannot verify"

    sign_with(pipeline, NEW, OLD)
    renewed = json.loads(pipeline.run("signing", "renew", "--json").stdout)
    assert {topic: each["done"] for topic, each in renewed.items()} == {"nephoran.control": 1, "intents.proposed": 1}
    sign_with(pipeline, NEW)
    pipeline.start("after", "--engine", engine)  # which is not ready while it is paused
    held = done(pipeline, b"Scale the PCF in nagoya-1 to 3 replicas", "planned")
    approved = pipeline.run("approve", proposal, "--yes")
    assert approved.returncode == 0, approved.stderr
    pipeline.until(proposal, "approved")
    assert "work on the sites" in pipeline.run("status").stdout
    assert pipeline.commits_of(held) == pipeline.commits_of(proposal) == 0, "the pause holds"
    assert pipeline.run("resume", "deploy").returncode == 0
    for intent_id in (held, proposal):
        pipeline.until(intent_id, "deployed")
        assert pipeline.commits_of(intent_id) == 1
