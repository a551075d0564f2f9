"""Settings that nobody reads, and where in a file or in which variable a setting is given."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from inspect import isclass

from pydantic import BaseModel

PREFIX = "NEPHORAN_"
FILE_VARIABLE = "NEPHORAN_SETTINGS"
TESTS_PREFIX = "NEPHORAN_TEST_"
"""What the project's tests are told."""


def names_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The dotted name of each setting."""
    for name, field in model.model_fields.items():
        if isclass(field.annotation) and issubclass(field.annotation, BaseModel):
            yield from names_of(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name


def variable_of(name: str) -> str:
    """The variable that sets what has this dotted name."""
    return PREFIX + name.replace(".", "__").upper()


def unknown_variables(sections: Collection[str], environment: Mapping[str, str]) -> list[str]:
    """Variables that look like ours, and name no section."""
    names = [name.upper() for name in environment]
    return sorted(
        name
        for name in names
        if name.startswith(PREFIX)
        and name != FILE_VARIABLE
        and not name.startswith(TESTS_PREFIX)
        and name.removeprefix(PREFIX).partition("__")[0].lower() not in sections
        and not _is_of_kubernetes(name, names)
    )


def _is_of_kubernetes(name: str, names: Collection[str]) -> bool:
    """Kubernetes tells each container of the services around it: a service `nephoran-x` is NEPHORAN_X_SERVICE_HOST,
    NEPHORAN_X_PORT and more."""
    host = "_SERVICE_HOST"
    services = [each.removesuffix(host) for each in names if each.endswith(host)]
    return any(name.startswith((f"{service}_SERVICE_", f"{service}_PORT")) for service in services)


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """The number of the line of a TOML file on which this path is first given; None where it is not.

    The reader of TOML tells no lines, so it is asked after each line what it holds so far.
    """
    lines = text.splitlines()
    begun = 0
    for count in range(1, len(lines) + 1):
        try:
            held: object = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue  # in the middle of a value
        for part in path:
            held = held.get(part) if isinstance(held, dict) else None
        if held is not None:
            return begun + 1
        begun = count
    return None
