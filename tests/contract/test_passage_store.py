"""What every store of passages keeps: the best document first, scores 0..1, and words are never syntax."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from agents.adapters.in_memory_passage_store import InMemoryPassageStore
from agents.adapters.sqlite_passage_store import SqlitePassageStore
from agents.adapters.weaviate.connection import WeaviateConnection
from agents.adapters.weaviate.weaviate_passage_store import WeaviatePassageStore
from agents.adapters.word_hash_embedder import WordHashEmbedder
from agents.domain.ports import Ranking
from agents.knowledge.documents import load_documents
from agents.retrieval.passages import Held, Passage, passage_of
from agents.retrieval.ports import Facts, PassageStore
from schemas.bodies import Citation

PACK = Path(__file__).resolve().parents[2] / "deploy" / "knowledge"
EMBEDDER = WordHashEmbedder()
Open = Callable[[Sequence[Passage]], Awaitable[PassageStore]]


@pytest.fixture(params=["memory", "sqlite", "sqlite file", "weaviate"])
async def filled(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens the adapter under test with these passages and their vectors in it."""
    opened: list[PassageStore] = []

    async def open_with(passages: Sequence[Passage]) -> PassageStore:
        opened.append(make(request, tmp_path))
        await opened[-1].put(passages, await EMBEDDER.embed_passages([each.meaning for each in passages]))
        return opened[-1]

    yield open_with
    for each in opened:
        await each.close()


def make(request: pytest.FixtureRequest, folder: Path) -> PassageStore:
    kind = request.param
    if kind == "memory":
        return InMemoryPassageStore()
    if kind == "weaviate":
        settings = request.getfixturevalue("weaviate")
        return WeaviatePassageStore(WeaviateConnection(settings), f"Test{uuid.uuid4().hex}")
    return SqlitePassageStore.in_memory() if kind == "sqlite" else SqlitePassageStore.at(folder / "base.sqlite")


@pytest.fixture(scope="module")
def shipped() -> tuple[Passage, ...]:
    """The documents that ship with the project."""
    return tuple(map(passage_of, load_documents(PACK)))


async def look_up(store: PassageStore, query: str, limit: int) -> list[Citation]:
    return list(await store.find(query, None, limit, Ranking.KEYWORDS))


async def search(store: PassageStore, query: str, limit: int, ranking: Ranking = Ranking.HYBRID) -> list[Citation]:
    return list(await store.find(query, await EMBEDDER.embed_query(query), limit, ranking))


def document(name: str, text: str) -> Passage:
    return Passage(name, name.title(), "TS 99.999, 1", text, subjects=(name,))


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
        ("how many replicas does it take?", "replicas"),
        ("transmit power in dBm", "tx-power"),
    ],
)
async def test_the_page_on_a_subject_is_found_first(
    query: str, found: str, filled: Open, shipped: tuple[Passage, ...]
) -> None:
    assert [citation.document for citation in await look_up(await filled(shipped), query, 1)] == [found]


async def test_a_citation_says_where_it_is_from_and_what_stands_there(filled: Open) -> None:
    (citation,) = await look_up(await filled(FEW), "amf", 1)
    assert (citation.title, citation.source) == ("Amf", "TS 99.999, 1")
    assert "registers devices" in citation.excerpt


