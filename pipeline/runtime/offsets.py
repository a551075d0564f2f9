"""Which offset of a partition may be committed: never one past an event in flight."""

from collections import deque


class OffsetTracker:
    """Offsets of one partition and one assignment, admitted in rising order and completed in any.

    Kafka commits the next offset to read. Gaps (compaction, transaction markers) need no care: what was never
    admitted is never waited for.
    """

    def __init__(self) -> None:
        self._in_order: deque[int] = deque()
        self._completed: set[int] = set()
        self._next: int | None = None

    def admit(self, offset: int) -> bool:
        """Start to track `offset`. False where it was admitted before: a client's refetch, not to be run again."""
        if self._next is not None and offset < self._next:
            return False
        self._in_order.append(offset)
        self._next = offset + 1
        return True

    def complete(self, offset: int) -> None:
        """The event's results are acknowledged: it may be committed once all before it are."""
        self._completed.add(offset)
        while self._in_order and self._in_order[0] in self._completed:
            self._completed.discard(self._in_order.popleft())

    @property
    def committable(self) -> int | None:
        """The offset to commit, None before anything was admitted."""
        return self._in_order[0] if self._in_order else self._next

    @property
    def span(self) -> int:
        """How many offsets lie between the one to commit and the newest admitted."""
        return self._next - self._in_order[0] if self._in_order and self._next is not None else 0
