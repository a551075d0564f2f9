"""Where the effects of a run land, and are counted: the counting store, or the deployment repository."""

import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

from schemas.envelope import Order
from tests.chaos.effect_store import Effect, EffectStore

KEYS = 120
SITES = (
    "tokyo-1",
    "tokyo-2",
    "osaka-1",
    "nagoya-1",
    "sapporo-1",
    "london-1",
    "manchester-1",
    "frankfurt-1",
    "munich-1",
)
FUNCTIONS = ("AMF", "SMF", "UPF", "AUSF", "UDM", "PCF", "NSSF", "NEF")
MARK = "intent "


class Landings(Protocol):
    """The wording of the intents, and what became of them."""

    def wording(self, number: int) -> tuple[str, str]:
        """The key and the words of the intent with this number."""

    def count(self) -> int:
        """How many intents have landed by now."""

    def effects(self, numbers: Mapping[str, int], keys: Mapping[str, str]) -> list[Effect]:
        """Every effect in the order they landed."""

    def refusals(self) -> int:
        """How often a worker was told that it may not act, where that is counted."""

    def at_rest(self) -> AbstractContextManager[None]:
        """No effect is in the midst of landing meanwhile."""

    def close(self) -> None:
        """Let go of what is open."""


class InTheStore:
    """Effects in the counting store."""

    def __init__(self, folder: Path) -> None:
        self._store = EffectStore(folder / "effects.sqlite")
        self.count = self._store.count
        self.refusals = self._store.refusals
        self.at_rest = self._store.at_rest
        self.close = self._store.close

    def wording(self, number: int) -> tuple[str, str]:
        key = f"key-{number % KEYS}"
        return key, f"{key} {number}"

    def effects(self, numbers: Mapping[str, int], keys: Mapping[str, str]) -> list[Effect]:
        return self._store.effects()


class InTheRepository:
    """Effects as commits; their times have a resolution of one second."""

    def __init__(self, folder: Path) -> None:
        self._repository = folder / "deployments.git"

    def wording(self, number: int) -> tuple[str, str]:
        site = SITES[number % len(SITES)]
        function = FUNCTIONS[number // len(SITES) % len(FUNCTIONS)]
        words = f"Ensure the {function} in {site} handles at least {1_000 + number} sessions"
        return f"{site}/{function.lower()}", words

    def count(self) -> int:
        return len({intent_id for intent_id, _ in self._commits()})

    def effects(self, numbers: Mapping[str, int], keys: Mapping[str, str]) -> list[Effect]:
        return [
            Effect(keys.get(intent_id, ""), numbers.get(intent_id, -1), intent_id, Order(0, 0, 0), 0, at, at, at)
            for intent_id, at in self._commits()
        ]

    def _commits(self) -> list[tuple[str, float]]:
        shape = f"--format={MARK}%(trailers:key=Intent-Id,valueonly,separator=%x20) %ct"
        command = ["git", "--git-dir", str(self._repository), "log", "--reverse", "--first-parent", shape, "main"]
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        lines = (line.removeprefix(MARK).split() for line in told.splitlines() if line.startswith(MARK))
        return [(words[0], float(words[1])) for words in lines if len(words) == 2]

    def refusals(self) -> int:
        return 0

    def at_rest(self) -> AbstractContextManager[None]:
        return nullcontext()

    def close(self) -> None:
        return None


def landings_of(flow: str, folder: Path) -> Landings:
    """Where this flow's effects land."""
    return InTheStore(folder) if flow == "counting" else InTheRepository(folder)
