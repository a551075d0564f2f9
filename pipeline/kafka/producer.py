"""Publishing: idempotent, acknowledged by all in-sync replicas, many on the way at a time."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from agents.domain.verdicts import Fatal
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.partition_batches import Appended, Dispatch, Limits, Outbox
from pipeline.kafka.partitioner import partition_of
from pipeline.kafka.records import Outgoing
from pipeline.kafka.refusals import explained, missing_right
from pipeline.kafka.renewed_producer import RenewedProducer
from pipeline.kafka.settings import KafkaSettings
from schemas.topics import DEAD_LETTER_SUFFIX, MAX_PRODUCE_BYTES, MAX_RECORD_BYTES

BATCH_BYTES = 256 << 10
"""What a batch may hold, unless one record is larger; below the 1 MiB that topics take."""
LARGEST_RECORD_BYTES = 128 << 20
"""A compressed batch of 1 MiB may hold much more; a dead letter of it must still leave."""


ABANDON_SECONDS = 1.0
DELIVERY_SECONDS = 20.0
"""How long a command waits until the brokers have what it writes. Above the few seconds of an election."""


class _Route:
    """The way to one topic: an outbox for each of its partitions."""

    def __init__(
        self, producer: RenewedProducer, topic: str, limits: Limits, explain: Callable[[BaseException], str]
    ) -> None:
        self.producer = producer
        self.topic = topic
        self.outboxes: dict[int, Outbox] = {}
        self._limits = limits
        self._explain = explain

    def outbox(self, partition: int) -> Outbox:
        """The partition's."""
        if (outbox := self.outboxes.get(partition)) is None:
            outbox = self.outboxes[partition] = Outbox(
                self.producer, self.topic, partition, self._limits, self._explain
            )
        return outbox


