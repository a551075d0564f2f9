"""Changes of many intents → successive commits → one push. For one thread.

Everything is built on the newest commit known and pushed by compare-and-set: if somebody else was faster, all of it is
rebuilt from scratch on top of their commit, ledger rules included. Nothing is answered before the push that carries it,
and nothing is declined or called done on an unverified state: a repository can be reset.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pygit2

from agents.adapters.git.command import GitResult
from agents.adapters.git.fast_import import Draft
from agents.adapters.git.files import Staged
from agents.adapters.git.ledger import without_ledger
from agents.adapters.git.package_tags import PackageTags
from agents.adapters.git.push_result import Pushed
from agents.adapters.git.ref_updates import RefUpdate, branch, tag
from agents.adapters.git.working_copy import Commit, WorkingCopy, unwritable
from agents.adapters.git.write_requests import Request, Rules, Staging
from agents.domain.verdicts import Declined, Failed, OnHold, Rejected, Retryable

_ATTEMPTS = 20
_STANDSTILLS = 8
"""Pushes in a row that fail although the branch has not moved: 0.7 s for somebody to release a lock."""
_PATIENCE_WITH_TAGS = 2
"""After so many of them the branch is pushed alone: a tag may be taken that the repository does not show."""
_SEARCHED_COMMITS = 20_000
"""How far back the commit of a repeated intent is searched for: 0.2 s of walking."""

Verdict = Declined | Failed | Rejected | Retryable | OnHold
Answer = Any
"""What the request answers, or a `Verdict`."""


@dataclass(frozen=True)
class _Built:
    staging: Staging[Any]
    draft: int | None
    commit: Commit | None = None

    @property
    def following(self) -> Iterator[RefUpdate]:
        """What follows its commit."""
        if self.commit is not None:
            yield from (tag(revision, self.commit) for revision in self.staging.revisions)
        if (draft := self.staging.draft) is not None:
            yield RefUpdate(branch(draft.branch), None, was=draft.commit)


_Outcome = _Built | Verdict


class GroupWriter:
    """Writes groups of requests. `fence` is asked right before every push whether this worker may still act."""

    def __init__(self, copy: WorkingCopy, rules: Rules, fence: Callable[[], bool], tags: PackageTags) -> None:
        self._copy = copy
        self._rules = rules
        self._fence = fence
        self._tags = tags

    def write(self, requests: Sequence[Request[Any]]) -> list[Answer]:
        """One answer for each request, in their order."""
        order = sorted(range(len(requests)), key=lambda at: requests[at].intent.order)
        answers = self._write_splitting([requests[at] for at in order])
        self._copy.pack()
        return [answer for _, answer in sorted(zip(order, answers, strict=True), key=lambda pair: pair[0])]

    def _write_splitting(self, requests: Sequence[Request[Any]]) -> list[Answer]:
        """Halves a group that the repository refuses until it is clear which change is refused."""
        try:
            return self._write_healing(requests)
        except _Refused as refusal:
            if len(requests) == 1:
                return [refusal.verdict]
            middle = len(requests) // 2
            return self._write_splitting(requests[:middle]) + self._write_splitting(requests[middle:])
        except (Retryable, OnHold) as verdict:
            return [verdict for _ in requests]

    def _write_healing(self, requests: Sequence[Request[Any]]) -> list[Answer]:
        """Writes the group; a copy that cannot be read or written is recreated, once."""
        try:
            return self._compare_and_set(requests)
        except OnHold:
            self._copy.accept_history()  # whoever lets these requests be tried again has decided to go on
            raise
        except (pygit2.GitError, OSError, KeyError):
            self._copy.discard()
        try:
            return self._compare_and_set(requests)
        except (pygit2.GitError, OSError) as fault:
            raise unwritable(fault) from fault

    def _compare_and_set(self, requests: Sequence[Request[Any]]) -> list[Answer]:
        is_fresh = False
        standstills = 0
        for _ in range(_ATTEMPTS):
            base = self._copy.head
            tip, outcomes = self._build(base, requests)
            if tip is None or tip == base:
                if is_fresh:
                    return self._answers(outcomes)
            elif self._push(base, tip, outcomes if standstills < _PATIENCE_WITH_TAGS else ()):
                return self._answers(outcomes)
            found = self._copy.fetch()
            is_fresh = True
            if tip is not None and tip != base and self._copy.holds(tip):
                return self._answers(outcomes)
            standstills = standstills + 1 if found == base and tip != base else 0
            if standstills == _STANDSTILLS:
                break
            time.sleep(0.02 * standstills)
        raise Retryable(
            "the deployment repository accepts no push: others push faster, or a stale lock file (*.lock) is in it",
            dependency="git",
        )

    def _push(self, base: Commit | None, tip: Commit, outcomes: Sequence[_Outcome]) -> bool:
        """True where the branch has moved from `base` to `tip`, False where it is worth building again."""
        if not self._fence():
            message = "this worker may no longer act: its session may be over, and another worker carries on"
            raise Retryable(message, dependency="kafka", delay_seconds=1, was_tried=False)
        following = [each for built in outcomes if isinstance(built, _Built) for each in built.following]
        pushed, result = self._copy.push(base, tip, [*following, *self._tags.owed()] if outcomes else ())
        if pushed is Pushed.OVERTAKEN and "already exists" in result.stdout:
            self._tags.forget()
        if pushed is Pushed.REFUSED:
            raise _Refused(result)
        if pushed is Pushed.UNREACHABLE:
            if self._copy.is_sound(base, tip):
                raise self._copy.unreachable(result)
            self._copy.discard()
        return pushed is Pushed.ACCEPTED

    def _build(self, base: Commit | None, requests: Sequence[Request[Any]]) -> tuple[Commit | None, list[_Outcome]]:
        files = Staged(self._copy.files(base))
        outcomes: list[_Outcome] = []
        drafts: list[Draft] = []
        for request in requests:
            mine = Staged(files)
            try:
                staging = request.stage(mine, self._rules)
            except (Declined, Failed, Rejected, Retryable) as verdict:
                outcomes.append(verdict)
                continue
            if staging.message is None:
                outcomes.append(_Built(staging, None))
                continue
            drafts.append(Draft(mine.changes, staging.message, self._merged(staging, mine)))
            files.absorb(mine)
            outcomes.append(_Built(staging, len(drafts) - 1))
        if not drafts:
            return base, outcomes
        commits = self._copy.write(base, drafts)
        return commits[-1], [_with_commit(outcome, commits) for outcome in outcomes]

    def _answers(self, outcomes: Sequence[_Outcome]) -> list[Answer]:
        found = [self._found(outcome) if isinstance(outcome, _Built) else outcome for outcome in outcomes]
        self._tags.mend(
            each for built in found if isinstance(built, _Built) and built.draft is None for each in built.following
        )
        return [built.staging.answer(built.commit) if isinstance(built, _Built) else built for built in found]

    def _found(self, built: _Built) -> _Built:
        """With the commit that carried it out before, where there was nothing to commit."""
        if built.commit is None and built.staging.trailer:
            return replace(built, commit=self._copy.find(built.staging.trailer, _SEARCHED_COMMITS))
        return built

    def _merged(self, staging: Staging[Any], mine: Staged) -> Commit | None:
        """The draft that people looked at, where it makes this very change."""
        if staging.draft is None:
            return None
        is_same = self._copy.changes(staging.draft.commit) == without_ledger(mine.changes)
        return staging.draft.commit if is_same else None


class _Refused(Exception):
    """The repository refused what was pushed."""

    def __init__(self, result: GitResult) -> None:
        self.verdict = Failed(
            "refused_by_repository",
            f"the deployment repository refused the change, and none of it was done: {result.complaint}",
        )


def _with_commit(outcome: _Outcome, commits: Sequence[Commit]) -> _Outcome:
    if isinstance(outcome, _Built) and outcome.draft is not None:
        return replace(outcome, commit=commits[outcome.draft])
    return outcome
