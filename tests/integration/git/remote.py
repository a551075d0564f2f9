"""A deployment repository for the tests, with somebody else who commits to it."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tenacity import retry, retry_if_exception_type, stop_after_attempt

from agents.adapters.git.bare_repository import init_bare
from agents.adapters.git.git_deployment_target import GitDeploymentTarget

Make = Callable[..., GitDeploymentTarget]
WRITER = Path(__file__).parent / "writer_process.py"


def run(*command: str, folder: Path | None = None) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout


class Remote:
    """A bare deployment repository, and somebody else who commits to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "deployments.git"
        self.pushes = folder / "pushes"
        init_bare(self.path)
        self.hook("post-receive", f"echo push >> {self.pushes}")

    def hook(self, name: str, script: str) -> None:
        hook = self.path / "hooks" / name
        hook.write_text(f"#!/bin/sh\n{script}\n")
        hook.chmod(0o755)

    def show(self, path: str) -> str:
        return run("git", "show", f"main:{path}", folder=self.path)

    @property
    def intents(self) -> list[str]:
        """The `Intent-Id` of every commit, oldest first."""
        listed = run(
            "git", "log", "--reverse", "--format=%(trailers:key=Intent-Id,valueonly,separator=%x20)", "main",
            folder=self.path,
        )  # fmt: skip
        return [line for line in listed.splitlines() if line]

    @property
    @retry(retry=retry_if_exception_type(subprocess.CalledProcessError), stop=stop_after_attempt(5), reraise=True)
    def commit_count(self) -> int:
        """How many commits there are, 0 where there is no branch yet. Git fails on a ref that goes while it looks."""
        return int(run("git", "rev-list", "--count", "--all", folder=self.path))

    def refs(self, below: str) -> dict[str, str]:
        """The commits that refs hold, by the rest of their names."""
        listed = run("git", "for-each-ref", "--format=%(refname) %(objectname)", below, folder=self.path)
        return {name.removeprefix(below): commit for name, commit in map(str.split, listed.splitlines())}

    @property
    def push_count(self) -> int:
        return len(self.pushes.read_text().splitlines()) if self.pushes.exists() else 0

    def commit_as_somebody_else(self, path: str, old: str, new: str) -> None:
        """Replaces text of one file by hand, in a clone of its own."""
        clone = Path(tempfile.mkdtemp(dir=self.folder))
        run("git", "clone", "--quiet", str(self.path), str(clone))
        there = clone / path
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(there.read_text().replace(old, new) if there.exists() else new)
        run("git", "add", "--all", folder=clone)
        run("git", "-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "-m", "by hand", folder=clone)
        run("git", "push", "--quiet", "origin", "HEAD:main", folder=clone)


class Once:
    """A fence that lets everything pass, after doing something the first time it is asked while armed."""

    def __init__(self) -> None:
        self.act: Callable[[], None] | None = None
        self.asked = 0

    def __call__(self) -> bool:
        self.asked += 1
        act, self.act = self.act, None
        if act:
            act()
        return True


def working_copy(tmp_path: Path) -> Path:
    return next((tmp_path / "cache").glob("*.git"))


def a_file_for_each_object(repository: Path) -> Path:
    """Unpacks everything; the folder of the objects."""
    objects = repository / "objects"
    for pack in (objects / "pack").glob("*.pack"):
        content = pack.read_bytes()
        pack.with_suffix(".idx").unlink()
        pack.unlink()
        subprocess.run(("git", "unpack-objects", "-q"), check=True, input=content, cwd=repository)
    return objects


def writer_command(remote: Remote, cache: Path, *wished: str) -> tuple[str, ...]:
    """A process that carries out `name:order:site/object:target:condition:value`, and ends."""
    return (sys.executable, str(WRITER), str(remote.path), str(cache), *wished)
