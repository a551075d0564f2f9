"""What waits for people: proposals and dead letters, from the command line."""

import json
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from pipeline.kafka.signatures import Keyring, SigningSettings
from tests.servers.pipeline_at_work import PipelineAtWork, id_of

pytestmark = pytest.mark.slow


def proposed(pipeline: PipelineAtWork, site: str) -> str:
    pipeline.until(id_of(pipeline.producer.publish(f"Deploy 2 PCFs in {site}".encode())), "deployed")
    intent_id = id_of(pipeline.producer.publish(f"Upgrade the PCF in {site} to version 2.4.1".encode()))
    pipeline.until(intent_id, "proposed")
    assert pipeline.commits_of(intent_id) == 0
    return intent_id


def test_an_approved_proposal_is_carried_out_once(pipeline: PipelineAtWork) -> None:
    intent_id = proposed(pipeline, "osaka-1")
    shown = json.loads(pipeline.run("diff", intent_id, "--json").stdout)
    assert any("2.4.1" in file["diff"] for file in shown["files"])
    assert "+" in pipeline.run("diff", intent_id).stdout
    draft = shown["draft"]
    assert draft["branch"] == f"drafts/osaka-1/pcf/{intent_id}"
    assert draft["commit"] in pipeline.drafts()
    assert draft["branch"] in pipeline.run("status", "--waiting").stdout
    approved = pipeline.run("approve", intent_id, "--yes", "--wait", "--comment", "seen")
    assert approved.returncode == 0, approved.stderr
    assert pipeline.until(intent_id, "deployed").state == "deployed"
    assert pipeline.commits_of(intent_id) == 1
    again = pipeline.run("approve", intent_id, "--yes")
    assert again.returncode == 1
    assert "no decision is awaited" in again.stderr
    for file in shown["files"]:
        assert pipeline.file(file["path"]) == file["after"], "what was shown is what came"
    assert draft["commit"] in pipeline.git("rev-list", "main"), "merged"
    assert intent_id not in pipeline.drafts()
    newest, *older = json.loads(pipeline.run("history", "osaka-1/pcf", "--json").stdout)
    assert (newest["intent_id"], newest["revision"]) == (intent_id, "osaka-1/pcf/v2")
    assert len(older) == 1
    misspelt = pipeline.run("history", "osaka-1/pfc")
    assert (misspelt.returncode, "did you mean osaka-1/pcf?" in misspelt.stderr) == (1, True)


def test_a_declined_proposal_is_not_carried_out_and_its_requester_reads_why(pipeline: PipelineAtWork) -> None:
    intent_id = proposed(pipeline, "sapporo-1")
    assert intent_id in pipeline.drafts()
    declined = pipeline.run("decline", intent_id, "--yes", "--comment", "not before Monday")
    assert declined.returncode == 0, declined.stderr
    status = pipeline.until(intent_id, "declined")
    assert status.reason == "not_approved"
    assert "not before Monday" in (status.message or "")
    assert intent_id not in pipeline.drafts()
    assert pipeline.commits_of(intent_id) == 0


def test_an_order_that_no_worker_would_obey_is_refused_with_both_keys(pipeline: PipelineAtWork) -> None:
    dead = id_of(pipeline.producer.publish(b"\xff of another shift"))
    pipeline.until(dead, "dead_lettered")
    proposal = proposed(pipeline, "munich-1")
    theirs = Keyring.open(SigningSettings(key_file=Path(pipeline.environment["NEPHORAN_SIGNING__KEY_FILE"])))
    strange = "the key of quite another machine"
    (ours,) = Keyring((strange.encode(),)).fingerprints
    for command in (
        ("pause", "deploy"),
        ("circuit", "open", "git"),
        ("approve", proposal, "--yes"),
        ("rollback", proposal, "--yes"),
        ("dead-letters", "replay", dead, "--yes"),
        ("dead-letters", "discard", dead, "--reason", "none of ours"),
    ):
        refused = pipeline.run(*command, NEPHORAN_SIGNING__KEYS=json.dumps([strange]))
        assert refused.returncode == 1, (command, refused.stdout)
        assert ours in refused.stderr, command
        assert theirs.fingerprints[0] in refused.stderr, command
    told = json.loads(pipeline.run("settings", "--json").stdout)["signing.fingerprints"]
    assert told["value"] == theirs.fingerprints[0]
    assert pipeline.until(proposal, "proposed").state == "proposed"
    assert pipeline.run("decline", proposal, "--yes").returncode == 0, "who has the key is obeyed"


