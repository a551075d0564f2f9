"""What metrics and traces cost an event: the same events with and without, by turns, in processor time.

Processor time of the whole process: it counts the exporter's thread too, and does not count what others run here.
"""

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from opentelemetry import trace

from agents.domain.ports import Carried
from pipeline.flow import FLOW
from pipeline.kafka.records import Outgoing, Record
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventWriter
from pipeline.kafka.stage import Emission, Stage
from pipeline.runtime.runner import StageRunner
from pipeline.telemetry.logs import LogSettings, start_logging
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.stage_meter import StageMeter
from pipeline.telemetry.tracing import TracingSettings, processing, sending, start_tracing, trace_headers
from schemas.bodies import IntentDeployed
from schemas.envelope import Intent, Order
from schemas.status import State
from schemas.topics import DEPLOYED
from tests.bench.measurements import write_part
from tests.bench.span_sink import span_sink

DEPLOY = next(stage for stage in FLOW if stage.name == "deploy")
EVENTS = 1_000
"""A turn. All of them sampled make 2,000 spans, which the exporter's queue of 2,048 still takes."""
ROUNDS = 21
METRICS_MICROSECONDS, TRACING_MICROSECONDS = 6.0, 20.0
"""What an event may cost at most."""
AGE_MS = 50
"""How long ago the events of a turn were appended: a histogram looks through its buckets from below."""
INTENT_ID = "7b0f6a52-6f1b-5a86-a0bb-0c5f3c1f1d11"

Turn = Callable[[], None]
Prepare = Callable[[], Turn]
"""Makes ready what a turn needs, unmeasured."""


class _Opens:
    """Opens every record as the same new intent's, at no cost."""

    intent: Intent

    def anonymous(self, record: Record) -> Intent | None:
        return None

    async def identify(self, record: Record) -> Intent:
        return self.intent

    def read(self, record: Record, intent: Intent) -> tuple[Any, Intent]:
        return None, intent


class _SilentMeter(StageMeter):
    """Counts nothing."""

    def begun(self, queued_seconds: float) -> None:
        pass

    def ended(self, outcome: str, reason: str, seconds: float) -> None:
        pass

    def answered(self, outcome: str, priority: str, seconds: float) -> None:
        pass

    def carried_out(self, *, is_failed: bool) -> None:
        pass


