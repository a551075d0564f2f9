"""A slice's package: what is held, and the ServiceProfile that follows from it.

Nephio has no resource for a whole slice, so both are ConfigMaps. `parameters.yaml` is what counts;
`service-profile.yaml` says the same with the attribute names and units of a ServiceProfile (TS 28.541, 6.3.3), for
slice managers.
"""

from collections.abc import Iterator, Mapping

from agents.adapters.git.files import Staged
from agents.adapters.git.manifests import read_manifest, section, write_manifest
from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.parameters import FILE, config_map, parameters_name, read_parameters, set_parameters
from agents.adapters.git.quantities import kbps
from agents.adapters.git.target_values import Held
from schemas.intent import SliceId

PROFILE_FILE = "service-profile.yaml"
_THROUGHPUT = {"dl_throughput": "dLThptPerSlice", "ul_throughput": "uLThptPerSlice"}
_AT_LEAST = {"availability": "availability", "max_sessions": "maxNumberofPDUSessions", "max_ues": "maxNumberofUEs"}
_AT_MOST = {"latency": ("dLLatency", "uLLatency"), "jitter": ("jitter",)}
_DERIVED = {
    *(f"{attribute}.{part}" for attribute in _THROUGHPUT.values() for part in ("guaThpt", "maxThpt")),
    *_AT_LEAST.values(),
    *(attribute for attributes in _AT_MOST.values() for attribute in attributes),
}


def read_slice(files: Staged, folder: str) -> dict[str, Held]:
    """What the slice holds."""
    return read_parameters(read_manifest(files, f"{folder}/{FILE}"))


def write_slice(files: Staged, wish: Wish, values: Mapping[str, Held], namespace: str) -> None:
    """Stages the package's resources."""
    slug, folder = wish.object.slug, wish.place
    parameters = read_manifest(files, f"{folder}/{FILE}") or config_map(parameters_name(slug), namespace)
    set_parameters(parameters, values)
    write_manifest(files, f"{folder}/{FILE}", parameters)
    profile = read_manifest(files, f"{folder}/{PROFILE_FILE}") or config_map(f"{slug}-service-profile", namespace)
    data = section(profile, "data")
    for attribute in _DERIVED & data.keys():
        del data[attribute]
    data.update(_identity(wish.object.slice))
    data.update(_attributes(values))
    write_manifest(files, f"{folder}/{PROFILE_FILE}", profile)


def _identity(slice_id: SliceId | None) -> dict[str, str]:
    if slice_id is None:
        return {}
    return {"sNSSAI.sst": str(slice_id.sst)} | ({"sNSSAI.sd": slice_id.sd} if slice_id.sd else {})


def _attributes(values: Mapping[str, Held]) -> Iterator[tuple[str, str]]:
    for name, attribute in _THROUGHPUT.items():
        held = values.get(name, Held())
        guaranteed = held.min if held.min is not None else held.value
        if guaranteed is not None:
            yield f"{attribute}.guaThpt", kbps(guaranteed)
        if held.max is not None:
            yield f"{attribute}.maxThpt", kbps(held.max)
    for name, attribute in _AT_LEAST.items():
        held = values.get(name, Held())
        if (wished := held.value if held.value is not None else held.min) is not None:
            yield attribute, str(wished)
    for name, attributes in _AT_MOST.items():
        held = values.get(name, Held())
        if (wished := held.value if held.value is not None else held.max) is not None:
            yield from ((attribute, str(wished)) for attribute in attributes)
