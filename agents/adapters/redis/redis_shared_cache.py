"""A shared cache in Redis, which is bypassed while it is unavailable."""

import time
from typing import TYPE_CHECKING

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from agents.domain.verdicts import Retryable

if TYPE_CHECKING:
    from agents.retrieval.caches import Lookup

_PREFIX = "nephoran:knowledge:"
_PAUSE_SECONDS = 5.0
"""After a failure it is not asked for this long: a cache that is down must not cost every query its time-out."""
_WAIT_SECONDS = 0.1
_CLEAR_BATCH = 500


class RedisSharedCache:
    """Values leave after `seconds`."""

    def __init__(self, url: str, seconds: float, connections: int) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=connections,
            timeout=_WAIT_SECONDS,
            socket_timeout=_WAIT_SECONDS,
            socket_connect_timeout=_WAIT_SECONDS,
        )
        self._redis = Redis.from_pool(pool)
        self._seconds = seconds
        self._not_before = 0.0

    async def get(self, key: str) -> "tuple[Lookup, bytes]":
        """What is kept under this key."""
        if time.monotonic() < self._not_before:
            return "error", b""
        try:
            value = await self._redis.get(_PREFIX + key)
        except (RedisError, OSError):
            self._pause()
            return "error", b""
        return ("hit", value) if isinstance(value, bytes) else ("miss", b"")

    async def put(self, key: str, value: bytes) -> None:
        """Keep it, where Redis is there."""
        if time.monotonic() < self._not_before:
            return
        try:
            await self._redis.set(_PREFIX + key, value, px=int(self._seconds * 1_000))
        except (RedisError, OSError):
            self._pause()

    async def clear(self) -> None:
        """Only what is ours. Raises: Retryable."""
        try:
            keys = [key async for key in self._redis.scan_iter(match=f"{_PREFIX}*", count=_CLEAR_BATCH)]
            for start in range(0, len(keys), _CLEAR_BATCH):
                await self._redis.unlink(*keys[start : start + _CLEAR_BATCH])
        except (RedisError, OSError) as fault:
            raise Retryable(f"Redis could not clear the cache: {fault}", dependency="redis") from fault

    async def close(self) -> None:
        """End its connections."""
        await self._redis.aclose()

    def _pause(self) -> None:
        self._not_before = time.monotonic() + _PAUSE_SECONDS
