"""What an object holds, as the data of a ConfigMap: `replicas: "5"`, `replicas.min: "3"`, `replicas.max: "6"`."""

import re
from collections.abc import Mapping

from agents.adapters.git.manifests import Manifest, section
from agents.adapters.git.target_values import NOTHING, Held, Value, tidy
from schemas.intent import TARGET_UNITS

FILE = "parameters.yaml"
LOCAL = "config.kubernetes.io/local-config"
"""Config Sync and kpt do not apply what carries it."""
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d+)?")
"""What every reader takes for the same number."""
_TEXTS = frozenset({"version"})
_KEYS = {f"{name}{suffix}" for name in TARGET_UNITS for suffix in ("", ".min", ".max")}


def parameters_name(slug: str) -> str:
    """What the ConfigMap is called."""
    return f"{slug}-parameters"


def config_map(name: str, namespace: str) -> Manifest:
    """A ConfigMap without data."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": {}}


def notes(slug: str, namespace: str) -> Manifest:
    """The same for what nobody at the site reads: it stays in the repository."""
    made = config_map(parameters_name(slug), namespace)
    made["metadata"]["annotations"] = {LOCAL: "true"}
    return made


def read_parameters(manifest: Manifest | None) -> dict[str, Held]:
    """What is held for every target name that the data knows. What cannot be read is not known."""
    data = section(manifest, "data") if manifest else {}
    named = {key.removesuffix(".min").removesuffix(".max") for key in _KEYS & data.keys()}
    held = {
        name: Held(
            value=_read(name, data.get(name)),
            min=_number(data.get(f"{name}.min")),
            max=_number(data.get(f"{name}.max")),
        )
        for name in TARGET_UNITS
        if name in named
    }
    return {name: held_there for name, held_there in held.items() if held_there != Held()}


def set_parameters(manifest: Manifest, values: Mapping[str, Held]) -> None:
    """Changes what the data says of the target names that are held otherwise; all other data stays as it is."""
    there = read_parameters(manifest)
    data = section(manifest, "data")
    for name in sorted(there.keys() | values.keys()):
        held = values.get(name, NOTHING)
        if held == there.get(name, NOTHING):
            continue
        for key, part in ((name, held.value), (f"{name}.min", held.min), (f"{name}.max", held.max)):
            if part is not None:
                data[key] = str(part)
            else:
                data.pop(key, None)


def _read(name: str, text: object) -> Value | None:
    if name in _TEXTS:
        return text if isinstance(text, str) else None
    return _number(text)


def _number(text: object) -> int | float | None:
    if isinstance(text, bool) or not _NUMBER.fullmatch(str(text)):
        return None
    number = tidy(float(str(text)))
    return None if isinstance(number, str) else number
