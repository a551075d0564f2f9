"""Our copy of the deployment repository: objects to build on, and the way to fetch and push. It holds nothing of its
own: whatever befalls it, it is made anew from the repository."""

import hashlib
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import pygit2

from agents.adapters.git.command import GitResult, mask, run_git
from agents.adapters.git.exclusive_folder import Slot
from agents.adapters.git.fast_import import Draft, import_stream
from agents.adapters.git.push_result import Pushed, read_push
from agents.adapters.git.settings import GitSettings
from agents.adapters.git.tree import TreeFiles
from agents.domain.network_observer import NetworkObserver, NobodyWatchesTheNetwork, RequestOutcome
from agents.domain.verdicts import Retryable
from schemas.bodies import StepTarget

Commit = str
"""The hexadecimal id of a commit."""
_TRACKING = "refs/remotes/origin/{}"
_PACKS_TO_JOIN = 50
_OUTCOME_OF_PUSH = {
    Pushed.ACCEPTED: RequestOutcome.DONE,
    Pushed.OVERTAKEN: RequestOutcome.OVERTAKEN,
    Pushed.REFUSED: RequestOutcome.REFUSED,
    Pushed.UNREACHABLE: RequestOutcome.UNAVAILABLE,
}


class WorkingCopy:
    """One process's copy, for one thread. Opens nothing before it is used."""

    def __init__(self, settings: GitSettings, observer: NetworkObserver | None = None) -> None:
        self._settings = settings
        self._observer = observer or NobodyWatchesTheNetwork()
        name = hashlib.sha256(f"{settings.repository}#{settings.branch}".encode()).hexdigest()[:16]
        self._slot = Slot(settings.cache, name)
        self._repository: pygit2.Repository | None = None
        self._head: Commit | None = None
        self._packs_made = 0

    @property
    def head(self) -> Commit | None:
        """The newest commit known of the branch, None where it has none yet. Clones at first. Raises: Retryable."""
        self._open()
        return self._head

    def fetch(self) -> Commit | None:
        """The newest commit of the branch, asked of the deployment repository. Raises: Retryable."""
        result = self._fetch()
        if result.code and not _says_empty(result) and self._is_served():
            self.discard()
            result = self._fetch()
        if result.code == 0:
            self._repository = self._repository or self._open_folder()
            self._advance((self._slot.folder() / "FETCH_HEAD").read_text().split()[0])
        elif _says_empty(result):
            self._repository = self._repository or self._open_folder()
            self._head = None
        else:
            raise self.unreachable(result)
        return self._head

    def files(self, commit: Commit | None) -> TreeFiles:
        """The files of the commit."""
        return TreeFiles(self._open(), commit)

    def write(self, base: Commit | None, drafts: Sequence[Draft]) -> list[Commit]:
        """The drafts as commits on top of `base`, in the object store alone: no branch moves before it is pushed.

        Raises: OSError where git cannot write them.
        """
        stream = import_stream(base, drafts, self._settings.author_name, self._settings.author_email)
        result = self._git("fast-import", "--quiet", "--force", stdin=stream)
        made = result.stdout.split()
        if result.code or len(made) != len(drafts):
            raise OSError(f"git fast-import: {result.complaint}")
        self._packs_made += 1
        return made

    def push(self, base: Commit | None, tip: Commit, *, is_rehearsal: bool = False) -> tuple[Pushed, GitResult]:
        """Moves the branch from `base` to `tip`, or leaves it where it is: the repository compares and sets."""
        branch = f"refs/heads/{self._settings.branch}"
        lease = f"--force-with-lease={branch}:{base or ''}"
        options = ("--dry-run",) if is_rehearsal else ()
        began = time.perf_counter()
        result = self._git(
            "push", "--porcelain", "--no-verify", *options, lease, "--", self._settings.repository, f"{tip}:{branch}"
        )
        pushed = read_push(result)
        self._note(_OUTCOME_OF_PUSH[pushed], began)
        if pushed is Pushed.ACCEPTED and not is_rehearsal:
            self._advance(tip)
        return pushed, result

    def holds(self, commit: Commit) -> bool:
        """True where the branch's newest known commit is `commit` or follows it."""
        repository = self._open()
        return self._head is not None and (self._head == commit or bool(repository.descendant_of(self._head, commit)))

    def find(self, trailer: str, within: int) -> Commit | None:
        """The newest commit whose message has the trailer line, None where it is not among the newest `within`."""
        if self.head is None:
            return None
        for count, commit in enumerate(self._open().walk(self._head), start=1):
            if f"\n{trailer}\n" in commit.message:
                return str(commit.id)
            if count == within:
                break
        return None

    def pack(self) -> None:
        """Joins the packs that accumulated, every so often: each one more makes every look-up slower."""
        if self._packs_made >= _PACKS_TO_JOIN:
            self._packs_made = 0
            self._git("repack", "--quiet", "-d", "--geometric=2", "--no-write-bitmap-index")
            self._repository = None

    def is_sound(self, base: Commit | None, tip: Commit) -> bool:
        """True where everything from `base` to `tip` is there on the disk."""
        if base and self._git("cat-file", "-e", f"{base}^{{tree}}").code:
            return False
        known = (f"^{base}",) if base else ()
        return not self._git("rev-list", "--objects", "--quiet", tip, *known).code

    def discard(self) -> None:
        """Throws the copy away; the next use makes a new one."""
        self._repository = None
        self._head = None
        shutil.rmtree(self._slot.folder(), ignore_errors=True)

    def close(self) -> None:
        """Leaves the copy to whoever comes next."""
        self._repository = None
        self._slot.release()

    def unreachable(self, result: GitResult) -> Retryable:
        """What to tell people of an answer that is no answer."""
        where = mask(self._settings.repository)
        if not self._settings.repository.count(":") and not Path(where).exists():
            return Retryable(
                f"there is no deployment repository at {where}: set another one, or create it with `git init --bare "
                f"--initial-branch={self._settings.branch} {where}`",
                dependency="git",
            )
        return Retryable(
            f"the deployment repository {where} did not answer as it should: {result.complaint}. Check that it is "
            f"reachable, that its disk has room, and that this worker may write to branch {self._settings.branch}",
            dependency="git",
        )

    def _open(self) -> pygit2.Repository:
        if self._repository is None:
            if self._head is None or not (self._slot.folder() / "HEAD").exists():
                self.fetch()
            self._repository = self._repository or self._open_folder()
        return self._repository

    def _open_folder(self) -> pygit2.Repository:
        return pygit2.Repository(str(self._slot.folder()), pygit2.enums.RepositoryOpenFlag.BARE)

    def _fetch(self) -> GitResult:
        self._create()
        branch = f"+refs/heads/{self._settings.branch}"
        began = time.perf_counter()
        result = self._git("fetch", "--quiet", "--no-tags", "--no-auto-gc", "--", self._settings.repository, branch)
        is_answered = result.code == 0 or _says_empty(result)
        self._note(RequestOutcome.DONE if is_answered else RequestOutcome.UNAVAILABLE, began)
        return result

    def _note(self, outcome: RequestOutcome, began: float) -> None:
        self._observer.request_ended(StepTarget.NEPHIO, outcome, time.perf_counter() - began)

    def _is_served(self) -> bool:
        """True where the deployment repository answers, so that a failure to fetch is our copy's own."""
        return self._git("ls-remote", "--quiet", "--", self._settings.repository, "HEAD").code == 0

    def _create(self) -> None:
        folder = self._slot.folder()
        if (folder / "HEAD").exists():
            return
        self._repository = None
        try:
            created = pygit2.init_repository(str(folder), bare=True)
            for limit in ("fastimport.unpackLimit", "fetch.unpackLimit"):
                created.config[limit] = 1  # one pack a group: a file for each object costs five times the time
        except (OSError, pygit2.GitError) as fault:
            raise Retryable(
                f"no working copy can be made in {folder} ({fault}): make room there or set another cache folder",
                dependency="git",
                delay_seconds=5,
            ) from fault

    def _advance(self, commit: Commit) -> None:
        self._head = commit
        if self._repository is not None:
            self._repository.references.create(_TRACKING.format(self._settings.branch), commit, force=True)

    def _git(self, *arguments: str, stdin: bytes | None = None) -> GitResult:
        timeout = self._settings.push_timeout_seconds
        return run_git(*arguments, timeout_seconds=timeout, folder=str(self._slot.folder()), stdin=stdin)


def unwritable(fault: Exception) -> Retryable:
    """What to tell people of a copy that cannot be read or written although it was made anew."""
    return Retryable(
        f"the working copy cannot be read or written ({fault}): is the disk of the cache folder full?",
        dependency="git",
        delay_seconds=1,
    )


def _says_empty(result: GitResult) -> bool:
    return "couldn't find remote ref" in result.stderr
