"""Every client of ours on a Kafka that trusts nobody, on both engines, with the rights of the table and no more."""

import asyncio
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, Message, Producer

from pipeline.engines.settings import EngineSettings
from pipeline.kafka.admin import apply_topics, examine_topics, require_topics
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.rights import Right, rights
from pipeline.kafka.settings import KafkaSettings
from schemas.topics import PARSED, RECEIVED, ROLES, STAGE_ROLES, TOPICS
from tests.contract.engine_at_work import GROUP, Log, worker, write
from tests.servers.eventually import eventually
from tests.servers.kafka_topics import make_topics
from tests.servers.pipeline_at_work import PipelineAtWork, id_of
from tests.servers.raw_kafka import raw_topic
from tests.servers.secured_kafka import SecuredKafka

pytestmark = pytest.mark.slow
PREFIX = "guarded."
"""Of the topics of those who do not mind what others wrote."""
EVERY_WAY = (
    "TLS",
    "mTLS",
    "SASL_SSL/PLAIN",
    "SASL_SSL/SCRAM-SHA-256",
    "SASL_SSL/SCRAM-SHA-512",
    "SASL_PLAINTEXT/PLAIN",
    "SASL_PLAINTEXT/SCRAM-SHA-512",
)
ENGINES = ("faust", "fast")
WORKER = "worker"
"""A user with the rights of all stages: one process that runs them all."""
MISSING_RIGHT = re.compile("the user reader may not|a right is missing.*`nephoran topics rights`")
READER = "reader"
"""A user who may read all topics, and nothing else."""


@pytest.fixture(scope="module")
def guarded() -> Iterator[SecuredKafka]:
    """The broker, with all topics, and every role as a user with its rights."""
    folder = Path(tempfile.mkdtemp(prefix="nephoran-secured-"))
    kafka = SecuredKafka(folder, [*ROLES, WORKER, READER, "nobody"])
    try:
        try:
            kafka.start()
        except NotUsable as error:
            pytest.skip(f"there is no Kafka: {error.message}")
        with_topics(kafka, PREFIX)
        yield kafka
    finally:
        kafka.stop()
        shutil.rmtree(folder)


@cache
def with_topics(kafka: SecuredKafka, prefix: str) -> KafkaSettings:
    """All topics under a prefix, with the rights on them: a pipeline believes no other's records."""
    settings = kafka.unrestricted(topic_prefix=prefix, partitions=3)
    asyncio.run(make_topics(settings))
    kafka.allow(rights(settings))
    kafka.allow([right for right in rights(settings) if right.role in STAGE_ROLES], user=WORKER)
    kafka.allow([Right(WORKER, "Read", "group", prefix + GROUP)])
    return settings


def settings_of(
    kafka: SecuredKafka, user: str, how: str = "SASL_SSL/SCRAM-SHA-512", prefix: str = PREFIX
) -> KafkaSettings:
    return kafka.settings_for(user, how, topic_prefix=prefix, partitions=3)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", EVERY_WAY)
async def test_an_engine_works_over_every_protocol(guarded: SecuredKafka, how: str, engine: str) -> None:
    log, value = Log(), f"{how} {engine}"
    kafka = settings_of(guarded, WORKER, how)
    await write(settings_of(guarded, "parse"), [("key", value)])
    async with worker(kafka, EngineSettings.model_validate({"kind": engine}), log.process):
        await eventually(lambda: value in log.done)


