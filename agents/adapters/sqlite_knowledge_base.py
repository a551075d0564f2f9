"""A knowledge base in SQLite's full-text index: no server, no model, milliseconds. The default."""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock

from agents.domain.verdicts import Retryable
from agents.knowledge.documents import Document, digest_of_documents
from agents.knowledge.search_words import telling_words
from schemas.bodies import Citation

_SCHEMA = """
CREATE VIRTUAL TABLE passages USING fts5(
    id UNINDEXED, source UNINDEXED, subjects, title, keywords, text, tokenize = "porter unicode61"
)
"""
_SEARCH = """
SELECT id, title, source, snippet(passages, 5, '', '', ' … ', 48), bm25(passages, 0, 0, 16, 6, 4, 1) AS distance
FROM passages WHERE passages MATCH ? ORDER BY distance, id LIMIT ?
"""
_HALF_SCORE = 8.0
"""The bm25 value that counts as half: about what one keyword of this corpus scores alone."""
_REMEMBERED_ANSWERS = 4_096
"""Far more than there are objects, targets and sites to ask for; 1 KB each."""


class SqliteKnowledgeBase:
    """Finds passages by their words (Okapi BM25 over stemmed words), subjects, titles and keywords first.

    The index never changes, so an answer is looked up once: asking the index, in a thread, takes 0.2 ms of processor.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = Lock()
        self._answers: dict[tuple[str, int], tuple[Citation, ...]] = {}

    @classmethod
    def in_memory(cls, documents: Iterable[Document]) -> "SqliteKnowledgeBase":
        """An index of these documents that lives as long as this object."""
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        _fill(connection, documents)
        return cls(connection)

    @classmethod
    def cached(cls, documents: Sequence[Document], folder: Path) -> "SqliteKnowledgeBase":
        """The index in a file of `folder` named after what the documents say; built where it is not there yet."""
        path = folder / f"knowledge-{digest_of_documents(documents)[:16]}.sqlite"
        if not _is_whole(path):
            _build(path, documents)
        return cls(_open(path))

    async def search(self, query: str, limit: int) -> Sequence[Citation]:
        """At most `limit` passages, best first, `score` 0..1. The query is words, whatever signs stand among them.

        Raises: Retryable where the index cannot be read.
        """
        expression = match_expression(query)
        if not expression or limit < 1:
            return ()
        answer = self._answers.get((expression, limit))
        return answer if answer is not None else await asyncio.to_thread(self._look_up, expression, limit)

    def _look_up(self, expression: str, limit: int) -> tuple[Citation, ...]:
        answer = self._search(expression, limit)
        if len(self._answers) < _REMEMBERED_ANSWERS:
            self._answers[expression, limit] = answer
        return answer

    def _search(self, expression: str, limit: int) -> tuple[Citation, ...]:
        try:
            with self._lock:
                rows = self._connection.execute(_SEARCH, (expression, limit)).fetchall()
        except sqlite3.Error as fault:
            raise Retryable(
                f"the index of the knowledge base cannot be read: {fault}", dependency="knowledge"
            ) from fault
        return tuple(
            Citation(document=id, title=title, source=source, excerpt=excerpt, score=score_of(distance))
            for id, title, source, excerpt, distance in rows
        )

    def close(self) -> None:
        """Ends the use of the index."""
        with self._lock:
            self._connection.close()


def match_expression(query: str) -> str:
    """Any of the words of the query, each as a quoted phrase: nothing in it is FTS5 syntax any more."""
    return " OR ".join(f'"{word}"' for word in telling_words(query))


def score_of(distance: float) -> float:
    """bm25 as FTS5 gives it (negative, better is smaller, without a bound) brought to 0..1."""
    relevance = max(-distance, 0.0)
    return round(relevance / (relevance + _HALF_SCORE), 4)


def _fill(connection: sqlite3.Connection, documents: Iterable[Document]) -> None:
    with connection:
        connection.execute(_SCHEMA)
        connection.executemany(
            "INSERT INTO passages (id, source, subjects, title, keywords, text) VALUES (?, ?, ?, ?, ?, ?)",
            (_row(each) for each in documents),
        )


def _row(document: Document) -> tuple[str, ...]:
    subjects, keywords = " | ".join(document.subjects), " | ".join(document.keywords)
    return document.id, document.source, subjects, document.title, keywords, document.text


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)


def _is_whole(path: Path) -> bool:
    """A file that is not there, or that was damaged, is built again: it holds nothing of its own."""
    if not path.exists():
        return False
    connection = _open(path)
    try:
        return bool(connection.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()


def _build(path: Path, documents: Iterable[Document]) -> None:
    """Under another name first: whoever opens the file finds all of it, or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{id(documents)}.unfinished")
    unfinished.unlink(missing_ok=True)
    connection = sqlite3.connect(unfinished)
    try:
        _fill(connection, documents)
    finally:
        connection.close()
    unfinished.replace(path)
