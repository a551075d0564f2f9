"""The outcome of a push, from git's machine-readable answer (`git push --porcelain`)."""

from enum import Enum, auto

from agents.adapters.git.command import GitResult


class Pushed(Enum):
    """The outcomes of a push."""

    ACCEPTED = auto()
    OVERTAKEN = auto()
    """The branch is not where it was: somebody else pushed."""
    REFUSED = auto()
    """A hook or a branch rule of the repository does not want these commits."""
    UNREACHABLE = auto()
    """Nothing was said about the commits themselves: the network, the rights, the disk, or our own copy."""


_OVERTAKEN = (
    *("stale info", "fetch first", "non-fast-forward", "incorrect old value", "reference already exists"),
    *("failed to update ref", "failed to lock", "cannot lock ref", "remote ref updated since checkout"),
)
_REFUSED = ("hook declined", "push declined due to")
_NOT_ALLOWED = "protected branch"
"""The branch accepts nothing from us at all: for an operator to correct, not for the requester."""


def read_push(result: GitResult, ref: str = "") -> Pushed:
    """The outcome of `git push --porcelain` for its one ref, or for `ref` of several."""
    if result.code == 0:
        return Pushed.ACCEPTED
    lines = (line for line in result.stdout.splitlines() if line.startswith("!") and f":{ref}" in line)
    status = next(lines, "").lower()
    if any(sign in status for sign in _OVERTAKEN):
        return Pushed.OVERTAKEN
    if any(sign in status for sign in _REFUSED) and _NOT_ALLOWED not in status:
        return Pushed.REFUSED
    return Pushed.UNREACHABLE
