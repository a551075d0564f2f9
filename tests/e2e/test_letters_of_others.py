"""Dead letters that no stage has written, or that another tool put back: they replay nothing, and nothing is hidden."""

import json
import struct

import pytest
from confluent_kafka import Message

from schemas.topics import RECEIVED
from tests.servers.eventually import eventually_blocking
from tests.servers.pipeline_at_work import PipelineAtWork, cloud_event, id_of
from tests.servers.raw_kafka import Place, headers_of, raw_topic

pytestmark = pytest.mark.slow
FAR_FUTURE = b"9999999999999"
LETTERS = RECEIVED.dead_letters.name
RED = "\x1b[31m"


def dead(pipeline: PipelineAtWork, value: bytes = b"\xff", **headers: bytes) -> Place:
    place = pipeline.producer.publish(value, None, headers)
    pipeline.until(id_of(place), "dead_lettered")
    return place


def letter_of(pipeline: PipelineAtWork, place: Place) -> Message:
    with raw_topic(pipeline.kafka, LETTERS) as letters:
        wanted = {"nephoran-dlq-partition": str(place.partition), "nephoran-dlq-offset": str(place.offset)}
        return next(each for each in letters.all() if wanted.items() <= headers_of(each).items())


def replayed(pipeline: PipelineAtWork, words: bytes) -> list[dict[str, str]]:
    """The headers of what a job has put on `intents.received` with this value."""
    with raw_topic(pipeline.kafka, RECEIVED.name) as received:
        found = [headers_of(each) for each in received.all() if each.value() == words]
    return [headers for headers in found if "nephoran-replay-job" in headers]


@pytest.mark.parametrize("whose", ["a stranger's", "a stage's, with another time"])
def test_a_letter_with_a_time_that_nobody_has_sealed_is_not_replayed(pipeline: PipelineAtWork, whose: str) -> None:
    words = b"Scale the UDM in edge-01 to 9 replicas, \xff"
    headers = dict(letter_of(pipeline, dead(pipeline, words)).headers() or ())
    headers["nephoran-dlq-timestamp-ms"] = FAR_FUTURE
    if whose == "a stranger's":
        headers["nephoran-dlq-offset"] = b"999999"
        del headers["nephoran-dlq-signature"]
    forged = pipeline.producer.publish(words, None, headers, LETTERS)
    own_place = f"{LETTERS}/{forged.partition}/{forged.offset}"
    told = pipeline.run("dead-letters", "replay", own_place, "--text", "Scale the UDM in edge-01 to 9 replicas")
    assert (told.returncode, "refused" in told.stdout, "no stage has signed it" in told.stdout) == (1, True, True), told
    assert replayed(pipeline, b"Scale the UDM in edge-01 to 9 replicas") == []
    newer = pipeline.producer.publish(b"Scale the UDM in edge-01 to 3 replicas")
    pipeline.until(id_of(newer), "deployed")
    assert "replicas: '3'" in pipeline.file("edge-01/udm/parameters.yaml")


def test_a_letter_that_another_tool_puts_back_is_a_request_and_its_history_no_claim(pipeline: PipelineAtWork) -> None:
    letter = letter_of(pipeline, dead(pipeline, b"Scale the UDM in edge-02 to 4 replicas\xff"))
    history = dict(letter.headers() or ())
    assert any(name.startswith("nephoran-dlq-") for name in history)
    again = pipeline.producer.publish(letter.value(), letter.key(), history)
    assert pipeline.until(id_of(again), "dead_lettered").reason == "not_utf8"
    mended = pipeline.producer.publish(b"Scale the UDM in edge-02 to 4 replicas", letter.key(), history)
    pipeline.until(id_of(mended), "deployed")
    assert "replicas: '4'" in pipeline.file("edge-02/udm/parameters.yaml")


def test_headers_of_other_tools_may_hold_any_bytes_and_come_back_as_they_were(pipeline: PipelineAtWork) -> None:
    others = {
        "kafka_dlt-original-timestamp": struct.pack(">q", 1_764_374_400_255),
        "kafka_dlt-original-offset": b"\xff\xfe\x00",
        "schema.id": b"\x00\x9c\xff\x01",
        "": b"\x80",
    }
    good = pipeline.producer.publish(b"Scale the UDM in edge-03 to 4 replicas", None, others)
    pipeline.until(id_of(good), "deployed")
    place = dead(pipeline, b"\xfe", **others)
    replay = pipeline.run("dead-letters", "replay", id_of(place))
    assert replay.returncode == 0, replay.stderr
    pipeline.until(id_of(place), "dead_lettered", generation=1)
    with raw_topic(pipeline.kafka, RECEIVED.name) as received:
        put_back = [each for each in received.all() if each.value() == b"\xfe"]
    assert [{name: dict(each.headers() or ())[name] for name in others} for each in put_back] == [others] * 2


def test_no_control_character_of_a_header_or_a_name_reaches_the_terminal(pipeline: PipelineAtWork) -> None:
    hostile = {f"ce_{RED}": b"\xff", f"x{RED}\x9b2J": f"{RED}\u202e".encode(), "\n\x07": None}
    named = cloud_event(f"7{RED}\x9b2J", ce_source=f"{RED}noc")
    place = pipeline.producer.publish(b"\xff" + RED.encode(), RED.encode(), {**named, **hostile})
    name = f"intents.received/{place.partition}/{place.offset}"

    def listed() -> bool:
        return name in pipeline.run("dead-letters", "list", "--json").stdout

    eventually_blocking(listed)
    for command in (
        ("dead-letters", "list"),
        ("dead-letters", "list", "--csv"),
        ("dead-letters", "list", "--json"),
        ("dead-letters", "show", name),
        ("dead-letters", "show", name, "--json"),
        ("dead-letters", "stats"),
        ("dead-letters", "export"),
        ("dead-letters", "replay", name, "--dry-run"),
        ("dead-letters", "replay", name, "--json"),
        ("dead-letters", "replay", name),
        ("status", f"7{RED}\x9b2J"),
        ("status", f"7{RED}\x9b2J", "--json"),
        ("status", f"nobody's{RED}"),
        ("approve", f"7{RED}\x9b2J", "--yes"),
        ("rollback", f"{RED}noc", "--yes"),
    ):
        told = pipeline.run(*command)
        shown = told.stdout + told.stderr
        assert shown, command
        raw = {char for char in shown if not (char.isprintable() or char in "\r\n\t")}
        assert not raw, (command, raw)
        assert "Traceback" not in told.stderr, (command, told.stderr)
    refused = json.loads(pipeline.run("dead-letters", "replay", name, "--json").stdout.splitlines()[0])
    assert refused["result"] == "refused"
