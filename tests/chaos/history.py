"""What happened: what was written to topics, what took effect, what was committed, in the order it happened.

Written down by whoever is outside of the workers: a broker, a target, never our own logs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.kafka.records import Record
from schemas.envelope import Order

Value = tuple[str, str]
"""The file of an object, and the name of one of its values."""


@dataclass(frozen=True, slots=True)
class Appended:
    """A record was written."""

    at: float
    record: Record


@dataclass(frozen=True, slots=True)
class Effected:
    """An intent changed the network. `changes` are the values it left, None for those that it removed."""

    at: float
    intent_id: str
    order: Order
    changes: Mapping[Value, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Committed:
    """A stage says that it is done with everything before this offset."""

    at: float
    stage: str
    topic: str
    partition: int
    offset: int


@dataclass
class History:
    """Everything that happened, the earliest first; `at` are places in it, or times where nobody saw the places."""

    appended: list[Appended] = field(default_factory=list)
    effected: list[Effected] = field(default_factory=list)
    committed: list[Committed] = field(default_factory=list)
    _count: int = 0

    def now(self) -> float:
        """The place of what happens next."""
        self._count += 1
        return self._count
