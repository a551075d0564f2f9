"""Names of headers that are not UTF-8, which client libraries cannot read, on every topic and both engines."""

import asyncio
from collections.abc import Iterator

import pytest

from schemas.topics import RECEIVED, SOURCES, TOPICS
from tests.e2e.conftest import topics
from tests.servers.eventually import eventually_blocking
from tests.servers.pipeline_at_work import PipelineAtWork, id_of
from tests.servers.raw_kafka import Place, headers_of, publish_names_in_bytes, raw_topic

pytestmark = pytest.mark.slow
NAMES = {b"\xff\xfe\x1b[31m": b"\xff", b"ce_\xe9": b"1"}
KEY = b"one key, one partition"


@pytest.fixture(scope="module", params=["faust", "fast"])
def pipeline(
    request: pytest.FixtureRequest, kafka_address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PipelineAtWork]:
    with topics(kafka_address) as kafka:
        made = PipelineAtWork(kafka, tmp_path_factory.mktemp("names"), NEPHORAN_ENGINE__KIND=request.param)
        made.start("first")
        try:
            made.until_ready()
            yield made
        finally:
            made.stop()


def publish_unreadable(pipeline: PipelineAtWork, topic: str, partition: int = 0, value: bytes = b"{}") -> Place:
    return asyncio.run(publish_names_in_bytes(pipeline.kafka, topic, partition, value, NAMES))


def test_such_a_request_is_a_dead_letter_and_its_neighbours_go_on(pipeline: PipelineAtWork) -> None:
    words = b"Scale the AMF in edge-01 to 3 replicas"
    before = pipeline.producer.publish(b"Scale the SMF in edge-01 to 3 replicas", KEY)
    place = publish_unreadable(pipeline, RECEIVED.name, before.partition, words)
    after = pipeline.producer.publish(b"Scale the UPF in edge-01 to 3 replicas", KEY)
    assert before.partition == after.partition
    for neighbour in (before, after):
        pipeline.until(id_of(neighbour), "deployed")
    with raw_topic(pipeline.kafka, RECEIVED.dead_letters.name) as letters:
        (letter,) = [each for each in letters.all() if each.value() == words]
    assert headers_of(letter)["nephoran-dlq-reason"] == "bad_headers"
    assert letter.key() == b"in bytes"
    assert pipeline.commits_of(id_of(place)) == 0


def test_on_other_topics_they_stop_no_worker_no_view_and_no_start(pipeline: PipelineAtWork) -> None:
    for topic in TOPICS:
        publish_unreadable(pipeline, topic.name)
    expected = {topic.dead_letters.name for topic in SOURCES}

    def lettered() -> bool:
        return all(map(holds_a_letter, expected))

    def holds_a_letter(name: str) -> bool:
        with raw_topic(pipeline.kafka, name) as letters:
            return any("nephoran-dlq-reason" in headers_of_any(each) for each in letters.all())

    eventually_blocking(lettered, 60)
    pipeline.until(id_of(pipeline.producer.publish(b"Scale the AMF in edge-02 to 3 replicas", KEY)), "deployed")
    for command in (
        ("status",),
        ("status", "--waiting"),
        ("status", "nobody's"),
        ("dead-letters", "list"),
        ("dead-letters", "stats"),
        ("dead-letters", "export"),
        ("dead-letters", "replay", "--all", "--dry-run"),
        ("lag",),
        ("pause", "observe"),
        ("resume", "observe"),
    ):
        told = pipeline.run(*command)
        assert told.returncode == (1 if command[-1] == "nobody's" else 0), (command, told.stdout, told.stderr)
        assert "Traceback" not in told.stderr, command
        assert "\x1b" not in told.stdout + told.stderr, command
    pipeline.terminate("first")
    pipeline.start("first")
    pipeline.until_ready()
    pipeline.until(id_of(pipeline.producer.publish(b"Scale the AMF in edge-02 to 4 replicas", KEY)), "deployed")


def headers_of_any(message: object) -> dict[str, str]:
    """The headers, none where this library cannot read their names."""
    try:
        return headers_of(message)  # type: ignore[arg-type]
    except (UnicodeDecodeError, SystemError):
        return {}
