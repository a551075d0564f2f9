"""What a knowledge base says where it has less than it should, and what caches may and may not do."""

from collections.abc import Sequence
from typing import Any

import pytest

from agents.adapters.in_memory_passage_store import InMemoryPassageStore
from agents.adapters.virtual_clock import VirtualClock
from agents.adapters.word_hash_embedder import WordHashEmbedder
from agents.domain.circuit import Circuit
from agents.domain.ports import Found, Ranking
from agents.domain.verdicts import Retryable
from agents.retrieval.caches import CachedEmbedder, CachedKnowledgeBase, Lookup, MemoryCache
from agents.retrieval.fallback import FallbackKnowledgeBase
from agents.retrieval.knowledge_search import KnowledgeSearch
from agents.retrieval.passages import Passage
from agents.retrieval.ports import Facts
from schemas.bodies import Citation

PASSAGES = [
    Passage("amf", "AMF", "TS 23.501", "registers devices"),
    Passage("upf", "UPF", "TS 23.501", "forwards packets"),
]


class AwayEmbedder(WordHashEmbedder):
    """Never answers."""

    async def embed_query(self, text: str) -> Any:
        raise Retryable("the embedder is away", dependency="embedder")


class Base:
    """Answers with what it is asked, counts, and is away on demand."""

    def __init__(self) -> None:
        self.asked = 0
        self.fault: Retryable | None = None
        self.degraded: str | None = None

    async def search(self, query: str, limit: int, ranking: Ranking = Ranking.HYBRID) -> Found:
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return Found((Citation(document=query, title="", source="", excerpt="", score=1),), self.degraded)


async def store_of(embedder: WordHashEmbedder) -> InMemoryPassageStore:
    store = InMemoryPassageStore(PASSAGES, await embedder.embed_passages([each.meaning for each in PASSAGES]))
    await store.set_facts(Facts("1", embedder.name))
    return store


async def test_an_embedder_that_is_away_is_told_and_words_answer() -> None:
    found = await KnowledgeSearch(await store_of(WordHashEmbedder()), AwayEmbedder()).search("registers", 5)
    assert [each.document for each in found.citations] == ["amf"]
    assert found.degraded == "the embedder is away"


async def test_vectors_alone_are_never_silently_words() -> None:
    for embedder in (None, AwayEmbedder()):
        with pytest.raises(Retryable):
            await KnowledgeSearch(await store_of(WordHashEmbedder()), embedder).search("amf", 5, Ranking.VECTORS)


async def test_vectors_of_another_embedder_are_told_and_words_answer() -> None:
    base = KnowledgeSearch(await store_of(WordHashEmbedder()), WordHashEmbedder(name="another"))
    found = await base.search("registers", 5)
    assert found.citations
    assert "migrate" in (found.degraded or "")


async def test_names_are_looked_up_without_an_embedder() -> None:
    found = await KnowledgeSearch(await store_of(WordHashEmbedder()), AwayEmbedder()).search("amf", 5, Ranking.KEYWORDS)
    assert found == Found(found.citations)


async def test_what_is_prepared_is_prepared_once_and_tried_again_after_a_failure() -> None:
    store, embedder, runs = InMemoryPassageStore(PASSAGES), WordHashEmbedder(), []

    async def prepare() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise Retryable("not yet", dependency="embedder")
        await store.put(PASSAGES, await embedder.embed_passages([each.meaning for each in PASSAGES]))
        await store.set_facts(Facts("1", embedder.name))

    base = KnowledgeSearch(store, embedder, prepare)
    assert [(await base.search("registers devices", 1)).degraded for _ in range(3)] == ["not yet", None, None]
    assert len(runs) == 2


async def test_while_the_first_is_away_the_second_answers_and_says_so_and_a_dead_server_is_left_alone() -> None:
    clock, first, second = VirtualClock(), Base(), Base()
    base = FallbackKnowledgeBase(first, second, Circuit(clock, failures=2, open_seconds=30), "weaviate")
    assert (await base.search("amf", 1)).degraded is None
    first.fault = Retryable("Weaviate could not search", dependency="weaviate")
    answers = []
    for _ in range(5):
        answers.append(await base.search("amf", 1))
        await clock.sleep(1)
    assert all(each.citations and each.degraded for each in answers)
    assert first.asked == 3
    first.fault = None
    await clock.sleep(31)
    assert (await base.search("amf", 1)).degraded is None


async def test_a_fault_that_is_not_the_servers_is_not_hidden() -> None:
    first = Base()
    first.fault = Retryable("no vector", dependency="embedder")
    with pytest.raises(Retryable, match="no vector"):
        await FallbackKnowledgeBase(first, Base(), Circuit(VirtualClock()), "weaviate").search("amf", 1)


