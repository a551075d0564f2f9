"""Two sources that call their requests alike: a command that takes an id asks which one is meant, and does nothing."""

import json
from uuid import NAMESPACE_URL, uuid4, uuid5

import pytest

from tests.servers.pipeline_at_work import PipelineAtWork, cloud_event, wish

pytestmark = pytest.mark.slow
SOURCES = ("noc", "crm")
POISON = b"\xff"


def publish(pipeline: PipelineAtWork, source: str, name: str, value: bytes, state: str) -> str:
    """The id of the intent, once it is in this state."""
    pipeline.producer.publish(value, name.encode(), cloud_event(name, ce_source=source))
    intent_id = str(uuid5(NAMESPACE_URL, f"{source}#{name}"))
    pipeline.until(intent_id, state)
    return intent_id


def must_ask(pipeline: PipelineAtWork, name: str, ids: list[str], *commands: tuple[str, ...]) -> None:
    for command in commands:
        told = pipeline.run(*command)
        assert (told.returncode, told.stdout) == (1, ""), (command, told)
        for source, intent_id in zip(SOURCES, ids, strict=True):
            assert f"{source}#{name}" in told.stderr, (command, told.stderr)
            assert intent_id in told.stderr, (command, told.stderr)


def open_letters(pipeline: PipelineAtWork, name: str) -> set[str]:
    return {each["intent_id"] for each in json.loads(pipeline.run("dead-letters", "list", name, "--json").stdout)}


def test_dead_letters_of_two_sources_are_told_apart(pipeline: PipelineAtWork) -> None:
    name = f"change-{uuid4()}"
    ids = [publish(pipeline, source, name, POISON, "dead_lettered") for source in SOURCES]
    must_ask(
        pipeline,
        name,
        ids,
        ("dead-letters", "show", name),
        ("dead-letters", "replay", name),
        ("dead-letters", "replay", name, "--dry-run"),
        ("dead-letters", "replay", name, "--text", "Scale the AMF in tokyo-1 to 5 replicas"),
        ("dead-letters", "replay", "--intent", name, "--yes"),
        ("dead-letters", "discard", name, "--reason", "whose?"),
        ("dead-letters", "discard", "--intent", name, "--reason", "whose?"),
    )
    assert open_letters(pipeline, name) == set(ids)
    assert pipeline.run("dead-letters", "discard", f"noc#{name}", "--reason", "the NOC's").returncode == 0
    assert open_letters(pipeline, name) == {ids[1]}
    must_ask(pipeline, name, ids, ("dead-letters", "discard", name, "--reason", "the one that is left, or not?"))
    assert pipeline.run("dead-letters", "discard", ids[1], "--reason", "the other").returncode == 0
    assert open_letters(pipeline, name) == set()


def test_a_letter_is_not_taken_for_the_intent_of_another_source_that_has_none(pipeline: PipelineAtWork) -> None:
    name = str(uuid4())
    done = publish(pipeline, "noc", name, wish("Scale the AMF in osaka-2 to 3 replicas, please"), "declined")
    dead = publish(pipeline, "crm", name, POISON, "dead_lettered")
    must_ask(pipeline, name, [done, dead], ("dead-letters", "discard", name, "--reason", "whose?"))
    assert open_letters(pipeline, name) == {dead}
    stands = json.loads(pipeline.run("status", name, "--json").stdout)
    assert {each["intent_id"] for each in stands} == {done, dead}, "who looks sees both"


def test_decisions_and_rollbacks_ask_for_the_source(pipeline: PipelineAtWork) -> None:
    name = f"change-{uuid4()}"
    for site in ("london-1", "manchester-1"):
        publish(pipeline, "setup", f"{site}-{name}", wish(f"Deploy 2 AUSFs in {site}"), "deployed")
    waiting = publish(pipeline, "noc", name, wish("Upgrade the AUSF in london-1 to version 2.4.1"), "proposed")
    done = publish(pipeline, "crm", name, wish("Scale the AUSF in manchester-1 to 3 replicas"), "deployed")
    must_ask(
        pipeline,
        name,
        [waiting, done],
        ("approve", name, "--yes"),
        ("decline", name, "--yes"),
        ("diff", name),
        ("rollback", name, "--yes"),
    )
    assert pipeline.status(waiting).state == "proposed"  # type: ignore[union-attr]
    assert "replicas: '3'" in pipeline.file("manchester-1/ausf/parameters.yaml")
    assert pipeline.run("rollback", done, "--yes", "--wait").returncode == 0
    assert pipeline.run("approve", f"noc#{name}", "--yes", "--wait").returncode == 0
    assert pipeline.status(waiting).state == "deployed"  # type: ignore[union-attr]
