"""The index as a file: built once for what the documents say, never seen half built."""

from pathlib import Path

import pytest

from agents.adapters.sqlite_knowledge_base import SqliteKnowledgeBase
from agents.domain.verdicts import Retryable
from agents.knowledge.documents import Document


def document(text: str) -> Document:
    return Document(id="amf", title="AMF", source="TS 23.501, 6.2.1", subjects=("amf",), keywords=(), text=text)


def cut_short(folder: Path) -> None:
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:5000])


async def test_the_same_documents_are_indexed_once_and_changed_ones_again(tmp_path: Path) -> None:
    for text in ("first", "first", "second"):
        base = SqliteKnowledgeBase.cached([document(text)], tmp_path / "cache")
        assert (await base.search(text, 1))[0].excerpt == text
        base.close()
    files = sorted(path.name for path in (tmp_path / "cache").iterdir())
    assert len(files) == 2
    assert all(name.startswith("knowledge-") and name.endswith(".sqlite") for name in files)


async def test_a_damaged_index_is_built_again(tmp_path: Path) -> None:
    SqliteKnowledgeBase.cached([document("first")], tmp_path).close()
    cut_short(tmp_path)
    base = SqliteKnowledgeBase.cached([document("first")], tmp_path)
    assert len(await base.search("first", 1)) == 1
    base.close()


async def test_an_index_that_cannot_be_read_may_be_readable_again_later() -> None:
    base = SqliteKnowledgeBase.in_memory([document("first")])
    base.close()
    with pytest.raises(Retryable) as verdict:
        await base.search("first", 1)
    assert verdict.value.dependency == "knowledge"
