"""Our copy of the deployment repository: objects to build on, and the way to fetch and push. It is only a cache:
whatever happens to it, it is recreated from the repository."""

import hashlib
import logging
import shutil
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pygit2

from agents.adapters.git.command import TIMED_OUT, GitResult, mask, run_git
from agents.adapters.git.commit_messages import DRAFT_TRAILER
from agents.adapters.git.exclusive_folder import Slot
from agents.adapters.git.fast_import import Draft, import_stream
from agents.adapters.git.push_result import Pushed, read_push
from agents.adapters.git.ref_updates import RefUpdate, branch
from agents.adapters.git.settings import GitSettings
from agents.adapters.git.tree import TreeFiles
from agents.domain.network_observer import NetworkObserver, NobodyWatchesTheNetwork, RequestOutcome
from agents.domain.verdicts import OnHold, Retryable
from schemas.bodies import StepTarget

Commit = str
"""The hexadecimal id of a commit."""
_LOG = logging.getLogger(__name__)
_TRACKING = "refs/remotes/origin/{}"
_NO_DRAFTS = ("--invert-grep", f"--grep=^{DRAFT_TRAILER}: ")
"""A draft that was merged is told by the commit that carried it out."""
_PACKS_TO_JOIN = 50
_ON_TIME_OUT = (
    "; a large or slow one needs more time: NEPHORAN_GIT__CLONE_TIMEOUT_SECONDS for the first fetch, "
    "NEPHORAN_GIT__PUSH_TIMEOUT_SECONDS for all later ones"
)
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
        self._tracking = _TRACKING.format(settings.branch)
        self._known: Commit | None = None
        self._is_known = False

    @property
    def head(self) -> Commit | None:
        """The newest commit known of the branch, None where it has none yet. Clones at first. Raises: Retryable."""
        self._open()
        return self._head

    def fetch(self) -> Commit | None:
        """The newest commit of the branch, asked of the deployment repository.

        Raises: Retryable; OnHold where the repository has lost what was known of it, until `accept_history`.
        """
        result = self._fetch()
        if result.code and not _says_no_branch(result) and self._is_served():
            self.discard()
            result = self._fetch()
        if result.code and not _says_no_branch(result):
            raise self.unreachable(result)
        self._is_known = False
        self._repository = self._repository or self._open_folder()
        found = None if result.code else (self._slot.folder() / "FETCH_HEAD").read_text().split()[0]
        if found is None:
            self._require_no_branches()
        self._require_known_history(found)
        if found is None:
            self._head = None
        else:
            self._advance(found)
        self._is_known = True
        return self._head

    def accept_history(self) -> None:
        """Take the repository as it is from now on, whatever it has lost."""
        self._known = None
        if self._repository is not None and self._tracking in self._repository.references:
            self._repository.references.delete(self._tracking)

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

    def push(
        self, base: Commit | None, tip: Commit, following: Sequence[RefUpdate] = (), *, is_rehearsal: bool = False
    ) -> tuple[Pushed, GitResult]:
        """Moves the branch from `base` to `tip`, or leaves it where it is: the repository compares and sets.

        What follows it moves with it or not at all; where that cannot be, the branch alone.
        """
        ref = branch(self._settings.branch)
        moves = (RefUpdate(ref, tip, base or ""), *following)
        options = ("--dry-run",) if is_rehearsal else ("--atomic",) if following else ()
        began = time.perf_counter()
        result = self._push_refs(moves, *options)
        pushed = read_push(result, ref)
        self._note(_OUTCOME_OF_PUSH[pushed], began)
        if pushed is not Pushed.ACCEPTED and "already exists" in result.stdout:
            return Pushed.OVERTAKEN, result  # somebody else has made that revision
        if following and pushed in (Pushed.REFUSED, Pushed.UNREACHABLE) and result.code != TIMED_OUT:
            pushed, result = self.push(base, tip)
            if pushed is Pushed.ACCEPTED:
                self.push_refs(following)
        elif pushed is Pushed.ACCEPTED and not is_rehearsal:
            self._advance(tip)
        return pushed, result

    def push_refs(self, moves: Sequence[RefUpdate]) -> bool:
        """Moves refs, each that can be; True where all are as they should be."""
        results = [self._push_refs([each]) for each in moves]
        for result in results:
            if result.code:
                _LOG.warning("a ref of the deployment repository could not be moved: %s", result.complaint)
        return not any(result.code for result in results)

    def _push_refs(self, moves: Sequence[RefUpdate], *options: str) -> GitResult:
        leases = (lease for each in moves for lease in each.leases)
        refspecs = (each.refspec for each in moves)
        return self._git(
            "push", "--porcelain", "--no-verify", *options, *leases, "--", self._settings.repository, *refspecs
        )

    def fetch_ref(self, ref: str) -> Commit | None:
        """The commit that another ref of the repository holds, None where there is none. Raises: Retryable."""
        self._open()
        fetched = self._git("fetch", "--quiet", "--no-tags", "--no-auto-gc", "--", self._settings.repository, ref)
        if fetched.code and not _says_no_branch(fetched):
            raise self.unreachable(fetched)
        return None if fetched.code else (self._slot.folder() / "FETCH_HEAD").read_text().split()[0]

    def tags(self) -> dict[str, Commit]:
        """The commits of all tags by ref. Raises: Retryable."""
        listed = self._git("ls-remote", "--quiet", "--tags", "--refs", "--", self._settings.repository)
        if listed.code:
            raise self.unreachable(listed)
        return {ref: commit for commit, ref in (line.split("\t") for line in listed.stdout.splitlines())}

    def newest(self, most: int) -> list[tuple[Commit, str]]:
        """At most so many commits of the branch with their messages, the newest first."""
        if self.head is None:
            return []
        return [(str(commit.id), commit.message) for commit in islice(self._open().walk(self.head), most)]

    def message(self, commit: Commit) -> str:
        """What the commit says."""
        return self._open()[commit].peel(pygit2.Commit).message

    def parent(self, commit: Commit) -> Commit | None:
        """The commit that it was made on."""
        parents = self._open()[commit].peel(pygit2.Commit).parents
        return str(parents[0].id) if parents else None

    def changes(self, commit: Commit) -> dict[str, bytes | None]:
        """The files that the commit changed, as they are after it; None for what it removed."""
        if commit not in self._open():
            return {}
        made = self._open()[commit].peel(pygit2.Commit)
        files = self.files(commit)
        diff = made.parents[0].tree.diff_to_tree(made.tree) if made.parents else ()
        return {delta.new_file.path: files.read(delta.new_file.path) for delta in getattr(diff, "deltas", ())}

    def push_ref(self, ref: str, tip: Commit | None) -> GitResult:
        """Sets a ref of the deployment repository, whatever it was; None removes it."""
        return self._git(
            "push", "--porcelain", "--no-verify", "--force", "--", self._settings.repository, f"{tip or ''}:{ref}"
        )

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

    def log(self, form: str, paths: Sequence[str], most: int) -> str:
        """What `git log` tells of at most so many commits that changed one of these paths, the newest first."""
        if self.head is None:
            return ""
        result = self._git("log", *_NO_DRAFTS, f"--format={form}", f"--max-count={most}", self.head, "--", *paths)
        if result.code:
            raise self.unreachable(result)
        return result.stdout

    def pack(self) -> None:
        """Joins the packs that accumulated, every so often: each one more makes every look-up slower."""
        if self._packs_made >= _PACKS_TO_JOIN:
            self._packs_made = 0
            self._git("repack", "--quiet", "-d", "--geometric=2", "--no-write-bitmap-index")
            self._repository = None

    def is_sound(self, base: Commit | None, tip: Commit) -> bool:
        """True if everything from `base` to `tip` is on the disk."""
        if base and self._git("cat-file", "-e", f"{base}^{{tree}}").code:
            return False
        known = (f"^{base}",) if base else ()
        return not self._git("rev-list", "--objects", "--quiet", tip, *known).code

    def discard(self) -> None:
        """Throws the copy away; the next use makes a new one."""
        self._repository = None
        self._head = None
        self._is_known = False
        shutil.rmtree(self._slot.folder(), ignore_errors=True)

    def close(self) -> None:
        """Releases the copy for another process."""
        self._repository = None
        self._slot.release()

    def unreachable(self, result: GitResult) -> Retryable:
        """The message for an unusable answer."""
        where = mask(self._settings.repository)
        if not self._settings.repository.count(":") and not Path(where).exists():
            return Retryable(
                f"there is no deployment repository at {where}: set another one, or create it with `git init --bare "
                f"--initial-branch={self._settings.branch} {where}`",
                dependency="git",
            )
        return Retryable(
            f"the deployment repository {where} did not answer as expected: {result.complaint}. Check that it is "
            f"reachable, that its disk has room, and that this worker may write to branch {self._settings.branch}"
            f"{_ON_TIME_OUT if result.code == TIMED_OUT else ''}",
            dependency="git",
        )

    def _open(self) -> pygit2.Repository:
        if not self._is_known or (self._repository is None and not (self._slot.folder() / "HEAD").exists()):
            self.fetch()
        self._repository = self._repository or self._open_folder()
        return self._repository

    def _open_folder(self) -> pygit2.Repository:
        repository = pygit2.Repository(str(self._slot.folder()), pygit2.enums.RepositoryOpenFlag.BARE)
        if self._known is None and self._tracking in repository.references:
            self._known = str(repository.references[self._tracking].target)
        return repository

    def _require_no_branches(self) -> None:
        """An empty repository gets its first commit from us; one that has other branches is the wrong one."""
        listed = self._git("ls-remote", "--quiet", "--heads", "--", self._settings.repository)
        if listed.code:
            raise self.unreachable(listed)
        branches = [line.split("refs/heads/")[-1] for line in listed.stdout.splitlines()]
        if branches:
            raise Retryable(
                f"the deployment repository {mask(self._settings.repository)} has no branch {self._settings.branch}, "
                f"but {', '.join(branches[:5])}: create it there, or set NEPHORAN_GIT__BRANCH",
                dependency="git",
                delay_seconds=5,
            )

    def _require_known_history(self, found: Commit | None) -> None:
        """Checks that the repository still has the known history; one that was reset to an older state passes."""
        known, repository = self._known, self._repository
        if known is None or found == known or repository is None:
            return
        if found is not None and known in repository and repository.merge_base(known, found) is not None:
            return
        now = "is empty now" if found is None else f"has an unrelated one now, {found[:12]}"
        raise OnHold(
            f"the deployment repository {mask(self._settings.repository)} has lost its history: it held commit "
            f"{known[:12]}, and {now}. What was deployed, and the ledger of it, is gone from there. Restore "
            "it from a backup, or decide to continue with what is there; then `nephoran resume deploy`"
        )

    def _fetch(self) -> GitResult:
        self._create()
        ref = f"+{branch(self._settings.branch)}"
        began = time.perf_counter()
        is_first = self._known is None and self._head is None
        seconds = self._settings.clone_timeout_seconds if is_first else self._settings.push_timeout_seconds
        fetch = ("fetch", "--quiet", "--no-tags", "--no-auto-gc", "--", self._settings.repository, ref)
        result = self._git(*fetch, timeout_seconds=seconds)
        is_answered = result.code == 0 or _says_no_branch(result)
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
            if self._repository is None:
                self._remove_unfinished()
                self._repository = self._open_folder()
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
        self._head = self._known = commit
        if self._repository is not None:
            self._repository.references.create(self._tracking, commit, force=True)

    def _git(self, *arguments: str, stdin: bytes | None = None, timeout_seconds: float | None = None) -> GitResult:
        seconds = timeout_seconds or self._settings.push_timeout_seconds
        result = run_git(*arguments, timeout_seconds=seconds, folder=str(self._slot.folder()), stdin=stdin)
        if result.code == TIMED_OUT:
            self._remove_unfinished()
        return result

    def _remove_unfinished(self) -> None:
        """What a git that was killed had begun to write: each first fetch that is given up leaves all it received."""
        for unfinished in (self._slot.folder() / "objects").glob("*/tmp_*"):
            unfinished.unlink(missing_ok=True)


def unwritable(fault: Exception) -> Retryable:
    """The message for a copy that cannot be read or written although it was recreated."""
    return Retryable(
        f"the working copy cannot be read or written ({fault}): is the disk of the cache folder full?",
        dependency="git",
        delay_seconds=1,
    )


def _says_no_branch(result: GitResult) -> bool:
    return "couldn't find remote ref" in result.stderr
