"""The fast engine: aiokafka alone, in one loop that fetches and hands over, and one that commits."""

import asyncio
import contextlib
from collections.abc import Iterable

from aiokafka import ConsumerRebalanceListener, ConsumerRecord
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import ConsumerStoppedError

from pipeline.engines.contract import Consumes
from pipeline.engines.group_member import GroupMember
from pipeline.engines.settings import EngineSettings
from pipeline.kafka.breaks import Break, BreakKind
from pipeline.kafka.lease import Lease
from pipeline.kafka.records import Record, TopicPartition
from pipeline.kafka.settings import KafkaSettings

FETCHED_AT_ONCE = 500
"""Records taken from aiokafka's buffer at a time: what may wait outside a partition's lanes once they are full."""
WAIT_MS = 100
"""How long a fetch waits for records before it checks again which partitions are paused and whether to stop."""
WAIT_WHILE_PAUSED_MS = 5
"""The same while some are paused: a partition resumes at half its lanes, which is work for longer than this."""


class FastEngine:
    """One member of the consumer group `group`. One that never commits reads every share from its beginning."""

    def __init__(
        self,
        topic: str,
        group: str,
        consumes: Consumes,
        kafka: KafkaSettings,
        settings: EngineSettings,
        *,
        commits: bool = True,
    ) -> None:
        self._prefix = kafka.topic_prefix
        self._topic = topic
        self._consumes = consumes
        self._settings = settings
        self._lease = Lease(settings.session_timeout_seconds, settings.fence_margin_seconds)
        self._group = kafka.topic_prefix + group
        self._client = kafka.client()
        self._consumer: GroupMember | None = None
        self._paused: set[KafkaPartition] = set()
        self._committed: dict[KafkaPartition, int] = {}
        self._committing = asyncio.Lock()
        self._commits = commits
        self._is_stopping = False
        self._has_joined = False

    async def run(self) -> None:
        """Fetch until `stop`. Raises: KafkaError where the group or the topic cannot be used."""
        consumer = self._consumer = GroupMember(self._lease, self._settings, self._group, self._client)
        consumer.mark = lambda partition, offset: self._consumes.mark(self._ours(partition), offset)
        consumer.on_break = self._broken
        consumer.subscribe([self._prefix + self._topic], listener=_Assignments(self))
        with contextlib.suppress(ConsumerStoppedError):  # stopped while the group gave out its shares
            await consumer.start()
            await self._fetch_and_commit(consumer)

    async def _fetch_and_commit(self, consumer: GroupMember) -> None:
        committing = asyncio.create_task(self._commit_on_interval(consumer))
        try:
            while not self._is_stopping and not committing.done():
                await self._fetch(consumer)
        finally:
            committing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await committing

    async def stop(self) -> None:
        """Drain the lanes, commit, leave the group."""
        self._is_stopping = True
        await self._consumes.close()
        if self._consumer is not None:
            await self._commit(self._consumer)
            await self._consumer.stop()

    async def _fetch(self, consumer: GroupMember) -> None:
        if not self._has_joined:  # what a share begins with is not known yet
            await asyncio.sleep(WAIT_WHILE_PAUSED_MS / 1_000)
            consumer._coordinator.check_errors()
            return
        assigned = consumer.assignment()
        wanted = assigned - self._paused
        if assigned and not wanted:
            consumer.say_that_all_is_well()
            await asyncio.sleep(WAIT_WHILE_PAUSED_MS / 1_000)
            return
        # Partitions that are not asked for keep what was fetched of them; aiokafka's own pause would throw it away.
        wait_ms = WAIT_WHILE_PAUSED_MS if self._paused else WAIT_MS
        fetched = await consumer.getmany(*wanted, timeout_ms=wait_ms, max_records=FETCHED_AT_ONCE)
        for messages in fetched.values():
            for message in messages:
                self._consumes.admit(self._record_of(message))

    def _record_of(self, message: ConsumerRecord) -> Record:
        return Record(
            self._topic,
            message.partition,
            message.offset,
            message.timestamp,
            message.key,
            message.value,
            tuple(message.headers),
        )

    async def _commit_on_interval(self, consumer: GroupMember) -> None:
        while True:
            await asyncio.sleep(self._settings.commit_interval_seconds)
            await self._commit(consumer)

    async def _commit(self, consumer: GroupMember) -> None:
        if not self._commits:
            return
        async with self._committing:
            committable = {self._theirs(ours): offset for ours, offset in self._consumes.committable().items()}
            news = {where: offset for where, offset in committable.items() if self._committed.get(where) != offset}
            if news and await consumer.commit_as_member(news):
                self._committed.update(news)

    async def revoked(self, partitions: Iterable[KafkaPartition]) -> None:
        """The group revokes these partitions: what is running may finish, and is committed."""
        self._has_joined = False
        ours = [self._ours(partition) for partition in partitions]
        await self._consumes.revoke(ours)
        if self._consumer is not None:
            await self._commit(self._consumer)

    def _broken(self, where: KafkaPartition, kind: BreakKind, offset: int, records: int | None) -> None:
        if kind is BreakKind.WENT_BACK:
            self._consumes.begin_anew(self._ours(where))
            self._committed.pop(where, None)
        self._consumes.broken(Break(self._ours(where), kind, offset, records))

    async def assigned(self, partitions: Iterable[KafkaPartition]) -> None:
        """The group has given the member its share, even if empty; nothing from an earlier share counts any more."""
        self._consumes.forget(list(self._consumes.committable()))
        self._paused.clear()
        self._committed.clear()
        if self._consumer is not None:
            marks = await self._consumer.expect(*partitions)
            self._consumes.begin({self._ours(partition): mark for partition, mark in marks.items()})
        self._has_joined = True

    def pause(self, partition: TopicPartition) -> None:
        """Stop fetching from this partition until `resume`."""
        self._paused.add(self._theirs(partition))

    def resume(self, partition: TopicPartition) -> None:
        """Fetch from it again."""
        self._paused.discard(self._theirs(partition))

    @property
    def is_ready(self) -> bool:
        """True once the group has given the member its share, even if empty."""
        return self._has_joined

    def may_act(self) -> bool:
        """True while no other member can have been given this one's partitions."""
        return self._lease.is_held

    def _theirs(self, partition: TopicPartition) -> KafkaPartition:
        return KafkaPartition(self._prefix + partition.topic, partition.partition)

    def _ours(self, partition: KafkaPartition) -> TopicPartition:
        return TopicPartition(partition.topic.removeprefix(self._prefix), partition.partition)


class _Assignments(ConsumerRebalanceListener):
    """Tells the engine which partitions the group assigns and revokes."""

    def __init__(self, engine: FastEngine) -> None:
        self._engine = engine

    async def on_partitions_revoked(self, revoked: Iterable[KafkaPartition]) -> None:
        await self._engine.revoked(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[KafkaPartition]) -> None:
        await self._engine.assigned(assigned)
