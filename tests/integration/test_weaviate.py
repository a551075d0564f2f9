"""A real Weaviate through what may happen to it: killed amid a load and amid a migration, copied, restored, away.

10,000 documents with random vectors of 384 dimensions.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from agents.adapters.weaviate.collections import collection_behind
from agents.adapters.weaviate.connection import WeaviateConnection
from agents.adapters.weaviate.settings import WeaviateSettings
from agents.adapters.weaviate.weaviate_keeper import WeaviateKeeper
from agents.adapters.weaviate.weaviate_passage_store import WeaviatePassageStore
from agents.domain.ports import Ranking
from agents.domain.verdicts import Retryable
from agents.knowledge.documents import load_documents
from agents.knowledge.settings import KnowledgeSettings
from agents.retrieval.passages import Passage, passage_of
from agents.retrieval.ports import Facts, Refused
from tests.servers.weaviate_server import WeaviateProcess

DOCUMENTS = 10_000
BATCH = 250
KILLED_AFTER = 5_000
SAMPLE = range(0, DOCUMENTS, 97)
UNDER_WAY = range(KILLED_AFTER, KILLED_AFTER + 2 * BATCH)
"""Put and not acknowledged when the server was killed: what was stored of it by then may be missing from the index of
vectors (seen once), and a second load leaves alone what is stored. Migrating builds the index again."""
NOTHING = range(0)
WIDE = 2_000
ALIAS = "TelecomKnowledge"
PASSAGES = [
    Passage(f"d{n}", f"Title{n}", f"Standard, {n}", f"About number{n} of the network.", path=f"/d{n}.md", digest=f"{n}")
    for n in range(DOCUMENTS)
]
VECTORS = np.random.default_rng(7).standard_normal((DOCUMENTS, 384), dtype=np.float32)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)


class NamedEmbedder:
    """Says whose the random vectors are."""

    name = "random"


def settings_for(server: WeaviateProcess) -> WeaviateSettings:
    settings = WeaviateSettings(url=server.address.url, grpc_address=server.address.grpc_address)
    return settings.model_copy(update={"query_seconds": 60.0})


@asynccontextmanager
async def opened(server: WeaviateProcess) -> AsyncIterator[tuple[WeaviatePassageStore, WeaviateKeeper]]:
    connection = WeaviateConnection(settings_for(server))
    try:
        yield WeaviatePassageStore(connection, ALIAS), WeaviateKeeper(connection, ALIAS, "filesystem")
    finally:
        await connection.close()


async def put(store: WeaviatePassageStore, numbers: list[int]) -> None:
    await store.put([PASSAGES[n] for n in numbers], [VECTORS[n] for n in numbers])


async def load_until_killed(server: WeaviateProcess) -> set[str]:
    """What Weaviate acknowledged before it was killed, in the middle of a batch."""
    acknowledged: set[str] = set()
    async with opened(server) as (store, _):
        await store.set_facts(Facts("1", "random"))
        for start in range(0, KILLED_AFTER, BATCH):
            await put(store, list(range(start, start + BATCH)))
            acknowledged |= {f"d{n}" for n in range(start, start + BATCH)}
        under_way = asyncio.create_task(put(store, list(UNDER_WAY)))
        await asyncio.sleep(0.05)
        server.kill()
        with pytest.raises(Retryable):
            await under_way
    return acknowledged


async def load_the_rest(server: WeaviateProcess, acknowledged: set[str]) -> None:
    """What was acknowledged is there whole; the rest is put as a second load does."""
    async with opened(server) as (store, _):
        whole = {document for document, held in (await store.held()).items() if held.digest}
        assert acknowledged <= whole
        missing = [n for n in range(DOCUMENTS) if f"d{n}" not in whole]
        for start in range(0, len(missing), BATCH):
            await put(store, missing[start : start + BATCH])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeaviateProcess]:
    """Holds all documents, after it was killed (SIGKILL) while they were loaded, and started again."""
    process = WeaviateProcess(tmp_path_factory.mktemp("weaviate"), tmp_path_factory.mktemp("backups"))
    try:
        process.start()
        acknowledged = asyncio.run(load_until_killed(process))
        process.start()
        asyncio.run(load_the_rest(process, acknowledged))
        yield process
    finally:
        process.kill()


async def require_everything(store: WeaviatePassageStore, not_indexed: range = UNDER_WAY) -> None:
    held = await store.held()
    assert len(held) == DOCUMENTS
    assert all(each.digest == document.removeprefix("d") for document, each in held.items())
    await require_every_vector(store)
    for n in SAMPLE:
        assert (await store.find(f"number{n}", None, 1, Ranking.KEYWORDS))[0].document == f"d{n}"
        if n not in not_indexed:
            await require_indexed(store, n)
    assert (await store.find("number77", VECTORS[77], 1, Ranking.HYBRID))[0].document == "d77"


async def require_every_vector(store: WeaviatePassageStore) -> None:
    """Each as it was put, to the last place but one of a float32: Weaviate makes its norm 1 once more."""
    passages = await store._readable()
    stored = {
        each.properties["document"]: each.vector.get("default") async for each in passages.iterator(include_vector=True)
    }
    assert [n for n in range(DOCUMENTS) if not stored.get(f"d{n}")] == []
    found = np.array([stored[f"d{n}"] for n in range(DOCUMENTS)], dtype=np.float32)
    assert np.abs(found - VECTORS).max() < 1e-6


async def require_indexed(store: WeaviatePassageStore, n: int) -> None:
    """HNSW is approximate, and random vectors are its worst case: what is not the first of a narrow search has to be
    the first of a wide one. A vector that the index lost is found by neither."""
    if (await store.find("", VECTORS[n], 1, Ranking.VECTORS))[0].document == f"d{n}":
        return
    wide = await (await store._readable()).query.near_vector(
        VECTORS[n].tolist(), limit=WIDE, return_properties=["document"]
    )
    assert wide.objects[0].properties["document"] == f"d{n}"


async def test_killed_amid_a_load_nothing_acknowledged_is_lost_and_the_load_is_taken_up(
    server: WeaviateProcess,
) -> None:
    async with opened(server) as (store, _):
        await require_everything(store)
        assert (await store.facts()).embedder == "random"


async def test_killed_amid_a_migration_the_old_collection_serves_and_the_next_one_succeeds(
    server: WeaviateProcess,
) -> None:
    async with opened(server) as (store, keeper):
        client = await store._connection.client()
        before = await collection_behind(client, ALIAS)

        def kill_amid(done: int, total: int) -> None:
            if done > total // 5:
                server.kill()

        with pytest.raises(Retryable):
            await keeper.migrate(NamedEmbedder(), kill_amid)  # type: ignore[arg-type]
    server.start()
    async with opened(server) as (store, keeper):
        client = await store._connection.client()
        assert await collection_behind(client, ALIAS) == before
        await require_everything(store)
        migrated = await keeper.migrate(NamedEmbedder(), lambda *_: None)  # type: ignore[arg-type]
        assert (migrated.before, migrated.passages) == (before, DOCUMENTS)
        assert await collection_behind(client, ALIAS) == migrated.serving != before
        await require_everything(store, NOTHING)
        assert (await keeper.go_back()).serving == before
        assert await collection_behind(client, ALIAS) == before
        await require_everything(store)


async def test_a_copy_fills_an_empty_server_alias_included_and_takes_no_place_unasked(
    server: WeaviateProcess, tmp_path: Path
) -> None:
    async with opened(server) as (_, keeper):
        await keeper.back_up("first")
        with pytest.raises(Refused, match="first"):
            await keeper.back_up("first")
        with pytest.raises(Refused, match="--replace"):
            await keeper.restore("first", may_replace=False)
    other = WeaviateProcess(tmp_path, server.backups)
    try:
        other.start()
        async with opened(other) as (store, keeper):
            with pytest.raises(Refused, match="no backup"):
                await keeper.restore("never-made", may_replace=False)
            await keeper.restore("first", may_replace=False)
            await require_everything(store)
            assert (await store.facts()).embedder == "random"
            await store.remove({f"d{n}" for n in range(5_000)})
            await keeper.restore("first", may_replace=True)
            await require_everything(store)
    finally:
        other.kill()


async def test_a_migration_waits_until_what_was_just_written_is_found_by_its_words(tmp_path: Path) -> None:
    """Words that other passages have, too, are lost to BM25 until Weaviate has flushed them; a backup does so."""
    (tmp_path / "weaviate").mkdir()
    other = WeaviateProcess(tmp_path / "weaviate", tmp_path / "copies")
    passages = [passage_of(each) for each in load_documents(KnowledgeSettings().folder)]
    try:
        other.start()
        async with opened(other) as (store, keeper):
            await store.put(passages, None)
            await keeper.back_up("flushed")
            migrated = await keeper.migrate(None, lambda *_: None)
            assert migrated.passages == len(passages)
    finally:
        other.kill()
