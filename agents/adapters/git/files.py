"""A folder of files as the rules see it, and changes to it that are not yet written anywhere."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol


class Files(Protocol):
    """Files by their path from the root, such as `tokyo-1/amf/Kptfile`."""

    def read(self, path: str) -> bytes | None:
        """The content, or None where there is no such file."""

    def list(self, folder: str) -> Iterable[str]:
        """The paths of all files in `folder` and below it."""

    def changed_by_people_ms(self, folder: str) -> int | None:
        """When anybody but us last changed something in `folder` (Unix time); None where that is not known."""


class Staged:
    """Files with changes on top. The files below stay as they are."""

    def __init__(self, below: Files) -> None:
        self._below = below
        self._changes: dict[str, bytes | None] = {}

    @property
    def changes(self) -> Mapping[str, bytes | None]:
        """What was written, and None for what was removed, by path."""
        return self._changes

    def read(self, path: str) -> bytes | None:
        """The content with the changes, or None where there is no such file."""
        return self._changes[path] if path in self._changes else self._below.read(path)

    def list(self, folder: str) -> list[str]:
        """The paths of all files in `folder` and below it, with the changes, sorted."""
        changed = {path: content for path, content in self._changes.items() if path.startswith(f"{folder}/")}
        kept = set(self._below.list(folder)) - changed.keys()
        return sorted(kept | {path for path, content in changed.items() if content is not None})

    def changed_by_people_ms(self, folder: str) -> int | None:
        """As of the files below: changes on top are ours."""
        return self._below.changed_by_people_ms(folder)

    def write(self, path: str, content: bytes) -> None:
        """Writes one file; writing what is there already is no change."""
        if self.read(path) != content:
            self._changes[path] = content

    def absorb(self, above: "Staged") -> None:
        """Takes over the changes that lie on top of these."""
        self._changes.update(above.changes)

    def remove(self, path: str) -> None:
        """Removes one file, or whatever else lies at the path."""
        self._changes[path] = None


class InMemoryFiles:
    """Files in a dictionary by path."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        """The content, or None where there is no such file."""
        return self._files.get(path)

    def list(self, folder: str) -> Iterator[str]:
        """The paths of all files in `folder` and below it."""
        return (path for path in self._files if path.startswith(f"{folder}/"))

    def changed_by_people_ms(self, folder: str) -> int | None:
        """There is no history."""
        return None
