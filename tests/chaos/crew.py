"""The workers of a run: processes that come and go, and are killed, stopped and woken."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from pipeline.processes.child_process import ChildProcess
from pipeline.settings import Settings
from tests.chaos.counting_app import STORE_VARIABLE
from tests.chaos.proxy import Proxy

STOP_SECONDS = 20
PORTS_VARIABLE = "NEPHORAN_TEST_PORTS"
MOST_HIRED = 20


class Crew:
    """Worker processes of one flow, a log file each in `folder`."""

    def __init__(self, settings: Settings, flow: str, folder: Path, engine: str, faults: tuple[str, ...] = ()) -> None:
        self._folder = folder
        self._command = [sys.executable, "-m", "tests.chaos.worker_process", flow, *faults]
        self._environment = {
            **os.environ,
            "NEPHORAN_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
            "NEPHORAN_KAFKA__TOPIC_PREFIX": settings.kafka.topic_prefix,
            "NEPHORAN_KAFKA__PARTITIONS": str(settings.kafka.partitions),
            "NEPHORAN_GIT__REPOSITORY": settings.git.repository,
            "NEPHORAN_SIGNING__KEY_FILE": str(settings.signing.key_file),
            "NEPHORAN_ENGINE__KIND": engine,
            "NEPHORAN_METRICS__PORT": "0",
            "NEPHORAN_LOG__LEVEL": "warning",
            "NEPHORAN_LOG__FORM": "json",
            STORE_VARIABLE: str(folder / "effects.sqlite"),
        }
        self.workers: dict[int, ChildProcess] = {}
        self._brokers = [int(address.rpartition(":")[2]) for address in settings.kafka.bootstrap_servers.split(",")]
        self._ways: dict[int, Proxy] = {}
        self._hired = 0

    async def hire(self) -> int:
        """Start a worker; its process id. Raises: RuntimeError where they fall faster than anybody would wish."""
        self._hired += 1
        if self._hired > MOST_HIRED:
            raise RuntimeError(f"{MOST_HIRED} workers were started in one run; see the logs in {self._folder}")
        way = Proxy(self._brokers)
        environment = self._environment | {
            "NEPHORAN_GIT__CACHE": str(self._folder / f"git-{self._hired}"),
            PORTS_VARIABLE: json.dumps(await way.start()),
        }
        worker = ChildProcess(self._command, self._folder / f"worker-{self._hired}.log", environment)
        self.workers[worker.pid] = worker
        self._ways[worker.pid] = way
        return worker.pid

    def kill(self, worker: int) -> None:
        """SIGKILL: as a crash, or the machine."""
        self.workers.pop(worker).kill()

    def dismiss(self, worker: int) -> int | None:
        """SIGTERM, and its exit code once it has gone; None where it had to be killed."""
        process = self.workers.pop(worker)
        process.terminate()
        process.wait(STOP_SECONDS)
        code = process.exit_code
        process.kill()
        return code

    def freeze(self, worker: int) -> None:
        """SIGSTOP: alive, and unaware of the time that passes."""
        os.kill(worker, signal.SIGSTOP)

    def thaw(self, worker: int) -> None:
        """SIGCONT: a zombie that believes that nothing has happened."""
        os.kill(worker, signal.SIGCONT)

    def cut(self, worker: int) -> None:
        """It reaches no broker any more."""
        self._ways[worker].cut()

    def heal(self, worker: int) -> None:
        """It reaches them again."""
        self._ways[worker].heal()

    async def fallen(self) -> list[str]:
        """The ends of the logs of workers that ended by themselves, which are replaced."""
        ends = []
        for pid, worker in list(self.workers.items()):
            if worker.exit_code is not None:
                ends.append(f"worker {pid} ended with {worker.exit_code}: {worker.last_lines(3)}")
                del self.workers[pid]
                await self.hire()
        return ends

    async def dismiss_all(self) -> None:
        """End every worker."""
        await asyncio.to_thread(self._end_all)
        for way in self._ways.values():
            await way.stop()

    def _end_all(self) -> None:
        for worker in self.workers.values():
            worker.terminate()
        for worker in self.workers.values():
            worker.wait(STOP_SECONDS)
            worker.kill()
        self.workers = {}
