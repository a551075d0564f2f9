"""The `git` command: pushes and fetches use it, because it knows every transport and every way to authenticate."""

import os
import re
import signal
import subprocess
from dataclasses import dataclass

from agents.domain.verdicts import Retryable

_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+@")
_SAYS_NOTHING = re.compile(
    r"^(hint:|remote:)?\s*$|^hint:|failed to push some refs|Could not read from remote repository"
)
_KEPT_MEMORY_BYTES = 16 << 20
"""glibc returns memory above 128 KiB, and zlib allocates afresh for every object: half of git's time went there."""
TIMED_OUT = -int(signal.SIGKILL)
"""The exit code of a command that was killed at its time-out."""
_CAUSES = (
    (
        re.compile(r"detected dubious ownership in repository at '(?P<path>[^']*)'"),
        "the repository {path} belongs to another user: give it to the user of the workers, or have that user run "
        "`git config --global --add safe.directory {path}`",
    ),
    (
        re.compile(r"mismatched algorithms|unknown value for config 'extensions.objectformat'", re.IGNORECASE),
        "the repository stores SHA-256 objects, which are not supported: use one made with "
        "`git init --object-format=sha1`",
    ),
)
"""Multi-line complaints of git, each with its remedy."""
_DROPPED = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")


def mask(text: str) -> str:
    """The text without user names and passwords in URLs."""
    return _CREDENTIALS.sub("***@", text)


@dataclass(frozen=True)
class GitResult:
    """What a command answered."""

    code: int
    stdout: str
    stderr: str

    @property
    def complaint(self) -> str:
        """Why, in one sentence without credentials: with the remedy where git knows one, else git's own last line."""
        for pattern, cause in _CAUSES:
            if found := pattern.search(self.stderr):
                return mask(cause.format(**found.groupdict()))
        lines = [line.strip() for line in self.stderr.splitlines() if not _SAYS_NOTHING.search(line)]
        told = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))]
        return mask((told or lines or ["git said nothing"])[-1])


def run_git(
    *arguments: str, timeout_seconds: float, folder: str | None = None, stdin: bytes | None = None
) -> GitResult:
    """Runs git to its end, without prompts; beyond the time-out it and its children are killed.

    Raises: Retryable where git is missing.
    """
    place = ("--git-dir", folder) if folder else ()
    try:
        process = subprocess.Popen(
            ["git", *place, *arguments],
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
        )
    except OSError as fault:
        raise Retryable(f"git cannot be run ({fault}): install it", dependency="git", delay_seconds=5) from fault
    with process:
        try:
            stdout, stderr = process.communicate(stdin, timeout=timeout_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            late = f"fatal: git {arguments[0]} took longer than {timeout_seconds:g} s"
            return GitResult(TIMED_OUT, "", late)  # the exception would carry the URL, password included, into traces
    return GitResult(process.returncode, stdout.decode(errors="replace"), stderr.decode(errors="replace"))


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    ours = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    return kept | ours | {"MALLOC_TRIM_THRESHOLD_": str(_KEPT_MEMORY_BYTES)}
