"""Restores records of a compacted topic that an unsigned record has overwritten, before compaction removes the genuine
one."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from agents.domain.verdicts import Fatal
from pipeline.kafka.records import Outgoing, Record
from pipeline.telemetry.metrics import Metrics

log = structlog.get_logger()
PAUSE_SECONDS = 1.0
"""Between two restores of a key: this bounds the cost of somebody who overwrites it endlessly."""


class Restorer:
    """Counts foreign records, and restores the genuine one of their key."""

    def __init__(self, publish: Callable[[list[Outgoing]], Awaitable[object]], metrics: Metrics) -> None:
        self._publish = publish
        self._metrics = metrics
        self._restoring: dict[tuple[str, bytes | None], asyncio.Task[None]] = {}

    def found(self, foreign: Record, genuine: Record | None) -> None:
        """A record that does not count was read; `genuine` is what its key holds."""
        self._metrics.unverified.labels(foreign.topic).inc()
        place = (foreign.topic, foreign.key)
        if genuine is not None and place not in self._restoring:
            self._restoring[place] = asyncio.create_task(self._restore(genuine))

    async def _restore(self, genuine: Record) -> None:
        try:
            await asyncio.sleep(PAUSE_SECONDS)
            await self._publish([Outgoing(genuine.topic, genuine.key, genuine.value, genuine.headers)])
            log.warning("restored what was overwritten", topic=genuine.topic, record=genuine.place)
        except Fatal as error:
            log.error("what was overwritten could not be restored", record=genuine.place, why=str(error))
        finally:
            self._restoring.pop((genuine.topic, genuine.key), None)

    async def close(self) -> None:
        """Restore nothing more."""
        for task in list(self._restoring.values()):
            task.cancel()
        await asyncio.gather(*self._restoring.values(), return_exceptions=True)
