"""Intents in progress for too long: signs of a lost record, a stuck event or a forgotten pause."""

import re
import time
from collections import OrderedDict

from pipeline.kafka.records import Record
from schemas.status import State, book_of

_STATE = re.compile(rb'"state":\s*"([a-z_]+)"')
_GENERATION = re.compile(rb'"generation":\s*(\d+)')
_IN_PROGRESS = frozenset(state.encode() for state in State if book_of(state) == "in_progress")
ENDED_KEPT = 10_000
"""Of intents that are done: the stages' statuses may arrive in another order than they were made."""


class Overdue:
    """Intents in progress by id, with when their generation was first heard of. Those that are done are forgotten.

    Statuses are not decoded and their signatures not verified: the result is only a figure for people.
    """

    def __init__(self, after_seconds: float) -> None:
        self._after_seconds = after_seconds
        self._since: dict[bytes, tuple[int, float]] = {}
        self._ended: OrderedDict[bytes, int] = OrderedDict()

    def take(self, record: Record) -> None:
        """Fold one status in."""
        state, generation = _STATE.search(record.value or b""), _GENERATION.search(record.value or b"")
        if record.key is None or state is None:
            return
        number = int(generation[1][:9]) if generation else 0
        if self._ended.get(record.key, -1) >= number:
            return
        known = self._since.get(record.key)
        if state[1] in _IN_PROGRESS:
            if known is None or known[0] < number:
                self._since[record.key] = number, record.timestamp_ms / 1_000
        elif known is None or known[0] <= number:
            self._since.pop(record.key, None)
            self._ended[record.key] = number
            if len(self._ended) > ENDED_KEPT:
                self._ended.popitem(last=False)

    def count(self) -> int:
        """How many are overdue now."""
        latest = time.time() - self._after_seconds
        return sum(since < latest for _, since in self._since.values())
