"""Records that nobody should write, on every topic, on a real Kafka and both engines: nobody is stopped by them."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signatures import SIGNATURE
from schemas.topics import CONTROL, DEAD_LETTER_ACTIONS, PROPOSED, RECEIVED, STATUS, TOPICS
from tests.fuzz.records import KEY, noise
from tests.servers.eventually import eventually_blocking
from tests.servers.pipeline_at_work import PipelineAtWork, cloud_event, id_of, id_of_event, wish
from tests.servers.raw_kafka import RawProducer, headers_of, raw_topic

ENGINES = ["faust", "fast"]
GOOD = b"Scale the AMF in tokyo-1 to 5 replicas."
RECORDS = 2_000


@pytest.fixture(params=ENGINES)
def pipeline(request: pytest.FixtureRequest, kafka: KafkaSettings, tmp_path: Path) -> Iterator[PipelineAtWork]:
    made = PipelineAtWork(kafka, tmp_path, NEPHORAN_SIGNING__KEYS=f'["{KEY.decode()}"]')
    made.start("worker", "--engine", request.param)
    try:
        made.until_ready()
        yield made
    finally:
        made.stop()


def test_two_thousand_hostile_records_on_every_topic_stop_nobody(pipeline: PipelineAtWork) -> None:
    chance = random.Random(12)
    producer = RawProducer(pipeline.kafka)
    for number in range(RECORDS):
        record = noise(chance, TOPICS[number % len(TOPICS)].name)
        producer.put(record.value, record.key, record.headers, record.topic)
    producer.flush()
    after = pipeline.producer.publish(GOOD)
    pipeline.until(id_of(after), "deployed")
    assert "paused" not in pipeline.run("status").stdout
    pipeline.terminate("worker")
    pipeline.start("worker", "--engine", "fast")
    pipeline.until_ready()
    again = pipeline.producer.publish(GOOD)
    pipeline.until(id_of(again), "deployed")
    for command in (["status"], ["dead-letters", "list"], ["dead-letters", "stats"], ["status", "--waiting"]):
        told = pipeline.run(*command)
        assert told.returncode == 0, (command, told.stderr)
        assert "\x1b" not in told.stdout
        assert "Traceback" not in told.stderr


def test_a_signature_that_is_no_ascii_is_a_dead_letter_and_pauses_nobody(pipeline: PipelineAtWork) -> None:
    for number in range(12):
        pipeline.producer.publish(GOOD, str(number).encode(), {SIGNATURE: "é".encode()})
    pipeline.producer.publish(b"{}", b"stage/parse", {SIGNATURE: "é".encode()}, CONTROL.name)
    pipeline.until(id_of(pipeline.producer.publish(GOOD)), "deployed")
    with raw_topic(pipeline.kafka, RECEIVED.dead_letters.name) as letters:
        assert [headers_of(each)["nephoran-dlq-reason"] for each in letters.all()] == ["unverified"] * 12


def test_an_old_order_that_is_put_back_resumes_nothing(pipeline: PipelineAtWork) -> None:
    for command in ("pause", "resume", "pause"):
        assert pipeline.run(command, "deploy").returncode == 0
    with raw_topic(pipeline.kafka, CONTROL.name) as control:
        resumed = next(each for each in control.all() if b'"is_paused":false' in (each.value() or b""))
    pipeline.producer.publish(resumed.value(), resumed.key(), dict(resumed.headers() or ()), CONTROL.name)
    held = pipeline.producer.publish(GOOD)
    pipeline.until(id_of(held), "planned")
    assert "deploy" in pipeline.run("status").stdout
    assert pipeline.status(id_of(held)).state == "planned"  # type: ignore[union-attr]
    assert pipeline.run("resume", "deploy").returncode == 0
    pipeline.until(id_of(held), "deployed")


def test_a_foreign_status_takes_no_request_away_and_a_foreign_tombstone_no_proposal(pipeline: PipelineAtWork) -> None:
    intent = id_of_event("to-come")
    forged = f'{{"intent_id":"{intent}","state":"declined","stage":"parse","at":"2026-11-24T12:00:00Z","order":"1/0/0",'
    forged += '"digest":"00","producer_id":"tests#to-come"}'
    pipeline.producer.publish(forged.encode(), intent.encode(), None, STATUS.name)
    pipeline.producer.publish(wish("Deploy a UPF in tokyo-1 version 2.3.1"), None, cloud_event("to-come"))
    eventually_blocking(lambda: '"state": "deployed"' in pipeline.run("status", intent, "--json").stdout, 60)
    upgrade = pipeline.producer.publish(b"Upgrade the UPF in tokyo-1 to version 2.4.1")
    pipeline.until(id_of(upgrade), "proposed")
    pipeline.producer.publish(None, id_of(upgrade).encode(), None, PROPOSED.name)
    assert pipeline.run("approve", id_of(upgrade), "--yes").returncode == 0
    pipeline.until(id_of(upgrade), "deployed")
    letter = pipeline.producer.publish(b"\xff")
    pipeline.until(id_of(letter), "dead_lettered")
    place = f"intents.received/{letter.partition}/{letter.offset}"
    pipeline.producer.publish(b"{}", place.encode(), None, DEAD_LETTER_ACTIONS.name)
    assert place in pipeline.run("dead-letters", "list", "--json").stdout


def test_a_decompression_bomb_and_what_no_topic_takes_are_dead_letters_without_their_values(
    pipeline: PipelineAtWork,
) -> None:
    block = random.Random(1).randbytes(700_000)
    hard = RawProducer(pipeline.kafka, "zstd", level=12)
    bomb = hard.publish(bytes(300 << 20))
    repeated = hard.publish(block * 9)
    for place in (bomb, repeated):
        told = pipeline.until(id_of(place), "dead_lettered")
        assert told.reason == "too_large"
    pipeline.until(id_of(pipeline.producer.publish(GOOD)), "deployed")
    memory = pipeline.metrics_of("worker").split("\nprocess_resident_memory_bytes ")[1].split("\n")[0]
    assert float(memory) < 600 << 20
    discarded = pipeline.run("dead-letters", "discard", id_of(bomb), "--reason", "a test")
    assert discarded.returncode == 0, discarded.stderr
    pipeline.until(id_of(bomb), "discarded", generation=1)
