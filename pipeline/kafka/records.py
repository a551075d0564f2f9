"""A Kafka record as it arrived, and one about to leave, free of any client's types."""

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

Headers = tuple[tuple[str, bytes | None], ...]
"""Names may repeat, and a value may be null: any client may publish both."""

UNREAD = "\udcffunread"
"""Not a real header (no header has such a name): the record was too large to be unpacked. The value is its size in
bytes."""


class TopicPartition(NamedTuple):
    """Where a lane of records lives."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}"


class Record(NamedTuple):
    """A record as fetched. `timestamp_ms` is the broker's append time, for every topic here is LogAppendTime."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    newest_ms: int = 0
    """The newest append time in its partition before it, where known: a broker's clock may go back."""

    @property
    def ordered_ms(self) -> int:
        """Its append time, or a newer one of a record before it: order never goes back within a partition."""
        return max(self.timestamp_ms, self.newest_ms)

    @property
    def place(self) -> str:
        """`topic/partition/offset`: how people and dead letters name a record."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def size_bytes(self) -> int:
        """Key, value and headers together."""
        headers = sum(map(len, filter(None, chain.from_iterable(self.headers)))) if self.headers else 0
        return len(self.key or b"") + len(self.value or b"") + headers

    def header(self, name: str) -> bytes | None:
        """The last header of that name, as Kafka clients read repeated ones."""
        for key, value in reversed(self.headers):
            if key == name:
                return value
        return None


class Outgoing(NamedTuple):
    """A record to publish. A `value` of None is a tombstone."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


def readable_name(header: str) -> str:
    """A header's name, where need be with what is not UTF-8 of it spelt out."""
    return header if header.isascii() else header.encode(errors="surrogateescape").decode(errors="backslashreplace")


def has_readable_names(record: Record) -> bool:
    """Whether all names of its headers are UTF-8, as Kafka has it; not every client sees to that."""
    return all(name.isascii() or name == readable_name(name) for name, _ in record.headers)


def named_header(record: Record, name: str) -> str:
    """The last header of that name as text, whatever its bytes; empty where there is none."""
    return (record.header(name) or b"").decode(errors="replace")


def text_headers(pairs: Iterable[tuple[str, str | None]]) -> Headers:
    """The pairs that have a value, as headers. Half a surrogate pair, which is not text, is spelt out."""
    return tuple([(name, value.encode(errors="backslashreplace")) for name, value in pairs if value is not None])
