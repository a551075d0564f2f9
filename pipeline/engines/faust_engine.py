"""The Faust engine: an agent at concurrency 1 hands every event to the lanes; what is committed, the lanes decide.

Measured on faust-streaming 0.15.3: at concurrency > 1, and with events acknowledged out of order, it commits past
events in flight and loses them. So its own acknowledgements are not used: its consumer asks the lanes for offsets.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import faust
from faust.app.base import BootStrategy
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from pipeline.engines.contract import Consumes
from pipeline.engines.group_member import GroupMember
from pipeline.engines.settings import EngineSettings
from pipeline.kafka.breaks import Break, BreakKind
from pipeline.kafka.lease import Lease
from pipeline.kafka.marks import Mark
from pipeline.kafka.records import Record, TopicPartition
from pipeline.kafka.settings import KafkaSettings
from pipeline.processes.temporary_folder import TemporaryFolder

BUFFERED_RECORDS = 500
"""Records that Faust holds between its consumer and the agent."""
WAIT_WHILE_PAUSED_SECONDS = 0.01
"""How soon a resumed partition is fetched from; Faust itself looks every second."""


class _Consumer(driver.Consumer):
    """Faust's consumer, with the lanes in place of its acknowledgements."""

    lanes: Consumes
    engine_settings: EngineSettings
    client: dict[str, Any]
    prefix: str
    lease: Lease
    fail: Callable[[BaseException], None]
    has_joined = False
    assignments = 0
    sought_assignment = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.marks: dict[TP, tuple[int, Mark | None]] = {}
        """The offsets asked for last, each with its metadata to commit."""
        self.logs: defaultdict[TP, int] = defaultdict(int)
        """How often each partition became another log: records are numbered with it on their way to the lanes."""
        self.broken: list[tuple[TP, BreakKind, int, int | None]] = []
        """What the consumer's thread noticed, to be reported in the loop of the lanes."""

    def _new_consumer_thread(self) -> "_ConsumerThread":
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def verify_all_partitions_active(self) -> None:
        """Nothing: Faust's search for stuck partitions, whose place lag and its alerts take here.

        It reads the state of the consumer's thread without a lock, and crashes while aiokafka resets an offset.
        """

    async def wait_empty(self) -> None:
        """Commit only. Faust's own waits for every event without a time limit; the lanes' drain has one."""
        await self.maybe_wait_for_commit_to_finish()  # else Faust takes the one under way, which knows less, for ours
        await self.commit()

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterable[TP]:
        return [TP(self.prefix + topic, number) for topic, number in self.lanes.committable()]

    def _new_offset(self, tp: TP) -> int | None:
        offset = self.lanes.committable().get(_ours(tp, self.prefix))
        if offset is not None:
            self.marks[tp] = offset, self.lanes.mark(_ours(tp, self.prefix), offset)
        return offset

    def mark(self, partition: Any, offset: int) -> Mark | None:
        """The metadata to commit with this offset. In any thread."""
        asked, mark = self.marks.get(TP(partition.topic, partition.partition), (None, None))
        return mark if asked == offset else None

    def tell_broken(self) -> None:
        """Start over the partitions that went back, before their records are handed over."""
        while self.broken:
            tp, kind, offset, records = self.broken.pop(0)
            if kind is BreakKind.WENT_BACK:
                self.logs[tp] += 1
                self._read_offset.pop(tp, None)  # Faust would drop, and never commit, all below
                self._committed_offset.pop(tp, None)
            self.lanes.broken(Break(_ours(tp, self.prefix), kind, offset, records))

    def _to_message(self, tp: TP, record: Any) -> Any:
        message = super()._to_message(tp, record)
        message.checksum = self.logs[tp]  # the one field of Faust's that nobody reads
        return message

    async def _wait_next_records(self, timeout: float) -> tuple[Any, None]:
        """Everything fetched is handed over: for a paused partition, Faust would drop it and commit past it."""
        self.tell_broken()
        if self.flow_active and not self._get_active_partitions():
            self._thread.say_that_all_is_well()
            await self.sleep(WAIT_WHILE_PAUSED_SECONDS)
            return {}, None
        records, _ = await super()._wait_next_records(timeout)
        self.tell_broken()
        return records, None

    @property
    def is_sought(self) -> bool:
        """True once what arrives begins at the committed offsets of this assignment.

        Faust resumes its flow after a seek even where the group has rebalanced meanwhile. A record of the earlier
        assignment that came through would be the first in new lanes, and all before it would pass for a refetch.
        """
        return self.sought_assignment == self.assignments

    async def perform_seek(self) -> None:
        assignment = self.assignments
        self.stop_flow()  # ends a batch that is being handed over: it was fetched before the seek
        self.app.flow_control.clear()
        await super().perform_seek()
        # If a topic was recreated, Faust would drop, and never commit, all below what was committed for the old one.
        self._read_offset.clear()
        self._committed_offset.clear()
        self.lanes.begin({_ours(tp, self.prefix): mark for tp, mark in self._thread.begun_with().items()})
        if assignment == self.assignments:
            self.sought_assignment = assignment

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        self.assignments += 1
        self.stop_flow()
        self.app.flow_control.suspend()  # what is still on its way to the agent belongs to this assignment
        self.app.flow_control.clear()
        await self.lanes.revoke([_ours(tp, self.prefix) for tp in revoked])
        await self.wait_empty()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self.assignments += 1
        self.lanes.forget(list(self.lanes.committable()))
        await super().on_partitions_assigned(assigned, generation_id)
        self.has_joined = True


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread, with our member of the group in it."""

    def _create_worker_consumer(self, transport: Any) -> GroupMember:
        ours = self.consumer
        member = GroupMember(ours.lease, ours.engine_settings, self.app.conf.id, ours.client)
        member.mark = ours.mark

        def broke(partition: Any, kind: BreakKind, offset: int, records: int | None) -> None:
            ours.broken.append((TP(partition.topic, partition.partition), kind, offset, records))

        member.on_break = broke
        member.on_failure = lambda error: ours.loop.call_soon_threadsafe(ours.fail, error)
        return member

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """In the consumer's own loop."""
        return bool(self._ensure_consumer().may_commit and await super()._commit(offsets))

    def begun_with(self) -> dict[TP, Mark]:
        """The metadata committed with the offsets that were sought last."""
        marks = self._ensure_consumer().marks
        return {TP(partition.topic, partition.partition): mark for partition, mark in marks.items()}

    def say_that_all_is_well(self) -> None:
        """Every partition is paused, and the worker's loop goes round."""
        if self._consumer is not None:
            self.thread_loop.call_soon_threadsafe(self._consumer.say_that_all_is_well)


