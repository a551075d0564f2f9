"""A store of passages whose searches are timed, as those of any database."""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from agents.domain.ports import Ranking
from agents.retrieval.passages import Held, Passage
from agents.retrieval.ports import Facts, PassageStore
from pipeline.telemetry.metrics import Metrics
from schemas.bodies import Citation

if TYPE_CHECKING:
    from agents.retrieval.ports import Vector


class MeasuredPassageStore:
    """Another store, watched. Failed searches are timed too."""

    def __init__(self, store: PassageStore, metrics: Metrics) -> None:
        self._store = store
        self._seconds = metrics.db_seconds.labels(store.name, "search")

    @property
    def name(self) -> str:
        """The database behind it."""
        return self._store.name

    async def find(self, query: str, vector: "Vector | None", limit: int, ranking: Ranking) -> tuple[Citation, ...]:
        """As the store answers."""
        began = time.perf_counter()
        try:
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
