"""A network function's package: an NFDeployment and, for what its capacity cannot say, a ConfigMap it refers to.

The resource is nephio-project/api `workload.nephio.org/v1alpha1` NFDeployment: `spec.provider` names the operator that
carries it out, `spec.capacity` is a `req.nephio.org/v1alpha1` Capacity, `spec.parametersRefs` lists further resources
by apiVersion, kind and name. Replicas, resources, versions and bounds have no place in a Capacity: they are parameters.
Where the package has a Capacity of its own, as blueprints do, that is what counts: rendering overwrites `spec.capacity`
from it (nephio-project/nephio, krm-functions/nfdeploy-fn).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agents.adapters.git.files import Staged
from agents.adapters.git.manifests import Manifest, files_of_kind, read_manifest, section, write_manifest
from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.parameters import FILE, config_map, notes, parameters_name, read_parameters, set_parameters
from agents.adapters.git.quantities import count_of_thousands, mbps_of_quantity, thousands, throughput_quantity
from agents.adapters.git.target_values import Held, Value

_DEPLOYMENT_FILE = "nfdeployment.yaml"
SLICE_LABEL = "nephoran.io/s-nssai"
"""The slice that a function serves alone, as `sst-sd`."""


@dataclass(frozen=True)
class _Capacity:
    field: str
    encode: Callable[[Value], object]
    decode: Callable[[object], Value | None]


_CAPACITY = {
    "dl_throughput": _Capacity("maxDownlinkThroughput", throughput_quantity, mbps_of_quantity),
    "ul_throughput": _Capacity("maxUplinkThroughput", throughput_quantity, mbps_of_quantity),
    "max_sessions": _Capacity("maxSessions", thousands, count_of_thousands),
    "max_subscribers": _Capacity("maxSubscribers", thousands, count_of_thousands),
}


def find_deployment(files: Staged, folder: str) -> str | None:
    """The file with the package's NFDeployment: ours, else the only one that people or a blueprint made."""
    ours = f"{folder}/{_DEPLOYMENT_FILE}"
    if files.read(ours) is not None:
        return ours
    found = files_of_kind(files, folder, "NFDeployment")
    return found[0] if len(found) == 1 else None


def read_network_function(files: Staged, folder: str) -> dict[str, Held]:
    """What the function holds. Where somebody changed the capacity by hand, the capacity counts."""
    values = read_parameters(read_manifest(files, f"{folder}/{FILE}"))
    capacity = _capacity_of(files, folder)
    for name, there in _CAPACITY.items():
        held = values.get(name, Held())
        field = capacity.get(there.field)
        if field is not None and (held.value is None or there.encode(held.value) != field):
            values[name] = held.model_copy(update={"value": there.decode(field)})
    return {name: held for name, held in values.items() if held != Held()}


def write_network_function(files: Staged, wish: Wish, values: Mapping[str, Held], namespace: str) -> None:
    """Stages the package's resources."""
    slug, folder = wish.object.slug, wish.place
    path = find_deployment(files, folder) or f"{folder}/{_DEPLOYMENT_FILE}"
    there = read_manifest(files, path)
    deployment = there or _deployment(wish, namespace)
    spec = section(deployment, "spec")
    if there is None:
        set_networks(spec, wish)
    if wish.provider:
        spec.setdefault("provider", wish.provider)
    _set_capacity(files, folder, spec, values)
    parameters = read_manifest(files, f"{folder}/{FILE}")
    beyond_capacity = {name: _beyond_capacity(name, held) for name, held in values.items()}
    if parameters or any(held != Held() for held in beyond_capacity.values()):
        new = config_map(parameters_name(slug), namespace) if wish.reads_parameters else notes(slug, namespace)
        parameters = parameters or new
        set_parameters(parameters, beyond_capacity)
        write_manifest(files, f"{folder}/{FILE}", parameters)
        if wish.reads_parameters:
            _refer_to(spec, str(section(parameters, "metadata").get("name", parameters_name(slug))))
    write_manifest(files, path, deployment)


def _deployment(wish: Wish, namespace: str) -> Manifest:
    labels = {"labels": {SLICE_LABEL: str(wish.object.slice)}} if wish.object.slice else {}
    return {
        "apiVersion": "workload.nephio.org/v1alpha1",
        "kind": "NFDeployment",
        "metadata": {"name": wish.object.slug, "namespace": namespace, **labels},
        "spec": {},
    }


def set_networks(spec: Manifest, wish: Wish) -> None:
    """The interfaces and networks that the site has for the function."""
    if wish.interfaces:
        spec["interfaces"] = list(wish.interfaces)
    if wish.network_instances:
        spec["networkInstances"] = list(wish.network_instances)


def _capacity_of(files: Staged, folder: str) -> Manifest:
    """The fields of the package's Capacity, else of its NFDeployment."""
    own, path = _find_capacity(files, folder), find_deployment(files, folder)
    if own is not None:
        return section(read_manifest(files, own) or {}, "spec")
    return section((path and read_manifest(files, path)) or {}, "spec", "capacity")


def _find_capacity(files: Staged, folder: str) -> str | None:
    found = files_of_kind(files, folder, "Capacity")
    return found[0] if len(found) == 1 else None


def _set_capacity(files: Staged, folder: str, spec: Manifest, values: Mapping[str, Held]) -> None:
    """Changes the fields whose value is another; what cannot be read is no value, and stays."""
    capacity = dict(_capacity_of(files, folder))
    for name, there in _CAPACITY.items():
        value = values[name].value if name in values else None
        if there.decode(capacity.get(there.field)) == value:
            continue
        if value is None:
            del capacity[there.field]
        else:
            capacity[there.field] = there.encode(value)
    if (own := _find_capacity(files, folder)) is not None:
        resource: Manifest = read_manifest(files, own) or {}
        write_manifest(files, own, resource | {"spec": capacity})
    if capacity:
        spec["capacity"] = capacity
    else:
        spec.pop("capacity", None)


def _beyond_capacity(name: str, held: Held) -> Held:
    """What of `held` the capacity does not say exactly: bounds, and counts that are no whole thousands."""
    there = _CAPACITY.get(name)
    if there is None or held.value is None or there.decode(there.encode(held.value)) != held.value:
        return held
    return held.model_copy(update={"value": None})


def _refer_to(spec: Manifest, name: str) -> None:
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": name}
    references = spec.setdefault("parametersRefs", [])
    if reference not in references:
        references.append(reference)
