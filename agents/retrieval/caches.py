"""Caches of answers and of query vectors."""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, Protocol

from cachetools import LRUCache, TTLCache

from agents.domain.ports import Found, KnowledgeBase, Ranking
from agents.domain.verdicts import Retryable
from agents.retrieval.found_json import found_from_json, found_to_json
from agents.retrieval.ports import Embedder

if TYPE_CHECKING:
    from agents.retrieval.ports import Vector

Lookup = Literal["hit", "miss", "error"]
Observe = Callable[[str, Lookup], None]
"""Called for every lookup: in which cache (memory, redis, vectors), and its outcome."""
_VERSION_SECONDS = 5.0
"""How long an answer may outlive the knowledge it is from, where another process loaded."""


class SharedCache(Protocol):
    """A cache that several processes share. It never raises: a failure is only an error result of `get`."""

    async def get(self, key: str) -> tuple[Lookup, bytes]:
        """What is kept under this key."""

    async def put(self, key: str, value: bytes) -> None:
        """Keep it for the time that is set."""

    async def clear(self) -> None:
        """Forget all of it. Raises: Retryable, because the caller wants to know."""


class MemoryCache:
    """Answers by key: the longest unused leave first where they take more than `most_bytes`, each after `seconds`."""

    def __init__(self, most_bytes: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._kept: TTLCache[str, bytes] = TTLCache(most_bytes, seconds, timer=now, getsizeof=len)

    @property
    def size_bytes(self) -> float:
        """What the answers take."""
        return self._kept.currsize

    def get(self, key: str) -> bytes | None:
        """What is kept under this key, None where it is not or was kept too long."""
        return self._kept.get(key)

    def put(self, key: str, value: bytes) -> None:
        """Keep it, unless it alone takes more than there is room for."""
        with suppress(ValueError):
            self._kept[key] = value

    def clear(self) -> None:
        """Forget all of it."""
        self._kept.clear()


class CachedKnowledgeBase:
    """Another knowledge base, asked once for the same: answers are kept under the version of what they are from.

    `version` tells it. Degraded answers are not kept. A cache that fails is bypassed.
    """

    def __init__(
        self,
        knowledge: KnowledgeBase,
        version: Callable[[], Awaitable[str]],
        memory: MemoryCache,
        shared: SharedCache | None = None,
        observe: Observe = lambda cache, lookup: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._knowledge = knowledge
        self._ask_version = version
        self._memory = memory
        self._shared = shared
        self._observe = observe
        self._now = now
        self._version: str | None = None
        self._version_at = float("-inf")

    async def search(self, query: str, limit: int, ranking: Ranking = Ranking.HYBRID) -> Found:
        """As the knowledge base answers. Raises: what it raises."""
        version = await self._current_version()
        if version is None:
            return await self._knowledge.search(query, limit, ranking)
        key = sha256(f"{version}\n{ranking}\n{limit}\n{query}".encode()).hexdigest()
        kept = await self._kept(key)
        if kept is not None:
            return found_from_json(kept)
        found = await self._knowledge.search(query, limit, ranking)
        if found.degraded is None:
            await self._keep(key, found_to_json(found))
        return found

    async def _kept(self, key: str) -> bytes | None:
        value = self._memory.get(key)
        self._observe("memory", "miss" if value is None else "hit")
        if value is not None or self._shared is None:
            return value
        lookup, shared = await self._shared.get(key)
        self._observe("redis", lookup)
        if lookup != "hit":
            return None
        self._memory.put(key, shared)
        return shared

    async def _keep(self, key: str, value: bytes) -> None:
        self._memory.put(key, value)
        if self._shared is not None:
            await self._shared.put(key, value)

    async def _current_version(self) -> str | None:
        """The last one known where the store cannot tell: what it held has not changed for that."""
        if self._now() - self._version_at > _VERSION_SECONDS:
            self._version_at = self._now()
            with suppress(Retryable):
                self._version = await self._ask_version()
        return self._version

    async def clear(self) -> None:
        """Forget everything, here and in the shared cache. Raises: Retryable where that one cannot be reached."""
        self._memory.clear()
        self._version_at = float("-inf")
        if self._shared is not None:
            await self._shared.clear()


class CachedEmbedder:
    """Another embedder, whose last `most` vectors of queries are kept."""

    def __init__(self, embedder: Embedder, most: int, observe: Observe = lambda cache, lookup: None) -> None:
        self._embedder = embedder
        self._observe = observe
        self._kept: LRUCache[str, Vector] = LRUCache(most)

    @property
    def name(self) -> str:
        """That of the embedder."""
        return self._embedder.name

    async def embed_query(self, text: str) -> "Vector":
        """As the embedder answers. Raises: what it raises."""
        kept = self._kept.get(text)
        self._observe("vectors", "miss" if kept is None else "hit")
        if kept is not None:
            return kept
        vector = await self._embedder.embed_query(text)
        with suppress(ValueError):  # there is room for none
            self._kept[text] = vector
        return vector

    async def embed_passages(self, texts: Sequence[str]) -> "Sequence[Vector]":
        """Not kept: a load asks for each once."""
        return await self._embedder.embed_passages(texts)

    def clear(self) -> None:
        """Forget all vectors."""
        self._kept.clear()
