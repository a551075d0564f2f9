"""The commands on the knowledge base as somebody types them, embedded and with nothing else running."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


class Shell:
    """A machine with a knowledge base of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        database = {"NEPHORAN_KNOWLEDGE__DATABASE": str(folder / "base.sqlite"), "NEPHORAN_EMBEDDINGS__BY": "none"}
        self._environment = os.environ | database

    def run(self, *words: str, code: int = 0) -> str:
        """What is printed, on either stream."""
        command = [sys.executable, "-m", "pipeline.cli.start", "knowledge", *words]
        ended = subprocess.run(command, env=self._environment, capture_output=True, text=True)
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout + (ended.stderr if code else "")

    def found(self, text: str) -> list[str]:
        answer: list[dict[str, Any]] = json.loads(self.run("search", text, "--json"))
        return [each["document"] for each in answer]

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return str(self.folder / name)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_copy_under_a_name_is_put_back_and_nothing_is_replaced_unasked(shell: Shell) -> None:
    shell.run("load", shell.write("lions.md", "# Lions\n\nLions guard the gate.\n"))
    assert shell.run("backup", "first").startswith("first: ")
    shell.run("load", shell.write("lions.md", "# Tigers\n\nTigers guard the gate.\n"))
    assert shell.found("lions") == []
    assert "--replace" in shell.run("restore", "first", code=1)
    shell.run("restore", "first", "--replace")
    assert len(shell.found("lions")) == 1
    assert "already" in shell.run("backup", "first", code=1)


def test_a_migration_has_a_way_back_for_documents_and_precedents(shell: Shell) -> None:
    shell.run("load", shell.write("lions.md", "# Lions\n\nLions guard the gate.\n"))
    shell.run("stats")  # looks at precedents, too, of which there are none
    there, back = shell.run("migrate").splitlines(), shell.run("migrate", "--back").splitlines()
    assert [line.partition(";")[0].split()[-2] for line in there] == [
        line.partition(";")[0].split()[-2] for line in back
    ]
    assert all(line.endswith("generation 2") for line in back)
    assert len(shell.found("lions")) == 1
