"""Intents a second and their latency through the real stages, from a bare request to a commit in a real repository.

`python -m tests.bench.end_to_end [--engine fast] [--per-second 100] [--seconds 30] [--smoke]`; under three minutes;
writes docs/measurements.md.
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path
from uuid import uuid4

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition

from agents.adapters.git.bare_repository import init_bare
from pipeline.demo.repository import Repository
from pipeline.demo.setup import Workers
from pipeline.kafka.admin import apply_topics
from pipeline.local_kafka.cluster import LocalKafka
from pipeline.settings import Settings
from pipeline.telemetry.percentiles import percentiles
from schemas.status import IntentStatus, State
from schemas.topics import RECEIVED, STATUS
from tests.bench.measurements import write_part

STAGES = ("parse", "enrich", "plan", "deploy")
FUNCTIONS = ("AMF", "SMF", "UPF", "AUSF", "PCF", "UDM", "UDR", "NSSF")
SITES = (
    *("tokyo-1", "tokyo-2", "osaka-1", "nagoya-1", "sapporo-1", "london-1", "london-2", "manchester-1", "frankfurt-1"),
    *("munich-1", "newyork-1", "dallas-1", "edge-01", "edge-02", "edge-03", "edge-04", "edge-05", "edge-06"),
)
WARM_UP = 300
ANSWER_SECONDS = 90
TICK_SECONDS = 0.005


@dataclass(frozen=True)
class Answer:
    """When the broker appended the request, when the first answer, and what that was."""

    received_ms: int
    answered_ms: int
    state: State

    @property
    def seconds(self) -> float:
        return (self.answered_ms - self.received_ms) / 1_000


class Load:
    """Publishes requests that change a value each, and gathers their answers."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._producer = Producer(
            {"bootstrap.servers": bootstrap_servers, "linger.ms": 1, "partitioner": "murmur2_random", "log_level": 2}
        )
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap_servers,
                "group.id": uuid4().hex,
                "enable.auto.commit": False,
                "fetch.min.bytes": 1 << 20,  # latencies are told by the broker's clock: look seldom, disturb little
                "fetch.wait.max.ms": 200,
                "log_level": 2,
            }
        )
        partitions = self._consumer.list_topics(STATUS.name, 10).topics[STATUS.name].partitions
        self._consumer.assign([TopicPartition(STATUS.name, number, OFFSET_BEGINNING) for number in partitions])
        self._numbers = count()
        self._targets = list(product(FUNCTIONS, SITES))
        self._answered: set[bytes] = set()

    def _publish(self) -> None:
        number = next(self._numbers)
        function, site = self._targets[number % len(self._targets)]
        replicas = number // len(self._targets) % 19 + 1
        text = f"Scale the {function} in {site} to {replicas} replicas."
        self._producer.produce(RECEIVED.name, text.encode(), f"{site}/{function}".encode())

    def at_a_rate(self, per_second: float, seconds: float) -> list[Answer]:
        """The answers to requests that are published evenly."""
        began, published, answers = time.monotonic(), 0, []
        while (elapsed := time.monotonic() - began) < seconds:
            while published < elapsed * per_second:
                self._publish()
                published += 1
            self._producer.poll(0)
            answers += self._answers(TICK_SECONDS)
        return answers + self._until(published - len(answers))

    def at_once(self, number: int) -> list[Answer]:
        """The answers to requests that are published as fast as can be."""
        for _ in range(number):
            self._publish()
        self._producer.flush()
        return self._until(number)

    def _until(self, wanted: int) -> list[Answer]:
        answers: list[Answer] = []
        deadline = time.monotonic() + ANSWER_SECONDS
        while len(answers) < wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{wanted - len(answers)} intents have no answer after {ANSWER_SECONDS} s")
            answers += self._answers(0.1)
        return answers

    def _answers(self, within_seconds: float) -> list[Answer]:
        found = map(_answer_in, self._consumer.consume(1_000, within_seconds))
        return [answer for answer in found if answer is not None]

    def close(self) -> None:
        self._consumer.close()


def _answer_in(message: Message) -> Answer | None:
    """Only an intent's first answer carries a latency."""
    value = message.value() or b""
    if b'"latency_seconds"' not in value:
        return None
    status = IntentStatus.model_validate_json(value)
    received_ms = int(dict(message.headers() or ())["nephoran-received-ms"])
    return Answer(received_ms, message.timestamp()[1], status.state)


class TickingWorkers(Workers):
    """The demo's workers, with the processor time they have taken."""

    def processor_seconds(self) -> dict[str, float]:
        """By stage, user and system, with ended children (proc(5): fields 14 to 17 of stat)."""
        tick = os.sysconf("SC_CLK_TCK")
        found = {}
        for stage, process in self.running.items():
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            found[stage] = sum(map(int, fields[11:15])) / tick
        return found


