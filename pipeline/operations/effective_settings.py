"""The effective settings, each with where it comes from, secrets masked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource, InitSettingsSource, SecretsSettingsSource

from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.signatures import Keyring, SigningSettings
from pipeline.runtime.misspelt_settings import variable_of
from pipeline.settings import Settings

MASK = "**********"
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its dotted name, the variable that sets it, its value (masked), and where that came from."""

    name: str
    variable: str
    value: Any
    origin: str


def effective_settings(settings: Settings) -> list[Setting]:
    """Every setting, in the order of the sections, and what tells the signing keys of machines apart."""
    origins = _origins()
    return [
        *(
            Setting(name, variable_of(name), masked(value), origins.get(name, "default"))
            for name, value in _leaves(settings.model_dump(mode="json"))
        ),
        Setting("signing.fingerprints", "", _fingerprints(settings.signing), "the keys"),
    ]


def _fingerprints(signing: SigningSettings) -> str:
    if not signing.keys and not signing.key_file.exists():
        return "none yet: a key is made at first use"
    try:
        return " ".join(Keyring.open(signing).fingerprints)
    except NotUsable as fault:
        return fault.message


def _origins() -> dict[str, str]:
    variables, file = _sources()
    from_file = {name: "file" for name, _ in _leaves(file())}
    from_variables = {name: "environment" for name, _ in _leaves(variables())}
    return from_file | from_variables


def _sources() -> tuple[EnvSettingsSource, Any]:
    """The sources of `Settings`, by its own choice of them."""
    variables = EnvSettingsSource(Settings)
    chosen = Settings.settings_customise_sources(
        Settings,
        InitSettingsSource(Settings, {}),
        variables,
        DotEnvSettingsSource(Settings),
        SecretsSettingsSource(Settings),
    )
    return variables, chosen[-1]


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def masked(value: Any) -> Any:
    """The value with credentials in URLs masked; secrets proper arrive masked by their type."""
    return _CREDENTIALS.sub(MASK, value) if isinstance(value, str) else value
