"""A store of passages whose searches are timed, as those of any database."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from agents.domain.ports import Ranking
from agents.retrieval.passages import Held, Passage
from agents.retrieval.ports import Facts, PassageStore
from pipeline.telemetry.metrics import Metrics
from schemas.bodies import Citation

if TYPE_CHECKING:
    from agents.retrieval.ports import Vector


class MeasuredPassageStore:
    """Another store, watched. Failed searches are timed too; with a `limit` so many search at the same time."""

    def __init__(self, store: PassageStore, metrics: Metrics, limit: int | None = None) -> None:
        self._store = store
        self._seconds = metrics.db_seconds.labels(store.name, "search")
        self._places: AbstractAsyncContextManager[Any] = nullcontext()
        self._in_use: AbstractContextManager[Any] = nullcontext()
        if limit is not None:
            self._places = asyncio.Semaphore(limit)
            self._in_use = metrics.pool_connections.labels(store.name, "in_use").track_inprogress()
            metrics.pool_limit.labels(store.name).set(limit)

    @property
    def name(self) -> str:
        """The database behind it."""
        return self._store.name

    async def find(self, query: str, vector: "Vector | None", limit: int, ranking: Ranking) -> tuple[Citation, ...]:
        """As the store answers."""
        began = time.perf_counter()
        try:
            async with self._places:
                with self._in_use:
                    return await self._store.find(query, vector, limit, ranking)
        finally:
            self._seconds.observe(time.perf_counter() - began)

    async def put(self, passages: Sequence[Passage], vectors: "Sequence[Vector] | None") -> None:
        """As the store does."""
        await self._store.put(passages, vectors)

    async def remove(self, documents: Collection[str]) -> None:
        """As the store does."""
        await self._store.remove(documents)

    async def held(self) -> Mapping[str, Held]:
        """As the store answers."""
        return await self._store.held()

    async def facts(self) -> Facts:
        """As the store answers."""
        return await self._store.facts()

    async def set_facts(self, facts: Facts) -> None:
        """As the store does."""
        await self._store.set_facts(facts)

    async def close(self) -> None:
        """As the store does."""
        await self._store.close()
