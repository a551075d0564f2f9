"""aiokafka's consumer as both engines use it: it knows whether the group still counts on it, and commits only as
long."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, OffsetAndMetadata
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError
from aiokafka.protocol.group import HeartbeatRequest, LeaveGroupRequest, SyncGroupRequest

from pipeline.engines.continuity import Continuity, OnBreak
from pipeline.engines.settings import EngineSettings
from pipeline.kafka.lease import Lease, moment
from pipeline.kafka.marks import Mark
from pipeline.kafka.tolerant_records import read_whatever_comes

log = structlog.get_logger()
LEAVE_SECONDS = 3.0
"""How long a rebalance under way is waited for, and then the answer to our leaving. As long as the others drain."""
KEEP_SECONDS = 1.0
"""How long a member works on its share at least before it gives it back (docs/adr/0006). Where a worker joins a moment
after a dead one was replaced, the group would else drain again before anybody has begun a thing."""


class GroupMember(AIOKafkaConsumer):
    """A consumer that notes when its group last accepted one of its requests, and keeps each share for
    `KEEP_SECONDS`."""

    on_break: OnBreak = staticmethod(lambda *found: None)
    """Called with what Kafka lost, and before the first record of another log is handed over. In the consumer's
    loop."""
    mark: Callable[[KafkaPartition, int], Mark | None] = staticmethod(lambda partition, offset: None)
    """What to commit beside an offset."""
    on_failure: Callable[[BaseException], None] | None = None
    """Called with what the group refuses permanently; aiokafka itself reports it only to a caller that is waiting for
    records."""

    def __init__(self, lease: Lease, settings: EngineSettings, group: str, client: Mapping[str, Any]) -> None:
        read_whatever_comes()
        super().__init__(
            **client,
            group_id=group,
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_interval_ms=int(settings.max_poll_interval_seconds * 1_000),
            session_timeout_ms=int(settings.session_timeout_seconds * 1_000),
            heartbeat_interval_ms=int(settings.heartbeat_interval_seconds * 1_000),
            rebalance_timeout_ms=int(settings.session_timeout_seconds * 1_000),
            fetch_max_wait_ms=settings.fetch_max_wait_ms,
        )
        self.marks: dict[KafkaPartition, Mark] = {}
        self._lease = lease
        self._settings = settings
        self._continuity = Continuity(self, client, lambda *found: self.on_break(*found))

    async def start(self) -> None:
        """Join the group."""
        await super().start()
        coordinator = self._coordinator
        send, give_back = coordinator._send_req, coordinator._on_join_prepare
        has_share_since = time.monotonic()

        async def send_and_note(request: Any) -> Any:
            nonlocal has_share_since
            sent = moment()
            response = await send(request)
            if isinstance(request, HeartbeatRequest | SyncGroupRequest) and response.error_code == 0:
                self._lease.renew(sent)
                if isinstance(request, SyncGroupRequest):
                    has_share_since = time.monotonic()
            return response

        async def keep_and_give_back(share: Any) -> None:
            if coordinator.generation >= 0:  # else the group has given it away already
                await asyncio.sleep(has_share_since + KEEP_SECONDS - time.monotonic())
            await give_back(share)

        if on_failure := self.on_failure:
            push = coordinator._push_error_to_user

            def push_and_tell(error: BaseException) -> Any:
                on_failure(error)
                return push(error)

            coordinator._push_error_to_user = push_and_tell
        fetched_records = self._fetcher.fetched_records

        async def fetch_and_look(*arguments: Any, **named: Any) -> Any:
            records = await fetched_records(*arguments, **named)
            self._continuity.fetched(records)
            return records

        self._fetcher.fetched_records = fetch_and_look
        self._continuity.start()
        coordinator._send_req = send_and_note
        coordinator._on_join_prepare = keep_and_give_back

    async def stop(self) -> None:
        """Leave the group. Callers still waiting for records get ConsumerStoppedError: during a rebalance, aiokafka
        would let them wait forever."""
        self._lease.end()
        await self._continuity.stop()
        try:
            await asyncio.wait_for(super().stop(), LEAVE_SECONDS)
        except TimeoutError:
            await self._leave_amid_a_rebalance()
        self._subscription.abort_waiters(ConsumerStoppedError())

    async def _leave_amid_a_rebalance(self) -> None:
        """What aiokafka does only once the group has given out its shares, ours too, which nobody would work on then
        until our session is over."""
        coordinator = self._coordinator
        leaving = LeaveGroupRequest(coordinator.group_id, coordinator.member_id)
        with contextlib.suppress(KafkaError, TimeoutError):
            # Not by the connection on which our request to join waits: nothing else is answered there.
            await asyncio.wait_for(self._client.send(coordinator.coordinator_id, leaving), LEAVE_SECONDS)
        await coordinator._stop_heartbeat_task()
        await coordinator._stop_commit_offsets_refresh_task()
        await self._fetcher.close()
        await self._client.close()

    async def seek_to_committed(self, *partitions: KafkaPartition) -> dict[KafkaPartition, int | None]:
        """Seek as Faust does after a rebalance. Where nothing, or 0, is committed, aiokafka leaves the position as it
        is, past what was fetched and thrown away: those partitions begin anew."""
        offsets: dict[KafkaPartition, int | None] = await super().seek_to_committed(*partitions)
        await self.expect(*offsets)
        if from_the_beginning := [partition for partition, offset in offsets.items() if not offset]:
            await self.seek_to_beginning(*from_the_beginning)
        return offsets

    async def expect(self, *partitions: KafkaPartition) -> dict[KafkaPartition, Mark]:
        """The marks committed with the offsets at which these partitions start now."""
        committed = await self._coordinator.fetch_committed_offsets(list(partitions))
        found = {partition: Mark.parse(beside.metadata) for partition, beside in committed.items()}
        self.marks = {partition: mark for partition, mark in found.items() if mark}
        self._continuity.expect({partition: beside.offset for partition, beside in committed.items()}, self.marks)
        return self.marks

    async def commit(self, offsets: Any = None) -> None:
        """Commit, each offset with its mark."""
        plain = {where: getattr(offset, "offset", offset) for where, offset in offsets.items()}
        marks = {where: str(self.mark(where, offset) or "") for where, offset in plain.items()}
        await super().commit({where: OffsetAndMetadata(offset, marks[where]) for where, offset in plain.items()})

    async def commit_as_member(self, offsets: Mapping[KafkaPartition, int]) -> bool:
        """Commit if the group still counts on us; otherwise others have the partitions, and commit theirs."""
        if not self.may_commit:
            return False
        try:
            # aiokafka asks for ever where no broker answers; by then the group has given us up.
            await asyncio.wait_for(self.commit(dict(offsets)), self._settings.session_timeout_seconds)
        except (CommitFailedError, IllegalStateError) as error:
            log.warning("not committed: the group has rebalanced and will redeliver", why=str(error))
        except (KafkaError, TimeoutError) as error:
            log.warning("not committed: will be tried again at the next interval", why=repr(error))
        else:
            return True
        return False

    @property
    def may_commit(self) -> bool:
        """False while no member of a generation (a commit without one is taken from anybody), and from when our share
        is drained and committed until we have the next: such a commit is answered after the others have joined, and
        aiokafka takes that answer for a call to rejoin."""
        return self._coordinator.generation >= 0 and not self._coordinator._performed_join_prepare

    def say_that_all_is_well(self) -> None:
        """Count as fetching, though every partition is paused: aiokafka leaves the group after
        `max_poll_interval_seconds` without a fetch, which is meant for a loop that is stuck."""
        with self._subscription.fetch_context():
            pass
