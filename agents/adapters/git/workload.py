"""A package that people or a blueprint made, with a plain Deployment in it: `spec.replicas` is the one lever there is.

What else an intent holds of the function (bounds) stands in a ConfigMap that stays in the repository.
"""

from collections.abc import Mapping

from agents.adapters.git.files import Staged
from agents.adapters.git.manifests import Manifest, files_of_kind, read_manifest, section, write_manifest
from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.parameters import FILE, notes, read_parameters, set_parameters
from agents.adapters.git.target_values import Held
from agents.domain.verdicts import Declined
from schemas.reasons import DeclineReason

REPLICAS = "replicas"


def find_workload(files: Staged, folder: str) -> str | None:
    """The file with the package's Deployment, None where there is none or are several."""
    found = files_of_kind(files, folder, "Deployment")
    return found[0] if len(found) == 1 else None


def read_workload(files: Staged, folder: str, path: str) -> dict[str, Held]:
    """What the Deployment holds, with the bounds that earlier intents have set."""
    values = read_parameters(read_manifest(files, f"{folder}/{FILE}"))
    replicas = section(read_manifest(files, path) or {}, "spec").get("replicas", 1)
    if isinstance(replicas, int):
        values[REPLICAS] = values.get(REPLICAS, Held()).model_copy(update={"value": replicas})
    return values


def write_workload(files: Staged, wish: Wish, path: str, values: Mapping[str, Held], namespace: str) -> None:
    """Stages the replicas. Raises: Declined `unsupported` for anything else."""
    others = [name for name, held in values.items() if name != REPLICAS and held != Held()]
    if others:
        raise Declined(
            DeclineReason.UNSUPPORTED, f"the Deployment of {wish.place} has no place for {', '.join(others)}"
        )
    held = values.get(REPLICAS, Held())
    if held.value is not None:
        deployment: Manifest = read_manifest(files, path) or {}
        section(deployment, "spec")["replicas"] = held.value
        write_manifest(files, path, deployment)
    bounds = held.model_copy(update={"value": None})
    there = read_manifest(files, f"{wish.place}/{FILE}")
    if there or bounds != Held():
        there = there or notes(wish.object.slug, namespace)
        set_parameters(there, {REPLICAS: bounds})
        write_manifest(files, f"{wish.place}/{FILE}", there)
