"""Limits repeated log lines of libraries: without a broker, a worker's five clients log hundreds of lines a second."""

import logging
import time
from collections.abc import Callable

QUIET_SECONDS = 30.0
MOST_REMEMBERED = 1_000
"""Different lines; beyond that all are forgotten, and may be logged again."""


class RepeatedLines(logging.Filter):
    """Lets a line through once every half minute, with the number of times it was left out since."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is said."""
        line, now = (record.name, record.getMessage()), self._monotonic()
        said, left_out = self._said.get(line, (None, 0))
        if said is not None and now - said < QUIET_SECONDS:
            self._said[line] = (said, left_out + 1)
            return False
        if len(self._said) >= MOST_REMEMBERED:
            self._said.clear()
        self._said[line] = (now, 0)
        if left_out:
            record.msg, record.args = f"{line[1]} (left out {left_out:,} times before)", ()
        return True
