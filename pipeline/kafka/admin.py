"""The topics of the table on a cluster: create what is missing, refuse what differs."""

import asyncio
import contextlib
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    KafkaError,
    NodeNotReadyError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.metadata import MetadataRequest
from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its stubs do not say so
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ResourceType,
)
from confluent_kafka.admin import ConfigResource as ConfluentResource  # type: ignore[attr-defined]
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.records import TopicPartition
from pipeline.kafka.refusals import REMEDY, missing_right, who
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.topic_report import (
    MIN_IN_SYNC,
    TopicReport,
    TopicState,
    describe_faults,
    describe_obstacles,
    forbidden,
    report_on,
)
from schemas.topics import TOPICS, Topic

log = structlog.get_logger()
ANSWER_SECONDS = 8.0
"""How long a broker may take for one answer. Above what a cluster that elects a controller takes (about 2 s)."""
ANSWERS_ASKED_FOR = 4
CREATION_SECONDS = 30.0
POLL_SECONDS = 0.05
COPIES = 3
AS_IT_COMES = {"message.timestamp.type": "CreateTime", "retention.ms": "-1"}
"""A record keeps the time that it comes with, however old it is. Workers do not start on such topics."""


class _Admin(AIOKafkaAdminClient):  # type: ignore[misc]  # it has no types
    """Asks another broker where one is down or hangs: aiokafka asks one at random, and gives up if that fails.

    A broker that hangs (stopped, or cut off) accepts connections and never answers, so that each gets only its share
    of the time.
    """

    async def start(self) -> None:
        client = self._client
        patience_ms = client._request_timeout_ms
        client._request_timeout_ms = patience_ms // len(client.hosts)
        try:
            await super().start()
        finally:
            client._request_timeout_ms = patience_ms

    async def _send_request(self, request: Any, node_id: int | None = None) -> Any:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(NodeNotReadyError),  # nothing was sent
            wait=wait_fixed(POLL_SECONDS),
            stop=stop_after_delay(ANSWER_SECONDS),
            reraise=True,
        ):
            with attempt:
                return await (self._ask_any(request) if node_id is None else super()._send_request(request, node_id))

    async def _ask_any(self, question: Any) -> Any:
        """A request to no particular broker changes nothing, and may be sent again."""
        nodes = [broker.nodeId for broker in self._client.cluster.brokers()]
        random.shuffle(nodes)
        for node in nodes[:-1]:
            with contextlib.suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(ANSWER_SECONDS / len(nodes)):
                    return await super()._send_request(question, node)
        return await super()._send_request(question, nodes[-1] if nodes else None)


async def brokers_seen_by(address: str) -> set[int]:
    """The ids of the brokers that the broker at this address knows; none where it does not answer."""
    client = AIOKafkaClient(bootstrap_servers=address, request_timeout_ms=2_000)
    try:
        await client.bootstrap()
        return {broker.nodeId for broker in client.cluster.brokers()}
    except KafkaError:
        return set()
    finally:
        await client.close()


async def examine_topics(settings: KafkaSettings) -> list[TopicReport]:
    """One report for each topic of the table. Changes nothing. Raises: NotUsable where no broker answers."""
    async with _admin(settings) as admin:
        return await _reports(admin, settings)


async def copies_missing(settings: KafkaSettings) -> dict[int, int]:
    """By the id of each broker that is away or behind: of how many partitions it lacks its copy. Raises: NotUsable."""
    missing: Counter[int] = Counter()
    async with _admin(settings) as admin:
        for topic in await _described(admin, [settings.topic_prefix + topic.name for topic in TOPICS]):
            for partition in topic["partitions"]:
                missing.update({*partition["replicas"]} - {*partition["isr"]})
    return dict(missing)


async def require_topics(settings: KafkaSettings) -> None:
    """Raises: NotUsable where a topic of the table is missing or not as required; says what to do.

    A worker may start while one of several brokers is down: it asks again, because another broker may answer.
    """
    for _ in range(ANSWERS_ASKED_FOR - 1):
        with contextlib.suppress(NotUsable):
            reports = await examine_topics(settings)
            break
        await asyncio.sleep(1)
    else:
        reports = await examine_topics(settings)
    if obstacles := describe_obstacles(reports):
        raise NotUsable(f"the topics of Kafka at {settings.bootstrap_servers} are not as required\n{obstacles}")
    if faults := describe_faults(reports):
        log.warning("the topics are usable, but differ from the settings", faults=faults)


