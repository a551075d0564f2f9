"""Blueprints fetched from their repositories: one commit of one package each, kept for some minutes."""

import asyncio
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pygit2

from agents.adapters.git.blueprints import BlueprintCopy, BlueprintNeeded, said
from agents.adapters.git.command import TIMED_OUT, mask, run_git
from agents.adapters.git.exclusive_folder import Slot
from agents.adapters.git.nephio_steps import Blueprint
from agents.adapters.git.tree import TreeFiles
from agents.domain.verdicts import Declined, Retryable
from schemas.reasons import DeclineReason

KEPT_SECONDS = 300.0
"""A branch may be named as revision, and moves."""


class BlueprintSource:
    """The `Blueprints` of a process."""

    def __init__(self, cache: Path, timeout_seconds: float) -> None:
        self._cache = cache
        self._timeout_seconds = timeout_seconds
        self._kept: dict[Blueprint, tuple[float, BlueprintCopy]] = {}
        self._slots: dict[str, Slot] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="blueprints")

    def at_hand(self, blueprint: Blueprint) -> BlueprintCopy:
        """Raises: BlueprintNeeded."""
        since, copy = self._kept.get(blueprint, (0.0, None))
        if copy is None or time.monotonic() - since > KEPT_SECONDS:
            raise BlueprintNeeded(blueprint)
        return copy

    async def bring(self, blueprint: Blueprint) -> None:
        """Fetch it if needed. Raises: Retryable; Declined `infeasible` where it is not there."""
        copy = await asyncio.get_running_loop().run_in_executor(self._thread, self._fetch, blueprint)
        self._kept[blueprint] = (time.monotonic(), copy)

    async def close(self) -> None:
        """Releases the copies for another process."""
        self._thread.shutdown()
        for slot in self._slots.values():
            slot.release()

    def _fetch(self, blueprint: Blueprint) -> BlueprintCopy:
        folder = self._folder(blueprint.repository)
        # a repository of many packages tags each by its path (kpt: `package/v1`)
        for ref in (f"refs/tags/{blueprint.package.strip('/')}/{blueprint.revision}", blueprint.revision):
            fetched = run_git(
                *("fetch", "--quiet", "--no-tags", "--no-auto-gc", "--depth=1", "--", blueprint.repository, ref),
                timeout_seconds=self._timeout_seconds,
                folder=str(folder),
            )
            if not fetched.code:
                return self._read(folder, blueprint)
            if "find remote ref" not in fetched.stderr:
                why = "it took too long" if fetched.code == TIMED_OUT else fetched.complaint
                raise Retryable(
                    f"{mask(said(blueprint))} cannot be fetched: {why}. Check that workers reach the repository",
                    dependency="blueprints",
                    delay_seconds=2,
                )
        raise _missing(blueprint, "there is no such revision")

    def _folder(self, repository: str) -> Path:
        name = f"blueprint-{hashlib.sha256(repository.encode()).hexdigest()[:16]}"
        folder = self._slots.setdefault(name, Slot(self._cache, name)).folder()
        if not (folder / "HEAD").exists():
            pygit2.init_repository(str(folder), bare=True)
        return folder

    def _read(self, folder: Path, blueprint: Blueprint) -> BlueprintCopy:
        commit = (folder / "FETCH_HEAD").read_text().split()[0]
        repository = pygit2.Repository(str(folder), pygit2.enums.RepositoryOpenFlag.BARE)
        commit = str(repository[commit].peel(pygit2.Commit).id)
        files, place = TreeFiles(repository, commit), blueprint.package.strip("/")
        found = {path.removeprefix(f"{place}/"): files.read(path) for path in files.list(place)}
        if not found:
            raise _missing(blueprint, "there is no such folder in it")
        return BlueprintCopy(commit, {path: content for path, content in found.items() if content is not None})


def _missing(blueprint: Blueprint, why: str) -> Declined:
    return Declined(
        DeclineReason.INFEASIBLE,
        f"{mask(said(blueprint))}, which the knowledge pack names for it, cannot be copied: {why}",
        "Is the blueprint in the provider's file of the knowledge pack still the right one?",
    )
