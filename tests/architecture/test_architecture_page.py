"""docs/architecture.md stays true: every place it names is there, and it names every folder."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text()
PLACES = sorted(set(re.findall(r"`((?:agents|pipeline|schemas)/[\w/]+\.py)(?:::(\w+))?`", PAGE)))


@pytest.mark.parametrize(("file", "name"), PLACES)
def test_a_place_in_the_code_is_where_the_page_says(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text())
    defined = {
        node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert not name or name in defined


@pytest.mark.parametrize("package", ["agents", "pipeline"])
def test_every_folder_has_a_line(package: str) -> None:
    folders = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    assert {folder for folder in folders if f"`{folder}/`" not in PAGE} == set()


def test_each_way_has_its_places() -> None:
    ways = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    assert [len(re.findall(r"::\w+`", way)) >= 5 for way in ways if way.startswith("The way of")] == [True] * 4
