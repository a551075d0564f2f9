"""A million dead letters: how long `stats`, `list` and `replay` take, and how much memory."""

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import NAMESPACE_URL, uuid5

from confluent_kafka import Producer

from pipeline.kafka.dead_letters import Cause, dead_letter
from pipeline.kafka.records import Outgoing, Record
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventWriter
from pipeline.local_kafka.cluster import LocalKafka
from schemas.envelope import Intent, Order
from schemas.topics import RECEIVED
from tests.bench.measurements import write_part

NEPHORAN = Path(sys.executable).parent / "nephoran"
KEY = "a key of this benchmark alone"
STATS_SECONDS, LIST_SECONDS, REPLAYS_A_SECOND, MEMORY_MB = 10, 2, 30_000, 300


def letters(count: int) -> Iterator[Outgoing]:
    """Dead letters as parse writes them, of requests with 255 bytes."""
    writer = EventWriter(Keyring((KEY.encode(),)), "nephoran/parse")
    now_ms = int(time.time() * 1_000)
    for number in range(count):
        value = b"\xff" + f"request {number} ".encode().ljust(254, b".")
        intent_id = str(uuid5(NAMESPACE_URL, str(number)))
        intent = Intent(intent_id, Order(now_ms, 0, number), 0, hashlib.sha256(value).hexdigest(), now_ms)
        record = Record(RECEIVED.name, number % 12, number // 12, now_ms, f"key-{number % 1_000}".encode(), value)
        cause = Cause("parse", "nephoran-parse", "not_utf8", "it is not UTF-8 text", 1, datetime.now(UTC))
        yield dead_letter(record, cause, intent, writer)


def publish(bootstrap: str, count: int) -> None:
    """All of them, as fast as they come."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50, "compression.type": "lz4"})
    for letter in letters(count):
        while True:
            try:
                producer.produce(letter.topic, key=letter.key, value=letter.value, headers=list(letter.headers))
                break
            except BufferError:
                producer.poll(0.5)
    producer.flush()


def run(environment: dict[str, str], *arguments: str) -> tuple[float, float]:
    """Seconds and peak memory in MB of one command, which must succeed."""
    began = time.monotonic()
    with Path(os.devnull).open("w") as nowhere:
        process = subprocess.Popen([NEPHORAN, *arguments], env=environment, stdout=nowhere)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"nephoran {' '.join(arguments)} ended with {status}")
    return time.monotonic() - began, _memory_mb(usage)


def _memory_mb(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / 1_024


def measure(count: int, folder: Path) -> list[str]:
    """Lines for the page."""
    kafka = LocalKafka(report=lambda line: print(line, file=sys.stderr))
    kafka.start()
    try:
        environment = os.environ | {
            "NEPHORAN_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "NEPHORAN_SIGNING__KEYS": f'["{KEY}"]',
            "NEPHORAN_GIT__REPOSITORY": str(folder / "none.git"),
        }
        subprocess.run([NEPHORAN, "topics", "apply"], env=environment, check=True, stdout=subprocess.DEVNULL)
        publish(kafka.bootstrap_servers, count)
        rows = []
        for name, aim, arguments in (
            ("`stats`", f"{STATS_SECONDS} s", ("stats",)),
            ("`list`, the newest 50", f"{LIST_SECONDS} s", ("list",)),
            ("`replay --all --rate 0`", f"{REPLAYS_A_SECOND:,}/s", ("replay", "--all", "--rate", "0", "--yes")),
            ("`stats`, all replayed", f"{STATS_SECONDS} s", ("stats",)),
        ):
            seconds, memory_mb = run(environment, "dead-letters", *arguments)
            pace = f" ({count / seconds:,.0f}/s)" if "replay" in arguments else ""
            rows.append(f"| {name} | {seconds:.1f} s{pace} | {aim} | {memory_mb:.0f} MB | {MEMORY_MB} MB |")
            print(rows[-1])
        return ["| command | took | aim | memory | aim |", "|---|---|---|---|---|", *rows]
    finally:
        kafka.stop()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--page", action="store_true")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        lines = measure(arguments.count, Path(folder))
    if arguments.page:
        write_part(f"{arguments.count:,} dead letters", "make bench-letters", lines)


if __name__ == "__main__":
    main()
