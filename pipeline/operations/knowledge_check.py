"""Whether what the knowledge base is searched with can be had: the embedder, Weaviate, Redis. Changes and fetches
nothing; each answers a verdict and what was found."""

from importlib.util import find_spec
from typing import Literal

from redis.asyncio import Redis
from redis.exceptions import RedisError

from agents.adapters.onnx.encoder_files import NAME, folder_of
from agents.domain.verdicts import Retryable
from pipeline.local_kafka.distribution import cache_folder
from pipeline.runtime.knowledge_base import Knowledge
from pipeline.settings import Settings

Checked = tuple[Literal["ok", "note", "wrong", "unreachable"], str]
_REDIS_SECONDS = 3.0


async def check_embedder(settings: Settings) -> Checked:
    """Whether it answers, and whether what is stored was made by it."""
    knowledge = Knowledge(settings)
    try:
        embedder, by = knowledge.embedder, settings.embeddings.by
        if embedder is None:
            return "note", "none: keywords alone are searched (NEPHORAN_EMBEDDINGS__BY, the extra nephoran[embeddings])"
        if (stored := await _stored_by(knowledge)) not in (None, embedder.name):
            made = f"made by {stored}" if stored else "without vectors"
            return "wrong", f"it is {embedder.name}, and what is stored was {made}: run `nephoran knowledge migrate`"
        if by == "endpoint":
            await embedder.embed_query("doctor")
            return "ok", f"{embedder.name} at {settings.embeddings.base_url} answers"
        if not (find_spec("onnxruntime") and find_spec("tokenizers")):
            return "wrong", "on_board needs the extra: pip install 'nephoran[embeddings]'"
        if not folder_of(cache_folder()).is_dir():
            return "note", f"{NAME} on board is fetched at first use (25 MB, to {cache_folder()})"
        return "ok", f"{NAME} on board, in {folder_of(cache_folder())}"
    except Retryable as fault:
        return "unreachable", fault.message
    finally:
        await knowledge.close()


async def _stored_by(knowledge: Knowledge) -> str | None:
    """The embedder of what is stored on this machine; None where nothing is."""
    if not knowledge.file("documents").exists():
        return None
    store = knowledge.embedded_store("documents")
    return (await store.facts()).embedder if await store.held() else None


async def check_weaviate(settings: Settings) -> Checked:
    """Whether it answers by both of its ports, and serves something."""
    from agents.adapters.weaviate.collections import KNOWLEDGE
    from agents.adapters.weaviate.connection import translated  # half a second to import

    knowledge, where = Knowledge(settings), f"{settings.weaviate.url}, {settings.weaviate.grpc_address}"
    try:
        with translated("be asked by doctor"):
            client = await knowledge.weaviate.client()
            alias = await client.alias.get(alias_name=settings.weaviate.collection_prefix + KNOWLEDGE)
            if alias is None:
                return "note", f"{where} answers and is empty: `nephoran knowledge load` fills it"
            passages = (await client.collections.use(alias.collection).aggregate.over_all(total_count=True)).total_count
            return "ok", f"{where} answers, {alias.collection} serves {passages} passages"
    except Retryable as fault:
        return "unreachable", f"{fault.message}; the embedded store answers meanwhile"
    finally:
        await knowledge.close()


async def check_redis(settings: Settings) -> Checked:
    """Whether it answers and lets us in. Its address may hold a password, and is not told."""
    redis = Redis.from_url(
        settings.knowledge_cache.redis_url.get_secret_value(),
        socket_timeout=_REDIS_SECONDS,
        socket_connect_timeout=_REDIS_SECONDS,
    )
    try:
        await redis.ping()
        return "ok", "answers"
    except (RedisError, OSError) as fault:
        remedy = "start it, or correct NEPHORAN_KNOWLEDGE_CACHE__REDIS_URL; it is passed by meanwhile"
        return "unreachable", f"it does not answer ({type(fault).__name__}): {remedy}"
    finally:
        await redis.aclose()
