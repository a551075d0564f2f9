"""Reasons are metric labels: a small set, known from the start."""

import ast
from collections.abc import Iterator

from schemas.reasons import DEAD_LETTER_REASONS, FAILURE_REASONS
from tests.servers.programs import ROOT


def reasons_given_to(verdict: str) -> Iterator[str]:
    """The reasons that the code writes out where it makes this verdict."""
    files = [*(ROOT / "agents").rglob("*.py"), *(ROOT / "pipeline").rglob("*.py")]
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text()))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == verdict:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant):
                yield str(first.value)


def test_every_reason_for_a_dead_letter_is_listed_and_every_listed_one_is_given() -> None:
    assert set(reasons_given_to("Rejected")) == DEAD_LETTER_REASONS


def test_every_reason_for_a_failure_is_listed_and_every_listed_one_is_given() -> None:
    assert {*reasons_given_to("Failed"), *reasons_given_to("TimedOut")} == FAILURE_REASONS
