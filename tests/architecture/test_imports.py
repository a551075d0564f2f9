"""Imports point one way, and no Python stands outside the layers."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_import_contract_is_kept() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_python_lives_in_the_layers_and_in_the_tests_alone() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {path.split("/")[0] for path in listed.stdout.split()} == {"agents", "pipeline", "schemas", "tests"}


def test_the_flow_fits_on_one_screen() -> None:
    assert len((ROOT / "pipeline" / "flow.py").read_text().splitlines()) <= 70
