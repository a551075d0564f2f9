"""What must be observed at a site before a committed package counts as deployed."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from agents.adapters.git.files import InMemoryFiles, Staged
from agents.adapters.git.ledger import IntentRecord, StepRecord
from agents.adapters.git.manifests import Manifest, read_manifest, section
from agents.adapters.git.parameters import LOCAL
from agents.domain.verdicts import Failed
from schemas.bodies import Observation, StepTarget, Watch
from schemas.intent import Action


class Sites(Protocol):
    """The clusters of the sites."""

    def within_seconds(self, site: str) -> float | None:
        """How long a package may take there; None where there is no way to look."""

    async def observe(self, content: Mapping[str, Any]) -> Observation:
        """One look. Raises: Retryable."""


class NoSites:
    """Nowhere can be looked."""

    def within_seconds(self, site: str) -> float | None:
        """None, everywhere."""
        return None

    async def observe(self, content: Mapping[str, Any]) -> Observation:
        """What is committed is all that is known here."""
        return Observation(state="in_force", message="committed, not observed")


def watches_of(files: Staged, record: IntentRecord, sites: Sites, namespace: str) -> Iterator[Watch]:
    """One watch for each step that holds, at the sites that can be looked at."""
    for step in record.steps:
        seconds = sites.within_seconds(step.site)
        if seconds is not None and step.outcome != "superseded":
            content = _content(files, step, namespace)
            if content["resources"]:
                yield Watch(target=StepTarget.NEPHIO, step=step.step, content=content, within_seconds=seconds)


def unobserved(record: IntentRecord, sites: Sites) -> tuple[str, ...]:
    """The note on an intent with a step at a site that cannot be observed."""
    return ("committed, not observed",) if any(sites.within_seconds(step.site) is None for step in record.steps) else ()


def _content(files: Staged, step: StepRecord, namespace: str) -> dict[str, Any]:
    is_deleted = step.action is Action.DELETE
    there = Staged(InMemoryFiles({path: text.encode() for path, text in step.files.items()})) if is_deleted else files
    resources = list(_resources(there, f"{step.site}/{step.object}"))
    held = step.after.get("replicas")
    kinds = {each["kind"] for each in resources}
    return {
        "site": step.site,
        "name": step.object,
        "namespace": namespace,
        "is_deleted": is_deleted,
        "resources": resources,
        "replicas": held.value if held is not None and kinds >= {"NFDeployment"} else None,
    }


def _resources(files: Staged, folder: str) -> Iterator[Manifest]:
    """The package's resources that go to the cluster, with what they have to say there."""
    for path in files.list(folder):
        manifest = _read(files, path) if path.endswith((".yaml", ".yml")) else None
        if manifest is None or section(manifest, "metadata", "annotations").get(LOCAL) == "true":
            continue
        metadata = {key: manifest["metadata"][key] for key in ("name", "namespace") if key in manifest["metadata"]}
        kept: Manifest = {key: manifest[key] for key in ("kind", "spec", "data") if key in manifest}
        yield kept | {"metadata": metadata}


def _read(files: Staged, path: str) -> Manifest | None:
    try:
        manifest = read_manifest(files, path)
    except Failed:  # several resources in a file, say: Config Sync reads it, we do not
        return None
    return manifest if manifest and "kind" in manifest and "name" in section(manifest, "metadata") else None
