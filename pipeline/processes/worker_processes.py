"""Several worker processes on one machine: started, replaced when they crash, stopped together."""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

import structlog
from pydantic import BaseModel, ConfigDict, Field

from pipeline.processes.child_process import tied_to_us

log = structlog.get_logger()
WRONG_USAGE = 2
FALLS_COUNT_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.5
KILL_MARGIN_SECONDS = 3.0
"""A worker ends itself within its time; one that cannot even do that is killed so much later."""


class RunSettings(BaseModel):
    """How workers stop, and how often they may crash."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stop_seconds: float = Field(25.0, gt=0)
    """How long a worker may take to stop. Below the 30 s after which Kubernetes kills it, above the 3 s in which the
    lanes drain plus a push under way. What is unfinished by then is redelivered to others."""
    overdue_seconds: float = Field(900.0, gt=0)
    """An intent that is in progress for longer counts as overdue. Above any retry and a circuit's usual outage; intents
    that wait for people or provisioning are not in progress."""
    falls: int = Field(5, ge=1)
    """This many crashes of one process within a minute stop them all: another restart would not help."""


class Processes:
    """`count` processes of one command; number n has what `environments[n]` adds to our own variables."""

    def __init__(
        self, command: Sequence[str], environments: Sequence[Mapping[str, str]], settings: RunSettings
    ) -> None:
        self._command = command
        self._environments = environments
        self._settings = settings
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()
        self._exit_code = 0

    async def run(self) -> int:
        """Keep them running until `stop`, or until one crashes too often. The exit code: 0, or that process's."""
        keeping = [asyncio.create_task(self._keep(number)) for number in range(len(self._environments))]
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([stopping, *keeping], return_when=asyncio.FIRST_COMPLETED)
        self.stop()  # also where one of the keepers broke
        for process in self._running.values():
            with suppress(ProcessLookupError):  # it has just ended by itself
                process.terminate()
        _, late = await asyncio.wait(keeping, timeout=self._settings.stop_seconds + KILL_MARGIN_SECONDS)
        if late:
            log.error("worker processes did not stop in time and are being killed", count=len(late))
            self._exit_code = self._exit_code or 1
            for process in self._running.values():
                with suppress(ProcessLookupError):
                    process.kill()
        await asyncio.gather(*keeping)
        return self._exit_code

    def stop(self) -> None:
        """Tell all to end their work."""
        self._stopping.set()

    async def _keep(self, number: int) -> None:
        falls: list[float] = []
        while not self._stopping.is_set():
            code = await self._run_once(number)
            if self._stopping.is_set():
                self._exit_code = self._exit_code or max(code, 0)
                return
            now = time.monotonic()
            falls = [*(fall for fall in falls if now - fall < FALLS_COUNT_SECONDS), now]
            if code == WRONG_USAGE or len(falls) == self._settings.falls:
                log.error("worker process keeps dying, all are being stopped", process=number, code=code)
                self._exit_code = code if code > 0 else 1
                return self.stop()
            log.error("worker process died, another takes its place", process=number, code=code)
            await self._pause(FIRST_PAUSE_SECONDS * 2 ** (len(falls) - 1))

    async def _run_once(self, number: int) -> int:
        process = self._running[number] = await asyncio.create_subprocess_exec(
            *tied_to_us(self._command), env={**os.environ, **self._environments[number]}
        )
        if self._stopping.is_set():
            process.terminate()
        code = await process.wait()
        del self._running[number]
        return code

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
