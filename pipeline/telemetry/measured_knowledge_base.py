"""A knowledge base whose queries are counted and timed."""

import time

from agents.domain.ports import Found, KnowledgeBase, Ranking
from agents.domain.verdicts import Retryable
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.tracing import asking, exemplar_of_now

_OUTCOMES = ("found", "nothing_found", "degraded", "unavailable")


class MeasuredKnowledgeBase:
    """Another knowledge base, watched. `store` is the database behind it: `sqlite`, `weaviate`."""

    def __init__(self, knowledge: KnowledgeBase, store: str, metrics: Metrics) -> None:
        self._knowledge = knowledge
        self._store = store
        self._queries = {outcome: metrics.rag_queries.labels(store, outcome) for outcome in _OUTCOMES}
        self._seconds = metrics.rag_seconds.labels(store)

    async def search(self, query: str, limit: int, ranking: Ranking = Ranking.HYBRID) -> Found:
        """As the knowledge base answers. Raises: what it raises."""
        began = time.perf_counter()
        try:
            with asking("search", self._store, {"db.system.name": self._store, "db.operation.name": "search"}):
                found = await self._knowledge.search(query, limit, ranking)
        except Retryable:
            self._note("unavailable", began)
            raise
        self._note(_outcome_of(found), began)
        return found

    def _note(self, outcome: str, began: float) -> None:
        self._queries[outcome].inc()
        self._seconds.observe(time.perf_counter() - began, exemplar_of_now())


def _outcome_of(found: Found) -> str:
    if found.degraded is not None:
        return "degraded"
    return "found" if found.citations else "nothing_found"
