"""Wiring of the knowledge base: stores, embedder, caches, and the fallback while Weaviate is unavailable."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from agents.adapters.sqlite_passage_store import SqlitePassageStore
from agents.adapters.weaviate.settings import WeaviateSettings
from agents.domain.circuit import through
from agents.domain.ports import KnowledgeBase
from agents.knowledge.documents import load_documents
from agents.knowledge.settings import KnowledgeSettings
from agents.retrieval.caches import CachedEmbedder, CachedKnowledgeBase, MemoryCache, SharedCache
from agents.retrieval.fallback import FallbackKnowledgeBase
from agents.retrieval.keeping import Keeper
from agents.retrieval.knowledge_search import KnowledgeSearch
from agents.retrieval.passages import passage_of
from agents.retrieval.ports import Embedder, Facts, PassageStore
from agents.retrieval.settings import EmbeddingSettings, KnowledgeCacheSettings
from pipeline.control.circuits import Circuits, CircuitSettings
from pipeline.local_kafka.distribution import cache_folder
from pipeline.telemetry.measured_knowledge_base import MeasuredKnowledgeBase
from pipeline.telemetry.measured_passage_store import MeasuredPassageStore
from pipeline.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from agents.adapters.weaviate.connection import WeaviateConnection

Kind = Literal["documents", "precedents"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What is known: what documents say, and what became of earlier intents."""


class KnowledgeSections(Protocol):
    """The sections of the settings that say how knowledge is kept and found."""

    @property
    def knowledge(self) -> KnowledgeSettings:
        """The operator's pack, and the embedded store."""

    @property
    def embeddings(self) -> EmbeddingSettings:
        """What makes vectors."""

    @property
    def weaviate(self) -> WeaviateSettings:
        """The server, where there is one."""

    @property
    def knowledge_cache(self) -> KnowledgeCacheSettings:
        """What is kept of answers."""


