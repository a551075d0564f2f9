"""What the deployment repository says, read only with the git command: none of the code that wrote it."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from agents.adapters.git.command import run_git

READ_SECONDS = 30
LEDGER = ".nephoran/ledger/"


@dataclass(frozen=True, slots=True)
class Commit:
    """One line of the history."""

    revision: str
    intent_id: str
    subject: str


class Repository:
    """The history and the files at its head."""

    def __init__(self, path: Path, branch: str = "main") -> None:
        self._path = path
        self._branch = branch

    def commits(self) -> list[Commit]:
        """The commits, the oldest first."""
        fields = "%h%x1f%(trailers:key=Intent-Id,valueonly,separator=)%x1f%s"
        lines = self._git("log", "--reverse", "--first-parent", f"--format={fields}", self._branch).splitlines()
        return [Commit(*(part.strip() for part in line.split("\x1f"))) for line in lines if line.strip()]

    def commits_per_intent(self) -> Counter[str]:
        """How many commits name each intent."""
        return Counter(commit.intent_id for commit in self.commits() if commit.intent_id)

    def packages(self) -> list[str]:
        """The folders `site/object` of the packages."""
        files = self._git("ls-tree", "-r", "--name-only", self._branch).splitlines()
        return sorted(name.removesuffix("/Kptfile") for name in files if name.endswith("/Kptfile"))

    def heads(self) -> dict[str, str]:
        """The intent that last changed each `site/object/target name`."""
        found: dict[str, str] = {}
        for name in self._git("ls-tree", "-r", "--name-only", self._branch).splitlines():
            if name.startswith(LEDGER):
                ledger = json.loads(self._git("show", f"{self._branch}:{name}"))
                package = name.removeprefix(LEDGER).removesuffix(".json")
                found |= {f"{package}/{each}": entry["intent"] for each, entry in ledger.get("names", {}).items()}
        return found

    def _git(self, *arguments: str) -> str:
        return run_git(*arguments, folder=str(self._path), timeout_seconds=READ_SECONDS).stdout
