"""Repositories and deployment targets, each test its own."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from agents.adapters.git.git_deployment_target import GitDeploymentTarget, always
from agents.adapters.git.settings import GitSettings
from agents.adapters.git.target_values import Check
from agents.domain.network_observer import NetworkObserver
from pipeline.local_kafka.free_ports import find_free_ports
from tests.integration.git.remote import Make, Remote
from tests.unit.git.requests import at_most_20_replicas


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    made: list[GitDeploymentTarget] = []

    def make_target(
        repository: object,
        fence: Callable[[], bool] = always,
        check: Check = at_most_20_replicas,
        observer: NetworkObserver | None = None,
        **settings: object,
    ) -> GitDeploymentTarget:
        known = GitSettings.model_validate({"repository": str(repository), "cache": tmp_path / "cache", **settings})
        made.append(GitDeploymentTarget(known, check, fence, observer))
        return made[-1]

    yield make_target
    for each in made:
        await each.close()


@pytest.fixture
async def git_daemon(remote: Remote) -> AsyncIterator[str]:
    """The repository by the git protocol, which serves it read-only unless told otherwise."""
    (port,) = find_free_ports(1)
    daemon = await asyncio.create_subprocess_exec(
        *("git", "daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}"),
        *(f"--base-path={remote.folder}", str(remote.folder)),
        start_new_session=True,
    )
    address = f"git://127.0.0.1:{port}/{remote.path.name}"
    async with asyncio.timeout(60):
        while (await (await asyncio.create_subprocess_exec(*("git", "ls-remote", "--quiet", address))).wait()) != 0:
            pass
    yield address
    os.killpg(daemon.pid, signal.SIGTERM)
    await daemon.wait()
