"""Accounts of model usage in an SQLite file: shared by the workers of a machine, and kept over a restart."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TypeVar
from weakref import finalize

from agents.domain.model_usage import Outcome, Spending
from agents.domain.verdicts import Retryable

_BUSY_SECONDS = 5.0
"""How long a write waits for another worker's; each takes about a millisecond."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS spending (
    day TEXT NOT NULL, model TEXT NOT NULL, requester TEXT NOT NULL, outcome TEXT NOT NULL,
    requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cost_usd REAL NOT NULL,
    PRIMARY KEY (day, model, requester, outcome)
) WITHOUT ROWID, STRICT
"""
_RECORD = """
INSERT INTO spending VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    requests = requests + excluded.requests, input_tokens = input_tokens + excluded.input_tokens,
    output_tokens = output_tokens + excluded.output_tokens, cost_usd = cost_usd + excluded.cost_usd
"""
_SPENT = "SELECT coalesce(sum(cost_usd), 0.0) FROM spending WHERE day = ?"
_SPENDINGS = """
SELECT day, model, requester, outcome, requests, input_tokens, output_tokens, cost_usd FROM spending
WHERE day BETWEEN :first AND :last AND (:model IS NULL OR model = :model)
    AND (:requester IS NULL OR requester = :requester)
ORDER BY day, model, requester, outcome
"""
_Result = TypeVar("_Result")


class SqliteAccounting:
    """One row for each day, model, requester and outcome: the file grows with days, not with requests."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._lock = Lock()

    async def record(self, spending: Spending) -> None:
        """Adds it to the row it belongs to. Raises: Retryable."""
        row = (
            spending.day.isoformat(),
            spending.model,
            spending.requester,
            spending.outcome.value,
            spending.requests,
            spending.input_tokens,
            spending.output_tokens,
            spending.cost_usd,
        )
        await self._run(lambda connection: connection.execute(_RECORD, row))

    async def spent_usd(self, day: date) -> float:
        """All models and requesters together. Raises: Retryable."""
        rows = await self._run(lambda connection: connection.execute(_SPENT, (day.isoformat(),)).fetchall())
        return float(rows[0][0])

    async def spendings(
        self, first: date, last: date, model: str | None = None, requester: str | None = None
    ) -> Sequence[Spending]:
        """From the first to the last day, both included, by day, model, requester and outcome. Raises: Retryable."""
        asked = {"first": first.isoformat(), "last": last.isoformat(), "model": model, "requester": requester}
        rows = await self._run(lambda connection: connection.execute(_SPENDINGS, asked).fetchall())
        return tuple(
            Spending(date.fromisoformat(day), name, who, Outcome(outcome), *figures)
            for day, name, who, outcome, *figures in rows
        )

    async def _run(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        try:
            return await asyncio.to_thread(self._locked, work)
        except (sqlite3.Error, OSError) as fault:
            message = (
                f"The accounts of model usage, {self._path}, cannot be used ({fault}): check the file and the disk."
            )
            raise Retryable(message, dependency="accounting") from fault

    def _locked(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        with self._lock:
            if self._connection is None:
                self._connection = _opened(self._path)
                finalize(self, self._connection.close)
            with self._connection:
                return work(self._connection)

    def close(self) -> None:
        """Ends the use of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(_SCHEMA)
    return connection
