"""Plans carried out as commits of kpt packages in a Git repository, which Config Sync or Argo CD brings to the sites.

One commit an intent, with its ledger; changes that come within some milliseconds share a push. An intent is answered
after the push that carries it. One writer a repository in each process; writers in several processes are safe.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import pygit2

from agents.adapters.git.blueprint_source import BlueprintSource
from agents.adapters.git.blueprints import BlueprintNeeded
from agents.adapters.git.file_changes import FileChange, FilesOf
from agents.adapters.git.git_drafts import GitDrafts
from agents.adapters.git.package_tags import PackageTags
from agents.adapters.git.repository_check import check_repository
from agents.adapters.git.settings import GitSettings
from agents.adapters.git.site_watches import NoSites, Sites
from agents.adapters.git.target_values import Check
from agents.adapters.git.working_copy import WorkingCopy, unwritable
from agents.adapters.git.write_requests import CarryOut, Conclude, Preview, Request, Rules, Undo
from agents.adapters.git.writer import Answer, GroupWriter
from agents.domain.conclusion import Conclusion
from agents.domain.network_observer import NetworkObserver
from agents.domain.ports import Carried
from agents.domain.verdicts import Retryable
from schemas.bodies import DraftBranch, IntentPlanned, Observation, StepResult, Watch
from schemas.envelope import Intent

_Waiting = tuple[Request[Any], asyncio.Future[Any], float]
_T = TypeVar("_T")


def always() -> bool:
    """The fence of a worker that nobody can take over from."""
    return True


class GitDeploymentTarget:
    """The `DeploymentTarget` for Nephio. Opens nothing before the first plan; `close` finishes what is pending.

    `check` are the guardrails for values that only become known here; `fence` says whether this worker may still act;
    `observer` hears of every request to the repository; `sites` are the clusters where one can look.
    """

    def __init__(
        self,
        settings: GitSettings,
        check: Check,
        fence: Callable[[], bool] = always,
        observer: NetworkObserver | None = None,
        sites: Sites | None = None,
    ) -> None:
        self._settings = settings
        self._sites: Sites = sites or NoSites()
        self._copy = WorkingCopy(settings, observer)
        self._blueprints = BlueprintSource(settings.cache, settings.push_timeout_seconds)
        tags = PackageTags(self._copy)
        newest = tags.newest if settings.tags else None
        rules = Rules(check, settings.namespace, self._sites, self._blueprints, newest)
        self._drafts = GitDrafts(self._copy, rules)
        self._writer = GroupWriter(self._copy, rules, fence, tags)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="git-writer")
        self._waiting: deque[_Waiting] = deque()
        self._drain: asyncio.Task[None] | None = None
        self._last_push_ended = 0.0
        self._closing = asyncio.Event()

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        """Returns once the intent's commit is in the deployment repository. See the port for what it raises."""
        draft = planned.draft
        is_there = draft is not None and await self._healed(partial(self._drafts.still, draft))
        return await self._with_blueprints(CarryOut(intent, planned, draft if is_there else None))

    async def draft(self, intent: Intent, planned: IntentPlanned) -> DraftBranch | None:
        """See the port."""
        if not self._settings.drafts:
            return None
        while True:
            try:
                return await self._healed(partial(self._drafts.make, intent, planned))
            except BlueprintNeeded as needed:
                await self._blueprints.bring(needed.blueprint)

    async def withdraw(self, intent: Intent, draft: DraftBranch) -> bool:
        """See the port."""
        return await self._healed(partial(self._drafts.remove, intent, draft))

    async def undo(self, intent: Intent, original: str) -> Carried:
        """Takes the intent with the id `original` back on behalf of `intent`, once its commit is in the repository.

        Raises: Declined `conflict` where newer intents have touched the same, `infeasible` where there is nothing to
        undo; Retryable; Failed.
        """
        return await self.commit(Undo(intent, original))

    async def preview(self, intent: Intent, planned: IntentPlanned) -> tuple[StepResult, ...]:
        """See the port."""
        return await self._with_blueprints(Preview(intent, planned))

    async def file_changes(self, intent: Intent, planned: IntentPlanned) -> tuple[FileChange, ...]:
        """What the plan would change in the files of the packages; nothing is changed. Raises: as `carry_out`."""
        return await self._with_blueprints(FilesOf(intent, planned))

    async def observe(self, watch: Watch) -> Observation:
        """See the port."""
        return await self._sites.observe(watch.content)

    async def conclude(self, intent: Intent, end: Conclusion) -> Conclusion:
        """See the port."""
        return await self.commit(Conclude(intent, end))

    async def _with_blueprints(self, request: Request[_T]) -> _T:
        """Asks again once what was missing is at hand: others need not wait for somebody else's repository."""
        while True:
            try:
                return await self.commit(request)
            except BlueprintNeeded as needed:
                await self._blueprints.bring(needed.blueprint)

    async def commit(self, request: Request[_T]) -> _T:
        """The answer to any request, once what it changes is in the repository. Raises: what it raises, Retryable."""
        self._require_open()
        if len(self._waiting) >= self._settings.queue_limit:
            raise Retryable("too many changes wait for the deployment repository", dependency="git", delay_seconds=1)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_T] = loop.create_future()
        self._waiting.append((request, answer, loop.time()))
        if self._drain is None or self._drain.done():
            self._drain = loop.create_task(self._write_groups())
        return await answer

    async def check(self, *, writes: bool = False) -> str:
        """That the repository can be read and written, in words. Raises: Retryable that says what to put right; Failed
        where it refuses the ref that is written and removed where `writes`."""
        return await self._on_thread(partial(check_repository, self._copy, writes=writes))

    async def _healed(self, work: Callable[[], _T]) -> _T:
        """The result, from a new copy where the one there cannot be read or written."""

        def attempt() -> _T:
            try:
                return work()
            except (pygit2.GitError, OSError, KeyError):
                self._copy.discard()
            try:
                return work()
            except (pygit2.GitError, OSError, KeyError) as fault:
                raise unwritable(fault) from fault

        return await self._on_thread(attempt)

    async def _on_thread(self, work: Callable[[], _T]) -> _T:
        self._require_open()
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _require_open(self) -> None:
        if self._closing.is_set():
            raise Retryable("this worker is stopping", dependency="git")

    async def close(self) -> None:
        """Finishes what is pending; further plans are sent back."""
        if self._closing.is_set():
            return
        self._closing.set()
        if self._drain is not None:
            await self._drain
        await asyncio.get_running_loop().run_in_executor(self._thread, self._copy.close)
        await self._blueprints.close()
        self._thread.shutdown()

    async def _write_groups(self) -> None:
        while self._waiting:
            await self._let_others_join()
            group = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._settings.group_limit))]
            group = [waiting for waiting in group if not waiting[1].cancelled()]
            if not await self._write(group) and len(group) > 1:
                for waiting in group:
                    await self._write([waiting])
            self._last_push_ended = asyncio.get_running_loop().time()

    async def _let_others_join(self) -> None:
        gathering_since = max(self._waiting[0][2], self._last_push_ended)
        until = gathering_since + self._settings.group_window_seconds
        if len(self._waiting) < self._settings.group_limit:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await self._closing.wait()

    async def _write(self, group: list[_Waiting]) -> bool:
        """Writes and answers the group; False, unanswered, where one of several made the writer itself fail."""
        requests = [request for request, _, _ in group]
        written = asyncio.get_running_loop().run_in_executor(self._thread, self._writer.write, requests)
        await asyncio.wait([written])
        fault = written.exception()
        if fault is None:
            for (_, future, _), answer in zip(group, written.result(), strict=True):
                _give(future, answer)
        elif len(group) == 1:
            _give(group[0][1], fault)
        return fault is None


def _give(future: asyncio.Future[Any], answer: Answer | BaseException) -> None:
    if future.cancelled():
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
