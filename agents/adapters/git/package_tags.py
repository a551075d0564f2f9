"""The tags of packages in the deployment repository: which numbers are taken, and which tags are still to be made."""

from collections.abc import Iterable

from agents.adapters.git.ref_updates import RefUpdate, tag
from agents.adapters.git.revisions import highest, named_in
from agents.adapters.git.working_copy import WorkingCopy

_MENDED_COMMITS = 1_000
"""How far back a tag that is missing is made: what a worker may have left behind, not the history from before tags."""


class PackageTags:
    """As the repository has them, asked once a process; our own numbers are in the ledger."""

    def __init__(self, copy: WorkingCopy) -> None:
        self._copy = copy
        self._highest: dict[str, int] | None = None
        self._owed: list[RefUpdate] = []

    def newest(self, package: str) -> int:
        """The highest number among the package's tags. Raises: Retryable."""
        if self._highest is None:
            refs = self._copy.tags()
            named = (
                (revision, commit)
                for commit, message in self._copy.newest(_MENDED_COMMITS)
                for revision in named_in(message)
            )
            owed = (tag(revision, commit) for revision, commit in named)
            self._owed = [each for each in owed if each.ref not in refs]
            self._highest = highest(refs)
        return self._highest.get(package, 0)

    def forget(self) -> None:
        """Asks again: somebody else has pushed."""
        self._highest = None

    def mend(self, updates: Iterable[RefUpdate]) -> None:
        """Makes up for what an earlier attempt may not have come to. Raises: Retryable."""
        if owed := list(updates):
            refs = self._copy.tags()
            self._copy.push_refs([each for each in owed if each.ref not in refs])

    def owed(self) -> list[RefUpdate]:
        """The tags that commits name and the repository lacks, told once."""
        owed, self._owed = self._owed, []
        return owed
