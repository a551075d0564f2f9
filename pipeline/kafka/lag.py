"""How far consumer groups are behind: in records, and in seconds by the age of the record each would read next."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code

from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.refusals import explained
from pipeline.kafka.settings import KafkaSettings

ANSWER_SECONDS = 8.0
"""How long the brokers have to answer everything that one measurement asks."""
HANDOVER_SECONDS = 3.0
"""How long they have to hand over the first record of every partition that is behind."""
RETRY_SECONDS = 0.2

Offsets = Mapping[KafkaPartition, int]


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """`committed` is None where the group has committed nothing yet and will begin with the oldest record.

    `seconds` is the age of the first record that is not committed: 0 where there is none, None where the brokers did
    not hand it over in time.
    """

    partition: int
    committed: int | None
    end: int
    records: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class GroupLag:
    """One consumer group on one topic, and how many members it has."""

    members: int
    partitions: tuple[PartitionLag, ...]


class LagReader:
    """Reads the lag of consumer groups. Joins none of them and commits nothing. All names are without the prefix."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._prefix = kafka.topic_prefix
        self._admin = AIOKafkaAdminClient(**kafka.client())
        self._kafka = kafka
        self._consumer = AIOKafkaConsumer(
            **kafka.client(), group_id=None, auto_offset_reset="earliest", isolation_level="read_committed"
        )

    async def start(self) -> None:
        """Connect. Raises: NotUsable."""
        try:
            await self._admin.start()
            await self._consumer.start()
        except (KafkaError, OSError) as error:
            raise self._not_usable(error) from error

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()
        await self._admin.close()

    async def read(self, topics: Mapping[str, str]) -> dict[str, GroupLag]:
        """The lag of each group on the one topic that it reads. Raises: NotUsable where the brokers do not say."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._read_patiently(topics)
        except (KafkaError, OSError) as error:  # TimeoutError is an OSError
            raise self._not_usable(error) from error

    async def _read_patiently(self, topics: Mapping[str, str]) -> dict[str, GroupLag]:
        """A cluster's first groups have no coordinator for a second, and those of a broker that died for longer."""
        while True:
            try:
                return await self._read(topics)
            except KafkaError as error:
                if not error.retriable:
                    raise
                await asyncio.sleep(RETRY_SECONDS)

    async def _read(self, topics: Mapping[str, str]) -> dict[str, GroupLag]:
        partitions = await self._partitions(set(topics.values()))
        members: dict[str, int] = {}
        committed: dict[KafkaPartition, int] = {}
        for group in topics:
            members[group] = await self._members(group)
            committed |= await self._committed(group)
        oldest = await self._consumer.beginning_offsets(partitions)
        ends = await self._consumer.end_offsets(partitions)  # asked last: the lag is never less than it was
        nexts = {partition: max(committed.get(partition, 0), oldest[partition]) for partition in partitions}
        behind = {partition: offset for partition, offset in nexts.items() if offset < ends[partition]}
        appended = await self._append_times(behind)
        now = time.time()

        def lag_of(partition: KafkaPartition) -> PartitionLag:
            records = max(0, ends[partition] - nexts[partition])
            at = appended.get(partition)
            seconds = 0.0 if not records else None if at is None else max(0.0, now - at)
            return PartitionLag(partition.partition, committed.get(partition), ends[partition], records, seconds)

        return {
            group: GroupLag(
                members[group], tuple(lag_of(each) for each in partitions if each.topic == self._theirs(topic))
            )
            for group, topic in topics.items()
        }

    def _theirs(self, name: str) -> str:
        return self._prefix + name

    async def _partitions(self, topics: Iterable[str]) -> list[KafkaPartition]:
        wanted = {self._theirs(topic) for topic in topics}
        found = [topic for topic in await self._admin.describe_topics() if topic["topic"] in wanted]
        return sorted(
            KafkaPartition(topic["topic"], each["partition"]) for topic in found for each in topic["partitions"]
        )

    async def _members(self, group: str) -> int:
        (answer,) = await self._admin.describe_consumer_groups([self._theirs(group)])  # it misreads more than one
        (described,) = answer.to_object()["groups"]
        if code := described["error_code"]:
            raise for_code(code)
        return len(described["members"])

    async def _committed(self, group: str) -> Offsets:
        offsets = await self._admin.list_consumer_group_offsets(self._theirs(group))
        return {partition: found.offset for partition, found in offsets.items() if found.offset >= 0}

    async def _append_times(self, places: Offsets) -> dict[KafkaPartition, float]:
        """The Unix time of the first record at or after each offset, as far as the brokers hand them over in time."""
        if not places:
            return {}
        self._consumer.assign(list(places))
        for partition, offset in places.items():
            self._consumer.seek(partition, offset)
        found: dict[KafkaPartition, float] = {}
        with suppress(TimeoutError):
            async with asyncio.timeout(HANDOVER_SECONDS):
                for partition in places:  # all are fetched together; one record of each is decoded
                    found[partition] = (await self._consumer.getone(partition)).timestamp / 1_000
        self._consumer.unsubscribe()
        return found

    def _not_usable(self, error: BaseException) -> NotUsable:
        return explained(error, self._kafka, "how far the stages are behind")
