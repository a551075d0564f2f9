"""A deployment repository on this machine, for those who have no Git server."""

from pathlib import Path

from agents.adapters.git.command import run_git
from agents.domain.verdicts import Retryable

_CONFIG = {
    "core.fsync": "all",
    "core.fsyncMethod": "batch",
    "receive.denyNonFastForwards": "true",
    "receive.unpackLimit": "1",
}
"""What was acknowledged survives a power cut, nobody rewrites history (the branch that HEAD names cannot be removed
either), and a push is a pack: the dozen files an intent that it would be else take five times the processor time."""


def init_bare(path: Path, branch: str = "main") -> None:
    """Creates the repository where there is none; one that is there stays as it is. Raises: Retryable."""
    if (path / "HEAD").exists():
        return
    created = run_git("init", "--quiet", "--bare", f"--initial-branch={branch}", "--", str(path), timeout_seconds=30)
    results = [created]
    results += [run_git("config", key, value, folder=str(path), timeout_seconds=30) for key, value in _CONFIG.items()]
    for result in results:
        if result.code:
            raise Retryable(f"{path} cannot be made a Git repository: {result.complaint}", dependency="git")
