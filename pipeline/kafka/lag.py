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
POLL_MS = 50
NOTHING = -1.0
"""The time of a record that is not there."""

Offsets = Mapping[KafkaPartition, int]


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """`committed` is None where the group has committed nothing yet and will begin with the oldest record.

    `seconds` is the age of the first record that is not committed: 0 where there is none, None where the brokers did
    not hand it over in time. `expired` counts records that are gone and were not read; `is_held` where a producer's
    open transaction holds up what waits; `went_back` where the log ends before the committed offset.
    """

    partition: int
    committed: int | None
    end: int
    records: int
    seconds: float | None
    expired: int = 0
    is_held: bool = False
    went_back: bool = False


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
        self._raw = AIOKafkaConsumer(**kafka.client(), group_id=None, auto_offset_reset="earliest")
        self._consumer = AIOKafkaConsumer(
            **kafka.client(), group_id=None, auto_offset_reset="earliest", isolation_level="read_committed"
        )

    async def start(self) -> None:
        """Connect. Raises: NotUsable."""
        try:
            await self._admin.start()
            await self._consumer.start()
            await self._raw.start()
        except (KafkaError, OSError) as error:
            raise self._not_usable(error) from error

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()
        await self._raw.stop()
        await self._admin.close()

    async def read(self, topics: Mapping[str, str]) -> dict[str, GroupLag]:
        """The lag of each group on the one topic that it reads. Raises: NotUsable where the brokers do not answer."""
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
        stable = await self._consumer.end_offsets(partitions)
        ends = await self._raw.end_offsets(partitions)  # asked last: the lag is never less than it was
        nexts = {where: min(max(committed.get(where, 0), oldest[where]), ends[where]) for where in partitions}
        first = await self._first_times(self._consumer, {p: (nexts[p], stable[p]) for p in partitions})
        # Where only markers of transactions are left, nothing waits but what an open one may hold back.
        nexts |= {
            partition: max(nexts[partition], stable[partition]) for partition in first if first[partition] == NOTHING
        }
        held = {p: (nexts[p], ends[p]) for p in partitions if stable[p] <= nexts[p] < ends[p]}
        first |= await self._first_times(self._raw, held)
        now = time.time()

        def lag_of(partition: KafkaPartition) -> PartitionLag:
            begun, at = committed.get(partition), first.get(partition, NOTHING)
            return PartitionLag(
                partition.partition,
                begun,
                ends[partition],
                records=0 if at == NOTHING else ends[partition] - nexts[partition],
                seconds=0.0 if at == NOTHING else None if at is None else max(0.0, now - at),
                expired=max(0, oldest[partition] - begun) if begun is not None else 0,
                is_held=partition in held and at != NOTHING,
                went_back=begun is not None and begun > ends[partition],
            )

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

    async def _first_times(
        self, consumer: AIOKafkaConsumer, spans: Mapping[KafkaPartition, tuple[int, int]]
    ) -> dict[KafkaPartition, float | None]:
        """The Unix time of the first record in each span of offsets; `NOTHING` where it holds none, None where the
        brokers did not hand it over in time."""
        found: dict[KafkaPartition, float | None] = dict.fromkeys(spans, NOTHING)
        waiting = {where: end for where, (begin, end) in spans.items() if begin < end}
        if not waiting:
            return found
        consumer.assign(list(waiting))
        for partition in waiting:
            consumer.seek(partition, spans[partition][0])
        found |= dict.fromkeys(waiting)
        with suppress(TimeoutError):
            async with asyncio.timeout(HANDOVER_SECONDS):
                while waiting:
                    for partition, time_seconds in (await _next_times(consumer, waiting)).items():
                        found[partition] = time_seconds
                        del waiting[partition]
        # Not unsubscribed: where that is followed by a stop, aiokafka misses the stop and waits for ever.
        consumer.pause(*found.keys() & consumer.assignment())
        return found

    def _not_usable(self, error: BaseException) -> NotUsable:
        return explained(error, self._kafka, "how far the stages are behind")


async def _next_times(consumer: AIOKafkaConsumer, waiting: Offsets) -> dict[KafkaPartition, float]:
    """Of those partitions that have answered: the time of their next record, `NOTHING` where there is none up to the
    offset given."""
    batches = await consumer.getmany(*waiting, timeout_ms=POLL_MS, max_records=len(waiting))
    found = {partition: messages[0].timestamp / 1_000 for partition, messages in batches.items() if messages}
    for partition, end in waiting.items():
        if partition not in found and await consumer.position(partition) >= end:
            found[partition] = NOTHING
    return found
