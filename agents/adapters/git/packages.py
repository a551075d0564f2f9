"""kpt packages at `<site>/<object>/`: what an object is and holds, read from its files and written back to them."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.adapters.git.blueprints import Blueprints, NoBlueprints, install
from agents.adapters.git.files import Staged
from agents.adapters.git.manifests import Manifest, read_manifest, section, write_manifest
from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.network_function import find_deployment, read_network_function, write_network_function
from agents.adapters.git.parameters import LOCAL
from agents.adapters.git.slice_profile import read_slice, write_slice
from agents.adapters.git.target_values import Held
from agents.adapters.git.workload import find_workload, read_workload, write_workload
from agents.domain.verdicts import Declined
from schemas.intent import ObjectType
from schemas.reasons import DeclineReason

TYPE_ANNOTATION = "nephoran.io/object-type"


@dataclass(frozen=True)
class Package:
    """What is there: `values` by target name, as of the files."""

    values: Mapping[str, Held]


def read_package(files: Staged, wish: Wish) -> Package | None:
    """The wished object's package, or None where there is none.

    Raises: Declined `conflict` where something else lies there, Failed `package_unreadable`.
    """
    kptfile = read_manifest(files, f"{wish.place}/Kptfile")
    if kptfile is None:
        _require_empty(files, wish)
        return None
    _require_same_type(kptfile, wish)
    if wish.object.type is ObjectType.SLICE:
        return Package(read_slice(files, wish.place))
    if (workload := _workload(files, wish)) is not None:
        return Package(read_workload(files, wish.place, workload))
    return Package(read_network_function(files, wish.place))


def write_package(
    files: Staged, wish: Wish, values: Mapping[str, Held], namespace: str, blueprints: Blueprints = NoBlueprints()
) -> None:
    """Stages the package with these values; one that is not there is made of its blueprint, and holds what that does.

    Raises: BlueprintNeeded; Declined `infeasible`.
    """
    if wish.blueprint is not None and files.read(f"{wish.place}/Kptfile") is None:
        install(files, wish, wish.blueprint, blueprints.at_hand(wish.blueprint), namespace)
        _annotate(files, wish)
        values = {**read_network_function(files, wish.place), **values}
    workload = _workload(files, wish)
    if wish.kind == "Deployment" and workload is None:
        raise Declined(
            DeclineReason.INFEASIBLE,
            f"{wish.place} in the deployment repository has no Deployment, or several, whose replicas could be set",
            f"Is the package of the {wish.object.type} at {wish.site} still to be installed?",
        )
    if files.read(f"{wish.place}/Kptfile") is None:
        write_manifest(files, f"{wish.place}/Kptfile", _kptfile(wish))
    if wish.object.type is ObjectType.SLICE:
        write_slice(files, wish, values, namespace)
    elif workload is not None:
        write_workload(files, wish, workload, values, namespace)
    else:
        write_network_function(files, wish, values, namespace)


def _workload(files: Staged, wish: Wish) -> str | None:
    """The Deployment that is the function, where no NFDeployment is."""
    if find_deployment(files, wish.place) is not None:
        return None
    return find_workload(files, wish.place)


def remove_package(files: Staged, wish: Wish) -> dict[str, str]:
    """Stages the removal of every file of the package, and returns their text by path."""
    removed = {path: (files.read(path) or b"").decode(errors="replace") for path in files.list(wish.place)}
    for path in removed:
        files.remove(path)
    return removed


def _annotate(files: Staged, wish: Wish) -> None:
    kptfile: Manifest = read_manifest(files, f"{wish.place}/Kptfile") or {}
    section(kptfile, "metadata", "annotations")[TYPE_ANNOTATION] = str(wish.object.type)
    write_manifest(files, f"{wish.place}/Kptfile", kptfile)


def _kptfile(wish: Wish) -> Manifest:
    return {
        "apiVersion": "kpt.dev/v1",
        "kind": "Kptfile",
        "metadata": {
            "name": wish.object.slug,
            "annotations": {LOCAL: "true", TYPE_ANNOTATION: str(wish.object.type)},
        },
        "info": {"description": f"{wish.object.type} at {wish.site}"},
    }


def _require_empty(files: Staged, wish: Wish) -> None:
    blocked = next((path for path in (wish.site, wish.place) if files.read(path) is not None), None)
    there = [blocked] if blocked else files.list(wish.place)
    if there:
        raise Declined(
            DeclineReason.CONFLICT,
            f"{there[0]} is in the deployment repository, but there is no Kptfile: {wish.place} is not a package",
            f"Should {wish.object.type} at {wish.site} have another name?",
        )


def _require_same_type(kptfile: Manifest, wish: Wish) -> None:
    there = section(kptfile, "metadata", "annotations").get(TYPE_ANNOTATION)
    if there == str(wish.object.type):
        return
    what = f"a package of type {there}" if there else f"a package without the annotation {TYPE_ANNOTATION}"
    raise Declined(
        DeclineReason.CONFLICT,
        f"{wish.place} in the deployment repository is {what}, and the intent is about a {wish.object.type}",
        f"Should the {wish.object.type} at {wish.site} have another name?",
    )
