"""Which offset of a partition may be committed: never one past an event in flight."""

from collections import deque
from typing import NamedTuple

from pipeline.kafka.marks import Mark


class _Admitted(NamedTuple):
    """`newest_before_ms`: the newest append time of all records before this one."""

    offset: int
    timestamp_ms: int
    newest_before_ms: int


class OffsetTracker:
    """Offsets of one partition and one assignment, admitted in rising order and completed in any.

    Kafka commits the next offset to read. Gaps (compaction, transaction markers) need no care: what was never
    admitted is never waited for. `mark` is what was committed with the offset at which the partition starts.
    """

    def __init__(self, mark: Mark | None = None) -> None:
        self._in_order: deque[_Admitted] = deque()
        self._completed: set[int] = set()
        self._next: int | None = None
        self._mark = mark
        self._again_until = mark.again_until if mark else 0
        self.newest_ms = mark.newest_ms if mark else 0
        """The newest append time so far: a broker's clock may go back."""

    def admit(self, offset: int, timestamp_ms: int = 0) -> bool:
        """Start tracking `offset`. False where it was admitted before: a client's refetch, not to be run again."""
        if self._next is not None and offset < self._next:
            return False
        self._in_order.append(_Admitted(offset, timestamp_ms, self.newest_ms))
        self._next = offset + 1
        if timestamp_ms > self.newest_ms:
            self.newest_ms = timestamp_ms
        return True

    def complete(self, offset: int) -> None:
        """The event's results are acknowledged: it may be committed once all before it are."""
        self._completed.add(offset)
        in_order = self._in_order
        while in_order and in_order[0].offset in self._completed:
            done = in_order.popleft()
            self._completed.discard(done.offset)
            newest_ms = max(done.newest_before_ms, done.timestamp_ms)
            self._mark = Mark(done.offset, done.timestamp_ms, newest_ms, self._again_until)

    @property
    def committable(self) -> int | None:
        """The offset to commit, None before anything was admitted."""
        return self._in_order[0].offset if self._in_order else self._next

    @property
    def mark(self) -> Mark | None:
        """The metadata to commit with it."""
        return self._mark

    @property
    def span(self) -> int:
        """How many offsets lie between the one to commit and the newest admitted."""
        return self._next - self._in_order[0].offset if self._in_order and self._next is not None else 0