async def apply_topics(settings: KafkaSettings) -> list[TopicReport]:
    """Creates the topics that are missing, and returns when all can be written to.

    Raises: NotUsable where no broker answers, or one topic differs from the table; then nothing is changed.
    """
    async with _admin(settings) as admin:
        before = await _reports(admin, settings)
        _refuse_differences(before)
        missing = {report.name for report in before if report.verdict == "missing"}
        if not missing:
            return before
        await _create(admin, settings, [topic for topic in TOPICS if settings.topic_prefix + topic.name in missing])
        await _until(lambda: _are_led(admin, [report.name for report in before]))
        after = await _reports(admin, settings)
        _refuse_differences(after)
        return [replace(report, verdict="created") if report.name in missing else report for report in after]


async def delete_topics(settings: KafkaSettings) -> None:
    """Deletes the topics of the table with all their records, and returns when they are gone. Raises: NotUsable."""
    names = [settings.topic_prefix + topic.name for topic in TOPICS]
    async with _admin(settings) as admin:
        answer = (await admin.delete_topics(names)).to_object()
        errors = ((one["topic"], one["error_code"]) for one in answer["topic_error_codes"])
        _refuse_errors(errors, UnknownTopicOrPartitionError)
        await _until(lambda: _are_gone(admin, names))


async def committed(settings: KafkaSettings, group: str) -> dict[TopicPartition, tuple[int, str]]:
    """The committed offsets of a group, each with its metadata. Raises: NotUsable.

    Not librdkafka's: its Python client writes metadata with a zero byte behind them, and reads those that others wrote,
    without one, past their end (2.16).
    """
    async with _admin(settings) as admin:
        found = await admin.list_consumer_group_offsets(settings.topic_prefix + group)
    return {
        TopicPartition(place.topic.removeprefix(settings.topic_prefix), place.partition): (
            at.offset,
            (at.metadata or "").rstrip("\0"),
        )
        for place, at in found.items()
        if at.offset >= 0
    }


async def make_topics_to_fill(settings: KafkaSettings) -> None:
    """Makes all topics anew, for records that keep their times until `close_filled_topics`. Raises: NotUsable.

    Those that are there are deleted first: call it only where they are empty.
    """
    await delete_topics(settings)
    names = [settings.topic_prefix + topic.name for topic in TOPICS]
    async with _admin(settings) as admin:
        await _create(admin, settings, TOPICS, AS_IT_COMES)
        await _until(lambda: _are_led(admin, names))


def close_filled_topics(settings: KafkaSettings) -> None:
    """From now on the topics are as the table has them, and workers start. Raises: NotUsable."""
    resources = [
        ConfluentResource(
            ResourceType.TOPIC,
            settings.topic_prefix + topic.name,
            incremental_configs=[_as_wanted(topic, name) for name in AS_IT_COMES],
        )
        for topic in TOPICS
    ]
    admin = AdminClient(settings.librdkafka())
    for altered in admin.incremental_alter_configs(resources, request_timeout=ANSWER_SECONDS).values():
        try:
            altered.result(CREATION_SECONDS)
        except (KafkaException, TimeoutError) as error:
            raise NotUsable(f"Kafka does not let the topics be configured: {error}") from error


def _as_wanted(topic: Topic, name: str) -> ConfigEntry:
    if (wanted := topic.config.get(name)) is None:
        return ConfigEntry(name, None, incremental_operation=AlterConfigOpType.DELETE)
    return ConfigEntry(name, wanted, incremental_operation=AlterConfigOpType.SET)


