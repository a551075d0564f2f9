"""The contract of a stage: what it reads, who does the work, and where each kind of result goes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pipeline.kafka.records import Record
from schemas.body import Body
from schemas.envelope import Intent
from schemas.status import State
from schemas.topics import Topic


@dataclass(frozen=True, slots=True)
class Emission:
    """A result on its way: to which topic, under which key, and what it makes of the intent's state.

    `text` are the words of an intent that begins here; `rolled_back` is the one that this result has taken back.
    """

    topic: Topic
    key: str
    body: Body
    state: State
    plan_digest: str | None = None
    message: str | None = None
    text: str | None = None
    rolled_back: Intent | None = None


class Agent(Protocol):
    """Turns one body into one result. Raises the verdicts of `agents.domain.verdicts`."""

    def __call__(self, body: Any, intent: Intent, /) -> Awaitable[Any]: ...


class RecordReader(Protocol):
    """Turns a record into an intent (who it is about) and a body (what it says)."""

    def anonymous(self, record: Record) -> Intent | None:
        """The intent to answer if the record cannot be identified, None if there is nobody to answer."""

    async def identify(self, record: Record) -> Intent:
        """The intent. Raises: Rejected, AlreadySettled."""

    def read(self, record: Record, intent: Intent) -> tuple[Any, Intent]:
        """The body, and the intent with what the body adds. Raises: Declined, Rejected, UnknownVersion."""


class AlreadySettled(Exception):
    """Nothing is left to do for this record: a duplicate, or a decision that came late."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


Result = TypeVar("Result")


@dataclass(frozen=True)
class Stage(Generic[Result]):
    """One entry of the flow.

    `reader` and `agent` are made once per worker, from its `ReaderContext` and its `App`. `begins` is published before
    the work starts, where that is news. `clears` names the compacted topic whose entry of the intent is tombstoned
    once the outcome is acknowledged. `retry_seconds` bounds how long a fault is waited out.

    A stage that `waits` keeps its state in the topic that it reads: all of it is read at each assignment and nothing is
    committed, so that what takes hours holds no offset.
    """

    name: str
    reads: Topic
    reader: Callable[[Any, Topic], Awaitable[RecordReader]]
    agent: Callable[[Any], Agent]
    route: Callable[[Intent, Result], Emission]
    begins: State | None = None
    clears: Topic | None = None
    retry_seconds: float = 60.0
    waits: bool = False

    @property
    def group(self) -> str:
        """The consumer group of the stage's workers."""
        return f"nephoran-{self.name}"