async def test_scores_fall_from_the_best_and_stay_between_0_and_1(filled: Open, shipped: tuple[Passage, ...]) -> None:
    scores = [citation.score for citation in await look_up(await filled(shipped), "slice latency upf", 20)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len(scores) == 20


@pytest.mark.parametrize("limit", [0, 1, 2])
async def test_never_more_than_the_limit(limit: int, filled: Open) -> None:
    assert len(await look_up(await filled(FEW), "packets throughput devices", limit)) <= limit


@pytest.mark.parametrize("query", ["zzyzx quux", "what is the", "", "   ", "?!", '"', "🙂"])
async def test_nothing_found_is_an_answer(query: str, filled: Open) -> None:
    assert await look_up(await filled(FEW), query, 5) == []


async def test_a_word_that_stands_in_every_document_still_finds_them(filled: Open) -> None:
    assert [citation.document for citation in await look_up(await filled(FEW[:1]), "amf", 5)] == ["amf"]


async def test_a_base_without_documents_finds_nothing(filled: Open) -> None:
    assert await look_up(await filled(()), "amf", 5) == []


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
async def test_a_query_is_words_and_never_syntax(query: str, filled: Open) -> None:
    store = await filled(FEW)
    assert (await look_up(store, query, 1))[0].document == "amf"
    assert (await look_up(store, "upf", 1))[0].document == "upf"


async def test_the_same_question_gets_the_same_answer_also_at_the_same_time(
    filled: Open, shipped: tuple[Passage, ...]
) -> None:
    store = await filled(shipped)
    answers = await asyncio.gather(*(search(store, "slice throughput at the edge", 8) for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("ranking", [Ranking.VECTORS, Ranking.HYBRID])
async def test_free_text_cites_the_passage_whole_the_nearest_first(
    ranking: Ranking, filled: Open, shipped: tuple[Passage, ...]
) -> None:
    amf = next(each for each in shipped if each.document == "amf")
    found = await search(await filled(shipped), amf.meaning, 20, ranking)
    assert (found[0].document, found[0].excerpt) == ("amf", amf.text)
    scores = [citation.score for citation in found]
    assert len(scores) == 20
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


async def test_by_meaning_alone_the_words_do_not_count(filled: Open) -> None:
    store = await filled(FEW)
    near_latency = await EMBEDDER.embed_query(FEW[2].meaning)
    assert (await store.find("amf", near_latency, 1, Ranking.VECTORS))[0].document == "latency"


LONG = tuple(
    Passage("guide", "Guide", f"Guide, {n}", f"packets {word}", number=n, parts=3, path="/docs/guide.md", digest="a")
    for n, word in enumerate(("alpha", "beta", "gamma"), start=1)
)


@pytest.mark.parametrize("ranking", list(Ranking))
async def test_a_document_of_several_passages_is_found_once_by_its_best(ranking: Ranking, filled: Open) -> None:
    found = await search(await filled((*LONG, *FEW)), "packets beta", 10, ranking)
    assert [each.source for each in found if each.document == "guide"] == ["Guide, 2"]


async def test_what_is_put_again_takes_the_place_of_all_that_was_there(filled: Open) -> None:
    store = await filled((*LONG, *FEW))
    shorter = Passage("guide", "Guide", "Guide, 1", "packets delta", path="/docs/guide.md", digest="b")
    await store.put([shorter], await EMBEDDER.embed_passages([shorter.meaning]))
    assert await look_up(store, "beta gamma", 10) == []
    assert (await look_up(store, "delta", 1))[0].document == "guide"
    assert (await store.held())["guide"] == Held("/docs/guide.md", "b", 1)


async def test_what_is_removed_is_found_no_more(filled: Open) -> None:
    store = await filled((*LONG, *FEW))
    await store.remove({"guide", "amf", "never there"})
    for ranking in Ranking:
        assert {each.document for each in await search(store, "packets beta amf", 10, ranking)} <= {"upf", "latency"}
    assert set(await store.held()) == {"upf", "latency"}


async def test_a_document_of_which_a_part_is_missing_is_held_without_a_digest(filled: Open) -> None:
    store = await filled(LONG)
    assert (await store.held())["guide"] == Held("/docs/guide.md", "a", 3)
    await store.put(LONG[:2], None)
    assert (await store.held())["guide"].digest == ""


async def test_the_facts_are_those_that_were_set_last(filled: Open) -> None:
    store = await filled(FEW)
    assert await store.facts() == Facts()
    for facts in (Facts("1", "e5"), Facts("2", "")):
        await store.set_facts(facts)
        assert await store.facts() == facts


async def test_passages_without_vectors_are_found_by_their_words(filled: Open) -> None:
    store = await filled(())
    await store.put(FEW, None)
    assert [each.document for each in await search(store, "amf", 3)] == ["amf"]
    assert await search(store, "amf", 3, Ranking.VECTORS) == []
