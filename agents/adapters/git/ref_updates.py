"""Refs that follow a change of the branch: tags of what was published, drafts that are over. Nobody waits for them."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class RefUpdate:
    """A ref to be set to the commit `to`, or removed where that is None.

    `was` is what it must hold until then; without it a ref that is there already is left as it is.
    """

    ref: str
    to: str | None
    was: str | None = None

    @property
    def refspec(self) -> str:
        """As `git push` takes it."""
        return f"{self.to or ''}:{self.ref}"

    @property
    def leases(self) -> Iterator[str]:
        """What makes the push a compare-and-set."""
        if self.was is not None:
            yield f"--force-with-lease={self.ref}:{self.was}"


def tag(revision: str, commit: str) -> RefUpdate:
    """The tag of a package's revision."""
    return RefUpdate(f"refs/tags/{revision}", commit)


def branch(name: str) -> str:
    """The ref of a branch."""
    return f"refs/heads/{name}"
