"""How commands end: the exit codes, and what is said on standard error."""

from typing import NoReturn

import typer

from pipeline.cli.printing import printable

DONE = 0
FAILED = 1
WRONG_USAGE = 2
NOT_REACHABLE = 3
INTERRUPTED = 130
"""128 and the number of SIGINT, as shells count it."""


def stop_with(code: int, message: str) -> NoReturn:
    """End the command with this exit code, saying why on standard error."""
    say(message)
    raise typer.Exit(code)


def say(message: str) -> None:
    """A line for the person at the terminal, apart from the command's data."""
    typer.echo(printable(message), err=True)