@asynccontextmanager
async def _admin(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = _Admin(**{**settings.client(), "request_timeout_ms": round(ANSWER_SECONDS * 1000)})
    try:
        async with asyncio.timeout(CREATION_SECONDS):
            async with asyncio.timeout(ANSWER_SECONDS):
                await admin.start()
            yield admin
    except (KafkaError, OSError) as error:  # TimeoutError is an OSError
        raise NotUsable(missing_right(error, settings) or _why_it_does_not_answer(settings)) from error
    finally:
        await admin.close()


def _why_it_does_not_answer(settings: KafkaSettings) -> str:
    addresses = settings.bootstrap_servers
    if any(_accepts_connections(address) for address in addresses.split(",")):
        return (
            f"what listens at {addresses} does not answer as Kafka does over {settings.security_protocol}: correct "
            "NEPHORAN_KAFKA__SECURITY_PROTOCOL and its credentials and TLS files (see --log-level debug)"
        )
    return (
        f"no Kafka accepts connections at {addresses}: start one (`nephoran kafka`), or correct "
        "NEPHORAN_KAFKA__BOOTSTRAP_SERVERS"
    )


def _accepts_connections(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
        return True
    return False


async def _reports(admin: AIOKafkaAdminClient, settings: KafkaSettings) -> list[TopicReport]:
    names = [settings.topic_prefix + topic.name for topic in TOPICS]
    told = await _described(admin, names)
    unseen = {topic["topic"] for topic in told if topic["error_code"] == TopicAuthorizationFailedError.errno}
    states = await _states(admin, [topic for topic in told if topic["partitions"]])
    return [
        forbidden(name, who(settings), REMEDY)
        if name in unseen
        else report_on(topic, name, settings.partitions_for(topic.name), states.get(name))
        for topic, name in zip(TOPICS, names, strict=True)
    ]


async def _states(admin: AIOKafkaAdminClient, told: Collection[dict[str, Any]]) -> dict[str, TopicState]:
    found = {topic["topic"]: topic["partitions"] for topic in told}
    configs = await _configs(admin, found) if found else {}
    return {
        name: TopicState(len(partitions), min(len(one["replicas"]) for one in partitions), configs.get(name))
        for name, partitions in found.items()
    }


async def _described(admin: AIOKafkaAdminClient, names: Collection[str]) -> list[dict[str, Any]]:
    """By name, because in a list of all topics brokers silently omit those we may not see."""
    answer = await admin._send_request(MetadataRequest(list(names), allow_auto_topic_creation=False))
    topics: list[dict[str, Any]] = answer.to_object()["topics"]
    return topics


async def _configs(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Without those that may not be read. Raises: NotUsable."""
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    configs = {}
    for answer in answers:
        for topic in answer.to_object()["resources"]:
            name = topic["resource_name"]
            code = topic["error_code"]
            if code == TopicAuthorizationFailedError.errno:
                continue
            if code:
                raise NotUsable(f"Kafka does not return the settings of {name}: {for_code(code).__name__}")
            configs[name] = {entry["config_names"]: entry["config_value"] for entry in topic["config_entries"]}
    return configs


def _refuse_differences(reports: Iterable[TopicReport]) -> None:
    if faults := describe_faults(report for report in reports if report.differences):
        raise NotUsable(f"the topics of Kafka are not as required, and none was changed\n{faults}")


async def _create(
    admin: AIOKafkaAdminClient, settings: KafkaSettings, topics: Sequence[Topic], but_for: dict[str, str] | None = None
) -> None:
    brokers = len((await admin.describe_cluster())["brokers"])
    copies = settings.replication or min(COPIES, brokers)
    in_sync = {MIN_IN_SYNC: "2" if copies >= COPIES else "1"}
    wanted = [
        NewTopic(
            settings.topic_prefix + topic.name,
            settings.partitions_for(topic.name),
            copies,
            topic_configs=topic.config | in_sync | (but_for or {}),
        )
        for topic in topics
    ]
    answer = (await admin.create_topics(wanted)).to_object()
    _refuse_errors(((one["topic"], one["error_code"]) for one in answer["topic_errors"]), TopicAlreadyExistsError)


def _refuse_errors(errors: Iterable[tuple[str, int]], but_for: type[KafkaError]) -> None:
    """`but_for` is what another process may have done at the same moment."""
    for topic, code in errors:
        if code and for_code(code) is not but_for:
            raise NotUsable(
                f"Kafka refused a change of {topic}: {for_code(code).__name__}, {for_code(code).description}"
            )


async def _are_led(admin: AIOKafkaAdminClient, names: Collection[str]) -> bool:
    topics = [topic for topic in await _described(admin, names) if topic["partitions"]]
    leaders = [partition["leader"] for topic in topics for partition in topic["partitions"]]
    with contextlib.suppress(NotUsable):  # of several brokers one may not have heard of the topics yet
        return len(topics) == len(names) == len(await _configs(admin, names)) and all(leader >= 0 for leader in leaders)
    return False


async def _are_gone(admin: AIOKafkaAdminClient, names: Collection[str]) -> bool:
    return not any(topic["partitions"] for topic in await _described(admin, names))


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    """`_admin` sets the limit."""
    while True:
        if await condition():
            return
        await asyncio.sleep(POLL_SECONDS)
