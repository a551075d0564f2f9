"""The envelope of an event: identity, order and lineage of an intent, apart from its body."""

from dataclasses import dataclass, replace
from hashlib import sha1, sha256
from typing import NamedTuple
from uuid import NAMESPACE_URL

from schemas.bodies import NamedIntent, Priority


class Order(NamedTuple):
    """The place of an intent among all others: when and where the broker appended its record."""

    append_ms: int
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.append_ms}/{self.partition}/{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "Order":
        """Raises: ValueError where `text` is not `ms/partition/offset`."""
        append_ms, partition, offset = text.split("/")
        return cls(int(append_ms), int(partition), int(offset))


@dataclass(frozen=True, slots=True)
class Intent:
    """What every stage knows of the intent whose event it handles.

    `received_ms` is the broker's append time of the `intents.received` record; `digest` the SHA-256 of the bytes
    received, in hexadecimal; `producer_id` the producer's own `source#id`, where it gave one.
    """

    id: str
    order: Order
    generation: int
    digest: str
    received_ms: int
    producer_id: str | None = None
    priority: Priority = Priority.NORMAL
    is_dry_run: bool = False

    def event_id(self, stage: str) -> str:
        """The same for every redelivery of the same work: uuid5(intent id, generation, stage)."""
        return _uuid5(bytes.fromhex(self.id.replace("-", "")), f"{self.generation}/{stage}")

    def rollback(self) -> "Intent":
        """The intent that rolls this one back, whoever asks for it: an operator, a saga, or its watch."""
        name = f"rollback {self.id}"
        return Intent(
            id=_uuid5(bytes.fromhex(self.id.replace("-", "")), "rollback"),
            order=self.order,
            generation=0,
            digest=sha256(name.encode()).hexdigest(),
            received_ms=self.received_ms,
            priority=self.priority,
        )

    def named(self) -> NamedIntent:
        """What another intent's event says about this one."""
        return NamedIntent(
            id=self.id,
            order=str(self.order),
            generation=self.generation,
            digest=self.digest,
            received_ms=self.received_ms,
            producer_id=self.producer_id,
        )

    @classmethod
    def of(cls, named: NamedIntent) -> "Intent":
        """The intent that is named. Raises: ValueError where its order is none."""
        return cls(
            id=named.id,
            order=Order.parse(named.order),
            generation=named.generation,
            digest=named.digest,
            received_ms=named.received_ms,
            producer_id=named.producer_id,
        )

    def reordered(self, order: Order) -> "Intent":
        """The intent with the place that a decision gave it."""
        return replace(self, order=order)


def intent_id_of_event(source: str, event_id: str) -> str:
    """The id of an intent whose producer named it."""
    return _uuid5(NAMESPACE_URL.bytes, f"{source}#{event_id}")


def intent_id_of_record(topic: str, partition: int, offset: int, append_ms: int) -> str:
    """The id of an intent whose producer did not name it: where and when the broker appended it."""
    return _uuid5(NAMESPACE_URL.bytes, f"kafka:{topic}/{partition}/{offset}@{append_ms}")


def _uuid5(namespace: bytes, name: str) -> str:
    """`str(uuid.uuid5(…))` (RFC 9562, 5.5) in a third of its time: every event needs several."""
    digits = sha1(namespace + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
