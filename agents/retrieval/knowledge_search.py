"""A knowledge base of a store and an embedder."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from agents.domain.ports import Found, Ranking
from agents.domain.verdicts import Retryable
from agents.knowledge.search_words import telling_words
from agents.retrieval.ports import Embedder, PassageStore

if TYPE_CHECKING:
    from agents.retrieval.ports import Vector

_NO_EMBEDDER = "no embedder is set, so there are no vectors to search with"


class KnowledgeSearch:
    """Searches by keywords, vectors or both. Without an embedder it searches only by keywords; if there is one but it
    yields no vector, it searches by keywords and says so.

    `prepare` is run once, before the first search that takes vectors.
    """

    def __init__(
        self, store: PassageStore, embedder: Embedder | None, prepare: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._prepare = prepare
        self._preparing = asyncio.Lock()

    async def search(self, query: str, limit: int, ranking: Ranking = Ranking.HYBRID) -> Found:
        """Raises: Retryable where the store is unavailable, or where only vectors were asked for and there are none."""
        if not telling_words(query):
            return Found()
        if self._embedder is None and ranking is Ranking.HYBRID:
            ranking = Ranking.KEYWORDS
        if ranking is Ranking.KEYWORDS:
            return Found(await self._store.find(query, None, limit, ranking))
        try:
            vector = await self._vector_of(query)
        except Retryable as fault:
            if ranking is Ranking.VECTORS:
                raise
            found = await self._store.find(query, None, limit, Ranking.KEYWORDS)
            return Found(found, degraded=fault.message)
        return Found(await self._store.find(query, vector, limit, ranking))

    async def _vector_of(self, query: str) -> "Vector":
        if self._embedder is None:
            raise Retryable(_NO_EMBEDDER, dependency="embedder")
        await self._be_prepared()
        held = (await self._store.facts()).embedder
        if held != self._embedder.name:
            made = f"by {held}" if held else "without vectors"
            raise Retryable(
                f"the knowledge base was made {made}, the embedder is {self._embedder.name}: "
                "`nephoran knowledge migrate` recreates its vectors; only keywords were searched",
                dependency="embedder",
            )
        return await self._embedder.embed_query(query)

    async def _be_prepared(self) -> None:
        async with self._preparing:
            if self._prepare is not None:
                await self._prepare()
                self._prepare = None
