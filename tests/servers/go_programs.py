"""Small Go programs of the tests' own, built once for each version of their source into the user's cache folder."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from platformdirs import user_cache_path

SOURCES = Path(__file__).parents[1] / "go"


def go_program(name: str) -> Path:
    """The program whose source is `tests/go/NAME`. Skips the test where there is no Go to build it with."""
    source = SOURCES / name
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(source.iterdir()))).hexdigest()[:16]
    program = user_cache_path("nephoran") / "tools" / f"{name}-{digest}"
    if program.exists():
        return program
    if shutil.which("go") is None:
        pytest.skip(f"{name} must be built, and there is no go: install Go 1.24 or newer")
    made = program.with_suffix(f".{os.getpid()}")
    environment = {**os.environ, "CGO_ENABLED": "0"}  # no compiler for C is needed, and the program runs anywhere
    subprocess.run(["go", "build", "-trimpath", "-o", made, "."], cwd=source, env=environment, check=True)
    return made.replace(program)