@pytest.mark.parametrize(
    ("how", "engine"),
    [
        ("mTLS", "fast"),
        ("SASL_SSL/PLAIN", "faust"),
        ("SASL_SSL/SCRAM-SHA-512", "fast"),
        ("SASL_SSL/SCRAM-SHA-256", "faust"),
    ],
)
def test_an_intent_is_carried_out_and_every_command_answers(
    guarded: SecuredKafka, how: str, engine: str, tmp_path: Path
) -> None:
    prefix = f"{how.replace('/', '-')}-{engine}."
    as_worker, as_operator, as_producer = (
        variables_of(settings_of(guarded, user, how, prefix)) for user in (WORKER, "operator", "producer")
    )
    pipeline = PipelineAtWork(with_topics(guarded, prefix), tmp_path, **as_worker)
    try:
        pipeline.start("all", "--engine", engine)
        pipeline.until_ready()
        pipeline.environment |= as_producer
        submitted = pipeline.run("submit", "Scale the AMF in tokyo-1 to 5 replicas", "--json")
        assert submitted.returncode == 0, submitted.stderr
        pipeline.environment |= as_operator
        pipeline.producer.publish(b"\xff not text", b"broken")
        for command in (
            ("submit", "--wait", "Scale the SMF in osaka-1 to 3 replicas"),
            ("status",),
            ("status", "--waiting"),
            ("lag",),
            ("topics", "check"),
            ("pause", "plan"),
            ("resume", "plan"),
            ("dead-letters", "list"),
            ("dead-letters", "replay", "--all"),
        ):
            ended = pipeline.run(*command)
            assert ended.returncode == 0, (command, ended.stdout, ended.stderr)
        doctor = pipeline.run("doctor")
        assert "ok           Kafka:" in doctor.stdout, doctor.stdout
    finally:
        pipeline.stop()


def variables_of(kafka: KafkaSettings) -> dict[str, str]:
    """The settings as a process gets them."""
    fields = kafka.model_dump(exclude_none=True, exclude_defaults=True)
    names = {f"NEPHORAN_KAFKA__{name.upper()}": value for name, value in fields.items()}
    secrets = {"NEPHORAN_KAFKA__SASL_PASSWORD"}
    return {name: value.get_secret_value() if name in secrets else str(value) for name, value in names.items()}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_writes_what_the_table_lets_it_and_nothing_else(guarded: SecuredKafka, role: str) -> None:
    prefix = "roles."
    with_topics(guarded, prefix)
    kafka = settings_of(guarded, role, prefix=prefix)
    producer = Producer(
        {
            "bootstrap.servers": kafka.bootstrap_servers,
            "security.protocol": kafka.security_protocol,
            "sasl.mechanism": kafka.sasl_mechanism,
            "sasl.username": role,
            "sasl.password": "correct horse",
            "ssl.ca.location": str(kafka.tls_ca_file),
            "message.timeout.ms": 60_000,
            "log_level": 2,
        }
    )
    results: dict[str, KafkaError | None] = {}

    def told(error: KafkaError | None, message: Message) -> None:
        results[str(message.topic()).removeprefix(prefix)] = error

    for topic in TOPICS:
        producer.produce(prefix + topic.name, b"{}", b"key", on_delivery=told)
    producer.flush(60)
    may_write = {name for name, error in results.items() if error is None}
    refused = {name for name, error in results.items() if error and error.name() == "TOPIC_AUTHORIZATION_FAILED"}
    assert may_write == {topic.name for topic in TOPICS if role in topic.writers}
    assert refused == {topic.name for topic in TOPICS} - may_write


MISSING = (
    # the right that is missing              the command that needs it
    ("Read", "topic", "intents.parsed", ("run", "--stages", "enrich", "--engine", "faust")),
    ("Read", "topic", "intents.parsed", ("run", "--stages", "enrich", "--engine", "fast")),
    ("Read", "group", "nephoran-enrich", ("run", "--stages", "enrich", "--engine", "faust")),
    ("Read", "group", "nephoran-enrich", ("run", "--stages", "enrich", "--engine", "fast")),
    ("Read", "topic", "nephoran.control", ("run", "--stages", "enrich")),
    ("Read", "topic", "intents.status", ("status",)),
    ("Write", "topic", "intents.received", ("submit", "Scale the AMF in tokyo-1 to 5")),
    ("Write", "topic", "nephoran.control", ("pause", "plan")),
    ("Describe", "group", "nephoran-", ("lag",)),
)


