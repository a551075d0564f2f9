"""What `nephoran doctor` finds of what the knowledge base is searched with."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.adapters.weaviate.settings import WeaviateSettings
from agents.retrieval.settings import EmbeddingSettings
from pipeline.local_kafka.free_ports import find_free_ports, is_free
from pipeline.operations.knowledge_check import check_embedder, check_redis, check_weaviate
from pipeline.operations.load_knowledge import load
from pipeline.processes.child_process import ChildProcess
from pipeline.runtime.knowledge_base import Knowledge
from pipeline.settings import Settings
from tests.servers.eventually import eventually_blocking
from tests.servers.weaviate_server import WeaviateProcess

KEYWORDS = EmbeddingSettings(by="none")


def settings_with(folder: Path, **sections: Any) -> Settings:
    settings = Settings()
    database = settings.knowledge.model_copy(update={"database": folder / "base.sqlite"})
    return settings.model_copy(update={"knowledge": database, **sections})


async def filled(settings: Settings) -> None:
    knowledge = Knowledge(settings)
    await load(knowledge, ())
    await knowledge.close()


async def test_without_an_embedder_it_says_that_keywords_alone_are_searched(tmp_path: Path) -> None:
    verdict, found = await check_embedder(settings_with(tmp_path, embeddings=KEYWORDS))
    assert (verdict, "keywords alone" in found) == ("note", True)


async def test_vectors_of_another_embedder_than_the_one_that_is_set_are_told(tmp_path: Path) -> None:
    await filled(settings_with(tmp_path, embeddings=KEYWORDS))
    verdict, found = await check_embedder(settings_with(tmp_path, embeddings=EmbeddingSettings(by="on_board")))
    assert (verdict, "nephoran knowledge migrate" in found) == ("wrong", True)


async def test_an_endpoint_for_vectors_that_is_away_is_told(tmp_path: Path) -> None:
    endpoint = EmbeddingSettings(by="endpoint", base_url="http://127.0.0.1:9/v1")
    verdict, _ = await check_embedder(settings_with(tmp_path, embeddings=endpoint))
    assert verdict == "unreachable"


@pytest.fixture
def redis_port(tmp_path: Path) -> Iterator[int]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server here: apt-get install redis-server")
    [port] = find_free_ports(1)
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", "secret-word"]
    process = ChildProcess([*command, "--dir", str(tmp_path)], tmp_path / "log", {})
    try:
        eventually_blocking(lambda: not is_free(port))
        yield port
    finally:
        process.kill()


async def test_redis_is_asked_with_its_password_which_is_never_told(tmp_path: Path, redis_port: int) -> None:
    async def found(password: str, port: int = redis_port) -> tuple[str, str]:
        cache = {"redis_url": f"redis://:{password}@127.0.0.1:{port}/0"}
        made = Settings().knowledge_cache.model_validate(cache)
        return await check_redis(settings_with(tmp_path, knowledge_cache=made))

    assert await found("secret-word") == ("ok", "answers")
    for verdict, said in (await found("wrong-word"), await found("secret-word", port=9)):
        assert (verdict, "-word" in said) == ("unreachable", False)


async def test_weaviate_is_asked_whether_it_serves(tmp_path: Path) -> None:
    (tmp_path / "weaviate").mkdir()
    server = WeaviateProcess(tmp_path / "weaviate")
    weaviate = WeaviateSettings(url=server.address.url, grpc_address=server.address.grpc_address)
    settings = settings_with(tmp_path, weaviate=weaviate, embeddings=KEYWORDS)
    assert (await check_weaviate(settings))[0] == "unreachable"
    try:
        server.start()
        assert (await check_weaviate(settings))[0] == "note"
        await filled(settings)
        verdict, found = await check_weaviate(settings)
        assert (verdict, "TelecomKnowledge_v1 serves" in found) == ("ok", True)
    finally:
        server.kill()
