"""A worker process under chaos: `python -m tests.chaos.worker_process FLOW [FAULT]`, settings from the environment.

FAULT is a deliberate fault of the guarantee, by which the check is proved: a run with one must be found out.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from aiokafka.conn import AIOKafkaConnection

from pipeline.app import App
from pipeline.flow import FLOW
from pipeline.kafka.acknowledgement import Acknowledged
from pipeline.kafka.lease import Lease
from pipeline.kafka.records import Record
from pipeline.kafka.stage import Stage
from pipeline.processes import event_loop
from pipeline.runtime.lanes import Lanes
from pipeline.runtime.offsets import OffsetTracker
from pipeline.runtime.runner import StageRunner
from pipeline.settings import Settings
from pipeline.telemetry.logs import start_logging
from pipeline.worker import Worker
from tests.chaos.counting_app import COUNTING_FLOW, CountingApp
from tests.chaos.crew import PORTS_VARIABLE

FLOWS: dict[str, tuple[tuple[Stage[Any], ...], type[App]]] = {
    "counting": (COUNTING_FLOW, CountingApp),
    "real": (FLOW, App),
}


def commit_ahead() -> None:
    """Commits past events in flight, as faust at concurrency > 1 does: a kill loses them."""
    OffsetTracker.committable = property(lambda self: self._next)  # type: ignore[assignment,method-assign]


def skip_ledger() -> None:
    """Acts without a look at what was done: a redelivered intent is done twice."""
    CountingApp.has_ledger = False


def no_fence() -> None:
    """Acts whatever its session: a frozen worker that wakes goes on with what it had begun."""
    Lease.is_held = True  # type: ignore[assignment,method-assign]


def ignore_keys() -> None:
    """Runs events of equal keys side by side: the later overtakes the earlier."""
    admit, process = Lanes.admit, StageRunner.process
    keys: dict[str, bytes | None] = {}

    def admit_free(self: Lanes, record: Record) -> None:
        keys[record.place] = record.key
        admit(self, record._replace(key=None))

    async def process_as_it_came(self: StageRunner, record: Record) -> Acknowledged:
        return await process(self, record._replace(key=keys[record.place]))

    Lanes.admit = admit_free  # type: ignore[method-assign]
    StageRunner.process = process_as_it_came  # type: ignore[method-assign]


FAULTS: dict[str, Callable[[], None]] = {
    "commit-ahead": commit_ahead,
    "skip-ledger": skip_ledger,
    "ignore-keys": ignore_keys,
    "no-fence": no_fence,
}


def go_by_proxy(ports: dict[str, int]) -> None:
    """Every connection to a broker takes the way that can be cut."""
    begin = AIOKafkaConnection.__init__

    def begin_by_proxy(self: AIOKafkaConnection, host: str, port: int, **arguments: Any) -> None:
        begin(self, host, ports.get(str(port), port), **arguments)

    AIOKafkaConnection.__init__ = begin_by_proxy


async def work(flow_name: str) -> None:
    """Run all stages of the flow until SIGTERM."""
    flow, app = FLOWS[flow_name]
    worker = Worker(Settings(), [stage.name for stage in flow], flow, app)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    await worker.run()


if __name__ == "__main__":
    for fault in sys.argv[2:]:
        FAULTS[fault]()
    go_by_proxy(json.loads(os.environ[PORTS_VARIABLE]))
    start_logging(Settings().log)
    event_loop.run(work(sys.argv[1]))
