"""What an object holds, as the data of a ConfigMap: `replicas: "5"`, `replicas.min: "3"`, `replicas.max: "6"`."""

from collections.abc import Mapping

from agents.adapters.git.manifests import Manifest, section
from agents.adapters.git.target_values import Held, Value, tidy
from schemas.intent import TARGET_UNITS

FILE = "parameters.yaml"
_TEXTS = frozenset({"version"})
_KEYS = {f"{name}{suffix}" for name in TARGET_UNITS for suffix in ("", ".min", ".max")}


def parameters_name(slug: str) -> str:
    """What the ConfigMap is called."""
    return f"{slug}-parameters"


def config_map(name: str, namespace: str) -> Manifest:
    """A ConfigMap without data."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": {}}


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
    """Replaces what the data says of target names; other data stays."""
    data = section(manifest, "data")
    for key in _KEYS & data.keys():
        del data[key]
    for name, held in values.items():
        for key, part in ((name, held.value), (f"{name}.min", held.min), (f"{name}.max", held.max)):
            if part is not None:
                data[key] = str(part)


def _read(name: str, text: object) -> Value | None:
    return str(text) if name in _TEXTS and text is not None else _number(text)


def _number(text: object) -> int | float | None:
    try:
        number = tidy(float(str(text)))
    except (ValueError, OverflowError):
        return None
    return None if isinstance(number, str) else number