class Publisher:
    """Publishes records; what `publish` returns ends once the broker has them.

    Dead letters leave one by one and compressed (zstd), so that what arrived compressed fits into their topic.
    """

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._client = kafka.client()
        self._prefix = kafka.topic_prefix
        self._producer = RenewedProducer(
            partial(self._started, max_batch_size=BATCH_BYTES, max_request_size=MAX_PRODUCE_BYTES)
        )
        self._dead_letter_producer: RenewedProducer | None = None
        self._starting = asyncio.Lock()
        self._routes: dict[str, _Route] = {}
        self._looking_up: set[asyncio.Task[None]] = set()
        self._has_given_up = False

    async def start(self) -> None:
        """Connect. Raises: NotUsable."""
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                await self._producer.start()
        except (KafkaError, OSError) as error:
            raise explained(error, self._kafka, "those who publish") from error

    def publish(self, records: Sequence[Outgoing]) -> Dispatch:
        """Send records together; ends with where the broker put them, in the order given.

        Raises, where awaited: Refused where the broker will never take one of them; Fatal where it takes none.
        """
        dispatch = Dispatch(len(records))
        outboxes = [self._outbox_of(record) for record in records]
        if None in outboxes:
            looking_up = asyncio.create_task(self._look_up_and_put(records, dispatch))
            self._looking_up.add(looking_up)
            looking_up.add_done_callback(partial(self._looked_up, dispatch))
        else:
            for place, outbox in enumerate(outboxes):
                outbox.put(records[place], dispatch, place)  # type: ignore[union-attr]  # there is no None
        return dispatch

    async def deliver(self, records: Sequence[Outgoing]) -> list[Appended]:
        """The same for a person at a terminal.

        Raises: NotUsable if the brokers do not take them in time; else as `publish`.
        """
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                return await self.publish(records)
        except TimeoutError as error:
            self._has_given_up = True
            names = ", ".join(sorted({record.topic for record in records}))
            raise NotUsable(
                f"Kafka at {self._kafka.bootstrap_servers} did not confirm what was written to {names} within "
                f"{DELIVERY_SECONDS:g} s: are enough of its brokers up (`nephoran doctor`)? It may have been written "
                "anyway: check before you repeat it"
            ) from error

    def _outbox_of(self, record: Outgoing) -> Outbox | None:
        """None where the topic's partitions are not known yet."""
        route = self._routes.get(record.topic)
        partitions = route.producer.current.client.cluster.partitions_for_topic(route.topic) if route else None
        if route is None or not partitions:
            return None
        count = len(partitions)
        return route.outbox(random.randrange(count) if record.key is None else partition_of(record.key, count))

    async def _look_up_and_put(self, records: Sequence[Outgoing], dispatch: Dispatch) -> None:
        try:
            for topic in {record.topic for record in records}:
                await self._look_up(topic)
        except KafkaError as error:
            names = ", ".join(sorted({record.topic for record in records}))
            raise Fatal(
                f"the broker did not accept a record for {names}: {self._explain(error)}; nothing was committed"
            ) from error
        for place, record in enumerate(records):
            if (outbox := self._outbox_of(record)) is None:
                raise Fatal(f"the topic {record.topic} has no partitions")
            outbox.put(record, dispatch, place)

    def _explain(self, error: BaseException) -> str:
        return missing_right(error, self._kafka, "write to") or repr(error)

    def _looked_up(self, dispatch: Dispatch, looking_up: asyncio.Task[None]) -> None:
        self._looking_up.discard(looking_up)
        if not looking_up.cancelled() and (error := looking_up.exception()):
            dispatch.fail(error)

    async def _look_up(self, topic: str) -> None:
        is_dead_letter = topic.endswith(DEAD_LETTER_SUFFIX)
        producer = await self._producer_of_dead_letters() if is_dead_letter else self._producer
        await producer.current.partitions_for(self._prefix + topic)
        limits = Limits(LARGEST_RECORD_BYTES, 1, MAX_PRODUCE_BYTES) if is_dead_letter else Limits(MAX_RECORD_BYTES)
        self._routes.setdefault(topic, _Route(producer, self._prefix + topic, limits, self._explain))

    async def _producer_of_dead_letters(self) -> RenewedProducer:
        async with self._starting:
            if self._dead_letter_producer is None:
                size = LARGEST_RECORD_BYTES
                make = partial(self._started, compression_type="zstd", max_request_size=size, max_batch_size=size)
                producer = RenewedProducer(make)
                await producer.start()
                self._dead_letter_producer = producer
        return self._dead_letter_producer

    async def _started(self, **arguments: Any) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(**self._client, enable_idempotence=True, acks="all", **arguments)
        try:
            await producer.start()
        except BaseException:
            producer._closed = True  # it has nothing to send, and its own `stop` would wait
            await producer.client.close()
            raise
        return producer

    async def stop(self) -> None:
        """Send what is still here, and disconnect. What brokers did not take in time is not waited for."""
        if self._has_given_up:
            await self._abandon()
            return
        if self._looking_up:
            await asyncio.wait(self._looking_up)
        outboxes = [outbox for route in self._routes.values() for outbox in route.outboxes.values()]
        if sending := [outbox.sending for outbox in outboxes if outbox.sending]:
            await asyncio.wait(sending)
        for producer in (self._producer, self._dead_letter_producer):
            if producer is not None:
                await producer.stop()

    async def _abandon(self) -> None:
        """aiokafka would wait for what it has not sent; the process is about to end."""
        outboxes = [outbox for route in self._routes.values() for outbox in route.outboxes.values()]
        for task in (*self._looking_up, *(outbox.sending for outbox in outboxes if outbox.sending)):
            task.cancel()
        for producer in (self._producer, self._dead_letter_producer):
            if producer is not None:
                with suppress(TimeoutError, KafkaError):
                    await asyncio.wait_for(producer.stop(), ABANDON_SECONDS)


@asynccontextmanager
async def publishing(kafka: KafkaSettings) -> AsyncIterator[Publisher]:
    """A publisher for as long as a command writes. Raises: NotUsable."""
    publisher = Publisher(kafka)
    await publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()
