"""A store of passages in one SQLite file: full-text index and vectors, no server, milliseconds. The default."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar
from weakref import finalize

from agents.adapters.sqlite_frequencies import SqliteFrequencies
from agents.adapters.sqlite_vectors import SqliteVectors
from agents.domain.ports import Ranking
from agents.domain.verdicts import Retryable
from agents.knowledge.search_words import telling_words
from agents.retrieval.fusion import fused, led_by, score_of_relevance
from agents.retrieval.passages import Held, Passage
from agents.retrieval.ports import Facts
from schemas.bodies import Citation

if TYPE_CHECKING:
    from agents.retrieval.ports import Vector

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (version TEXT NOT NULL, generation INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS generations (generation INTEGER PRIMARY KEY, embedder TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS passages (
    id INTEGER PRIMARY KEY, document TEXT NOT NULL, number INTEGER NOT NULL, parts INTEGER NOT NULL,
    path TEXT NOT NULL, digest TEXT NOT NULL, UNIQUE (document, number)
);
CREATE TABLE IF NOT EXISTS vectors (
    generation INTEGER NOT NULL, passage INTEGER NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (generation, passage)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    document UNINDEXED, source UNINDEXED, subjects, title, keywords, text, tokenize = "porter unicode61"
);
CREATE VIRTUAL TABLE IF NOT EXISTS temp.frequencies USING fts5vocab(main, words, row);
"""
_BY_WORDS = """
SELECT id, document, relevance FROM (
    SELECT rowid AS passage, -bm25(words, 0, 0, 16, 8, 2, 1) AS relevance
    FROM words WHERE words MATCH ? ORDER BY relevance DESC, rowid LIMIT ?
) JOIN passages ON id = passage ORDER BY relevance DESC, document
"""
"""Of what matches, numbers alone are read and sorted; documents only of the best."""
_SNIPPETS = """
SELECT rowid, document, title, source, snippet(words, 5, '', '', ' … ', 48) FROM words WHERE words MATCH ? AND rowid IN
"""
_WHOLE = "SELECT rowid, document, title, source, text FROM words WHERE rowid IN "
_HELD = "SELECT document, path, iif(count(*) = parts, digest, ''), parts FROM passages GROUP BY document"
_DELETE = (
    "DELETE FROM vectors WHERE passage IN (SELECT id FROM passages WHERE document = ?)",
    "DELETE FROM words WHERE rowid IN (SELECT id FROM passages WHERE document = ?)",
    "DELETE FROM passages WHERE document = ?",
)
_FACTS = "SELECT version, embedder FROM facts JOIN generations USING (generation)"
_SURE_SCORE = 0.65
"""From here on the words name what they are about, and keep their order (`nephoran knowledge evaluate`)."""
_CANDIDATES = 50
"""Passages that each ranking offers; several may be of one document."""
_WAIT_SECONDS = 10.0
"""How long a reader waits for a load that is just being written down."""

Row = tuple[int, str, float]
"""Of a passage: its id, its document, its score 0..1."""
T = TypeVar("T")


