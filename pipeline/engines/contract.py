"""The contract of an engine: it fetches, pauses and commits. Lanes, offsets, retries and dead letters are shared above
it."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from pipeline.kafka.breaks import Break
from pipeline.kafka.marks import Mark
from pipeline.kafka.records import Record, TopicPartition


class Consumes(Protocol):
    """What an engine reports about its fetching, and asks before it commits."""

    def admit(self, record: Record) -> None:
        """A record was fetched. Records of a partition that arrive after it was paused are kept until it resumes."""

    async def revoke(self, partitions: Iterable[TopicPartition]) -> None:
        """These partitions are taken away. Returns when nothing of them runs here any more; commit, then."""

    async def close(self) -> None:
        """The member leaves. Returns when nothing runs here any more, and nothing will; commit, then."""

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """A new assignment begins: what these partitions were in the one before is over."""

    def begin(self, marks: Mapping[TopicPartition, Mark]) -> None:
        """What was committed with the offsets at which these partitions start. Called before their first record."""

    def begin_anew(self, partition: TopicPartition) -> None:
        """From now on, records admitted from this partition belong to another log, read from its beginning."""

    def broken(self, found: Break) -> None:
        """Kafka lost something. In the worker's loop."""

    def mark(self, partition: TopicPartition, offset: int) -> Mark | None:
        """The metadata to commit with this offset, if it is the one that may be committed now."""

    def committable(self) -> Mapping[TopicPartition, int]:
        """The offsets that may be committed now."""


class Engine(Protocol):
    """One consumer group member for one topic."""

    async def run(self) -> None:
        """Fetch until `stop` is called or the engine fails. Raises: what ended it."""

    async def stop(self) -> None:
        """Stop fetching, let what runs end within its time, commit, leave the group."""

    def pause(self, partition: TopicPartition) -> None:
        """Stop fetching from this partition until `resume`. A fetch that is under way may still bring some of it."""

    def resume(self, partition: TopicPartition) -> None:
        """Fetch from it again."""

    @property
    def is_ready(self) -> bool:
        """True once the member has joined its group."""

    def may_act(self) -> bool:
        """True while no other member can have been given this one's partitions. Asked in any thread."""
