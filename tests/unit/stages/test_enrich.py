"""What is looked up for a request, and what of it is kept."""

from collections.abc import Sequence

from agents.adapters.in_memory_passage_store import InMemoryPassageStore
from agents.domain.ports import Found, KnowledgeBase, Ranking
from agents.enrich import Enrich, interleaved, queries_for
from agents.knowledge.documents import Document, load_documents
from agents.retrieval.knowledge_search import KnowledgeSearch
from agents.retrieval.passages import passage_of
from schemas.bodies import Citation, IntentParsed
from tests.unit.conftest import PACK
from tests.unit.planning.wording import INTENT, expect

PARSED = IntentParsed(
    text="Keep eMBB in Nagoya above 200 Mbps up and 20 ms.",
    expectations=(
        expect(
            "ensure",
            "slice",
            ("ul_throughput", "at_least", 200),
            ("latency", "at_most", 20),
            sites=("nagoya-1",),
            sst=1,
        ),
    ),
    assumptions=("one",),
)


def base_of(documents: Sequence[Document]) -> KnowledgeBase:
    return KnowledgeSearch(InMemoryPassageStore([passage_of(each) for each in documents]), None)


class Degraded:
    """A knowledge base that has less than it should."""

    async def search(self, query: str, limit: int, ranking: Ranking = Ranking.HYBRID) -> Found:
        return Found((citation(query),), degraded="the server is away")


def citation(document: str, score: float = 0.5) -> Citation:
    return Citation(document=document, title=document, source="a standard", excerpt="…", score=score)


async def test_the_object_its_slice_its_objectives_and_its_site_are_cited() -> None:
    enriched = await Enrich(base_of(load_documents(PACK)))(PARSED, INTENT)
    assert {each.document for each in enriched.knowledge} >= {"embb", "throughput", "latency", "site-nagoya-1"}


async def test_what_was_understood_passes_through_unchanged() -> None:
    enriched = await Enrich(base_of(()))(PARSED, INTENT)
    assert IntentParsed.model_validate(enriched.model_dump()) == PARSED


async def test_knowing_nothing_is_an_answer_that_shows() -> None:
    assert (await Enrich(base_of(()))(PARSED, INTENT)).knowledge == ()


async def test_an_answer_that_is_less_than_there_is_says_so_in_the_event() -> None:
    assert (await Enrich(Degraded())(PARSED, INTENT)).knowledge_degraded == "the server is away"
    assert (await Enrich(base_of(()))(PARSED, INTENT)).knowledge_degraded is None


def test_what_several_expectations_share_is_looked_up_once() -> None:
    twice = (expect("scale", "amf", ("replicas", "equals", 4)), expect("scale", "smf", ("replicas", "equals", 4)))
    assert queries_for(twice) == ("amf", "replicas", "smf", "tokyo-1")


def test_an_upgrade_and_a_deletion_are_subjects_of_their_own() -> None:
    assert queries_for((expect("delete", "upf"),)) == ("upf", "delete", "tokyo-1")


def test_a_nationwide_request_does_not_look_up_every_site() -> None:
    sites = tuple(f"site-{number:03}" for number in range(100))
    assert len(queries_for((expect("deploy", "upf", sites=sites),))) == 16


def test_the_best_of_every_query_comes_before_the_second_of_any() -> None:
    found: list[Sequence[Citation]] = [
        [citation("a", 0.9), citation("b", 0.8)],
        [],
        [citation("c", 0.1), citation("a")],
    ]
    assert [each.document for each in interleaved(found, 8)] == ["a", "c", "b"]
    assert [each.document for each in interleaved(found, 2)] == ["a", "c"]
