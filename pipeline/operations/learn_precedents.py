"""What became of earlier intents, as precedents: found by the words of their requests."""

import uuid
from collections.abc import Sequence
from hashlib import sha256

from agents.retrieval.passages import Passage
from agents.retrieval.ports import Facts
from pipeline.operations.statuses import StatusBoard, board_of
from pipeline.runtime.knowledge_base import Knowledge
from pipeline.settings import Settings
from schemas.status import IntentStatus, State

_TELLING = (State.DEPLOYED, State.DECLINED, State.FAILED, State.TIMED_OUT, State.ROLLED_BACK)
_BATCH = 32


async def learn(settings: Settings, knowledge: Knowledge) -> int:
    """Stores every intent that has ended and is not stored so yet; returns how many. Raises: NotUsable, Retryable."""
    board = await board_of(settings, keeps_history=True)
    store = knowledge.store("precedents")
    held = await store.held()
    new = [
        each for each in precedents_on(board) if each.document not in held or held[each.document].digest != each.digest
    ]
    embedder = knowledge.embedder
    for start in range(0, len(new), _BATCH):
        batch = new[start : start + _BATCH]
        vectors = await embedder.embed_passages([each.meaning for each in batch]) if embedder else None
        await store.put(batch, vectors)
    if new:
        await store.set_facts(Facts(uuid.uuid4().hex, embedder.name if embedder else ""))
    return len(new)


def precedents_on(board: StatusBoard) -> list[Passage]:
    """One for each intent whose request is known and that came to an end."""
    found = []
    for intent_id, newest in board.newest.items():
        text = next((each.text for each in board.history.get(intent_id, ()) if each.text), newest.text)
        if text and newest.state in _TELLING:
            found.append(_precedent(newest, text, board.history.get(intent_id, ())))
    return found


def _precedent(newest: IntentStatus, text: str, history: Sequence[IntentStatus]) -> Passage:
    was_approved = any(each.state is State.APPROVED for each in history)
    ended = f"{newest.state.replace('_', ' ')}{' after an approval' if was_approved else ''}"
    why = f" ({newest.reason})" if newest.reason else ""
    said = f": {newest.message}" if newest.message else ""
    words = f"“{' '.join(text.split())}” was {ended}{why} on {newest.at:%Y-%m-%d}{said}"
    return Passage(
        document=newest.intent_id,
        title=" ".join(text.split())[:100],
        source=f"intent {newest.producer_id or newest.intent_id}",
        text=words,
        path=f"intent:{newest.intent_id}",
        digest=sha256(words.encode()).hexdigest(),
    )
