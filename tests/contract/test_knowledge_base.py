"""What every knowledge base keeps: the best passage first, scores 0..1, and words are never syntax."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from agents.adapters.in_memory_knowledge_base import InMemoryKnowledgeBase
from agents.adapters.sqlite_knowledge_base import SqliteKnowledgeBase
from agents.domain.ports import KnowledgeBase
from agents.knowledge.documents import Document, load_documents

PACK = Path(__file__).resolve().parents[2] / "deploy" / "knowledge"
Open = Callable[[Sequence[Document]], KnowledgeBase]


@pytest.fixture(params=["sqlite", "sqlite file", "in memory"])
def knowledge_base(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the adapter under test on the given documents."""
    opened: list[SqliteKnowledgeBase] = []

    def open_sqlite(documents: Sequence[Document]) -> KnowledgeBase:
        is_file = request.param == "sqlite file"
        opened.append(
            SqliteKnowledgeBase.cached(documents, tmp_path) if is_file else SqliteKnowledgeBase.in_memory(documents)
        )
        return opened[-1]

    yield InMemoryKnowledgeBase if request.param == "in memory" else open_sqlite
    for each in opened:
        each.close()


@pytest.fixture(scope="module")
def shipped() -> tuple[Document, ...]:
    """The documents that ship with the project."""
    return load_documents(PACK)


def document(name: str, text: str) -> Document:
    return Document(id=name, title=name.title(), source="TS 99.999, 1", subjects=(name,), keywords=(), text=text)


FEW = (
    document("amf", "The AMF registers devices and pages them."),
    document("upf", "The UPF forwards packets; its capacity is throughput."),
    document("latency", "Latency of packets is the sum of many delays."),
)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("amf", "amf"),
        ("AMF", "amf"),
        ("cu-up", "cu-up"),
        ("near-rt-ric", "near-rt-ric"),
        ("latency", "latency"),
        ("prb_ratio_dedicated", "rrm-policy-ratio"),
        ("edge-04", "site-edge-04"),
        ("sst-2 URLLC", "urllc"),
        ("how many replicas for availability?", "replicas"),
        ("transmit power in dBm", "tx-power"),
    ],
)
async def test_the_page_on_a_subject_is_found_first(
    query: str, found: str, knowledge_base: Open, shipped: tuple[Document, ...]
) -> None:
    assert [citation.document for citation in await knowledge_base(shipped).search(query, 1)] == [found]


async def test_a_citation_says_where_it_is_from_and_what_stands_there(knowledge_base: Open) -> None:
    (citation,) = await knowledge_base(FEW).search("amf", 1)
    assert (citation.title, citation.source) == ("Amf", "TS 99.999, 1")
    assert "registers devices" in citation.excerpt


async def test_scores_fall_from_the_best_and_stay_between_0_and_1(
    knowledge_base: Open, shipped: tuple[Document, ...]
) -> None:
    scores = [citation.score for citation in await knowledge_base(shipped).search("slice latency upf", 20)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len(scores) == 20


@pytest.mark.parametrize("limit", [0, 1, 2])
async def test_never_more_than_the_limit(limit: int, knowledge_base: Open) -> None:
    assert len(await knowledge_base(FEW).search("packets throughput devices", limit)) <= limit


@pytest.mark.parametrize("query", ["zzyzx quux", "what is the", "", "   ", "?!", '"', "🙂"])
async def test_nothing_found_is_an_answer(query: str, knowledge_base: Open) -> None:
    assert list(await knowledge_base(FEW).search(query, 5)) == []


async def test_a_word_that_stands_in_every_document_still_finds_them(knowledge_base: Open) -> None:
    assert [citation.document for citation in await knowledge_base(FEW[:1]).search("amf", 5)] == ["amf"]


async def test_a_base_without_documents_finds_nothing(knowledge_base: Open) -> None:
    assert list(await knowledge_base(()).search("amf", 5)) == []


@pytest.mark.parametrize(
    "query",
    [
        'amf" OR "x',
        "amf AND NOT upf",
        "amf NEAR(upf, 3)",
        "title:amf",
        "amf*",
        "^amf",
        "(amf",
        "amf -- ; DROP TABLE passages",
        "{amf}: + - ~",
        "amf\x00",
        "amf " * 5000,
    ],
)
async def test_a_query_is_words_and_never_syntax(query: str, knowledge_base: Open) -> None:
    base = knowledge_base(FEW)
    assert (await base.search(query, 1))[0].document == "amf"
    assert (await base.search("upf", 1))[0].document == "upf"


async def test_the_same_question_gets_the_same_answer_also_at_the_same_time(
    knowledge_base: Open, shipped: tuple[Document, ...]
) -> None:
    base = knowledge_base(shipped)
    answers = await asyncio.gather(*(base.search("slice throughput at the edge", 8) for _ in range(20)))
    assert all(list(answer) == list(answers[0]) for answer in answers)
