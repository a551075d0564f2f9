"""A package made of a blueprint: a copy that says where it is from, made the object's own.

The Kptfile keeps its pipeline, conditions and comments, and gets `upstream` and `upstreamLock` as `kpt pkg get` writes
them (kpt.dev/v1), so that `kpt pkg update` goes on from it. Whoever renders the package finds the names of the cluster
and of the package where Nephio's functions look for them; for those who render nothing the NFDeployment is whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from agents.adapters.git.files import Staged
from agents.adapters.git.manifests import Manifest, read_manifest, section, write_manifest
from agents.adapters.git.nephio_steps import Blueprint, Wish
from agents.adapters.git.network_function import find_deployment, set_networks
from agents.adapters.git.parameters import LOCAL
from agents.domain.verdicts import Failed, Retryable

_OWNER = "specializer.nephio.org/owner"


@dataclass(frozen=True)
class BlueprintCopy:
    """The files of a blueprint by their path in it, as of a commit."""

    commit: str
    files: Mapping[str, bytes]


class Blueprints(Protocol):
    """The blueprints that are at hand."""

    def at_hand(self, blueprint: Blueprint) -> BlueprintCopy:
        """Raises: BlueprintNeeded."""


class BlueprintNeeded(Retryable):
    """A package needs a blueprint that has yet to be fetched."""

    def __init__(self, blueprint: Blueprint) -> None:
        super().__init__(f"{said(blueprint)} has to be fetched first", dependency="blueprints", delay_seconds=1)
        self.blueprint = blueprint


class NoBlueprints:
    """None is ever at hand."""

    def at_hand(self, blueprint: Blueprint) -> BlueprintCopy:
        """Raises: BlueprintNeeded."""
        raise BlueprintNeeded(blueprint)


def said(blueprint: Blueprint) -> str:
    """The blueprint, for people."""
    return f"the blueprint {blueprint.package}@{blueprint.revision} of {blueprint.repository}"


def install(files: Staged, wish: Wish, blueprint: Blueprint, copy: BlueprintCopy, namespace: str) -> None:
    """Stages the package as a copy of the blueprint. Raises: Failed where the blueprint is no package for the wish."""
    for path, content in copy.files.items():
        files.write(f"{wish.place}/{path}", content)
    deployment = find_deployment(files, wish.place)
    if "Kptfile" not in copy.files or deployment is None:
        raise Failed(
            "package_unreadable",
            f"{said(blueprint)} has no Kptfile, or not one NFDeployment: name another one for the {wish.object.type} "
            "in the provider's file of the knowledge pack, then replay this intent",
        )
    _name_kptfile(files, wish, blueprint, copy.commit)
    before = _name_deployment(files, wish, deployment, namespace)
    for path, manifest in list(_readable(files, wish.place)):
        _make_own(manifest, wish, before, namespace)
        write_manifest(files, path, manifest)


def _name_kptfile(files: Staged, wish: Wish, blueprint: Blueprint, commit: str) -> None:
    path = f"{wish.place}/Kptfile"
    kptfile: Manifest = read_manifest(files, path) or {}
    section(kptfile, "metadata")["name"] = wish.object.slug
    source = {
        "repo": blueprint.repository,
        "directory": f"/{blueprint.package.strip('/')}",
        "ref": blueprint.revision,
    }
    kptfile["upstream"] = {"type": "git", "git": source, "updateStrategy": "resource-merge"}
    kptfile["upstreamLock"] = {"type": "git", "git": {**source, "commit": commit}}
    write_manifest(files, path, kptfile)


def _name_deployment(files: Staged, wish: Wish, path: str, namespace: str) -> str:
    """Its name in the blueprint."""
    deployment: Manifest = read_manifest(files, path) or {}
    metadata = section(deployment, "metadata")
    before = str(metadata.get("name", ""))
    metadata |= {"name": wish.object.slug, "namespace": namespace}
    set_networks(section(deployment, "spec"), wish)
    write_manifest(files, path, deployment)
    return before


def _readable(files: Staged, folder: str) -> Iterator[tuple[str, Manifest]]:
    for path in files.list(folder):
        if not path.endswith((".yaml", ".yml")):
            continue
        try:
            manifest = read_manifest(files, path)
        except Failed:  # several resources in a file, say: it stays as the blueprint has it
            continue
        if manifest is not None:
            yield path, manifest


def _make_own(manifest: Manifest, wish: Wish, deployment_before: str, namespace: str) -> None:
    """What of a resource names the blueprint's example and has to name the object."""
    metadata = section(manifest, "metadata")
    annotations = metadata.get("annotations") or {}
    owner = str(annotations.get(_OWNER, ""))
    if owner.endswith(f".NFDeployment.{deployment_before}"):
        annotations[_OWNER] = f"{owner.removesuffix(deployment_before)}{wish.object.slug}"
    match manifest.get("kind"):
        case "WorkloadCluster":
            section(manifest, "spec")["clusterName"] = wish.site
        case "ConfigMap" if metadata.get("name") == "kptfile.kpt.dev":
            section(manifest, "data")["name"] = wish.object.slug
        case "Namespace":  # all packages of a site share one, and two that bring the same would stop Config Sync
            section(metadata, "annotations")[LOCAL] = "true"
    if "namespace" in metadata and annotations.get(LOCAL) != "true":
        metadata["namespace"] = namespace
