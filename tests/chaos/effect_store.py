"""A target that counts: a compare-and-set store which keeps every effect it was given, in the order they landed."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.envelope import Order

SCHEMA = """
CREATE TABLE IF NOT EXISTS effects (
    landed INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, number INTEGER NOT NULL, intent_id TEXT NOT NULL,
    append_ms INTEGER NOT NULL, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL,
    worker INTEGER NOT NULL, begun REAL NOT NULL, permitted REAL NOT NULL, at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS of_intent ON effects (intent_id);
CREATE INDEX IF NOT EXISTS of_key ON effects (key);
CREATE TABLE IF NOT EXISTS refusals (worker INTEGER NOT NULL, at REAL NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect as it landed. `begun` is when its worker began with it, `permitted` when it asked whether it still may
    act; times are of the day, in seconds."""

    key: str
    number: int
    intent_id: str
    order: Order
    worker: int
    begun: float
    permitted: float = 0.0
    at: float = 0.0


class EffectStore:
    """Shared by the workers of all processes. It knows no ledger: whoever asks twice gets two effects."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, isolation_level=None, timeout=30)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.executescript(SCHEMA)

    def head(self, key: str) -> tuple[int, Order | None]:
        """The version of what the key holds (0: nothing), and the order of the intent that put it there."""
        row = self._database.execute(
            'SELECT landed, append_ms, partition, "offset" FROM effects WHERE key = ? ORDER BY landed DESC LIMIT 1',
            (key,),
        ).fetchone()
        return (row[0], Order(*row[1:])) if row else (0, None)

    def holds(self, intent_id: str) -> bool:
        """Whether an effect of this intent has landed."""
        return bool(self._database.execute("SELECT 1 FROM effects WHERE intent_id = ?", (intent_id,)).fetchone())

    def set(self, effect: Effect, expected_version: int) -> bool:
        """Lands the effect where its key still has this version."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            if self.head(effect.key)[0] != expected_version:
                return False
            self._database.execute(
                "INSERT INTO effects"
                ' (key, number, intent_id, append_ms, partition, "offset", worker, begun, permitted, at)'
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(effect.key, effect.number, effect.intent_id, *effect.order),
                    *(effect.worker, effect.begun, effect.permitted, time.time()),
                ),
            )
        return True

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """No worker writes meanwhile: one that was stopped in the midst of it would hold back all others."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self._database.execute("COMMIT")

    def note_refusal(self, worker: int) -> None:
        """A worker was told that it may not act."""
        self._database.execute("INSERT INTO refusals VALUES (?, ?)", (worker, time.time()))

    def refusals(self) -> int:
        """How often workers were told that they may not act."""
        return int(self._database.execute("SELECT count(*) FROM refusals").fetchone()[0])

    def count(self) -> int:
        """How many intents have an effect."""
        return int(self._database.execute("SELECT count(DISTINCT intent_id) FROM effects").fetchone()[0])

    def effects(self) -> list[Effect]:
        """All of them, as they landed."""
        rows = self._database.execute(
            'SELECT key, number, intent_id, append_ms, partition, "offset", worker, begun, permitted, at'
            " FROM effects ORDER BY landed"
        )
        return [Effect(*row[:3], Order(*row[3:6]), *row[6:]) for row in rows]

    def close(self) -> None:
        """Let the file go."""
        self._database.close()
