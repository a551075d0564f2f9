"""What commands print with `--json` has one documented shape each, in files that scripts can rely on."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from pipeline.cli.json_shapes import FOLDER, SHAPES, file_of
from pipeline.cli.main import app
from schemas.json_schemas import text_of


def commands_with_json(group: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    for name, command in getattr(group, "commands", {}).items():
        yield from commands_with_json(command, (*path, name))
    if any("--json" in param.opts for param in group.params):
        yield " ".join(path)


def test_every_command_that_prints_json_has_a_shape() -> None:
    assert {name.partition(" --")[0].removesuffix(" ID") for name in SHAPES} == set(
        commands_with_json(get_command(app))
    )


@pytest.mark.parametrize("command", SHAPES)
def test_the_files_say_what_the_code_does(command: str) -> None:
    text = (FOLDER / file_of(command)).read_text(encoding="utf-8")
    assert text == text_of(SHAPES[command].schema), "run `make schemas`"
    assert SHAPES[command].lines == ("$comment" in json.loads(text))


def test_no_file_is_left_of_a_command_that_is_gone() -> None:
    assert {file.name for file in FOLDER.iterdir()} == set(map(file_of, SHAPES))
