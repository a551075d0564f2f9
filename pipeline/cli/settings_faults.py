"""Invalid settings, an invalid knowledge pack among them, reported all at once."""

import os
import re
from collections.abc import Iterable
from tomllib import TOMLDecodeError
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from agents.domain.spelling import nearest
from agents.knowledge.pack import KnowledgePackFault
from pipeline.runtime.misspelt_settings import line_of, names_of, variable_of
from pipeline.settings import Settings, settings_file


def describe_faults(error: ValueError) -> str | None:
    """What is wrong with the settings, a line for each fault; None where the error is about something else.

    The values themselves stay out, for one of them may be a secret.
    """
    if isinstance(error, KnowledgePackFault):
        return f"the knowledge pack cannot be used: {error}"
    if isinstance(error, SettingsError):
        return f"the settings cannot be read: {_not_json(str(error))}"
    if isinstance(error, TOMLDecodeError):
        return f"the settings file {settings_file()} is not TOML: {error}"
    if isinstance(error, ValidationError) and error.title.endswith("Settings"):
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        return "\n".join(["the settings cannot be used, nothing was done:", *map(_line_of, faults)])
    return None


def _not_json(message: str) -> str:
    """The library names the section, and not which of its variables cannot be read."""
    section = re.search(r'for field "(\w+)"', message)
    begin = variable_of(section[1]) if section else ""
    given = [name for name in sorted(os.environ) if section and name.upper().startswith(begin)]
    return f"what {' or '.join(given)} holds is not the JSON it must be" if given else message


def _line_of(fault: Any) -> str:
    path = tuple(str(part) for part in fault["loc"])
    name, message = ".".join(path), fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "unknown_variable":
        return f"  {name}: {message}{_suggestion(name, map(variable_of, names_of(Settings)))}"
    if fault["type"] == "extra_forbidden":
        names = names_of(Settings) if len(path) > 1 else Settings.model_fields
        message = f"there is no such setting{_suggestion(name, names)}"
    return f"  {name}: {message} ({_where(path)})" if path else f"  {message}"


def _suggestion(name: str, known: Iterable[str]) -> str:
    found = " or ".join(nearest(name, known))
    return f"; did you mean {found}?" if found else "; `nephoran settings --describe` lists all there are"


def _where(path: tuple[str, ...]) -> str:
    """Where a setting is given, or what holds it; the variable that would set it where it is not given at all."""
    variables = {name.upper() for name in os.environ}
    file = settings_file()
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    for length in range(len(path), 0, -1):
        variable = variable_of(".".join(path[:length]))
        if variable in variables:
            return f"variable {variable}"
        if line := line_of(text, path[:length]):
            return f"{file}, line {line}"
    return f"variable {variable_of('.'.join(path))}"
