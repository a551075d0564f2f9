"""An idempotent producer that survives a refusal: aiokafka's numbers have a gap once the broker has refused a batch."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, ProducerClosed, RecordListTooLargeError


class RenewedProducer:
    """The producer of now. `make` starts one."""

    def __init__(self, make: Callable[[], Awaitable[AIOKafkaProducer]]) -> None:
        self._make = make
        self._renewing = asyncio.Lock()
        self._retiring: set[asyncio.Task[None]] = set()
        self._is_stopped = False
        self.current: AIOKafkaProducer = None

    async def start(self) -> None:
        """Connect. Raises: KafkaConnectionError."""
        self.current = await self._make()

    async def send(self, batch: Any, topic: str, partition: int) -> Any:
        """Where the broker put the batch. Raises: KafkaError; after a refusal the next is sent by another producer."""
        while True:
            producer = self.current
            try:
                return await (await producer.send_batch(batch, topic, partition=partition))
            except (MessageSizeTooLargeError, RecordListTooLargeError):
                await self._renew(producer)
                raise
            except ProducerClosed:
                if producer is self.current or self._is_stopped:
                    raise

    async def _renew(self, used: AIOKafkaProducer) -> None:
        """One of a partition is on its way at a time, so that nothing of this one is overtaken by the next producer."""
        async with self._renewing:
            if used is self.current:
                self.current = await self._make()
                retiring = asyncio.create_task(used.stop())
                self._retiring.add(retiring)
                retiring.add_done_callback(self._retiring.discard)

    async def stop(self) -> None:
        """Send what is still here, and disconnect."""
        self._is_stopped = True
        if self._retiring:
            await asyncio.wait(self._retiring)
        if self.current is not None:
            await self.current.stop()
