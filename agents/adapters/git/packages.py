"""kpt packages at `<site>/<object>/`: what an object is and holds, read from its files and written back to them."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.adapters.git.files import Staged
from agents.adapters.git.manifests import Manifest, read_manifest, section, write_manifest
from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.network_function import read_network_function, write_network_function
from agents.adapters.git.slice_profile import read_slice, write_slice
from agents.adapters.git.target_values import Held
from agents.domain.verdicts import Declined
from schemas.intent import ObjectType
from schemas.reasons import DeclineReason

TYPE_ANNOTATION = "nephoran.io/object-type"
_LOCAL = "config.kubernetes.io/local-config"


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
    read = read_slice if wish.object.type is ObjectType.SLICE else read_network_function
    return Package(read(files, wish.place))


def write_package(files: Staged, wish: Wish, values: Mapping[str, Held], namespace: str) -> None:
    """Stages the package with these values."""
    if files.read(f"{wish.place}/Kptfile") is None:
        write_manifest(files, f"{wish.place}/Kptfile", _kptfile(wish))
    write = write_slice if wish.object.type is ObjectType.SLICE else write_network_function
    write(files, wish, values, namespace)


def remove_package(files: Staged, wish: Wish) -> dict[str, str]:
    """Stages the removal of every file of the package, and returns their text by path."""
    removed = {path: (files.read(path) or b"").decode(errors="replace") for path in files.list(wish.place)}
    for path in removed:
        files.remove(path)
    return removed


def _kptfile(wish: Wish) -> Manifest:
    return {
        "apiVersion": "kpt.dev/v1",
        "kind": "Kptfile",
        "metadata": {
            "name": wish.object.slug,
            "annotations": {_LOCAL: "true", TYPE_ANNOTATION: str(wish.object.type)},
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