class SqlitePassageStore:
    """Finds passages by their words (Okapi BM25 over stemmed words), by exact scalar products, or by both fused."""

    name = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        finalize(self, connection.close)
        self._lock = Lock()
        self._vectors = SqliteVectors(connection)
        self._frequencies = SqliteFrequencies(connection)

    @classmethod
    def in_memory(cls, passages: Iterable[Passage] = ()) -> "SqlitePassageStore":
        """A store that lives as long as this object."""
        store = cls(connect(":memory:"))
        store._write(list(passages), None)
        return store

    @classmethod
    def at(cls, path: Path) -> "SqlitePassageStore":
        """The store in this file, made where it is not there. Raises: Retryable."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(connect(path))
        except (sqlite3.Error, OSError) as fault:
            raise Retryable(f"{path} cannot be used as knowledge base: {fault}", dependency="knowledge") from fault

    async def find(self, query: str, vector: "Vector | None", limit: int, ranking: Ranking) -> tuple[Citation, ...]:
        """At most `limit` documents by their best passage, best first, `score` 0..1. The query is words, never syntax.

        Raises: Retryable where the file cannot be read.
        """
        return await self._done(lambda: self._find(query, vector, limit, ranking)) if limit > 0 else ()

    def _find(self, query: str, vector: "Vector | None", limit: int, ranking: Ranking) -> tuple[Citation, ...]:
        expression = self._telling_expression(query)
        words = self._by_words(expression, limit) if expression and ranking is not Ranking.VECTORS else []
        near = self._by_meaning(vector, limit) if vector is not None and ranking is not Ranking.KEYWORDS else []
        if ranking is Ranking.HYBRID:
            return self._whole(_hybrid(words, near)[:limit])
        return self._snippets(words[:limit], expression) if ranking is Ranking.KEYWORDS else self._whole(near[:limit])

    def _telling_expression(self, query: str) -> str:
        """Any of the words, each as a quoted phrase: nothing in it is FTS5 syntax any more. Words that stand in many
        passages are left out where there are rarer ones: they cost most and tell least."""
        rare = self._frequencies.without_frequent(telling_words(query))
        return " OR ".join(f'"{word}"' for word in rare)

    def _by_words(self, expression: str, limit: int) -> list[Row]:
        rows = self._connection.execute(_BY_WORDS, (expression, _CANDIDATES + limit))
        return _best_of_each((id, document, score_of_relevance(relevance)) for id, document, relevance in rows)

    def _by_meaning(self, vector: "Vector", limit: int) -> list[Row]:
        return _best_of_each(self._vectors.nearest(vector, _CANDIDATES + limit))

    def _snippets(self, rows: list[Row], expression: str) -> tuple[Citation, ...]:
        ids = [id for id, _, _ in rows]
        return _citations(rows, self._connection.execute(_SNIPPETS + _places(ids), (expression, *ids)))

    def _whole(self, rows: list[Row]) -> tuple[Citation, ...]:
        ids = [id for id, _, _ in rows]
        return _citations(rows, self._connection.execute(_WHOLE + _places(ids), ids))

    async def put(self, passages: Sequence[Passage], vectors: "Sequence[Vector] | None") -> None:
        """Whole documents, in the place of what was held under their names: all of it or nothing. Raises: Retryable."""
        await self._done(lambda: self._write(passages, vectors))

    def _write(self, passages: Sequence[Passage], vectors: "Sequence[Vector] | None") -> None:
        with self._connection:
            self._delete({passage.document for passage in passages})
            ids = [self._insert(passage) for passage in passages]
            if vectors is not None:
                generation = serving_generation(self._connection)
                rows = [(generation, id, vector.tobytes()) for id, vector in zip(ids, vectors, strict=True)]
                self._connection.executemany("INSERT INTO vectors VALUES (?, ?, ?)", rows)

    def _insert(self, each: Passage) -> int:
        cursor = self._connection.execute(
            "INSERT INTO passages (document, number, parts, path, digest) VALUES (?, ?, ?, ?, ?)",
            (each.document, each.number, each.parts, each.path, each.digest),
        )
        id = cursor.lastrowid or 0
        subjects, keywords = " | ".join(each.subjects), " | ".join(each.keywords)
        self._connection.execute(
            "INSERT INTO words (rowid, document, source, subjects, title, keywords, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (id, each.document, each.source, subjects, each.title, keywords, each.text),
        )
        return id

    async def remove(self, documents: Collection[str]) -> None:
        """Raises: Retryable."""

        def remove() -> None:
            with self._connection:
                self._delete(documents)

        await self._done(remove)

    def _delete(self, documents: Collection[str]) -> None:
        for document in documents:
            for statement in _DELETE:
                self._connection.execute(statement, (document,))

    async def held(self) -> Mapping[str, Held]:
        """The documents, by name. Raises: Retryable."""
        rows = await self._done(lambda: self._connection.execute(_HELD).fetchall())
        return {document: Held(path, digest, parts) for document, path, digest, parts in rows}

    async def facts(self) -> Facts:
        """Raises: Retryable."""
        row = await self._done(lambda: self._connection.execute(_FACTS).fetchone())
        return Facts(*row) if row else Facts()

    async def set_facts(self, facts: Facts) -> None:
        """Raises: Retryable."""

        def write() -> None:
            with self._connection:
                set_serving(self._connection, facts, serving_generation(self._connection))

        await self._done(write)

    async def close(self) -> None:
        """End the use of the file."""
        with self._lock:
            self._connection.close()

    async def _done(self, work: Callable[[], T]) -> T:
        return await asyncio.to_thread(self._locked, work)

    def _locked(self, work: Callable[[], T]) -> T:
        try:
            with self._lock:
                return work()
        except sqlite3.Error as fault:
            raise Retryable(f"the knowledge base in SQLite cannot be used: {fault}", dependency="knowledge") from fault


def serving_generation(connection: sqlite3.Connection) -> int:
    """The generation of vectors that is searched."""
    row = connection.execute("SELECT generation FROM facts").fetchone()
    return int(row[0]) if row else 1


def set_serving(connection: sqlite3.Connection, facts: Facts, generation: int) -> None:
    """Make it the one that is searched. The caller commits."""
    connection.execute("DELETE FROM facts")
    connection.execute("INSERT INTO facts VALUES (?, ?)", (facts.version, generation))
    connection.execute("INSERT OR REPLACE INTO generations VALUES (?, ?)", (generation, facts.embedder))


def _hybrid(words: list[Row], near: list[Row]) -> list[Row]:
    """By document, with the passage that its meaning found, else the one that its words did."""
    passages = {document: id for id, document, _ in (*words, *near)}
    by_words, by_meaning = ([document for _, document, _ in rows] for rows in (words, near))
    is_sure = bool(words) and words[0][2] >= _SURE_SCORE
    ranks = led_by(by_words, by_meaning) if is_sure else fused([by_words, by_meaning])
    return [(passages[document], document, round(score, 4)) for document, score in ranks]


def _best_of_each(rows: Iterable[Row]) -> list[Row]:
    best: dict[str, Row] = {}
    for row in rows:
        best.setdefault(row[1], row)
    return list(best.values())


def _citations(rows: list[Row], texts: Iterable[tuple[int, str, str, str, str]]) -> tuple[Citation, ...]:
    found = {id: rest for id, *rest in texts}
    return tuple(
        Citation(document=document, title=found[id][1], source=found[id][2], excerpt=found[id][3], score=score)
        for id, document, score in rows
    )


def _places(values: Sequence[object]) -> str:
    return f"({','.join('?' * len(values))})"


def connect(path: Path | str) -> sqlite3.Connection:
    """Readers go on while a load is written (WAL), and a load that is killed leaves whole documents."""
    connection = sqlite3.connect(path, check_same_thread=False, timeout=_WAIT_SECONDS)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(_SCHEMA)
    return connection
