"""What commands print with `--json` on a live system is what `schemas/json/cli/` says, and no field more."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pipeline.cli.json_shapes import FOLDER, SHAPES, file_of
from tests.servers.kafka_topics import drop_topics
from tests.servers.pipeline_at_work import PipelineAtWork, id_of

pytestmark = pytest.mark.slow
ELSEWHERE = {"slo report", "evaluate", "knowledge load", "knowledge search", "knowledge stats", "knowledge evaluate"}
"""They need other servers or minutes, and have tests of their own."""
MANY = ("topics list", "lag", "dead-letters list", "status ID", "status --waiting", "history", "doctor")


def closed(schema: Any) -> Any:
    """The same schema, where a field that it does not name is a fault."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(each) for name, each in schema.items()}
    return {"additionalProperties": False, **made} if "properties" in made else made


def validator(command: str) -> Draft202012Validator:
    return Draft202012Validator(closed(json.loads((FOLDER / file_of(command)).read_text())))


def printed(pipeline: PipelineAtWork, command: str, *arguments: str, accept: tuple[int, ...] = (0,), **env: str) -> Any:
    """What it printed: all of it, or a list of its lines."""
    words = [word for word in command.split() if word != "ID"]
    told = pipeline.run(*words, *arguments, "--json", **env)
    assert told.returncode in accept, (command, told.stderr)
    return list(map(json.loads, told.stdout.splitlines())) if SHAPES[command].lines else json.loads(told.stdout)


def faults_of(pipeline: PipelineAtWork, command: str, *arguments: str, **env: Any) -> list[str]:
    found = printed(pipeline, command, *arguments, **env)
    if command in MANY:
        assert found, f"{command} has nothing to say, so this says nothing of its shape"
    documents = found if SHAPES[command].lines else [found]
    assert documents
    return [
        f"{command}: {fault.json_path}: {fault.message}"
        for each in documents
        for fault in validator(command).iter_errors(each)
    ]


def runs(pipeline: PipelineAtWork) -> Iterator[list[Any]]:
    """Every command, on a system that has something to tell."""

    def answered(words: str, *states: str) -> str:
        intent_id = id_of(pipeline.producer.publish(words.encode(errors="surrogateescape")))
        pipeline.until(intent_id, *states)
        return intent_id

    answered("Deploy 2 SMFs in osaka-1", "deployed")
    proposed = answered("Upgrade the SMF in osaka-1 to version 2.4.1", "proposed")
    answered("Scale the PCF in london-1 to 4 replicas\udcff", "dead_lettered")
    yield ["topics check"]
    yield ["topics list"]
    yield ["topics apply"]
    yield ["topics rights"]
    yield ["submit", "Scale the SMF in osaka-1 to 3 replicas", "--wait"]
    yield ["status"]
    yield ["status ID", proposed]
    yield ["status --waiting"]
    yield ["explain", "Upgrade the SMF in osaka-1 to version 2.4.1"]
    yield ["canary", "--once"]
    yield ["diff", proposed]
    yield ["history", "osaka-1/smf"]
    yield ["lag"]
    yield ["circuit open", "o2"]
    yield ["circuit close", "o2"]
    yield ["circuit list"]
    yield ["costs"]
    yield ["doctor"]
    yield ["settings"]
    yield ["settings --describe"]
    yield ["dead-letters list"]
    letter = printed(pipeline, "dead-letters list")[0]["place"]
    yield ["dead-letters show", letter]
    yield ["dead-letters stats"]
    yield ["dead-letters replay", letter, "--dry-run"]
    yield ["dead-letters discard", letter, "--reason", "a test"]
    yield ["decline", proposed, "--yes"]
    again = answered("Upgrade the SMF in osaka-1 to version 2.4.2", "proposed")
    yield ["approve", again, "--yes", "--wait"]
    yield ["rollback", again, "--yes", "--wait"]
    yield ["signing renew"]
    yield ["signing forget"]
    yield ["pause", "observe"]
    yield ["resume", "all"]
    yield ["drain"]
    yield ["rewind", "--stage", "deploy", "--to", "1h", "--dry-run"]


@contextmanager
def elsewhere(pipeline: PipelineAtWork) -> Iterator[str]:
    """A prefix under which the same broker has nothing yet."""
    other = pipeline.kafka.model_copy(update={"topic_prefix": f"restored-{pipeline.kafka.topic_prefix}"})
    try:
        yield other.topic_prefix
    finally:
        asyncio.run(drop_topics(other))


def test_every_command_prints_what_its_schema_says(own_pipeline: PipelineAtWork, tmp_path: Path) -> None:
    pipeline = own_pipeline
    pipeline.start("all", "--engine", "fast")
    pipeline.until_ready()
    run, faults = {"watch"}, list[str]()
    for command, *arguments in runs(pipeline):
        run.add(command)
        accept = (0, 1, 3) if command == "doctor" else (0,)
        faults += faults_of(pipeline, command, *arguments, accept=accept)
    with elsewhere(pipeline) as prefix:
        for command, arguments, env in (
            ("snapshot", [str(tmp_path / "made")], {}),
            ("restore", [str(tmp_path / "made"), "--yes"], {"NEPHORAN_KAFKA__TOPIC_PREFIX": prefix}),
        ):
            run.add(command)
            faults += faults_of(pipeline, command, *arguments, **env)
    assert faults == []
    assert set(SHAPES) == run | ELSEWHERE


def test_an_empty_list_is_an_array(own_pipeline: PipelineAtWork) -> None:
    lists = ("status --waiting", "circuit list", "dead-letters list")
    assert [printed(own_pipeline, command) for command in lists] == [[], [], []]


def test_a_field_that_is_not_documented_is_a_fault() -> None:
    given = {"what": "x", "verdict": "ok", "found": "y"}
    assert list(validator("doctor").iter_errors([given])) == []
    assert len(list(validator("doctor").iter_errors([given | {"new": 1}]))) == 1