@contextmanager
def pipeline_at_work(engine: str, kafka: LocalKafka) -> Iterator[tuple[TickingWorkers, Repository]]:
    """A process for each stage, joined to its group."""
    folder = Path(tempfile.mkdtemp(prefix="nephoran-bench-"))
    repository = folder / "deployments.git"
    init_bare(repository)
    given = Settings()
    settings = given.model_copy(
        update={
            "kafka": given.kafka.model_copy(update={"bootstrap_servers": kafka.bootstrap_servers}),
            "git": given.git.model_copy(update={"repository": str(repository), "cache": folder / "cache"}),
            "signing": given.signing.model_copy(update={"key_file": folder / "signing.key"}),
        }
    )
    asyncio.run(apply_topics(settings.kafka))
    os.environ["NEPHORAN_ENGINE__KIND"] = engine
    os.environ["NEPHORAN_LOG__LEVEL"] = "warning"
    workers = TickingWorkers(settings, folder)
    try:
        for stage in STAGES:
            workers.start(stage)
        while not workers.are_ready():
            workers.require_running()
            time.sleep(0.1)
        yield workers, Repository(repository)
    finally:
        workers.stop()
        shutil.rmtree(folder, ignore_errors=True)


def per_second(answers: Sequence[Answer]) -> float:
    """Intents a second, from the first request to the last answer."""
    begin, end = min(each.received_ms for each in answers), max(each.answered_ms for each in answers)
    return len(answers) / max(0.001, (end - begin) / 1_000)


def row(name: str, answers: Sequence[Answer]) -> str:
    figures = percentiles([each.seconds for each in answers])
    cells = " | ".join(f"{figures[each] * 1_000:,.0f} ms" for each in ("p50", "p95", "p99"))
    return f"| {name} | {len(answers):,} | {per_second(answers):,.0f} | {cells} |"


def measure(engine: str, rate: float, seconds: float, burst: int) -> list[str]:
    """The lines of the report. Raises: AssertionError where an intent was lost, or carried out twice."""
    kafka = LocalKafka(report=lambda line: print(line, file=sys.stderr))
    with kafka, pipeline_at_work(engine, kafka) as (workers, repository):
        load = Load(kafka.bootstrap_servers)
        everything = load.at_once(WARM_UP)
        before = workers.processor_seconds()
        steady = load.at_a_rate(rate, seconds)
        after = workers.processor_seconds()
        flat_out = load.at_once(burst)
        load.close()
        everything += [*steady, *flat_out]
        deployed = sum(each.state == State.DEPLOYED for each in everything)
        commits = repository.commits_per_intent()
    assert deployed == len(everything), f"{len(everything) - deployed} of {len(everything)} were not deployed"
    assert len(commits) == commits.total() == deployed, f"{commits.total()} commits for {deployed} intents"
    spent = ", ".join(f"{stage} {(after[stage] - before[stage]) / len(steady) * 1_000:.1f}" for stage in STAGES)
    verdict = "reached" if percentiles([each.seconds for each in steady])["p99"] < 1.0 else "**missed**"
    return [
        f"Requests as text, with {len(FUNCTIONS) * len(SITES)} targets as keys, through parse, enrich, plan and "
        f"deploy, a process each on the {engine} engine, into a Git repository on the same disk, with Kafka and the "
        "producer on the same processors. From the broker's append of the request to that of its answer; every intent "
        "was deployed, with one commit each. Logs at `warning`.",
        "",
        "| load | intents | intents/s | P50 | P95 | P99 |",
        "|---|---|---|---|---|---|",
        row(f"{rate:g} a second for {seconds:g} s", steady),
        row("all at once", flat_out),
        "",
        f"At the steady rate, milliseconds of processor time an intent: {spent}. "
        f"Aimed at: 100 a second with P99 under 1 s: {verdict}.",
    ]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=("faust", "fast"), default="faust")
    parser.add_argument("--per-second", type=float, default=100.0, help="the steady rate")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long it is kept up")
    parser.add_argument("--burst", type=int, default=3_000, help="how many are published at once")
    parser.add_argument("--smoke", action="store_true", help="show that it runs; writes nothing")
    arguments = parser.parse_args()
    seconds, burst = (5.0, 300) if arguments.smoke else (arguments.seconds, arguments.burst)
    lines = measure(arguments.engine, arguments.per_second, seconds, burst)
    print("\n".join(lines))
    if not arguments.smoke:
        title = f"End to end on the {arguments.engine} engine"
        write_part(title, f"python -m tests.bench.end_to_end --engine {arguments.engine}", lines)


if __name__ == "__main__":
    main()
