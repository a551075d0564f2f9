"""Imports point one way, and no Python stands outside the layers."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]


def test_every_import_contract_is_kept() -> None:
    checked = subprocess.run(LINT, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("pipeline/kafka/planted.py", "from pipeline.runtime import lanes"),  # upwards, between folders
        ("agents/domain/planted.py", "from agents import plan"),  # a folder and its parent
        ("pipeline/planted/__init__.py", '"""A folder that no layer names."""'),
        ("agents/planted.py", '"""A file that no layer names."""'),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, file: str, line: str) -> None:
    for folder in ("schemas", "agents", "pipeline"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(f"{line}\n")
    checked = subprocess.run(
        LINT, cwd=tmp_path, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(tmp_path), "PATH": ""}
    )
    assert checked.returncode == 1, checked.stdout
    assert "planted" in checked.stdout


def test_python_lives_in_the_layers_and_in_the_tests_alone() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {path.split("/")[0] for path in listed.stdout.split()} == {"agents", "pipeline", "schemas", "tests"}


def test_the_flow_fits_on_one_screen() -> None:
    assert len((ROOT / "pipeline" / "flow.py").read_text().splitlines()) <= 70
