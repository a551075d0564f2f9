"""A chain of no-op stages in a process of its own: what the benchmarks measure of our engines.

`python -m tests.bench.hop BOOTSTRAP SOURCE TARGET [TARGET …] --engine fast --load engine`. The load `engine` decodes
the request, keeps the lanes and offsets, counts, times and traces, and publishes one record. `stage` is the whole of a
stage as it runs in production: it also identifies the intent, signs its result, and publishes a status beside it.
"""

import argparse
import asyncio
import signal
import time
from functools import partial
from itertools import pairwise
from typing import Any

from pipeline.engines.contract import Engine
from pipeline.engines.opening import open_engine
from pipeline.engines.settings import EngineSettings
from pipeline.kafka.producer import Publisher
from pipeline.kafka.records import Outgoing, Record
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EVENT_TYPES, EventReader, EventWriter
from pipeline.kafka.stage import Emission, Stage
from pipeline.processes import event_loop
from pipeline.processes.gc_tuning import settle_garbage_collector
from pipeline.runtime.lanes import LaneSettings, Process
from pipeline.runtime.partitions import Partitions
from pipeline.runtime.received_ids import ReceivedIds
from pipeline.runtime.record_readers import RequestReader, StageEventReader, read_events, read_requests
from pipeline.runtime.runner import StageRunner
from pipeline.telemetry.logs import LogSettings, start_logging
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.stage_meter import StageMeter
from pipeline.telemetry.tracing import TracingSettings, processing, start_tracing, trace_headers
from schemas.bodies import IntentReceived
from schemas.envelope import Intent
from schemas.status import State
from schemas.topics import Topic

RECEIVED_MS = "nephoran-received-ms"
"""The header that says when the request was appended, which every stage passes on."""
STUCK = "stuck"


class Work:
    """What a stage does that does nothing, for as long as it is told to."""

    def __init__(self, seconds: float, stuck_seconds: float) -> None:
        self._seconds = seconds
        self._stuck_seconds = stuck_seconds

    async def __call__(self, body: IntentReceived, intent: Intent) -> IntentReceived:
        seconds = self._stuck_seconds if body.intent.startswith(STUCK) else self._seconds
        if seconds:
            await asyncio.sleep(seconds)
        return body


class PlainStage:
    """A stage without its envelope: decodes, counts, times, traces, and passes the record on as it came."""

    def __init__(self, stage: Stage[Any], target: str, publisher: Publisher, metrics: Metrics) -> None:
        self._stage = stage
        self._target = target
        self._publisher = publisher
        self._meter = StageMeter(metrics, stage.name)

    async def process(self, record: Record) -> asyncio.Future[Any]:
        """Pass one record on."""
        began = time.perf_counter()
        self._meter.begun(max(0.0, time.time() - record.timestamp_ms / 1_000))
        with processing(self._stage, record):
            IntentReceived.model_validate_json(record.value or b"")
            received = record.header(RECEIVED_MS) or str(record.timestamp_ms).encode()
            headers = (*trace_headers(), (RECEIVED_MS, received))
            sent = self._publisher.publish([Outgoing(self._target, record.key, record.value, headers)])
            sent.add_done_callback(partial(self._ended, began))
        return sent

    def _ended(self, began: float, _: asyncio.Future[Any]) -> None:
        self._meter.ended("parsed", "", time.perf_counter() - began)


class Chain:
    """The stages of one process."""

    def __init__(self, arguments: argparse.Namespace, publisher: Publisher) -> None:
        self._arguments = arguments
        self._publisher = publisher
        self._metrics = Metrics()
        self._keyring = Keyring((b"of this benchmark alone",))
        self.partitions: list[Partitions] = []
        self.engines: list[Engine] = []
        for number, (source, target) in enumerate(pairwise(arguments.topics)):
            self._add(
                Partitions(self._process_of(source, target, is_first=number == 0), LaneSettings()), source, target
            )

    def _add(self, partitions: Partitions, source: str, target: str) -> None:
        kafka = KafkaSettings(bootstrap_servers=self._arguments.bootstrap)
        engine = open_engine(source, f"{target}-hop", partitions, kafka, EngineSettings(kind=self._arguments.engine))
        partitions.attach(engine)
        self.partitions.append(partitions)
        self.engines.append(engine)

    def _process_of(self, source: str, target: str, *, is_first: bool) -> Process:
        def route(intent: Intent, body: IntentReceived) -> Emission:
            return Emission(Topic(target), f"target-{intent.order.offset % 1_000}", body, State.PARSED)

        work = Work(self._arguments.work_ms / 1_000, self._arguments.stuck_seconds)
        read = read_requests if is_first else read_events
        stage = Stage(name=source, reads=Topic(source), reader=read, agent=lambda app: work, route=route)
        if self._arguments.load == "engine":
            return PlainStage(stage, target, self._publisher, self._metrics).process
        reader = EventReader(self._keyring)
        opener = (
            RequestReader(reader, ReceivedIds(reader)) if is_first else StageEventReader(reader, source, IntentReceived)
        )
        writer = EventWriter(self._keyring, source)
        return StageRunner(stage, work, opener, writer, self._publisher.publish, self._metrics).process


async def run(arguments: argparse.Namespace) -> None:
    """Until SIGTERM."""
    publisher = Publisher(KafkaSettings(bootstrap_servers=arguments.bootstrap))
    await publisher.start()
    chain = Chain(arguments, publisher)
    settle_garbage_collector()
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    stopped = asyncio.create_task(stopping.wait())
    engines = [asyncio.create_task(engine.run()) for engine in chain.engines]
    failures = [partitions.failed for partitions in chain.partitions]
    done, _ = await asyncio.wait({stopped, *engines, *failures}, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*(engine.stop() for engine in chain.engines))
    await publisher.stop()
    for ended in done - {stopped}:
        ended.result()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("bootstrap")
    parser.add_argument("topics", nargs="+")
    parser.add_argument("--engine", choices=("fast", "faust"), required=True)
    parser.add_argument("--load", choices=("engine", "stage"), default="engine")
    parser.add_argument("--traces", required=True, help="where spans go")
    parser.add_argument("--work-ms", type=float, default=0.0, help="what a whole stage waits for, per event")
    parser.add_argument("--stuck-seconds", type=float, default=0.0, help="what it waits for where the text is `stuck`")
    parser.add_argument("--profile", help="write the profile of the run to this file")
    arguments = parser.parse_args()
    EVENT_TYPES[IntentReceived] = "nephoran.intent.received.v1"
    start_logging(LogSettings(level="warning"))
    start_tracing(TracingSettings(endpoint=arguments.traces, sample_ratio=0.01))
    if arguments.profile:
        import cProfile

        with cProfile.Profile() as profile:
            event_loop.run(run(arguments))
        profile.dump_stats(arguments.profile)
    else:
        event_loop.run(run(arguments))


if __name__ == "__main__":
    main()
