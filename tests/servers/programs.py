"""Programs of other projects that tests run: where one is missing the test is skipped, with what to install."""

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from pipeline.processes.child_process import ChildProcess

ROOT = Path(__file__).parents[2]
GO_TOOL_MISSING = 3
"""Exit code of `go-tool.sh` where a program is not built yet and there is no Go to build it with."""
GO_TOOL = ROOT / "deploy/tools/go-tool.sh"
DEBIAN_PACKAGES = {"promtool": "prometheus", "amtool": "prometheus-alertmanager"}


def output_of(name: str, *arguments: str | Path) -> str:
    """The output of a program on the path, which must succeed. Skips the test where it is not installed."""
    program = shutil.which(name) or shutil.which(name, path=Path(sys.executable).parent)
    if program is None:
        pytest.skip(f"there is no {name} here: apt-get install {DEBIAN_PACKAGES.get(name, name)}")
    ended = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def run_script(script: Path, *arguments: str | Path) -> str:
    """The output of one of our scripts that builds what it needs. Skips the test where it cannot."""
    ended = subprocess.run(["bash", script, *map(str, arguments)], capture_output=True, text=True, check=False)
    if ended.returncode == GO_TOOL_MISSING:
        pytest.skip(ended.stderr.strip())
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def answers(url: str, process: ChildProcess, name: str) -> bool:
    """Whether the server says at this address that it is ready. Fails the test where its process has ended."""
    if process.exit_code is not None:
        pytest.fail(f"{name} ended: {process.last_lines()}")
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False
