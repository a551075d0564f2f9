"""In how many passages of a SQLite file a word stands."""

import re
import sqlite3
from collections.abc import Sequence

import snowballstemmer

FREQUENT = 1_000
"""Passages. A search among 10,000 looks at each that a word stands in; below this its words take milliseconds."""
_TOKEN = re.compile(r"[^\W_]+")
_PORTER = snowballstemmer.stemmer("porter")
"""As FTS5's own tokenizer stems."""


class SqliteFrequencies:
    """Counted once for each word, and again after the file has changed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._state: tuple[int, int] | None = None
        self._counts: dict[str, int] = {}

    def without_frequent(self, words: Sequence[str]) -> Sequence[str]:
        """The words that stand in few passages; the rarest one where all are frequent."""
        (theirs,) = self._connection.execute("PRAGMA data_version").fetchone()
        state = (theirs, self._connection.total_changes)
        if state != self._state:
            self._counts.clear()
            self._state = state
        counts = {word: self._count(word) for word in words}
        rare = [word for word, count in counts.items() if count <= FREQUENT]
        return rare if any(counts[word] for word in rare) or not words else [min(counts, key=counts.__getitem__)]

    def _count(self, word: str) -> int:
        """Of the rarest part of a compound, which is looked for as a phrase."""
        return min((self._count_of_token(token) for token in _TOKEN.findall(word)), default=0)

    def _count_of_token(self, token: str) -> int:
        if token not in self._counts:
            stem = _PORTER.stemWord(token)
            row = self._connection.execute("SELECT doc FROM temp.frequencies WHERE term = ?", (stem,)).fetchone()
            self._counts[token] = int(row[0]) if row else 0
        return self._counts[token]
