"""Start, memory and answers behind a long history: a million statuses of 200,000 intents on `intents.status`.

`python -m tests.bench.history [--intents 200000] [--smoke]`; writes docs/measurements.md.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from confluent_kafka import Producer

from pipeline.kafka.admin import apply_topics
from pipeline.kafka.partitioner import partition_of
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signatures import Keyring, SigningSettings
from pipeline.kafka.signed_events import EventWriter
from pipeline.local_kafka.free_ports import find_free_ports
from schemas.envelope import Intent, Order, intent_id_of_event
from schemas.status import IntentStatus, State
from schemas.topics import STATUS
from tests.bench.broker import kafka_for_benchmark
from tests.bench.measurements import write_part
from tests.bench.memory import resident_bytes
from tests.servers.worker_process import NEPHORAN, environment_for, make_repository

TITLE = "Behind a long history"
STATES = (
    (State.RECEIVED, "parse"),
    (State.PARSED, "parse"),
    (State.ENRICHED, "enrich"),
    (State.PLANNED, "plan"),
    (State.DEPLOYED, "deploy"),
)
SETTLE_SECONDS = 60.0
"""A worker reads the history while it works already: its memory is watched until then."""


def fill(kafka: KafkaSettings, key_file: Path, intents: int) -> None:
    """Every intent named by its producer, with all its statuses, signed as stages do."""
    keyring = Keyring.open(SigningSettings(key_file=key_file))
    writers = {stage: EventWriter(keyring, f"nephoran/{stage}") for _, stage in STATES}
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, "linger.ms": 20, "batch.size": 250_000})
    now_ms = round(time.time() * 1_000)
    for number in range(intents):
        intent = Intent(
            id=intent_id_of_event("bench", str(number)),
            order=Order(now_ms, number % 12, number // 12),
            generation=0,
            digest=f"{number:064x}",
            received_ms=now_ms,
            producer_id=f"bench#{number}",
        )
        for state, stage in STATES:
            status = IntentStatus(
                intent_id=intent.id,
                state=state,
                stage=stage,
                at=datetime.now(UTC),
                producer_id=intent.producer_id,
                order=str(intent.order),
                digest=intent.digest,
                text=f"Scale the AMF in tokyo-1 to {number % 20 + 1} replicas" if state is State.RECEIVED else None,
            )
            record = writers[stage].write(STATUS.name, intent.id, intent, status)
            key = record.key or b""
            producer.produce(
                record.topic,
                record.value,
                key,
                partition=partition_of(key, kafka.partitions),
                headers=list(record.headers),
            )
        if number % 1_000 == 0:
            producer.poll(0)
            if len(producer) > 50_000:
                producer.flush(60)
    producer.flush(120)


class Peak:
    """The most memory that a process had while the block ran."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid = pid
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._is_over.wait(0.2):
            try:
                self.bytes = max(self.bytes, resident_bytes(self._pid))
            except (FileNotFoundError, StopIteration):
                return

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()


def command(environment: dict[str, str], *arguments: str, ends_after: float | None = None) -> tuple[float, int]:
    """How long a command took, and the most memory it had. `ends_after`: it is one that goes on until told."""
    began = time.perf_counter()
    process = subprocess.Popen([NEPHORAN, *arguments], env=environment, stdout=subprocess.DEVNULL)
    with process, Peak(process.pid) as peak:
        if ends_after is not None:
            time.sleep(ends_after)
            process.terminate()
        process.wait()
    return time.perf_counter() - began, peak.bytes


def worker(environment: dict[str, str], engine: str, settle_seconds: float) -> tuple[float, int]:
    """How long a worker takes until it is ready, and the most memory it has had after a while."""
    (port,) = find_free_ports(1)
    began = time.perf_counter()
    variables = {**environment, "NEPHORAN_METRICS__PORT": str(port)}
    run = [NEPHORAN, "run", "--engine", engine]
    process = subprocess.Popen(run, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with process, Peak(process.pid) as peak:
        while not _is_ready(port):
            if process.poll() is not None:
                raise SystemExit(f"the worker ended with {process.returncode}")
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        time.sleep(settle_seconds)
        process.terminate()
        process.wait()
    return seconds, peak.bytes


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=1).is_success
    except httpx.TransportError:
        return False


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--intents", type=int, default=200_000)
    parser.add_argument("--smoke", action="store_true", help="show that it runs; the figures mean little")
    arguments = parser.parse_args()
    intents, settle = (2_000, 3.0) if arguments.smoke else (arguments.intents, SETTLE_SECONDS)
    with kafka_for_benchmark() as (bootstrap, _), tempfile.TemporaryDirectory() as folder:
        kafka = KafkaSettings(bootstrap_servers=bootstrap)
        environment = environment_for(kafka, Path(folder))
        make_repository(Path(folder))
        asyncio.run(apply_topics(kafka))
        fill(kafka, Path(folder) / "signing.key", intents)
        rows: list[tuple[str, str, float, float]] = []

        def note(what: str, told: str, value: float, target: float) -> None:
            rows.append((what, told, value, target))
            print(what, told, flush=True)

        for engine in ("faust", "fast"):
            seconds, peak = worker(environment, engine, settle)
            note(f"worker ({engine}) ready", f"{seconds:.1f} s", seconds, 10.0)
            note(f"worker ({engine}), most memory", f"{peak / 1e6:.0f} MB", peak / 1e6, 250.0)
        known = intent_id_of_event("bench", str(intents // 2))
        seconds, _ = command(environment, "status", known)
        seconds = min(seconds, command(environment, "status", known)[0])
        note("`nephoran status ID`", f"{seconds:.2f} s", seconds, 1.0)
        seconds, peak = command(environment, "status")
        note(f"`nephoran status` ({seconds:.0f} s), most memory", f"{peak / 1e6:.0f} MB", peak / 1e6, 300.0)
        _, peak = command(environment, "watch", "--json", ends_after=settle)
        note("`nephoran watch`, most memory", f"{peak / 1e6:.0f} MB", peak / 1e6, 300.0)
    lines = [
        f"{intents * len(STATES):,} statuses of {intents:,} intents, all named by their producers.",
        "",
        "| | measured | target |",
        "|---|---|---|",
        *(
            f"| {what} | {told} | {target:g}: {'reached' if value <= target else '**missed**'} |"
            for what, told, value, target in rows
        ),
    ]
    print("\n".join(lines))
    if not arguments.smoke:
        write_part(TITLE, "make bench-history", lines)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
