"""What stands at sites, as the packages of the deployment repository say it. Reads alone: nothing is committed."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agents.adapters.git.command import mask
from agents.adapters.git.files import Files, Staged
from agents.adapters.git.manifests import read_manifest, section
from agents.adapters.git.network_function import read_network_function
from agents.adapters.git.packages import TYPE_ANNOTATION
from agents.adapters.git.settings import GitSettings
from agents.adapters.git.slice_profile import read_slice
from agents.adapters.git.working_copy import WorkingCopy
from agents.domain.verdicts import Failed, Retryable
from schemas.bodies import HeldValue, ObjectState
from schemas.intent import ObjectType


class GitTargetStates:
    """The `TargetStates` of a deployment repository, on a working copy of its own."""

    def __init__(self, settings: GitSettings) -> None:
        self._repository = settings.repository
        self._copy = WorkingCopy(settings)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="git-reader")

    async def at(self, sites: Sequence[str]) -> tuple[ObjectState, ...]:
        """As of the newest commit, by site and object. Raises: Retryable."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read, tuple(sites))

    def _read(self, sites: Sequence[str]) -> tuple[ObjectState, ...]:
        if ":" not in self._repository and not Path(self._repository).exists():
            raise Retryable(f"there is no deployment repository at {mask(self._repository)}", dependency="git")
        files = self._copy.files(self._copy.fetch())
        return tuple(states_at(files, sites))

    async def close(self) -> None:
        """Leaves the working copy to others."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._copy.close)
        self._thread.shutdown()


def states_at(files: Files, sites: Iterable[str]) -> Iterator[ObjectState]:
    """The packages at these sites that can be read; one that cannot is nobody's ground to plan on."""
    staged = Staged(files)
    for site in sites:
        for path in staged.list(site):
            match path.split("/"):
                case [_, slug, "Kptfile"] if (state := _state(staged, site, slug)) is not None:
                    yield state


def _state(files: Staged, site: str, slug: str) -> ObjectState | None:
    folder = f"{site}/{slug}"
    try:
        kptfile = read_manifest(files, f"{folder}/Kptfile") or {}
        kind = ObjectType(section(kptfile, "metadata", "annotations").get(TYPE_ANNOTATION, ""))
        read = read_slice if kind is ObjectType.SLICE else read_network_function
        held = read(files, folder)
        values = {name: HeldValue.model_validate(each.model_dump()) for name, each in held.items()}
    except (Failed, ValueError):
        return None
    return ObjectState(site=site, object=slug, type=kind, values=values)
