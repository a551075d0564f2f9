"""A goal on real Kafka and Git: planned by a stand-in for a model, corrected and approved; and the model away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from agents.goals.gate import GOAL_REASONS
from pipeline.demo.samples import PLANNED, TO_PLAN
from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.stand_ins.model.replies import Says
from pipeline.stand_ins.model.server import StandInModel, served
from tests.servers.pipeline_at_work import PipelineAtWork, id_of

pytestmark = pytest.mark.slow
GOAL = TO_PLAN.value
VALUE = "munich-1/smf.max_sessions"


@contextmanager
def model_at(port: int) -> Iterator[StandInModel]:
    with served(StandInModel(), port) as model:
        model.answers.update({text: Says(answer) for text, answer in PLANNED.items()})
        yield model


def configure(pipeline: PipelineAtWork, port: int, **settings: Any) -> None:
    pipeline.environment |= {
        "NEPHORAN_MODEL__NAME": "stand-in",
        "NEPHORAN_MODEL__BASE_URL": f"http://127.0.0.1:{port}/v1",
        "NEPHORAN_MODEL__ACCOUNTING_FILE": pipeline.environment["NEPHORAN_GIT__REPOSITORY"] + ".spending",
        **settings,
    }


def test_a_goal_is_proposed_corrected_and_carried_out_and_with_the_model_away_declined_or_queued(
    own_pipeline: PipelineAtWork,
) -> None:
    pipeline = own_pipeline
    (port,) = find_free_ports(1)
    configure(pipeline, port)
    pipeline.start("first")
    pipeline.until_ready()
    held = pipeline.producer.publish(b"Ensure at least 250,000 sessions for the SMF in munich-1.")
    pipeline.until(id_of(held), "deployed")

    with model_at(port) as model:
        intent_id = id_of(pipeline.producer.publish(GOAL))
        pipeline.until(intent_id, "proposed")
        assert pipeline.states(intent_id) == ["received", "parsed", "enriched", "proposed"]
        assert "max_sessions = 250000; at least 250000" in model.asked[0]["messages"][-1]["content"]
        _is_shown_whole(pipeline, intent_id)
        _is_corrected_and_carried_out(pipeline, intent_id)

    away_id = id_of(pipeline.producer.publish(GOAL))
    declined = pipeline.until(away_id, "declined")
    assert declined.reason in GOAL_REASONS
    assert declined.question
    assert "No language model could plan it" in (declined.message or "")
    order = pipeline.producer.publish(b"Scale the AMF in tokyo-1 to 3 replicas.")
    pipeline.until(id_of(order), "deployed")

    pipeline.terminate("first")
    configure(pipeline, port, NEPHORAN_MODEL__WHEN_AWAY="queue")
    pipeline.start("second")
    pipeline.until_ready()
    queued_id = id_of(pipeline.producer.publish(GOAL))
    assert pipeline.until(queued_id, "dead_lettered").reason == "model_away"
    with model_at(port):
        replayed = pipeline.run("dead-letters", "replay", queued_id)
        assert replayed.returncode == 0, replayed.stderr
        pipeline.until(queued_id, "proposed", generation=1)
    assert pipeline.commits_of(queued_id) == pipeline.commits_of(away_id) == 0


def _is_shown_whole(pipeline: PipelineAtWork, intent_id: str) -> None:
    """Request, grounds, inferences, what it would change, and risk, before anybody is asked."""
    asked = pipeline.run("approve", intent_id)
    assert asked.returncode == 1
    shown = " ".join(asked.stdout.split())
    for part in (
        GOAL.decode(),
        "risk low",
        "rests on max_sessions: “100,000 more subscribers” = 100000 (the request)",
        "“seventy are registered” = 70 (the passage capacity-counts)",
        "the model alone works out max_sessions as a * b / c * d = 105000",
        "now: max_sessions 250000, at least 250000 → 355000, at least 250000",
        "“Sunday” is no schedule",
    ):
        assert part in shown, shown
    assert pipeline.commits_of(intent_id) == 0


def _is_corrected_and_carried_out(pipeline: PipelineAtWork, intent_id: str) -> None:
    refused = pipeline.run("approve", intent_id, "--yes", "--edit", f"{VALUE}=1.5")
    assert refused.returncode == 1, "the rules apply to an approver's value, too"
    assert "whole numbers" in refused.stderr
    approved = pipeline.run("approve", intent_id, "--yes", "--wait", "--edit", f"{VALUE}=90000")
    assert approved.returncode == 0, approved.stderr + approved.stdout
    assert pipeline.commits_of(intent_id) == 1
    assert "maxSessions: 340\n" in pipeline.file("munich-1/smf/nfdeployment.yaml")
