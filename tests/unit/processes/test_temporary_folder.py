"""A folder that goes with its process, as the tables of a Faust worker do: nothing stays of one that was killed."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from pipeline.processes.temporary_folder import TemporaryFolder
from tests.servers.eventually import eventually_blocking

PREFIX = "nephoran-faust-"
HOLD_IT = f"""
import time
from pipeline.processes.temporary_folder import TemporaryFolder
folder = TemporaryFolder({PREFIX!r})
(folder.path / "tables").mkdir()
print(folder.path, flush=True)
time.sleep(600)
"""


def test_what_a_killed_process_left_is_removed_at_the_next_start_and_what_is_in_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", HOLD_IT], env=environment, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        hours_ago = time.time() - 7_200
        os.utime(theirs, (hours_ago, hours_ago))
        first = TemporaryFolder(PREFIX)
        assert theirs.exists(), "its process runs"
        other.kill()
    second = TemporaryFolder(PREFIX)
    eventually_blocking(lambda: not theirs.exists())
    assert {first.path, second.path} == set(tmp_path.iterdir())
    first.remove()
    second.remove()
    assert list(tmp_path.iterdir()) == []
