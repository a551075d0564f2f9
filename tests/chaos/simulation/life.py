"""A worker's process as far as it can die: its tasks are driven step by step, and killed or frozen at any await."""

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from typing import Any

Site = tuple[str, int]
"""A file and a line that awaits something."""


class Life:
    """Counts the awaits at which its tasks are suspended in `stages`, and dies at the one called `dies_at`.

    What is dead reaches nothing: who talks to the world asks for `is_dead` first. So its tasks may be cleared away
    like any others, although a process that is killed runs no `finally`.
    """

    def __init__(self, name: str, dies_at: int | None = None) -> None:
        self.name = name
        self.dies_at = dies_at
        self.suspensions = 0
        self.sites: list[tuple[Site, ...]] = []
        """The lines that were awaiting, outermost first, at each suspension."""
        self.is_dead = False
        self.died = asyncio.Event()
        self._may_run = asyncio.Event()
        self._may_run.set()
        self.tasks: set[asyncio.Task[Any]] = set()

    def die(self) -> None:
        """SIGKILL."""
        self.is_dead = True
        self.died.set()
        self._may_run.set()

    def freeze(self) -> None:
        """SIGSTOP."""
        self._may_run.clear()

    def thaw(self) -> None:
        """SIGCONT."""
        self._may_run.set()

    @property
    def is_frozen(self) -> bool:
        """Stopped, and unaware of it."""
        return not self._may_run.is_set()

    async def until_thawed(self) -> None:
        """Returns once it runs, or is dead."""
        await self._may_run.wait()

    def suspended(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """One of its tasks awaits something."""
        sites = _sites_of(coroutine)
        if not self.is_dead and any("/agents/" in file for file, _ in sites):
            self.suspensions += 1
            self.sites.append(sites)
            if self.suspensions == self.dies_at:
                self.die()

    async def bury(self) -> None:
        """Clear its tasks away."""
        while tasks := [task for task in self.tasks if not task.done()]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


LIFE: ContextVar[Life | None] = ContextVar("LIFE", default=None)


class _Driven:
    """A coroutine that goes on only while its process runs."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], life: Life) -> None:
        self._coroutine = coroutine
        self._life = life

    def __await__(self) -> Generator[Any, Any, Any]:
        send: Any = None
        throw: BaseException | None = None
        while True:
            try:
                if self._life.is_frozen:
                    yield from self._life.until_thawed().__await__()
            except asyncio.CancelledError as cancelled:
                throw = cancelled
            try:
                awaited = self._coroutine.throw(throw) if throw else self._coroutine.send(send)
            except StopIteration as end:
                return end.value
            self._life.suspended(self._coroutine)
            send, throw = None, None
            try:
                send = yield awaited
            except BaseException as error:
                throw = error


def make_task(loop: asyncio.AbstractEventLoop, coroutine: Any, context: Context | None = None) -> asyncio.Task[Any]:
    """A task factory: what a process begins belongs to it."""
    life = (context or copy_context()).get(LIFE)
    if life is None:
        return asyncio.Task(coroutine, loop=loop, context=context)

    async def drive() -> Any:
        return await _Driven(coroutine, life)

    task = asyncio.Task(drive(), loop=loop, context=context)
    life.tasks.add(task)
    task.add_done_callback(life.tasks.discard)
    return task


def _sites_of(coroutine: Any) -> tuple[Site, ...]:
    sites = []
    while coroutine is not None and hasattr(coroutine, "cr_frame") and coroutine.cr_frame is not None:
        sites.append((coroutine.cr_code.co_filename, coroutine.cr_frame.f_lineno))
        coroutine = coroutine.cr_await
    return tuple(sites)