@pytest.mark.parametrize(("operation", "resource", "name", "command"), MISSING)
def test_a_missing_right_is_told_as_such(
    guarded: SecuredKafka, tmp_path: Path, operation: str, resource: str, name: str, command: tuple[str, ...]
) -> None:
    user = "enrich" if command[0] == "run" else "operator"
    plain = guarded.unrestricted(topic_prefix=PREFIX, partitions=3)
    (right,) = [
        right
        for right in rights(plain)
        if (right.role, right.operation, right.resource, right.name) == (user, operation, resource, PREFIX + name)
    ]
    pipeline = PipelineAtWork(plain, tmp_path, **variables_of(settings_of(guarded, user)))
    for topic in ("intents.status", "nephoran.control"):
        pipeline.producer.publish(b"{}", b"key", topic=topic)  # of an empty topic nothing is fetched
    guarded.take_away(right)
    try:
        ended = pipeline.run(*command)
    finally:
        guarded.allow([right])
        pipeline.stop()
    assert ended.returncode in (1, 3), ended
    assert f"the user {user} may not" in ended.stderr, ended
    assert PREFIX + name in ended.stderr, ended
    for wrong in ("no topic", "missing:", "Traceback"):
        assert wrong not in ended.stderr


def test_who_may_only_read_sees_dead_letters_and_moves_none(guarded: SecuredKafka, tmp_path: Path) -> None:
    prefix = "looking."
    plain = with_topics(guarded, prefix)
    guarded.allow([Right(READER, "Read", "topic", prefix + topic.name) for topic in TOPICS])
    guarded.allow([Right(READER, "Describe", "group", prefix + "nephoran-", is_prefix=True)])
    as_reader, as_operator, as_worker = (
        variables_of(settings_of(guarded, user, prefix=prefix)) for user in (READER, "operator", WORKER)
    )
    pipeline = PipelineAtWork(plain, tmp_path, **as_worker)
    try:
        pipeline.start("all", "--engine", "fast")
        pipeline.until_ready()
        broken = id_of(pipeline.producer.publish(b"\xff not text", b"broken"))
        pipeline.until(broken, "dead_lettered")
        pipeline.terminate("all")
        seen = listed(pipeline, as_reader)
        assert [row["intent_id"] for row in seen] == [broken]
        for command in (("replay", "--all", "--yes"), ("discard", seen[0]["place"], "--reason", "a test")):
            ended = pipeline.run("dead-letters", *command, **as_reader)
            assert ended.returncode == 3, ended
            assert MISSING_RIGHT.search(ended.stderr), ended
            assert "Traceback" not in ended.stderr
        assert listed(pipeline, as_operator) == seen
        with raw_topic(plain, RECEIVED.name) as received:
            assert len(received.all()) == 1
        assert pipeline.run("dead-letters", "replay", "--all", "--yes", **as_operator).returncode == 0
        assert listed(pipeline, as_operator) == []
    finally:
        pipeline.stop()


def listed(pipeline: PipelineAtWork, user: dict[str, str]) -> list[dict[str, Any]]:
    """The open dead letters, as this user sees them."""
    told = pipeline.run("dead-letters", "list", "--json", **user)
    assert told.returncode == 0, told.stderr
    rows: list[dict[str, Any]] = json.loads(told.stdout)
    return rows


async def test_a_topic_that_may_not_be_seen_is_not_called_missing(guarded: SecuredKafka) -> None:
    with pytest.raises(NotUsable, match="the user nobody may not see whether it exists") as refusal:
        await apply_topics(settings_of(guarded, "nobody"))
    assert "missing" not in refusal.value.message
    assert PREFIX + PARSED.name in refusal.value.message


async def test_settings_that_may_not_be_read_keep_no_worker_from_starting(guarded: SecuredKafka) -> None:
    plain = guarded.unrestricted(topic_prefix=PREFIX, partitions=3)
    hidden = [right for right in rights(plain) if right.role == "plan" and right.operation == "DescribeConfigs"]
    for right in hidden:
        guarded.take_away(right)
    try:
        await require_topics(settings_of(guarded, "plan"))
        reports = await examine_topics(settings_of(guarded, "plan"))
    finally:
        guarded.allow(hidden)
    assert {fault.fact for report in reports for fault in report.faults} == {"its settings may not be read"}
