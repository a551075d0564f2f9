"""A value in an editor, or through a program: byte for byte what they leave, and nothing where they fail."""

from pathlib import Path

import pytest

from pipeline.kafka.not_usable import NotPossible
from pipeline.operations import edit_value
from pipeline.operations.edit_value import difference, edited, piped

ANY_BYTES = bytes(range(256)) + b"\r\n\x00"


def editor(folder: Path, script: str) -> str:
    program = folder / "editor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{program} --wait"


def test_the_editor_gets_the_bytes_and_what_it_leaves_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "seen"
    monkeypatch.setenv("VISUAL", editor(tmp_path, f'cp "$2" {copy}; printf "Scale it" > "$2"'))
    assert edited(ANY_BYTES) == b"Scale it"
    assert copy.read_bytes() == ANY_BYTES


def test_an_editor_that_changes_nothing_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", editor(tmp_path, "true"))
    assert edited(ANY_BYTES) == ANY_BYTES
    assert difference(ANY_BYTES, ANY_BYTES) == ""


def test_an_editor_that_fails_or_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor(tmp_path, "exit 3"))
    with pytest.raises(NotPossible, match="ended with 3"):
        edited(b"x")
    monkeypatch.setenv("EDITOR", str(tmp_path / "nowhere"))
    with pytest.raises(NotPossible, match="cannot be run"):
        edited(b"x")


def test_a_program_gets_the_bytes_and_what_the_letter_is() -> None:
    assert piped(ANY_BYTES, "cat", {}) == ANY_BYTES
    told = piped(None, "sh -c 'cat; printf $DEAD_LETTER_REASON'", {"DEAD_LETTER_REASON": "broken_json"})
    assert told == b"broken_json"


@pytest.mark.parametrize(
    ("command", "why"),
    [("sh -c 'echo no such field >&2; exit 4'", "ended with 4: no such field"), ("nowhere-at-all", "cannot be run")],
)
def test_a_program_that_fails_is_told_with_its_words(command: str, why: str) -> None:
    with pytest.raises(NotPossible, match=why):
        piped(b"x", command, {})


def test_a_program_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit_value, "PROGRAM_SECONDS", 0.2)
    with pytest.raises(NotPossible, match="did not end"):
        piped(b"x", "sleep 60", {})


def test_a_difference_spells_out_what_is_no_text() -> None:
    told = difference(b"a\n\xffb", b"a\nb")
    assert "-\\xffb" in told
    assert "+b" in told
    assert difference(b"a\n", b"a\r\n") == "the line ends differ"
