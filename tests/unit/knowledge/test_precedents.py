"""Earlier intents as precedents: which, with what became of them, and found for a goal."""

from datetime import UTC, datetime

from agents.adapters.in_memory_passage_store import InMemoryPassageStore
from agents.adapters.word_hash_embedder import WordHashEmbedder
from agents.retrieval.knowledge_search import KnowledgeSearch
from agents.retrieval.ports import Facts
from pipeline.operations.learn_precedents import precedents_on
from pipeline.operations.statuses import StatusBoard
from schemas.status import IntentStatus, State

AT = datetime(2026, 11, 28, tzinfo=UTC)


def board_with(*statuses: IntentStatus) -> StatusBoard:
    board = StatusBoard(None, keeps_history=True)  # type: ignore[arg-type]
    for status in statuses:
        board.newest[status.intent_id] = status
        board.history.setdefault(status.intent_id, []).append(status)
    return board


def status(intent: str, state: State, **further: str) -> IntentStatus:
    return IntentStatus(intent_id=intent, state=state, stage="deploy", at=AT, order="1", **further)


BOARD = board_with(
    status("a", State.RECEIVED, text="prepare Osaka for the marathon"),
    status("a", State.APPROVED),
    status("a", State.DEPLOYED, message="upf: replicas 4"),
    status("b", State.RECEIVED, text="delete the NRF in tokyo-1"),
    status("b", State.DECLINED, reason="unsafe"),
    status("c", State.PROPOSED, text="still waiting"),
    status("d", State.DEPLOYED),
)


def test_what_ended_and_is_known_by_its_words_is_a_precedent() -> None:
    assert {each.document: each.text for each in precedents_on(BOARD)} == {
        "a": "“prepare Osaka for the marathon” was deployed after an approval on 2026-11-28: upf: replicas 4",
        "b": "“delete the NRF in tokyo-1” was declined (unsafe) on 2026-11-28",
    }


async def test_it_is_found_by_a_request_like_it() -> None:
    embedder, found = WordHashEmbedder(), precedents_on(BOARD)
    store = InMemoryPassageStore(found, await embedder.embed_passages([each.meaning for each in found]))
    await store.set_facts(Facts("1", embedder.name))
    [citation] = (await KnowledgeSearch(store, embedder).search("prepare Osaka for a concert", 1)).citations
    assert citation.document == "a"
    assert "after an approval" in citation.excerpt
