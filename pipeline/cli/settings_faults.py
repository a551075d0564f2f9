"""Settings that do not hold, and a knowledge pack that is one of them, told all at once."""

from tomllib import TOMLDecodeError
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from agents.knowledge.pack import KnowledgePackFault


def describe_faults(error: ValueError) -> str | None:
    """What is wrong with the settings, a line for each fault; None where the error is about something else.

    The values themselves stay out, for one of them may be a secret.
    """
    if isinstance(error, KnowledgePackFault):
        return f"the knowledge pack cannot be used: {error}"
    if isinstance(error, SettingsError):
        return f"the settings cannot be read: {error}"
    if isinstance(error, TOMLDecodeError):
        return f"the settings file is not TOML: {error}"
    if isinstance(error, ValidationError) and error.title.endswith("Settings"):
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        return "\n".join(["the settings are not usable, nothing was done:", *map(_line_of, faults)])
    return None


def _line_of(fault: Any) -> str:
    path = [str(part) for part in fault["loc"]]
    message = fault["msg"].removeprefix("Value error, ")
    return f"  {'.'.join(path)}: {message} (variable NEPHORAN_{'__'.join(path).upper()})" if path else f"  {message}"
