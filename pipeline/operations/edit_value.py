"""The value of a record in an editor, or through a program; and what came of it, as a difference."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

from pipeline.kafka.not_usable import NotPossible

PROGRAM_SECONDS = 60
"""A program that takes longer for one letter hangs."""
MOST_TOLD = 300


def edited(value: bytes | None) -> bytes:
    """The value as a person leaves it in $VISUAL, $EDITOR, or vi; byte for byte, so far as the editor keeps them.

    Raises: NotPossible where the editor fails.
    """
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    suffix = ".json" if (value or b"").lstrip().startswith(b"{") else ".txt"
    with tempfile.TemporaryDirectory(prefix="nephoran-edit-") as folder:  # nobody else may read it
        file = Path(folder) / f"value{suffix}"
        file.write_bytes(value or b"")
        try:
            code = subprocess.run([*editor, str(file)], check=False).returncode
        except OSError as fault:
            raise NotPossible(f"the editor {editor[0]} cannot be run ({fault.strerror}): set EDITOR") from fault
        if code:
            raise NotPossible(f"the editor {editor[0]} ended with {code}: nothing was replayed")
        return file.read_bytes()


def piped(value: bytes | None, command: str, about: Mapping[str, str]) -> bytes:
    """What a program makes of the value; `about` are further variables for it.

    Raises: NotPossible where it cannot be run, fails, or hangs.
    """
    words = shlex.split(command)
    try:
        ended = subprocess.run(
            words, input=value or b"", capture_output=True, check=False, timeout=PROGRAM_SECONDS, env=os.environ | about
        )
    except OSError as fault:
        raise NotPossible(f"{words[0]} cannot be run: {fault.strerror}") from fault
    except subprocess.TimeoutExpired as fault:
        raise NotPossible(f"{words[0]} did not end within {PROGRAM_SECONDS} s") from fault
    if ended.returncode:
        told = ended.stderr.decode(errors="replace").strip()[-MOST_TOLD:]
        raise NotPossible(f"{words[0]} ended with {ended.returncode}{f': {told}' if told else ''}")
    return ended.stdout


def difference(before: bytes | None, after: bytes | None) -> str:
    """Line by line, bytes that are no UTF-8 spelt out. Empty where nothing has changed."""
    old, new = ((value or b"").decode(errors="backslashreplace").splitlines() for value in (before, after))
    lines = list(unified_diff(old, new, "as it arrived", "as it would be replayed", lineterm=""))
    return "\n".join(lines or (["the line ends differ"] if before != after else []))