def test_a_rollback_puts_back_what_was_there_once_and_marks_the_intent(pipeline: PipelineAtWork) -> None:
    pipeline.until(id_of(pipeline.producer.publish(b"Deploy 2 PCFs in dallas-1")), "deployed")
    intent_id = id_of(pipeline.producer.publish(b"Scale the PCF in dallas-1 to 6 replicas"))
    pipeline.until(intent_id, "deployed")
    rolled_back = pipeline.run("rollback", intent_id, "--yes", "--wait", "--json")
    assert rolled_back.returncode == 0, rolled_back.stderr
    rollback_id = json.loads(rolled_back.stdout.splitlines()[0])["intent_id"]
    assert rollback_id == str(uuid5(UUID(intent_id), "rollback"))
    assert "replicas: '2'" in pipeline.file("dallas-1/pcf/parameters.yaml")
    assert pipeline.commits_of(rollback_id) == 1
    status = pipeline.until(intent_id, "rolled_back")
    assert status.book == "deployed"
    again = pipeline.run("rollback", intent_id, "--yes")
    assert (again.returncode, "rolled back already" in again.stderr) == (1, True)


def test_a_rollback_that_would_undo_a_newer_intent_is_a_conflict_and_may_be_asked_for_again(
    pipeline: PipelineAtWork,
) -> None:
    older = id_of(pipeline.producer.publish(b"Deploy 2 NSSFs in dallas-1"))
    pipeline.until(older, "deployed")
    newer = id_of(pipeline.producer.publish(b"Scale the NSSF in dallas-1 to 4 replicas"))
    pipeline.until(newer, "deployed")
    for _ in range(2):
        refused = pipeline.run("rollback", older, "--yes", "--wait")
        assert refused.returncode == 1, refused.stderr
        assert "conflict" in refused.stdout
        assert newer in refused.stdout
    assert "replicas: '4'" in pipeline.file("dallas-1/nssf/parameters.yaml")
    assert pipeline.until(older, "deployed").state == "deployed"


def test_a_dead_letter_is_shown_repaired_and_replayed_to_its_end(pipeline: PipelineAtWork) -> None:
    poison = b"\xff\xfeScale the NSSF in london-1 to 3 replicas"
    place = pipeline.producer.publish(poison)
    intent_id = id_of(place)
    assert pipeline.until(intent_id, "dead_lettered").reason == "not_utf8"

    listed = pipeline.run("dead-letters", "list", "--intent", intent_id, "--json")
    (letter,) = json.loads(listed.stdout)
    assert letter["place"] == f"intents.received/{place.partition}/{place.offset}"
    shown = pipeline.run("dead-letters", "show", letter["place"])
    assert "not_utf8" in shown.stdout

    refused = pipeline.run("dead-letters", "replay", letter["place"])
    assert refused.returncode == 0, refused.stderr
    pipeline.until(intent_id, "dead_lettered", generation=1)

    words = "Scale the NSSF in london-1 to 3 replicas"
    repaired = pipeline.run("dead-letters", "replay", intent_id, "--text", words)
    assert repaired.returncode == 0, repaired.stderr
    pipeline.until(intent_id, "deployed", generation=2)
    assert pipeline.commits_of(intent_id) == 1
    assert pipeline.run("dead-letters", "list", "--intent", intent_id, "--json").stdout == "[]\n"


def test_an_id_that_belongs_to_other_words_is_refused_and_said_once(pipeline: PipelineAtWork) -> None:
    first = pipeline.run("submit", "--wait", "--id", "used-before", "Scale the UDM in munich-1 to 3 replicas")
    assert first.returncode == 0, first.stderr
    again = pipeline.run("submit", "--wait", "--id", "used-before", "Scale the UDM in munich-1 to 4 replicas")
    assert again.returncode == 1
    assert again.stderr.count("belongs to an earlier request") == 1
    assert "deployed" not in again.stdout
