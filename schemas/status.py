"""Where an intent stands, how readers fold it, and the books that must balance."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from schemas.body import Body


class State(StrEnum):
    """The states of an intent, in the order it passes them."""

    RECEIVED = "received"
    PARSED = "parsed"
    ENRICHED = "enriched"
    PLANNED = "planned"
    PROPOSED = "proposed"
    APPROVED = "approved"
    DEPLOYING = "deploying"
    OBSERVING = "observing"
    DEPLOYED = "deployed"
    DECLINED = "declined"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    DEAD_LETTERED = "dead_lettered"
    DISCARDED = "discarded"
    ROLLED_BACK = "rolled_back"


_RANK = {
    State.RECEIVED: 0,
    State.PARSED: 1,
    State.ENRICHED: 2,
    State.PLANNED: 3,
    State.PROPOSED: 3,
    State.APPROVED: 4,
    State.DEPLOYING: 5,
    State.OBSERVING: 6,
    State.DEPLOYED: 8,
    State.ROLLED_BACK: 9,
}
_FINAL_RANK = 7
ANSWERS = (State.PROPOSED, State.OBSERVING, State.DEPLOYED, State.DECLINED, State.FAILED, State.DEAD_LETTERED)
"""The states that end the requester's waiting: what the end-to-end latency is measured to."""
_BOOK_OF_STATE = {
    State.PROPOSED: "waiting",
    State.OBSERVING: "waiting",
    State.ROLLED_BACK: "deployed",
}


class IntentStatus(Body):
    """One change of state of one intent.

    `latency_seconds` counts from the broker's append time to the first answer, and is given only with that: later times
    depend on people's decisions and replays. `digest` is the SHA-256 of the bytes received, `text` their beginning.
    `reason`, `message` and `question` answer the requester. `dry_run` is true of what is planned and not carried out:
    it counts in no book.
    """

    intent_id: str
    state: State
    generation: int = 0
    stage: str
    at: datetime
    producer_id: str | None = None
    order: str
    digest: str | None = None
    text: str | None = None
    reason: str | None = None
    message: str | None = None
    question: str | None = None
    plan_digest: str | None = None
    revision: str | None = None
    latency_seconds: float | None = Field(default=None, ge=0)
    dry_run: bool | None = None

    @property
    def rank(self) -> tuple[int, int]:
        """(generation, rank): what a reader compares to find the newest. An effect outranks every other end of its
        generation: whatever was reported before, it is a fact."""
        return self.generation, _RANK.get(self.state, _FINAL_RANK)

    @property
    def is_final(self) -> bool:
        """True where nothing more happens unless somebody replays or rolls back."""
        return _is_final(self.state)

    @property
    def book(self) -> str:
        """The book this intent is counted in."""
        return book_of(self.state)


def _is_final(state: State) -> bool:
    return _RANK.get(state, _FINAL_RANK) >= _FINAL_RANK


def book_of(state: State) -> str:
    """The book in which an intent in this state is counted."""
    return _BOOK_OF_STATE.get(state) or (str(state) if _is_final(state) else "in_progress")


def fold(current: IntentStatus | None, seen: IntentStatus) -> IntentStatus:
    """The status that holds after both: an older one never overwrites a newer one, the first of equals stays.

    A plan proposed again replaces its proposal: both wait, and the newer one is the one to decide on.
    """
    if current is None:
        return seen
    is_proposed_again = seen.rank == current.rank and seen.state == State.PROPOSED
    if seen.rank <= current.rank and not is_proposed_again:
        return current
    return seen.model_copy(update={"text": seen.text or current.text, "dry_run": seen.dry_run or current.dry_run})


BOOKS = ("in_progress", "waiting", "deployed", "declined", "failed", "timed_out", "dead_lettered", "discarded")


def count_books(statuses: Iterable[IntentStatus]) -> dict[str, int]:
    """How many distinct intents stand in each book, with `received` as their sum. Dry runs are in none."""
    books = dict.fromkeys(BOOKS, 0)
    for status in statuses:
        books[status.book] += not status.dry_run
    return {"received": sum(books.values()), **books}