class Shared:
    """A shared cache in a dictionary, which is away on demand."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.is_away = False

    async def get(self, key: str) -> tuple[Lookup, bytes]:
        if self.is_away:
            return "error", b""
        return ("hit", self.kept[key]) if key in self.kept else ("miss", b"")

    async def put(self, key: str, value: bytes) -> None:
        if not self.is_away:
            self.kept[key] = value

    async def clear(self) -> None:
        self.kept.clear()


class Versions:
    """The version of a store, and when it is away."""

    def __init__(self) -> None:
        self.version = "1"
        self.is_away = False

    async def __call__(self) -> str:
        if self.is_away:
            raise Retryable("away", dependency="weaviate")
        return self.version


def cached(base: Base, versions: Versions, shared: Shared | None = None, clock: VirtualClock | None = None) -> Any:
    now = (clock or VirtualClock()).monotonic
    return CachedKnowledgeBase(base, versions, MemoryCache(100_000, 3_600, now), shared, now=now)


async def test_the_same_is_asked_once_and_something_else_again() -> None:
    base = Base()
    knowledge = cached(base, Versions())
    for query, limit, ranking in [("amf", 1, Ranking.HYBRID)] * 3 + [
        ("amf", 2, Ranking.HYBRID),
        ("amf", 1, Ranking.KEYWORDS),
    ]:
        assert (await knowledge.search(query, limit, ranking)).citations[0].document == "amf"
    assert base.asked == 3


async def test_a_load_empties_the_cache_within_seconds() -> None:
    base, versions, clock = Base(), Versions(), VirtualClock()
    knowledge = cached(base, versions, clock=clock)
    await knowledge.search("amf", 1)
    versions.version = "2"
    await clock.sleep(6)
    await knowledge.search("amf", 1)
    assert base.asked == 2


async def test_an_answer_is_kept_no_longer_than_it_may() -> None:
    base, clock = Base(), VirtualClock()
    knowledge = cached(base, Versions(), clock=clock)
    for seconds in (3_599, 2):
        await knowledge.search("amf", 1)
        await clock.sleep(seconds)
    await knowledge.search("amf", 1)
    assert base.asked == 2


async def test_degraded_answers_are_not_kept() -> None:
    base = Base()
    base.degraded = "less than there is"
    knowledge = cached(base, Versions())
    for _ in range(2):
        assert (await knowledge.search("amf", 1)).degraded
    assert base.asked == 2


async def test_processes_share_what_one_of_them_found() -> None:
    first, second, shared = Base(), Base(), Shared()
    await cached(first, Versions(), shared).search("amf", 1)
    assert (await cached(second, Versions(), shared).search("amf", 1)).citations[0].document == "amf"
    assert (first.asked, second.asked) == (1, 0)


async def test_a_cache_or_a_store_that_is_away_is_passed_by() -> None:
    base, shared, versions = Base(), Shared(), Versions()
    shared.is_away = True
    versions.is_away = True
    knowledge = cached(base, versions, shared)
    assert [(await knowledge.search("amf", 1)).citations[0].document for _ in range(2)] == ["amf", "amf"]


async def test_what_is_cleared_is_asked_for_again() -> None:
    base, shared = Base(), Shared()
    knowledge = cached(base, Versions(), shared)
    await knowledge.search("amf", 1)
    await knowledge.clear()
    await knowledge.search("amf", 1)
    assert (base.asked, len(shared.kept)) == (2, 1)


def test_memory_keeps_within_its_bytes_and_lets_the_longest_unused_go() -> None:
    cache = MemoryCache(3_000, 3_600)
    for number in range(3):
        cache.put(str(number), b"x" * 900)
    assert cache.get("0") is not None
    cache.put("3", b"x" * 900)
    assert cache.get("1") is None
    assert [cache.get(each) is not None for each in ("0", "2", "3")] == [True, True, True]
    cache.put("large", b"x" * 5_000)
    assert cache.size_bytes <= 3_000


async def test_the_vectors_of_the_last_queries_are_kept() -> None:
    class Counting(WordHashEmbedder):
        asked: Sequence[str] = ()

        async def embed_query(self, text: str) -> Any:
            self.asked = [*self.asked, text]
            return await super().embed_query(text)

    counting = Counting()
    embedder = CachedEmbedder(counting, 2)
    for text in ("a", "a", "b", "a", "c", "b"):
        await embedder.embed_query(text)
    assert counting.asked == ["a", "b", "c", "b"]