class _NoTables(TableManager):
    """Faust waits a second at every start for tables that somebody may still define."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class _FetchingOnly(BootStrategy):
    """Publishing is not Faust's: its own producer would be one more client, and one that knows no credentials."""

    enable_kafka_producer = False


class _App(faust.App):
    BootStrategy = _FetchingOnly


class _RawEvents(faust.Schema):
    """Hands records over undecoded: decoding, and what is undecodable, are the runner's."""

    def compile(self, app: Any, **_: Any) -> Any:
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return create_event(message.key, message.value, message.headers, message=message)

        return decode


class FaustEngine:
    """One Faust app, its agent at concurrency 1, in the consumer group `group`."""

    def __init__(
        self, topic: str, group: str, consumes: Consumes, kafka: KafkaSettings, settings: EngineSettings
    ) -> None:
        self._prefix = kafka.topic_prefix
        self._folder = TemporaryFolder("nephoran-faust-")
        self._consumes = consumes
        self._logs: dict[TP, int] = {}
        self._refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lease = Lease(settings.session_timeout_seconds, settings.fence_margin_seconds)
        self._app = self._new_app(kafka.topic_prefix + group, kafka, settings)
        source = self._app.topic(self._prefix + topic, schema=_RawEvents(), internal=False)
        self._app.agent(source, name=group, concurrency=1)(self._admit_all)

    def _new_app(self, group: str, kafka: KafkaSettings, settings: EngineSettings) -> faust.App:
        app = _App(
            group,
            broker="kafka://" + kafka.bootstrap_servers.replace(",", ";"),
            datadir=self._folder.path,
            store="memory://",
            TableManager=_NoTables,
            web_enabled=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            broker_session_timeout=settings.session_timeout_seconds,
            broker_heartbeat_interval=settings.heartbeat_interval_seconds,
            broker_commit_interval=settings.commit_interval_seconds,
            broker_commit_every=None,
            consumer_auto_offset_reset="earliest",
            stream_wait_empty=True,
            stream_buffer_maxsize=BUFFERED_RECORDS,
            loghandlers=[logging.NullHandler()],
        )
        transport = app.transport
        transport.Consumer = type(
            "LaneConsumer",
            (_Consumer,),
            {
                "lanes": self._consumes,
                "engine_settings": settings,
                "client": kafka.client(),
                "prefix": kafka.topic_prefix,
                "lease": self._lease,
                "fail": staticmethod(self._fail),
            },
        )
        return app

    async def _admit_all(self, stream: Any) -> None:
        async for event in stream.noack().events():
            if not self._app.consumer.is_sought:
                continue
            message = event.message
            if (log := message.checksum) != self._logs.get(message.tp, 0):
                self._logs[message.tp] = log
                self._app.consumer._committed_offset.pop(message.tp, None)  # may have been committed once more
                self._consumes.begin_anew(_ours(message.tp, self._prefix))
            self._consumes.admit(_record_of(message, self._prefix))

    async def run(self) -> None:
        """Fetch until `stop`. Raises: what made the Faust app crash, or what the group refuses for good."""
        working = asyncio.create_task(self._work())
        await asyncio.wait({working, self._refused}, return_when=asyncio.FIRST_COMPLETED)
        if self._refused.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            self._refused.result()
        await working

    async def _work(self) -> None:
        await self._app.start()
        await self._app.wait_until_stopped()
        if self._app.crash_reason:
            raise self._app.crash_reason

    def _fail(self, error: BaseException) -> None:
        if not self._refused.done():
            self._refused.set_exception(error)

    async def stop(self) -> None:
        """Drain the lanes, commit, leave the group."""
        self._app.consumer.stop_flow()
        await self._consumes.close()
        await self._app.consumer.wait_empty()
        await self._app.stop()
        self._folder.remove()

    def pause(self, partition: TopicPartition) -> None:
        """Stop fetching from this partition until `resume`."""
        self._app.consumer.pause_partitions({self._theirs(partition)})

    def resume(self, partition: TopicPartition) -> None:
        """Fetch from it again, where it is still ours."""
        if self._theirs(partition) in self._app.consumer.assignment():
            self._app.consumer.resume_partitions({self._theirs(partition)})

    def may_act(self) -> bool:
        """True while no other member can have been given this one's partitions."""
        return self._lease.is_held

    def _theirs(self, partition: TopicPartition) -> TP:
        return TP(self._prefix + partition.topic, partition.partition)

    @property
    def is_ready(self) -> bool:
        """True once the group has given the member its share, even if empty."""
        return bool(self._app.started and self._app.consumer.has_joined and not self._app.rebalancing)


def _ours(tp: TP, prefix: str) -> TopicPartition:
    return TopicPartition(tp.topic.removeprefix(prefix), tp.partition)


def _record_of(message: Any, prefix: str) -> Record:
    return Record(
        topic=message.topic.removeprefix(prefix),
        partition=message.partition,
        offset=message.offset,
        timestamp_ms=round(message.timestamp * 1_000),
        key=message.key,
        value=message.value,
        headers=tuple(message.headers or ()),
    )
