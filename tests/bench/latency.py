"""How long an intent takes through four no-op stages, from the append of the request to that of the last result.

`python -m tests.bench.latency [--seconds 30] [--smoke]`; writes docs/measurements.md.
"""

import argparse
import subprocess
import sys
import time

from confluent_kafka import Consumer

from schemas.topics import DEFAULT_PARTITIONS
from tests.bench.broker import Core, create_topic, kafka_for_benchmark
from tests.bench.measurements import write_part
from tests.bench.pace import ends, latencies, quantile, send_steadily, wait_until
from tests.bench.span_sink import span_sink

TITLE = "Latency through four stages"
WARM_UP_SECONDS = 5.0
RUNS = (
    ("fast", "engine", 1_000, 0.150),
    ("faust", "engine", 300, 0.250),
    ("fast", "stage", 1_000, None),
    ("faust", "stage", 300, None),
)
"""Engine, load, requests a second, and the P99 in seconds that is aimed at."""


def measure(
    bootstrap: str, core: Core, traces: str, engine: str, load: str, per_second: int, seconds: float
) -> list[float]:
    """The latencies of one run, warm-up left out."""
    topics = [f"bench.{time.time_ns()}.{number}" for number in range(5)]
    for topic in topics:
        create_topic(bootstrap, topic, DEFAULT_PARTITIONS)
    options = ["--engine", engine, "--load", load, "--traces", traces]
    command = core.pinned([sys.executable, "-m", "tests.bench.hop", bootstrap, *topics, *options])
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "ends", "enable.auto.commit": False})

    def arrived() -> int:
        return sum(ends(consumer, topics[-1], DEFAULT_PARTITIONS))

    with subprocess.Popen(command) as process:
        try:
            expected = send_steadily(bootstrap, topics[0], 50, WARM_UP_SECONDS)
            wait_until(lambda: arrived() >= expected, 60)
            expected += send_steadily(bootstrap, topics[0], per_second, WARM_UP_SECONDS)
            first = ends(consumer, topics[-1], DEFAULT_PARTITIONS)
            expected += send_steadily(bootstrap, topics[0], per_second, seconds)
            wait_until(lambda: arrived() >= expected, 120)
        finally:
            process.terminate()
            consumer.close()
    return latencies(bootstrap, topics[-1], first)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each engine is measured")
    parser.add_argument("--smoke", action="store_true", help="show that it runs; the figures mean little")
    arguments = parser.parse_args()
    seconds = 3.0 if arguments.smoke else arguments.seconds
    lines = [
        f"Requests of 255 bytes of JSON with 1,000 keys in {DEFAULT_PARTITIONS} partitions, four stages in one process "
        "on one processor, the broker and the requests on another. `engine` and `stage` as in the part on one hop.",
        "",
        "| engine | load | requests/s | P50 | P99 | largest | target |",
        "|---|---|---|---|---|---|---|",
    ]
    with span_sink() as traces, kafka_for_benchmark() as (bootstrap, core):
        create_topic(bootstrap, "intents.status")
        for engine, load, per_second, aim in RUNS:
            found = measure(bootstrap, core, traces, engine, load, per_second, seconds)
            half, most = quantile(found, 0.5), quantile(found, 0.99)
            target = f"P99 ≤ {aim * 1_000:.0f} ms: {'reached' if most <= aim else '**missed**'}" if aim else ""
            cells = f"{half * 1_000:.0f} ms | {most * 1_000:.0f} ms | {max(found) * 1_000:.0f} ms"
            lines.append(f"| {engine} | {load} | {per_second:,} | {cells} | {target} |")
            print(lines[-1], flush=True)
    if not arguments.smoke:
        write_part(TITLE, "make bench-latency", lines)


if __name__ == "__main__":
    main()
