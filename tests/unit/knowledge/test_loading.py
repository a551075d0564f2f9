"""Loads: what is written and what is not, what leaves, and what a load that was cut short leaves behind."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agents.adapters.in_memory_passage_store import InMemoryPassageStore
from agents.adapters.reading.files import read_passages
from agents.adapters.word_hash_embedder import WordHashEmbedder
from agents.domain.verdicts import Retryable
from agents.retrieval.loading import Load, Loaded
from agents.retrieval.ports import Refused
from pipeline.operations.load_knowledge import files_in
from tests.unit.knowledge.files import write_all


class CountingEmbedder(WordHashEmbedder):
    """Counts the passages that it is given, and is away from the given one on."""

    def __init__(self, away_from: int = 1_000_000, name: str = "word-hash") -> None:
        super().__init__(name=name)
        self.passages = 0
        self._away_from = away_from

    async def embed_passages(self, texts: Sequence[str]) -> Any:
        self.passages += len(texts)
        if self.passages >= self._away_from:
            raise Retryable("the embedder is away", dependency="embedder")
        return await super().embed_passages(texts)


async def load(store: InMemoryPassageStore, *roots: Path, embedder: WordHashEmbedder | None = None) -> Loaded:
    return await Load(store, embedder or WordHashEmbedder(), read_passages).run(roots, files_in(roots))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_all(tmp_path / "docs")
    return tmp_path / "docs"


async def test_every_file_that_can_be_read_is_a_document_named_by_its_place(folder: Path) -> None:
    store = InMemoryPassageStore()
    assert (await load(store, folder)).added == 4
    assert set(await store.held()) == {
        "docs/handover.md",
        "docs/manual.html",
        "docs/standard.txt",
        "docs/part/report.pdf",
    }


async def test_the_same_again_writes_and_embeds_nothing(folder: Path) -> None:
    store, embedder = InMemoryPassageStore(), CountingEmbedder()
    await load(store, folder)
    version = (await store.facts()).version
    again = await load(store, folder, folder / "part", folder / "handover.md", embedder=embedder)
    assert (again.unchanged, again.passages, embedder.passages) == (4, 0, 0)
    assert (await store.facts()).version == version


async def test_what_changed_is_written_again_and_the_version_tells_it(folder: Path) -> None:
    store, embedder = InMemoryPassageStore(), CountingEmbedder()
    await load(store, folder)
    version = (await store.facts()).version
    (folder / "handover.md").write_text("# Handover\n\nAll new.")
    loaded = await load(store, folder, embedder=embedder)
    assert (loaded.changed, loaded.unchanged, embedder.passages) == (1, 3, 1)
    assert (await store.facts()).version != version


async def test_what_is_gone_leaves_and_what_lies_elsewhere_stays(folder: Path, tmp_path: Path) -> None:
    store = InMemoryPassageStore()
    (tmp_path / "other.md").write_text("Elsewhere.")
    await load(store, folder, tmp_path / "other.md")
    (folder / "manual.html").unlink()
    (tmp_path / "other.md").unlink()
    assert (await load(store, folder)).removed == 1
    assert set(await store.held()) == {"docs/handover.md", "docs/standard.txt", "docs/part/report.pdf", "other.md"}


async def test_a_file_that_became_unreadable_is_told_and_what_it_said_before_stays(folder: Path) -> None:
    store = InMemoryPassageStore()
    await load(store, folder)
    (folder / "part" / "report.pdf").write_bytes(b"broken")
    loaded = await load(store, folder)
    assert len(loaded.faults) == 1
    assert "report.pdf" in loaded.faults[0]
    assert (loaded.removed, loaded.unchanged) == (0, 3)
    assert "docs/part/report.pdf" in await store.held()


async def test_a_load_that_was_cut_short_goes_on_where_it_was(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number:03}.md").write_text(f"Page {number}.")
    store = InMemoryPassageStore()
    with pytest.raises(Retryable):
        await load(store, tmp_path, embedder=CountingEmbedder(away_from=65))
    there = len(await store.held())
    assert 32 <= there <= 64
    embedder = CountingEmbedder()
    assert (await load(store, tmp_path, embedder=embedder)).unchanged == there
    assert (len(await store.held()), embedder.passages) == (100, 100 - there)


async def test_two_files_of_one_name_are_a_fault_that_names_both(tmp_path: Path) -> None:
    for name in ("one.md", "two.md"):
        (tmp_path / name).write_text("---\nid: amf\n---\nText.")
    loaded = await load(InMemoryPassageStore(), tmp_path)
    assert loaded.added == 1
    assert "two.md" in loaded.faults[0]
    assert "one.md" in loaded.faults[0]


async def test_vectors_of_two_embedders_are_never_mixed(folder: Path) -> None:
    store = InMemoryPassageStore()
    await load(store, folder)
    with pytest.raises(Refused, match="migrate"):
        await load(store, folder, embedder=CountingEmbedder(name="another"))


async def test_a_document_that_lacks_passages_is_loaded_again(folder: Path) -> None:
    store = InMemoryPassageStore()
    await load(store, folder)
    whole = read_passages(folder / "handover.md", "docs/handover.md", (await store.held())["docs/handover.md"].digest)
    await store.put(whole[:1], None)
    assert (await load(store, folder)).changed == 1
    assert (await store.held())["docs/handover.md"].digest
