"""Whether a command line, as a document or a compose file has it, is one that `nephoran` takes."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import typer.main

from pipeline.cli.main import app


def fault_in(words: Sequence[str]) -> str | None:
    """What `nephoran` does not know of the words after its name; None where it takes them. Values are not judged."""
    command: Any = _nephoran()
    rest = list(words)
    while rest and hasattr(command, "commands"):
        name = rest.pop(0)
        if name in _options_of(command):
            continue
        if name not in command.commands:
            return f"there is no command {name!r} in `nephoran {' '.join(words)}`"
        command = command.commands[name]
    if hasattr(command, "commands") and words:
        return f"`nephoran {' '.join(words)}` needs a command"
    unknown = [word for word in _named(rest) if word not in _options_of(command)]
    return f"`nephoran {' '.join(words)}` has no {', '.join(unknown)}" if unknown else None


@cache
def _nephoran() -> Any:
    return typer.main.get_command(app)


def _named(words: Iterable[str]) -> list[str]:
    return [word.partition("=")[0] for word in words if word.startswith("-") and word != "-"]


def _options_of(command: Any) -> set[str]:
    return {"--help", "-h"} | {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
