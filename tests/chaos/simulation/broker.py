"""A broker in this process: logs by partition, consumer groups with sessions, and offsets that they commit."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from pipeline.kafka.marks import Mark
from pipeline.kafka.partitioner import partition_of
from pipeline.kafka.records import Outgoing, Record
from tests.chaos.history import Appended, Committed, History

PARTITIONS = 2
SESSION_SECONDS = 10.0
EPOCH_MS = 1_700_000_000_000


@dataclass
class Group:
    """Who of its members owns which partition. A member that is silent for a session owns nothing any more."""

    stage: str
    topic: str
    heard: dict[str, float] = field(default_factory=dict)
    owners: dict[int, str] = field(default_factory=dict)
    committed: dict[int, int] = field(default_factory=dict)
    marks: dict[int, Mark] = field(default_factory=dict)

    def beat(self, member: str, now: float) -> set[int]:
        """The member lives. Returns the partitions it should have, which may be owned by others until they let go."""
        self.heard[member] = now
        for silent in [name for name, at in self.heard.items() if at < now - SESSION_SECONDS]:
            self.leave(silent)
        members = sorted(self.heard)
        return {number for number in range(PARTITIONS) if members[number % len(members)] == member}

    def leave(self, member: str) -> None:
        """It is gone, or given up."""
        self.heard.pop(member, None)
        for number in [number for number, owner in self.owners.items() if owner == member]:
            del self.owners[number]

    def take(self, number: int, member: str) -> bool:
        """False where another one owns it still."""
        return self.owners.setdefault(number, member) == member


class Broker:
    """Logs whose records never change, written down as they come."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.logs: dict[str, list[list[Record]]] = defaultdict(lambda: [[] for _ in range(PARTITIONS)])
        self.groups: dict[str, Group] = {}
        self.clock_ms = 0
        """How far the broker's clock is off."""

    def append(self, sent: Outgoing) -> Record:
        """Write a record down; one without a key goes where the next one without goes."""
        logs = self.logs[sent.topic]
        number = partition_of(sent.key, PARTITIONS) if sent.key is not None else sum(map(len, logs)) % PARTITIONS
        now_ms = EPOCH_MS + self.clock_ms + round(asyncio.get_running_loop().time() * 1_000)
        record = Record(sent.topic, number, len(logs[number]), now_ms, sent.key, sent.value, sent.headers)
        logs[number].append(record)
        self._history.appended.append(Appended(self._history.now(), record))
        return record

    def commit(self, group: Group, member: str, number: int, offset: int, mark: Mark | None) -> None:
        """Refused from who does not own the partition."""
        if group.owners.get(number) == member and group.committed.get(number, 0) != offset:
            group.committed[number] = offset
            if mark is not None:
                group.marks[number] = mark
            self._history.committed.append(Committed(self._history.now(), group.stage, group.topic, number, offset))

    def is_at_rest(self) -> bool:
        """Whether every group has committed all there is."""
        return all(
            group.committed.get(number, 0) == len(self.logs[group.topic][number])
            for group in self.groups.values()
            for number in range(PARTITIONS)
        )

    def lose_offsets(self, keep: float = 0.0) -> None:
        """The groups know only this share of how far they had come."""
        for group in self.groups.values():
            group.committed = {number: int(offset * keep) for number, offset in group.committed.items()}
            group.marks.clear()