class _UnmeasuredRunner(StageRunner):
    """The runner without metrics."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._meter = _SilentMeter(Metrics(), self.stage.name)


def runner_of(kind: type[StageRunner], opens: _Opens, state: State) -> StageRunner:
    """A stage whose agent costs nothing, and whose events end in this state."""
    carried = Carried(IntentDeployed(expectations=(), results=()))

    async def agent(body: Any, intent: Intent) -> Carried:
        return carried

    def publish(records: Sequence[Outgoing]) -> asyncio.Future[Any]:
        acknowledged = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged

    def route(intent: Intent, result: Carried) -> Emission:
        return emission

    emission = Emission(DEPLOYED, "tokyo-1/amf", carried.deployed, state)
    stage: Stage[Carried] = replace(DEPLOY, route=route)
    return kind(stage, agent, opens, EventWriter(Keyring((b"key",)), "bench"), publish, Metrics())


def records(appended_ms: int, sampled_every: int = 0) -> list[Record]:
    """Events, one in so many of a sampled trace."""
    return [
        _record(number, appended_ms, is_sampled=bool(sampled_every) and number % sampled_every == 0)
        for number in range(EVENTS)
    ]


def _record(number: int, appended_ms: int, *, is_sampled: bool) -> Record:
    parent = f"00-{number + 1:032x}-{number + 1:016x}-0{int(is_sampled)}"
    headers = tuple((f"ce_{name}", b"value") for name in ("id", "source", "type", "time", "subject", "specversion"))
    return Record(
        DEPLOY.reads.name, 0, number, appended_ms, b"key", b"{}", (*headers, ("traceparent", parent.encode()))
    )


def traced(events: list[Record]) -> None:
    """What a stage does about traces for each event."""
    acknowledged: Future[None] = Future()
    acknowledged.set_result(None)
    for record in events:
        with processing(DEPLOY, record) as span:
            span.set_attribute("nephoran.intent.id", INTENT_ID)
            trace_headers()
            with sending("intents.deployed") as until:
                trace_headers()
                until(acknowledged)


def untraced(events: list[Record]) -> None:
    """The same loop with none of it."""
    for record in events:
        record.header("traceparent")


def microseconds(prepare: Prepare) -> float:
    """Of processor time, an event."""
    run = prepare()
    gc.collect()
    began = time.process_time()
    run()
    return (time.process_time() - began) / EVENTS * 1e6


def by_turns(*turns: Prepare) -> list[float]:
    """The median cost of each, with turns so close that whatever disturbs one disturbs all."""
    costs = [[microseconds(prepare) for prepare in turns] for _ in range(1 + ROUNDS)]
    return [statistics.median(each) for each in zip(*costs[1:], strict=True)]


def measure_metrics(state: State) -> tuple[float, float]:
    """An event that ends in this state, through the runner: without metrics, and with."""
    opens = _Opens()

    async def carry(runner: StageRunner, events: list[Record]) -> None:
        for record in events:
            await (await runner.process(record))

    def turn_of(kind: type[StageRunner]) -> Prepare:
        runner = runner_of(kind, opens, state)

        def prepare() -> Turn:
            appended_ms = round(time.time() * 1_000) - AGE_MS
            opens.intent = Intent(INTENT_ID, Order(appended_ms, 0, 0), 0, "d" * 64, appended_ms)
            events = records(appended_ms)
            return lambda: loop.run(carry(runner, events))

        return prepare

    with asyncio.Runner() as loop:
        without, with_metrics = by_turns(turn_of(_UnmeasuredRunner), turn_of(StageRunner))
    return without, with_metrics


def measure_tracing() -> tuple[float, float]:
    """What traces cost an event, at 1 % sampled and at 100 %, export included."""
    with span_sink() as endpoint:
        start_tracing(TracingSettings(endpoint=endpoint, sample_ratio=0.01))
        provider: Any = trace.get_tracer_provider()
        one_percent, everything = records(0, sampled_every=100), records(0, sampled_every=1)

        def flushed(events: list[Record]) -> None:
            traced(events)
            provider.force_flush()

        nothing, at_one, at_hundred = by_turns(
            lambda: lambda: untraced(one_percent),
            lambda: lambda: flushed(one_percent),
            lambda: lambda: flushed(everything),
        )
        provider.shutdown()
    return at_one - nothing, at_hundred - nothing


def verdict(cost: float, limit: float) -> str:
    return "met" if cost <= limit else "missed"


def main() -> int:
    """Measure, print and write the page. 1 where a limit is missed."""
    start_logging(LogSettings(level="warning"))
    without, with_metrics = measure_metrics(State.PLANNED)
    last_without, last_with = measure_metrics(State.DEPLOYED)
    tracing, tracing_all = measure_tracing()
    middle, last = with_metrics - without, last_with - last_without
    metrics = (3 * middle + last) / 4
    lines = [
        "| what | microseconds an event and stage | limit | |",
        "|---|---|---|---|",
        f"| metrics in an event of a stage (runner without: {without:.1f}; ratio {with_metrics / without:.3f}) "
        f"| +{middle:.1f} | | |",
        f"| metrics in the event that answers the intent (without: {last_without:.1f}; ratio "
        f"{last_with / last_without:.3f}) | +{last:.1f} | | |",
        f"| metrics, mean of an intent's four events | +{metrics:.1f} | {METRICS_MICROSECONDS:g} "
        f"| {verdict(metrics, METRICS_MICROSECONDS)} |",
        f"| traces, 1 % sampled (ratio to the runner {1 + tracing / without:.3f}) | +{tracing:.1f} "
        f"| {TRACING_MICROSECONDS:g} | {verdict(tracing, TRACING_MICROSECONDS)} |",
        f"| traces, all sampled | +{tracing_all:.1f} | | |",
        "",
        f"Processor time, median of {ROUNDS} turns of {EVENTS:,} events each, with and without by turns; logs at "
        "`warning`; agents that do nothing.",
    ]
    print("\n".join(lines))
    write_part("Telemetry", "make bench-telemetry", lines)
    return int(metrics > METRICS_MICROSECONDS or tracing > TRACING_MICROSECONDS)


if __name__ == "__main__":
    sys.exit(main())
