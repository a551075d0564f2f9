"""The store as a file: what other processes see of it, and what is left of a load that was cut short."""

import sqlite3
from pathlib import Path

import pytest

from agents.adapters.sqlite_passage_store import SqlitePassageStore
from agents.adapters.word_hash_embedder import WordHashEmbedder
from agents.domain.ports import Ranking
from agents.domain.verdicts import Retryable
from agents.retrieval.passages import Passage

AMF = Passage("amf", "AMF", "TS 23.501, 6.2.1", "registers devices")


async def test_what_another_process_loads_is_found_by_words_and_by_meaning(tmp_path: Path) -> None:
    reader, writer = (SqlitePassageStore.at(tmp_path / "base.sqlite") for _ in range(2))
    vector = await WordHashEmbedder().embed_query(AMF.meaning)
    for ranking in Ranking:
        assert await reader.find("registers", vector, 5, ranking) == ()
    await writer.put([AMF], [vector])
    for ranking in Ranking:
        assert [each.document for each in await reader.find("registers", vector, 5, ranking)] == ["amf"]
    await reader.close()
    await writer.close()


async def test_a_document_that_cannot_be_written_whole_leaves_what_was_there(tmp_path: Path) -> None:
    store = SqlitePassageStore.at(tmp_path / "base.sqlite")
    await store.put([AMF], None)
    twice_the_same_part = [Passage("amf", "AMF", "", "pages devices"), Passage("amf", "AMF", "", "and again")]
    with pytest.raises(Retryable):
        await store.put(twice_the_same_part, None)
    assert len(await store.find("registers", None, 5, Ranking.KEYWORDS)) == 1
    assert await store.find("pages", None, 5, Ranking.KEYWORDS) == ()
    await store.close()


async def test_a_file_that_cannot_be_read_may_be_readable_again_later(tmp_path: Path) -> None:
    (tmp_path / "base.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(Retryable) as verdict:
        SqlitePassageStore.at(tmp_path / "base.sqlite")
    assert verdict.value.dependency == "knowledge"
    assert isinstance(verdict.value.__cause__, sqlite3.Error)
