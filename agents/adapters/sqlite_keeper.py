"""Maintains a store in SQLite: copies through its backup interface, and generations of vectors."""

import asyncio
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

from agents.adapters.sqlite_passage_store import connect, serving_generation, set_serving
from agents.domain.verdicts import Retryable
from agents.retrieval.keeping import Migrated, Progress
from agents.retrieval.passages import Passage
from agents.retrieval.ports import Embedder, Facts, Refused

_BATCH = 32
_UNMADE = """
SELECT passages.id, title, subjects, keywords, text FROM passages JOIN words ON words.rowid = passages.id
WHERE passages.id NOT IN (SELECT passage FROM vectors WHERE generation = ?) ORDER BY passages.id
"""
T = TypeVar("T")


class SqliteKeeper:
    """Of the store in this file. Copies go to the folder `backups` beside it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def back_up(self, name: str) -> str:
        """Readers and loads go on meanwhile. Raises: Refused, Retryable."""
        copy = self._copy(name)
        if copy.exists():
            raise Refused(f"there is a copy {copy} already: choose another name")
        await self._done(lambda connection: _copied_to(connection, copy))
        return str(copy)

    async def restore(self, name: str, *, may_replace: bool) -> None:
        """In one transaction: readers see all of it or nothing. Raises: Refused, Retryable."""
        copy = self._copy(name)
        if not copy.exists():
            raise Refused(f"there is no copy {copy}")
        await self._done(lambda connection: _copied_from(connection, copy, may_replace))

    def _copy(self, name: str) -> Path:
        return self._file.parent / "backups" / f"{self._file.stem}-{name}.sqlite"

    async def migrate(self, embedder: Embedder | None, progress: Progress) -> Migrated:
        """Builds a generation of vectors next to the current one, checks that it is complete, and switches.

        An interrupted one is continued. Raises: Refused, Retryable.
        """
        before = await self._done(serving_generation)
        name = embedder.name if embedder else ""
        generation = await self._done(lambda connection: _generation_for(connection, name))
        if embedder is not None:
            await self._make_vectors(embedder, generation, progress)
        count = await self._done(lambda connection: _switch(connection, generation, Facts(uuid.uuid4().hex, name)))
        return Migrated(f"generation {generation}", f"generation {before}", count)

    async def _make_vectors(self, embedder: Embedder, generation: int, progress: Progress) -> None:
        rows = await self._done(lambda connection: connection.execute(_UNMADE, (generation,)).fetchall())
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            vectors = await embedder.embed_passages([_meaning(row) for row in batch])
            made = [(generation, row[0], vector.tobytes()) for row, vector in zip(batch, vectors, strict=True)]
            await self._done(partial(_insert, made=made))
            progress(start + len(batch), len(rows))

    async def go_back(self) -> Migrated:
        """To the generation before the one that serves. Raises: Refused, Retryable."""
        return await self._done(_back)

    async def _done(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.to_thread(self._with_connection, work)

    def _with_connection(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(connect(self._file)) as connection:
                return work(connection)
        except (sqlite3.Error, OSError) as fault:
            raise Retryable(f"{self._file}: {fault}", dependency="knowledge") from fault


def _meaning(row: tuple[int, str, str, str, str]) -> str:
    _, title, subjects, keywords, text = row
    return Passage(
        "", title, "", text, tuple(filter(None, subjects.split(" | "))), tuple(filter(None, keywords.split(" | ")))
    ).meaning


def _generation_for(connection: sqlite3.Connection, embedder: str) -> int:
    """One that was begun for this embedder and does not serve, else a new one; others that do not serve stay."""
    serving = serving_generation(connection)
    begun = connection.execute(
        "SELECT generation FROM generations WHERE generation > ? AND embedder = ?", (serving, embedder)
    ).fetchone()
    if begun:
        return int(begun[0])
    (last,) = connection.execute("SELECT coalesce(max(generation), 1) FROM generations").fetchone()
    generation = max(int(last), serving) + 1
    with connection:  # one that nothing was loaded into yet has no row, and is a way back all the same
        connection.execute("INSERT OR IGNORE INTO generations VALUES (?, '')", (serving,))
        connection.execute("INSERT INTO generations VALUES (?, ?)", (generation, embedder))
    return generation


def _insert(connection: sqlite3.Connection, made: list[tuple[int, int, bytes]]) -> None:
    with connection:
        connection.executemany("INSERT INTO vectors VALUES (?, ?, ?)", made)


def _switch(connection: sqlite3.Connection, generation: int, facts: Facts) -> int:
    """Raises: Refused where a load came between, or the vectors differ in length."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        (passages,) = connection.execute("SELECT count(*) FROM passages").fetchone()
        made, lengths = connection.execute(
            "SELECT count(*), count(DISTINCT length(vector)) FROM vectors WHERE generation = ?", (generation,)
        ).fetchone()
        if facts.embedder and (made != passages or lengths > 1):
            raise Refused(
                f"{made} of {passages} passages have their new vector: run it again when nothing is being loaded"
            )
        set_serving(connection, facts, generation)
    return int(passages)


def _back(connection: sqlite3.Connection) -> Migrated:
    serving = serving_generation(connection)
    row = connection.execute(
        "SELECT generation, embedder FROM generations WHERE generation < ? ORDER BY generation DESC", (serving,)
    ).fetchone()
    if row is None:
        raise Refused("nothing served before: there was no migration")
    generation, embedder = row
    count = _switch(connection, generation, Facts(uuid.uuid4().hex, embedder))
    return Migrated(f"generation {generation}", f"generation {serving}", count)


def _copied_to(connection: sqlite3.Connection, copy: Path) -> None:
    """Under another name first: a copy that was cut short is none."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    unfinished = copy.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as target:
        connection.backup(target)
    unfinished.replace(copy)


def _copied_from(connection: sqlite3.Connection, copy: Path, may_replace: bool) -> None:
    (count,) = connection.execute("SELECT count(*) FROM passages").fetchone()
    if count and not may_replace:
        raise Refused(f"the knowledge base holds {count} passages: --replace replaces them with the copy")
    with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as source:
        if source.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise Refused(f"{copy} is damaged; nothing was replaced")
        source.backup(connection)
