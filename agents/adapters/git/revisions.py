"""Revisions of packages: a number for each change that an intent makes, and its tag `site/object/vN`, as in Porch.

The number is in the commit that makes the change: a tag that is missing can be made at any time, and only there.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from agents.adapters.git.apply_plan import Work
from agents.adapters.git.commit_messages import REVISION_TRAILER
from agents.adapters.git.files import Staged
from agents.adapters.git.ledger import read_object, write_intent, write_object
from agents.adapters.git.undo import wish_of

Newest = Callable[[str], int]
"""The highest number among the tags of the package at `site/object`, whoever made them; 0 where there are none."""
_TAG = re.compile(r"refs/tags/(?P<package>[^/]+/[^/]+)/v(?P<number>[1-9][0-9]{0,8})")
_TRAILERS = re.compile(rf"^{REVISION_TRAILER}: (\S+)$", re.MULTILINE)


def revised(files: Staged, work: Work, newest: Newest | None) -> Work:
    """The work with a number for every package that it has changed and not removed. Stages the numbers."""
    if newest is None or work.is_repeated:
        return work
    made: list[str] = []
    changed = {f"{step.site}/{step.object}": step for step in work.record.steps if step.outcome == "done"}
    for package, step in changed.items():
        if not files.list(package):
            continue
        wish = wish_of(step)
        ledger = read_object(files, wish)
        number = max(ledger.revision or 0, newest(package)) + 1
        write_object(files, wish, ledger.model_copy(update={"revision": number}))
        made.append(f"{package}/v{number}")
    record = work.record.model_copy(update={"revisions": tuple(made)})
    write_intent(files, record)
    return replace(work, record=record)


def highest(refs: Iterable[str]) -> dict[str, int]:
    """By package, of all refs that are tags of packages."""
    numbers: dict[str, int] = {}
    for ref in refs:
        if found := _TAG.fullmatch(ref):
            package = found["package"]
            numbers[package] = max(numbers.get(package, 0), int(found["number"]))
    return numbers


def named_in(message: str) -> Iterator[str]:
    """The revisions that a commit says it makes."""
    return (found[1] for found in _TRAILERS.finditer(message))
