"""A name that there is not is wrong usage: exit code 2 with those there are, before anything is asked or ordered."""

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app


@pytest.mark.parametrize(
    ("command", "known"),
    [
        ("pause deplyo", "deploy"),
        ("resume deplyo", "all"),
        ("run --stages deplyo", "deploy"),
        ("circuit open gti", "git"),
        ("circuit close gti", "model"),
        ("dead-letters list --stage deplyo", "deploy"),
        ("dead-letters stats --topic intents.recieved", "intents.received"),
        ("dead-letters replay --reason not_utf", "not_utf8"),
    ],
)
def test_a_wrong_name_is_wrong_usage_and_the_right_ones_are_told(command: str, known: str) -> None:
    ended = CliRunner().invoke(app, command.split(), env={"COLUMNS": "300"})
    assert ended.exit_code == 2
    assert known in ended.stderr
    assert "Traceback" not in ended.stderr
