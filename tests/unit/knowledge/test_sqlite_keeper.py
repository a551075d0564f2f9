"""A store in SQLite looked after: copies, other vectors, and the way back."""

from pathlib import Path

import pytest

from agents.adapters.sqlite_keeper import SqliteKeeper
from agents.adapters.sqlite_passage_store import SqlitePassageStore
from agents.adapters.word_hash_embedder import WordHashEmbedder
from agents.domain.ports import Ranking
from agents.domain.verdicts import Retryable
from agents.retrieval.passages import Passage
from agents.retrieval.ports import Facts, Refused

PASSAGES = [Passage(f"d{n}", f"Title {n}", "Standard", f"word{n} of the network") for n in range(70)]
OLD, NEW = WordHashEmbedder(4_096, "old"), WordHashEmbedder(2_048, "new")


class Failing(WordHashEmbedder):
    """Is away after the first batch."""

    batches = 0

    async def embed_passages(self, texts: object) -> list[object]:  # type: ignore[override]
        self.batches += 1
        if self.batches > 1:
            raise Retryable("away", dependency="embedder")
        return await super().embed_passages(texts)  # type: ignore[arg-type, return-value]


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A store with vectors of the old embedder."""
    store = SqlitePassageStore.at(tmp_path / "base.sqlite")
    await store.set_facts(Facts("1", "old"))
    await store.put(PASSAGES, await OLD.embed_passages([each.meaning for each in PASSAGES]))
    await store.close()
    return tmp_path / "base.sqlite"


async def found_by(file: Path, embedder: WordHashEmbedder) -> str:
    store = SqlitePassageStore.at(file)
    vector = await embedder.embed_query(PASSAGES[7].meaning)
    [citation] = await store.find("", vector, 1, Ranking.VECTORS)
    await store.close()
    return citation.document


async def facts_of(file: Path) -> Facts:
    store = SqlitePassageStore.at(file)
    facts = await store.facts()
    await store.close()
    return facts


async def test_other_vectors_are_made_beside_the_old_ones_and_there_is_a_way_back(file: Path) -> None:
    keeper = SqliteKeeper(file)
    assert (await keeper.migrate(NEW, lambda *_: None)).passages == len(PASSAGES)
    assert ((await facts_of(file)).embedder, await found_by(file, NEW)) == ("new", "d7")
    await keeper.go_back()
    assert ((await facts_of(file)).embedder, await found_by(file, OLD)) == ("old", "d7")
    with pytest.raises(Refused, match="before"):
        await keeper.go_back()


async def test_a_migration_that_fails_leaves_the_old_vectors_serving_and_is_taken_up(file: Path) -> None:
    with pytest.raises(Retryable):
        await SqliteKeeper(file).migrate(Failing(2_048, "new"), lambda *_: None)
    assert ((await facts_of(file)).embedder, await found_by(file, OLD)) == ("old", "d7")
    made: list[int] = []
    await SqliteKeeper(file).migrate(NEW, lambda done, total: made.append(total))
    assert made[-1] == len(PASSAGES) - 32
    assert await found_by(file, NEW) == "d7"


async def test_a_copy_brings_everything_back_and_takes_no_place_unasked(file: Path) -> None:
    keeper = SqliteKeeper(file)
    await keeper.back_up("first")
    with pytest.raises(Refused, match="already"):
        await keeper.back_up("first")
    with pytest.raises(Refused, match="--replace"):
        await keeper.restore("first", may_replace=False)
    with pytest.raises(Refused, match="no copy"):
        await keeper.restore("second", may_replace=True)
    reader = SqlitePassageStore.at(file)
    await reader.remove({each.document for each in PASSAGES})
    await keeper.restore("first", may_replace=False)
    assert len(await reader.held()) == len(PASSAGES)
    assert (await reader.find("word7", None, 1, Ranking.KEYWORDS))[0].document == "d7"
    await reader.close()
    assert await found_by(file, OLD) == "d7"


async def test_a_damaged_copy_is_not_put_back(file: Path) -> None:
    keeper = SqliteKeeper(file)
    copy = Path(await keeper.back_up("first"))
    copy.write_bytes(copy.read_bytes()[:9_000])  # noqa: ASYNC240
    with pytest.raises((Refused, Retryable)):
        await keeper.restore("first", may_replace=True)
    assert await found_by(file, OLD) == "d7"


async def test_a_store_without_passages_has_a_way_back_too(tmp_path: Path) -> None:
    keeper = SqliteKeeper(tmp_path / "empty.sqlite")
    there = await keeper.migrate(NEW, lambda *_: None)
    back = await keeper.go_back()
    assert (back.serving, back.before, back.passages) == (there.before, there.serving, 0)
