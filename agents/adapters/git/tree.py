"""The files of a commit, read from the object store with no checkout."""

from collections.abc import Iterator

import pygit2


class TreeFiles:
    """The files of one commit; none where there is no commit yet."""

    def __init__(self, tree: pygit2.Tree | None) -> None:
        self._tree = tree
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

    def _find(self, path: str) -> pygit2.Object | None:
        """Step by step, for libgit2 says of a missing object what it says of a missing file."""
        found: pygit2.Object | None = self._tree
        for name in path.split("/"):
            if not isinstance(found, pygit2.Tree) or name not in found:
                return None
            found = found[name]
        return found


def _paths(tree: pygit2.Tree, folder: str) -> Iterator[str]:
    for entry in tree:
        path = f"{folder}/{entry.name}"
        if isinstance(entry, pygit2.Tree):
            yield from _paths(entry, path)
        else:
            yield path
