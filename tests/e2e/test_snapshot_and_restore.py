"""A whole pipeline moved to another Kafka: it goes on where it stood, and does nothing twice."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.kafka.settings import KafkaSettings
from tests.servers.eventually import eventually_blocking
from tests.servers.kafka_topics import drop_topics
from tests.servers.pipeline_at_work import ANSWER_SECONDS, PipelineAtWork, id_of
from tests.servers.raw_kafka import Place

pytestmark = pytest.mark.slow
REQUESTS = 300
STAGES = ("parse", "enrich", "plan", "approve", "deploy")


@pytest.fixture
def elsewhere(own_pipeline: PipelineAtWork) -> Iterator[KafkaSettings]:
    """Where nothing is yet: the same broker, under another prefix."""
    kafka = own_pipeline.kafka
    other = kafka.model_copy(update={"topic_prefix": f"restored-{kafka.topic_prefix}"})
    yield other
    asyncio.run(drop_topics(other))


def books(pipeline: PipelineAtWork) -> dict[str, int]:
    told = pipeline.run("status", "--json")
    assert told.returncode == 0, told.stderr
    found: dict[str, int] = json.loads(told.stdout)["books"]
    assert found["received"] == sum(found.values()) - found["received"]
    return found


def until_answered(pipeline: PipelineAtWork, received: int) -> None:
    def is_answered() -> bool:
        found = books(pipeline)
        assert (found["received"], found["in_progress"]) == (received, 0), found
        return True

    eventually_blocking(is_answered, 3 * ANSWER_SECONDS)


def requests() -> Iterator[bytes]:
    """What is carried out, what is declined, and what waits for an approval."""
    yield b"Deploy 2 SMFs in osaka-1"
    yield b"Deploy 2 AMFs in tokyo-1"
    for number in range(REQUESTS):
        match number % 4:
            case 0:
                yield b"Scale the AMF in Tokyo to %d replicas" % (1 + number % 20)
            case 1:
                yield b"Upgrade the SMF in osaka-1 to version 2.4.%d" % number
            case _:
                yield b"Scale the AMF in tokyo-1 to %d replicas" % (1 + number % 20)


def test_a_restored_pipeline_goes_on_where_it_stood(
    own_pipeline: PipelineAtWork, elsewhere: KafkaSettings, tmp_path: Path
) -> None:
    old, folder = own_pipeline, tmp_path / "snapshot"
    old.start("all", "--engine", "fast")
    old.until_ready()
    first = [old.producer.publish(words) for words in list(requests())[:2]]
    for place in first:
        old.until(id_of(place), "deployed")
    places = [*first, *(old.producer.publish(words, b"a producer's key") for words in list(requests())[2:])]
    broken = old.producer.publish(b"Scale the PCF in london-1 to 4 replicas\xff")
    until_answered(old, received=len(places) + 1)
    assert old.run("drain").returncode == 0
    late = old.producer.publish(b"Deploy 3 UPFs in dallas-1")

    taken = old.run("snapshot", str(folder), "--json")
    assert taken.returncode == 0, taken.stderr
    before = books(old)
    old.terminate("all")
    restored = old.run("restore", str(folder), "--yes", "--json", NEPHORAN_KAFKA__TOPIC_PREFIX=elsewhere.topic_prefix)
    assert restored.returncode == 0, restored.stderr
    assert json.loads(restored.stdout) == json.loads(taken.stdout)

    new = PipelineAtWork(elsewhere, tmp_path)
    try:
        goes_on(new, before, places, broken, late)
    finally:
        new.stop()


def goes_on(new: PipelineAtWork, before: dict[str, int], places: list[Place], broken: Place, late: Place) -> None:
    """It does what it has not done, once, and leaves alone what it has."""
    assert books(new) == before
    assert before["waiting"] == REQUESTS // 4
    assert before["dead_lettered"] == 1
    replicas, commits = new.file("tokyo-1/amf/parameters.yaml"), new.repository.commits_per_intent()
    paused = json.loads(new.run("status", "--json").stdout)["paused"]
    assert [order["stage"] for order in paused] == ["approve", "parse"]
    new.start("all", "--engine", "fast")
    assert new.run("resume", "all").returncode == 0
    new.until_ready()
    new.until(id_of(late), "deployed")
    waiting = next(place for place in reversed(places) if (s := new.status(id_of(place))) and s.state == "proposed")
    assert new.run("approve", id_of(waiting), "--yes").returncode == 0
    new.until(id_of(waiting), "deployed")
    letter = json.loads(new.run("dead-letters", "list", "--json").stdout)[0]["place"]
    assert new.run("dead-letters", "replay", letter, "--text", "Deploy 4 PCFs in london-1").returncode == 0
    new.until(id_of(broken), "deployed", generation=1)
    done = {id_of(place) for place in (late, waiting, broken)}
    moved = {"waiting": -1, "dead_lettered": -1, "deployed": 3, "received": 1}
    expected = {name: count + moved.get(name, 0) for name, count in before.items()}
    assert books(new) == expected
    assert new.file("tokyo-1/amf/parameters.yaml") == replicas

    new.terminate("all")
    for stage in STAGES:
        eventually_blocking(
            lambda stage=stage: new.run("rewind", "--stage", stage, "--to", "0", "--yes").returncode == 0
        )
    new.start("again", "--engine", "fast")
    new.until_ready()
    marker = id_of(new.producer.publish(b"Deploy 2 NSSFs in munich-1", b"a producer's key"))
    new.until(marker, "deployed")
    until_answered(new, received=expected["received"] + 1)
    assert books(new) == expected | {"received": expected["received"] + 1, "deployed": expected["deployed"] + 1}
    assert new.repository.commits_per_intent() == commits + Counter([*done, marker])
    assert new.file("tokyo-1/amf/parameters.yaml") == replicas