@dataclass
class Knowledge:
    """What one process knows. Everything is opened when it is first asked for.

    `report` takes a line for people while something takes long; `threads` are those of the on-board embedder;
    `is_patient` is for what reads or writes all there is, and may take longer than a search.
    """

    settings: KnowledgeSections
    metrics: Metrics = field(default_factory=Metrics)
    circuits: Circuits = field(default_factory=lambda: Circuits(CircuitSettings()))
    report: Callable[[str], None] = lambda line: None
    threads: int | None = None
    is_patient: bool = False
    _caches: list[CachedKnowledgeBase] = field(default_factory=list)
    _exits: AsyncExitStack = field(default_factory=AsyncExitStack)

    @cached_property
    def documents(self) -> KnowledgeBase:
        """What documents say."""
        return self._base("documents")

    @cached_property
    def precedents(self) -> KnowledgeBase:
        """What became of earlier intents."""
        return self._base("precedents")

    @cached_property
    def embedder(self) -> Embedder | None:
        """The embedder that is set, None for keywords only. Nothing is fetched before its first text."""
        embedder = self._embedder()
        return CachedEmbedder(embedder, self.settings.knowledge_cache.vectors, self._observe) if embedder else None

    def _embedder(self) -> Embedder | None:
        settings, by = self.settings.embeddings, self.settings.embeddings.by
        if by == "auto":
            by = "on_board" if find_spec("onnxruntime") and find_spec("tokenizers") else "none"
        if by == "none":
            return None
        if by == "endpoint":
            from agents.adapters.openai.openai_embedder import OpenAiEmbedder  # half a second to import

            endpoint = OpenAiEmbedder(settings)
            self._exits.push_async_callback(endpoint.close)
            return endpoint
        from agents.adapters.onnx.encoder_files import encoder_files
        from agents.adapters.onnx.onnx_embedder import OnnxEmbedder

        return OnnxEmbedder(
            lambda: encoder_files(cache_folder(), settings.repository, self.report), self.threads or settings.threads
        )

    def store(self, kind: Kind) -> PassageStore:
        """What is written to: Weaviate where one is set, else the file of this machine."""
        return self._weaviate(kind) if self.settings.weaviate.is_configured else self.embedded_store(kind)

    def embedded_store(self, kind: Kind) -> PassageStore:
        """The file of this machine, made where it is not there. Raises: Retryable."""
        return self._measured(SqlitePassageStore.at(self.file(kind)))

    def keeper(self, kind: Kind) -> Keeper:
        """Looks after what is written to."""
        if self.settings.weaviate.is_configured:
            from agents.adapters.weaviate.weaviate_keeper import WeaviateKeeper

            return WeaviateKeeper(self.weaviate, self._alias(kind), self.settings.weaviate.backup_backend)
        from agents.adapters.sqlite_keeper import SqliteKeeper

        return SqliteKeeper(self.file(kind))

    def file(self, kind: Kind) -> Path:
        """Where that file is, or would be."""
        database = self.settings.knowledge.database
        return database if kind == "documents" else database.with_name(f"{database.stem}-precedents{database.suffix}")

    def _weaviate(self, kind: Kind) -> PassageStore:
        from agents.adapters.weaviate.weaviate_passage_store import WeaviatePassageStore

        store = WeaviatePassageStore(self.weaviate, self._alias(kind))
        return self._measured(store, self.settings.weaviate.connections)

    def _alias(self, kind: Kind) -> str:
        from agents.adapters.weaviate.collections import KNOWLEDGE, PRECEDENTS

        return self.settings.weaviate.collection_prefix + (KNOWLEDGE if kind == "documents" else PRECEDENTS)

    @cached_property
    def weaviate(self) -> "WeaviateConnection":
        """The connection to Weaviate."""
        from agents.adapters.weaviate.connection import WeaviateConnection  # half a second to import

        settings = self.settings.weaviate
        if self.is_patient:
            settings = settings.model_copy(update={"query_seconds": settings.write_seconds})
        connection = WeaviateConnection(settings)
        self._exits.push_async_callback(connection.close)
        return connection

    def _measured(self, store: PassageStore, limit: int | None = None) -> PassageStore:
        self._exits.push_async_callback(store.close)
        return MeasuredPassageStore(store, self.metrics, limit)

    def _base(self, kind: Kind) -> KnowledgeBase:
        embedded, store = self._embedded(kind)
        base: KnowledgeBase = embedded
        circuit = self.circuits.of("weaviate")
        if self.settings.weaviate.is_configured:
            store = self._weaviate(kind)
            base = FallbackKnowledgeBase(KnowledgeSearch(store, self.embedder), embedded, circuit, "weaviate")

        async def version() -> str:
            facts = await (through(circuit, "weaviate", store.facts) if store.name == "weaviate" else store.facts())
            return facts.version

        if self.settings.knowledge_cache.is_on:
            settings = self.settings.knowledge_cache
            memory = MemoryCache(settings.memory_bytes // 2, settings.memory_seconds)  # one for each kind
            base = CachedKnowledgeBase(base, version, memory, self._shared_cache, self._observe)
            self._caches.append(base)
        return MeasuredKnowledgeBase(base, store.name, self.metrics)

    def _embedded(self, kind: Kind) -> tuple[KnowledgeBase, PassageStore]:
        """What was loaded on this machine, else the documents of the pack."""
        if self.file(kind).exists():
            store = self.embedded_store(kind)
            return KnowledgeSearch(store, self.embedder), store
        documents = load_documents(self.settings.knowledge.folder) if kind == "documents" else ()
        passages = [passage_of(each) for each in documents]
        pack = self._measured(SqlitePassageStore.in_memory(passages))
        embedder = self.embedder

        async def add_vectors() -> None:
            if embedder is not None:
                await pack.put(passages, await embedder.embed_passages([each.meaning for each in passages]))
                await pack.set_facts(Facts("pack", embedder.name))

        return KnowledgeSearch(pack, embedder, add_vectors), pack

    @cached_property
    def _shared_cache(self) -> SharedCache | None:
        settings = self.settings.knowledge_cache
        url = settings.redis_url.get_secret_value()
        if not url:
            return None
        from agents.adapters.redis.redis_shared_cache import RedisSharedCache

        cache = RedisSharedCache(url, settings.redis_seconds, settings.redis_connections)
        self._exits.push_async_callback(cache.close)
        return cache

    def _observe(self, cache: str, lookup: str) -> None:
        self.metrics.cache_lookups.labels(cache, lookup).inc()

    async def clear_caches(self) -> None:
        """Forget every answer and vector kept in this process and in Redis. Raises: Retryable."""
        if isinstance(self.embedder, CachedEmbedder):
            self.embedder.clear()
        for cache in self._caches:
            await cache.clear()

    async def close(self) -> None:
        """End what is open."""
        await self._exits.aclose()
