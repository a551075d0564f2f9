"""The files of a commit, read from the object store with no checkout."""

from collections.abc import Iterator
from itertools import islice

import pygit2

from agents.adapters.git.commit_messages import DRAFT_TRAILER, ID_TRAILER

_SEARCHED_COMMITS = 20_000
"""How far back people's changes are searched for: 0.2 s of walking."""


class TreeFiles:
    """The files of one commit; none where there is no commit yet."""

    def __init__(self, repository: pygit2.Repository, commit: str | None) -> None:
        self._repository = repository
        self._commit = repository[commit].peel(pygit2.Commit) if commit else None
        self._tree = self._commit.tree if self._commit else None
        self._contents: dict[str, bytes | None] = {}

    def read(self, path: str) -> bytes | None:
        """The content, or None where there is no such file."""
        if path not in self._contents:  # one change reads the same file several times
            found = self._find(path)
            self._contents[path] = found.data if isinstance(found, pygit2.Blob) else None
        return self._contents[path]

    def list(self, folder: str) -> Iterator[str]:
        """The paths of all files in `folder` and below it."""
        found = self._find(folder)
        if isinstance(found, pygit2.Tree):
            yield from _paths(found, folder)

    def changed_by_people_ms(self, folder: str) -> int | None:
        """When the newest commit without our trailer that changed `folder` was made; None far back in the history."""
        if self._commit is None:
            return None
        for commit in islice(self._repository.walk(self._commit.id), _SEARCHED_COMMITS):
            before = commit.parents[0].tree if commit.parents else None
            is_changed = _id_of(commit.tree, folder) != _id_of(before, folder)
            if is_changed and not _is_ours(commit):
                return int(commit.commit_time) * 1_000
        return None

    def _find(self, path: str) -> pygit2.Object | None:
        """Step by step, for libgit2 says of a missing object what it says of a missing file."""
        return _find(self._tree, path)


def _find(tree: pygit2.Tree | None, path: str) -> pygit2.Object | None:
    found: pygit2.Object | None = tree
    for name in path.split("/"):
        if not isinstance(found, pygit2.Tree) or name not in found:
            return None
        found = found[name]
    return found


def _id_of(tree: pygit2.Tree | None, path: str) -> pygit2.Oid | None:
    found = _find(tree, path)
    return found.id if found else None


def _is_ours(commit: pygit2.Commit) -> bool:
    return any(f"\n{trailer}: " in commit.message for trailer in (ID_TRAILER, DRAFT_TRAILER))


def _paths(tree: pygit2.Tree, folder: str) -> Iterator[str]:
    for entry in tree:
        path = f"{folder}/{entry.name}"
        if isinstance(entry, pygit2.Tree):
            yield from _paths(entry, path)
        else:
            yield path
