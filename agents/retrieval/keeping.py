"""Maintenance of a whole store: a copy, its restore, a new store next to the old one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from agents.retrieval.ports import Embedder

Progress = Callable[[int, int], None]
"""Takes how many passages are done, of how many."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """What serves now, what served before and can be gone back to, and how many passages were carried over."""

    serving: str
    before: str
    passages: int


class Keeper(Protocol):
    """Maintains one store. If anything fails, the previous one stays in use."""

    async def back_up(self, name: str) -> str:
        """Where the copy is. Raises: Refused where there is one of that name, Retryable."""

    async def restore(self, name: str, *, may_replace: bool) -> None:
        """Raises: Refused where there is no such copy, or where it would take the place of something; Retryable."""

    async def migrate(self, embedder: Embedder | None, progress: Progress) -> Migrated:
        """Everything over to a new schema, and to the vectors of this embedder. Raises: Refused, Retryable."""

    async def go_back(self) -> Migrated:
        """To what served before the last migration. Raises: Refused where there is nothing, Retryable."""
