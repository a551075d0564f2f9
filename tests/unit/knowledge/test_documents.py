"""The documents that ship: whole, sourced, and enough to find what requests are about."""

from pathlib import Path

import pytest

from agents.adapters.sqlite_passage_store import SqlitePassageStore
from agents.domain.ports import Ranking
from agents.knowledge.documents import Document, DocumentFault, digest_of_documents, load_documents, read_document
from agents.knowledge.pack import KnowledgePack
from agents.retrieval.passages import passage_of
from schemas.intent import TARGET_UNITS, ObjectType
from tests.unit.conftest import PACK

DOCUMENTS = load_documents(PACK)
SUBJECTS = {subject for document in DOCUMENTS for subject in document.subjects}


def test_there_are_at_least_sixty_and_every_one_is_a_page_of_reading() -> None:
    assert len(DOCUMENTS) >= 60
    assert [each.id for each in DOCUMENTS if not 80 <= len(each.text.split()) <= 250] == []


@pytest.mark.parametrize("name", [*ObjectType, *TARGET_UNITS])
async def test_whatever_a_request_can_name_has_a_page_that_is_found_first(name: str) -> None:
    store = SqlitePassageStore.in_memory(map(passage_of, DOCUMENTS))
    (found,) = await store.find(name, None, 1, Ranking.KEYWORDS)
    await store.close()
    assert name in next(each for each in DOCUMENTS if each.id == found.document).subjects


def test_every_site_of_the_inventory_has_a_page_and_no_page_is_on_another_site(pack: KnowledgePack) -> None:
    on_sites = {each.id.removeprefix("site-") for each in DOCUMENTS if each.id.startswith("site-")}
    assert on_sites == set(pack.inventory.sites)
    assert all("Operator inventory" in each.source for each in DOCUMENTS if each.id.startswith("site-"))


def test_the_digest_follows_from_what_the_documents_say() -> None:
    changed = (
        Document(id="amf", title="AMF", source="x", subjects=("amf",), keywords=(), text="other"),
        *DOCUMENTS[1:],
    )
    assert digest_of_documents(DOCUMENTS) == digest_of_documents(load_documents(PACK)) != digest_of_documents(changed)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("no head at all", "head"),
        ("---\nid: amf\n---\ntext", "title"),
        ("---\nid: amf\ntitle: AMF\nsource: TS\nsubjects: [amf]\ncolour: red\n---\ntext", "colour"),
        ("---\n[unclosed\n---\ntext", "head"),
    ],
)
def test_a_document_that_cannot_be_used_is_named_with_what_is_wrong(tmp_path: Path, content: str, fault: str) -> None:
    path = tmp_path / "broken.md"
    path.write_text(content)
    with pytest.raises(DocumentFault, match=fault) as refusal:
        read_document(path)
    assert "broken.md" in str(refusal.value)


def test_two_documents_of_one_id_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    for name in ("one", "two"):
        text = "---\nid: amf\ntitle: The AMF\nsource: TS 23.501\nsubjects: [amf]\n---\ntext"
        (tmp_path / "documents" / f"{name}.md").write_text(text)
    with pytest.raises(DocumentFault, match="already"):
        load_documents(tmp_path)
