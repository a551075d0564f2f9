"""A knowledge base with a fallback while it is unavailable."""

from agents.domain.circuit import Circuit, through
from agents.domain.ports import Found, KnowledgeBase, Ranking
from agents.domain.verdicts import Retryable


class FallbackKnowledgeBase:
    """Answers from `second` while `dependency`, which `first` relies on, is unavailable, and says so in the answer.

    Behind a circuit, so that a server which is down is not waited for by every query.
    """

    def __init__(self, first: KnowledgeBase, second: KnowledgeBase, circuit: Circuit, dependency: str) -> None:
        self._first = first
        self._second = second
        self._circuit = circuit
        self._dependency = dependency

    async def search(self, query: str, limit: int, ranking: Ranking = Ranking.HYBRID) -> Found:
        """Raises: Retryable where both are unavailable."""
        try:
            return await through(self._circuit, self._dependency, lambda: self._first.search(query, limit, ranking))
        except Retryable as fault:
            if fault.dependency != self._dependency:
                raise
            found = await self._second.search(query, limit, ranking)
            return Found(found.citations, degraded=f"{fault.message}; the embedded knowledge base answered")
