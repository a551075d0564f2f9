"""The vectors of a SQLite file, held in memory and searched exactly: 10,000 of 384 dimensions take 1 ms."""

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from agents.retrieval.ports import Vector


class SqliteVectors:
    """Read again after the file has changed, whoever changed it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._state: tuple[int, int] | None = None
        self._ids: list[int] = []
        self._documents: list[str] = []
        self._matrix: NDArray[np.float32] | None = None

    def nearest(self, vector: "Vector", limit: int) -> list[tuple[int, str, float]]:
        """Passage, document and similarity 0..1 of at most `limit`, nearest first."""
        import numpy as np

        self._read_where_changed()
        if self._matrix is None:
            return []
        similarities = self._matrix @ vector
        count = min(limit, len(similarities))
        best = np.argpartition(-similarities, count - 1)[:count]
        ordered = best[np.argsort(-similarities[best], kind="stable")]
        return [
            (self._ids[each], self._documents[each], round(min(max(float(similarities[each]), 0.0), 1.0), 4))
            for each in ordered
        ]

    def _read_where_changed(self) -> None:
        (theirs,) = self._connection.execute("PRAGMA data_version").fetchone()
        state = (theirs, self._connection.total_changes)
        if state == self._state:
            return
        self._read()
        self._state = state

    def _read(self) -> None:
        import numpy as np

        rows = self._connection.execute(
            """SELECT id, document, vector FROM passages JOIN vectors ON passage = id
            WHERE generation = coalesce((SELECT generation FROM facts), 1) ORDER BY document, number"""
        ).fetchall()
        self._ids = [id for id, _, _ in rows]
        self._documents = [document for _, document, _ in rows]
        everything = b"".join(vector for _, _, vector in rows)
        self._matrix = np.frombuffer(everything, dtype=np.float32).reshape(len(rows), -1) if rows else None
