"""The connection to a Weaviate, made when it is first needed and again after it failed to be made."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import grpc
import httpx
import weaviate
from weaviate.auth import Auth
from weaviate.config import AdditionalConfig, ConnectionConfig, GrpcConfig, Timeout
from weaviate.exceptions import WeaviateBaseError

from agents.adapters.weaviate.settings import WeaviateSettings
from agents.domain.verdicts import Retryable

DEPENDENCY = "weaviate"
_GRPC_PORT = 50051
_CONNECT_SECONDS = 2
_CHANNEL_OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 1_000),
]
"""gRPC would wait up to two minutes before it retries a server that was down, even over new channels."""


class WeaviateConnection:
    """One client for all that a process asks of the server."""

    def __init__(self, settings: WeaviateSettings) -> None:
        self._settings = settings
        self._client: weaviate.WeaviateAsyncClient | None = None
        self._connecting = asyncio.Lock()

    @property
    def query_seconds(self) -> float:
        """How long a search may take. The client itself would try for a minute while the server is down."""
        return self._settings.query_seconds

    async def client(self) -> weaviate.WeaviateAsyncClient:
        """Connected. Raises: WeaviateBaseError."""
        async with self._connecting:
            if self._client is None:
                client = self._made()
                try:
                    await client.connect()
                except BaseException:
                    await client.close()
                    raise
                self._client = client
            return self._client

    def _made(self) -> weaviate.WeaviateAsyncClient:
        settings = self._settings
        http = urlsplit(settings.url)
        is_secure, host = http.scheme == "https", http.hostname or ""
        grpc_host, _, grpc_port = settings.grpc_address.rpartition(":")
        key = settings.api_key.get_secret_value()
        return weaviate.use_async_with_custom(
            http_host=host,
            http_port=http.port or (443 if is_secure else 80),
            http_secure=is_secure,
            grpc_host=grpc_host or host,
            grpc_port=int(grpc_port or _GRPC_PORT),
            grpc_secure=is_secure,
            auth_credentials=Auth.api_key(key) if key else None,
            additional_config=AdditionalConfig(
                connection=ConnectionConfig(
                    session_pool_connections=settings.connections, session_pool_maxsize=settings.connections
                ),
                grpc_config=GrpcConfig(channel_options=_CHANNEL_OPTIONS),
                timeout=Timeout(init=_CONNECT_SECONDS, query=settings.query_seconds, insert=settings.write_seconds),
            ),
        )

    async def close(self) -> None:
        """End the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """What the client raises, in the words of the port. Raises: Retryable."""
    try:
        yield
    except (WeaviateBaseError, httpx.HTTPError, grpc.RpcError, TimeoutError, OSError) as fault:
        raise Retryable(
            f"Weaviate could not {doing}: {_first_line(fault)}; check NEPHORAN_WEAVIATE__URL and the server",
            dependency=DEPENDENCY,
        ) from fault


def _first_line(fault: BaseException) -> str:
    return next(iter(str(fault).strip().splitlines()), type(fault).__name__)[:300]
