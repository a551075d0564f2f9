"""A knowledge base whose queries are counted and timed."""

import time
from collections.abc import Sequence

from agents.domain.ports import KnowledgeBase
from agents.domain.verdicts import Retryable
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.tracing import asking, exemplar_of_now
from schemas.bodies import Citation


class MeasuredKnowledgeBase:
    """Another knowledge base, watched. `store` is the database behind it: `sqlite`, `weaviate`."""

    def __init__(self, knowledge: KnowledgeBase, store: str, metrics: Metrics) -> None:
        self._knowledge = knowledge
        self._store = store
        self._queries = {
            outcome: metrics.rag_queries.labels(store, outcome) for outcome in ("found", "nothing_found", "unavailable")
        }
        self._rag_seconds = metrics.rag_seconds.labels(store)
        self._db_seconds = metrics.db_seconds.labels(store, "search")

    async def search(self, query: str, limit: int) -> Sequence[Citation]:
        """As the knowledge base answers. Raises: what it raises."""
        began = time.perf_counter()
        try:
            with asking("search", self._store, {"db.system.name": self._store, "db.operation.name": "search"}):
                found = await self._knowledge.search(query, limit)
        except Retryable:
            self._note("unavailable", began)
            raise
        self._note("found" if found else "nothing_found", began)
        return found

    def _note(self, outcome: str, began: float) -> None:
        seconds = time.perf_counter() - began
        self._queries[outcome].inc()
        self._rag_seconds.observe(seconds, exemplar_of_now())
        self._db_seconds.observe(seconds)
