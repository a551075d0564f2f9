"""The pipeline run dry for maintenance, and a stage that reads again what it has read: nothing lost, nothing twice."""

import json
import signal
import subprocess

import pytest

from tests.servers.eventually import eventually_blocking
from tests.servers.pipeline_at_work import ANSWER_SECONDS, PipelineAtWork, id_of
from tests.servers.worker_process import NEPHORAN

pytestmark = pytest.mark.slow
STAGES = ("parse", "enrich", "plan", "approve", "deploy")


def answered(pipeline: PipelineAtWork, words: bytes, *states: str) -> str:
    intent_id = id_of(pipeline.producer.publish(words))
    pipeline.until(intent_id, *states)
    return intent_id


def until_nobody_is_at_work(pipeline: PipelineAtWork, stage: str) -> None:
    """A group forgets a member that left only once the broker has heard of it."""

    def is_alone() -> bool:
        told = pipeline.run("rewind", "--stage", stage, "--to", "0", "--dry-run", "--json")
        return bool(json.loads(told.stdout)["members"] == 0)

    eventually_blocking(is_alone, ANSWER_SECONDS)


def test_a_drained_pipeline_takes_nothing_new_and_goes_on_afterwards(own_pipeline: PipelineAtWork) -> None:
    pipeline = own_pipeline
    pipeline.start("all", "--engine", "fast")
    pipeline.until_ready()
    answered(pipeline, b"Deploy 2 SMFs in osaka-1", "deployed")
    waiting = answered(pipeline, b"Upgrade the SMF in osaka-1 to version 2.4.1", "proposed")
    sent = [id_of(pipeline.producer.publish(f"Scale the AMF in edge-0{n} to {n} replicas".encode())) for n in (1, 2, 3)]

    told = pipeline.run("drain", "--why", "a test", "--json")

    assert told.returncode == 0, told.stderr
    drained = json.loads(told.stdout)
    assert drained["is_drained"]
    assert drained["paused"] == ["parse", "approve"]
    assert drained["waiting"] == 1
    assert drained["behind"] == {}
    assert {stage["stage"] for stage in drained["stages"]} == {*STAGES, "observe"}
    late = id_of(pipeline.producer.publish(b"Scale the UPF in dallas-1 to 4 replicas"))
    unread = {each for each in (*sent, late) if pipeline.status(each) is None}
    assert late in unread
    assert all(status.is_final for each in sent if (status := pipeline.status(each)))
    again = pipeline.run("drain")
    assert again.returncode == 0, again.stderr
    assert f"{len(unread)} records wait before parse." in again.stderr
    assert "nephoran resume parse" in again.stderr

    assert pipeline.run("approve", waiting, "--yes").returncode == 0
    assert pipeline.run("resume", "all").returncode == 0
    for each in (*sent, late, waiting):
        pipeline.until(each, "deployed", "declined")


def test_an_interrupted_drain_says_what_stays_paused(own_pipeline: PipelineAtWork) -> None:
    """With no worker in the stage behind, records wait in front of it for ever."""
    pipeline = own_pipeline
    pipeline.start("first", "--stages", "parse", "--engine", "fast")
    pipeline.until_ready()
    sent = id_of(pipeline.producer.publish(b"Scale the AMF in tokyo-1 to 5 replicas"))
    pipeline.until(sent, "parsed")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a script runs the tests in the background
    with subprocess.Popen(
        [NEPHORAN, "drain"], env=pipeline.environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as draining:
        assert draining.stderr is not None
        assert draining.stderr.readline() == "still in flight: enrich 1\n"
        draining.send_signal(signal.SIGINT)
        _, errors = draining.communicate(timeout=ANSWER_SECONDS)
    assert draining.returncode == 130, errors
    assert "Paused until: nephoran resume parse; nephoran resume approve" in errors

    told = pipeline.run("drain")
    assert told.returncode == 1
    assert "no worker runs enrich" in told.stderr


def test_what_was_answered_stays_answered_when_stages_read_it_again(own_pipeline: PipelineAtWork) -> None:
    pipeline = own_pipeline
    pipeline.start("all", "--engine", "fast")
    pipeline.until_ready()
    too_early = answered(pipeline, b"Add 2 more replicas to the SMF in osaka-1", "declined")
    created = answered(pipeline, b"Deploy 2 SMFs in osaka-1", "deployed")
    decided = answered(pipeline, b"Upgrade the SMF in osaka-1 to version 2.4.1", "proposed")
    assert pipeline.run("approve", decided, "--yes").returncode == 0
    pipeline.until(decided, "deployed")
    everything = (too_early, created, decided)
    told = [pipeline.states(each) for each in everything]

    refused = pipeline.run("rewind", "--stage", "plan", "--to", "1h", "--yes")
    assert refused.returncode == 1
    assert "stop every worker" in refused.stderr.lower()
    pipeline.terminate("all")
    for stage in STAGES:
        until_nobody_is_at_work(pipeline, stage)
        looked = json.loads(pipeline.run("rewind", "--stage", stage, "--to", "0", "--dry-run", "--json").stdout)
        done = pipeline.run("rewind", "--stage", stage, "--to", "1h", "--yes", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == looked | {"is_done": True}
        assert looked["records"] == {"parse": 3, "enrich": 3, "plan": 3, "approve": 1}.get(stage, looked["records"])
        assert looked["records"] > 0
    pipeline.start("again", "--engine", "fast")
    pipeline.until_ready()
    new = answered(pipeline, b"Scale the SMF in osaka-1 to 5 replicas", "deployed")

    assert [pipeline.states(each) for each in everything] == told
    assert [pipeline.commits_of(each) for each in (*everything, new)] == [0, 1, 1, 1]
    assert "nothing to rewind" in pipeline.run("rewind", "--stage", "plan", "--to", "9999999", "--dry-run").stdout
