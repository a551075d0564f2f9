"""The knowledge base as a process has it: the real encoder, a real Weaviate that goes away, a real Redis that does."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agents.adapters.redis.redis_shared_cache import RedisSharedCache
from agents.adapters.weaviate.settings import WeaviateSettings
from agents.domain.ports import Ranking
from agents.domain.verdicts import Retryable
from agents.retrieval.settings import EmbeddingSettings
from pipeline.control.circuits import Circuits, CircuitSettings
from pipeline.local_kafka.free_ports import find_free_ports, is_free
from pipeline.operations.evaluate_knowledge import ask, read_questions, report_on
from pipeline.operations.load_knowledge import forget_caches, holdings, load
from pipeline.processes.child_process import ChildProcess
from pipeline.runtime.knowledge_base import Knowledge
from pipeline.settings import Settings
from tests.servers.eventually import eventually, eventually_blocking
from tests.servers.weaviate_server import WeaviateProcess

SETTINGS = Settings()


@asynccontextmanager
async def knowledge_with(folder: Path, **sections: Any) -> AsyncIterator[Knowledge]:
    database = SETTINGS.knowledge.model_copy(update={"database": folder / "knowledge.sqlite"})
    settings = SETTINGS.model_copy(update={"knowledge": database, **sections})
    knowledge = Knowledge(settings, circuits=Circuits(CircuitSettings(failures=1, open_seconds=0.5)))
    try:
        yield knowledge
    finally:
        await knowledge.close()


def counted(knowledge: Knowledge, name: str, **labels: str) -> float:
    return knowledge.metrics.registry.get_sample_value(name, labels) or 0.0


async def test_retrieval_reaches_its_aims_with_the_encoder_on_board(tmp_path: Path) -> None:
    async with knowledge_with(tmp_path, embeddings=EmbeddingSettings(by="on_board")) as knowledge:
        assert (await load(knowledge, ())).added >= 60
        [documents, _] = await holdings(knowledge)
        assert (documents.embedder, documents.unfinished) == ("e5-small-v2-q", 0)
        questions = list(read_questions(SETTINGS.knowledge.folder / "questions.jsonl"))
        asked = [each async for each in ask(knowledge.documents, questions, list(Ranking))]
        assert report_on(asked)["missed_aims"] == []


async def test_while_weaviate_is_away_the_embedded_store_answers_and_says_so(tmp_path: Path) -> None:
    server = WeaviateProcess(tmp_path / "weaviate")
    (tmp_path / "weaviate").mkdir()
    try:
        server.start()
        weaviate = WeaviateSettings(url=server.address.url, grpc_address=server.address.grpc_address)
        off = SETTINGS.knowledge_cache.model_copy(update={"is_on": False})
        keywords = EmbeddingSettings(by="none")
        async with knowledge_with(tmp_path, weaviate=weaviate, knowledge_cache=off, embeddings=keywords) as knowledge:
            await load(knowledge, ())
            there = await knowledge.documents.search("AMF", 3)
            assert there.citations
            assert there.degraded is None
            server.kill()
            for _ in range(3):
                away = await knowledge.documents.search("AMF", 3)
                assert away.citations[0].document == "amf"
                assert "embedded" in (away.degraded or "")
            assert counted(knowledge, "rag_queries_total", store="weaviate", outcome="degraded") == 3
            assert knowledge.circuits.open_endpoints == ["weaviate"]
            server.start()
            await eventually(lambda: is_whole_again(knowledge))
            assert counted(knowledge, "db_query_duration_seconds_count", store="weaviate", operation="search") >= 2
            assert counted(knowledge, "db_query_duration_seconds_count", store="sqlite", operation="search") >= 3
    finally:
        server.kill()


async def is_whole_again(knowledge: Knowledge) -> bool:
    return (await knowledge.documents.search("AMF", 3)).degraded is None


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """The address of a Redis of this test's own, and how to kill it."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server here: apt-get install redis-server")
    [port] = find_free_ports(1)
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    process = ChildProcess(command, tmp_path / "log", {})
    try:
        eventually_blocking(lambda: not is_free(port))
        yield f"redis://127.0.0.1:{port}/0", process.kill
    finally:
        process.kill()


async def test_processes_share_answers_in_redis_until_it_is_cleared_and_go_on_without_it(
    redis: tuple[str, Callable[[], None]], tmp_path: Path
) -> None:
    url, kill = redis
    shared = SETTINGS.knowledge_cache.model_validate({"redis_url": url})
    sections = {"knowledge_cache": shared, "embeddings": EmbeddingSettings(by="none")}
    async with knowledge_with(tmp_path, **sections) as first, knowledge_with(tmp_path, **sections) as second:
        await load(first, ())
        found = await first.documents.search("AMF", 3)
        assert await second.documents.search("AMF", 3) == found
        assert counted(second, "knowledge_cache_lookups_total", cache="redis", outcome="hit") == 1
        await forget_caches(first)
        async with knowledge_with(tmp_path, **sections) as third:
            assert await third.documents.search("AMF", 3) == found
            assert counted(third, "knowledge_cache_lookups_total", cache="redis", outcome="hit") == 0
        kill()
        assert (await first.documents.search("capacity of sessions", 3)).citations
        assert counted(first, "knowledge_cache_lookups_total", cache="redis", outcome="error") == 1
        with pytest.raises(Retryable, match="Redis"):
            await forget_caches(first)


async def test_what_is_not_ours_in_redis_stays(redis: tuple[str, Callable[[], None]]) -> None:
    cache = RedisSharedCache(redis[0], seconds=60, connections=2)
    await cache.put("ours", b"1")
    await cache._redis.set("of somebody else", b"2")
    await cache.clear()
    assert await cache.get("ours") == ("miss", b"")
    assert await cache._redis.get("of somebody else") == b"2"
    await cache.close()
