"""A stage that takes 50 ms, with 64 events side by side in one partition; and what one stuck event costs the others.

`python -m tests.bench.slow [--seconds 15] [--stuck-seconds 60] [--smoke]`; writes docs/measurements.md.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer, Message, Producer

from tests.bench.broker import Core, create_topic, fill, kafka_for_benchmark
from tests.bench.hop import STUCK
from tests.bench.measurements import write_part
from tests.bench.pace import ends, latencies, quantile, send_steadily, wait_until
from tests.bench.peers.environments import Missing, parallel_consumer_class_path
from tests.bench.span_sink import span_sink
from tests.bench.throughput import NothingCame, Output, measure

TITLE = "A slow stage"
WORK_MS = 50
IDEAL_PER_SECOND = 64 * 1_000 / WORK_MS
LEAST_PER_SECOND = {"fast": 1_200, "faust": 1_100}
CALM_PER_SECOND = 600
"""Under half of what the stage can do, so that what waits, waits for its key."""
MOST_GROWTH = 1.10
RECORDS = 60_000
STUCK_KEY = b"stuck"


@dataclass(frozen=True)
class Bench:
    """What both engines are measured with."""

    bootstrap: str
    core: Core
    traces: str
    folder: Path

    def command(self, engine: str, source: str, target: str, stuck_seconds: float = 0.0) -> list[str]:
        """A whole stage that takes its time."""
        options = ["--engine", engine, "--load", "stage", "--traces", self.traces, "--work-ms", str(WORK_MS)]
        module = [sys.executable, "-m", "tests.bench.hop", self.bootstrap, source, target, *options]
        return self.core.pinned([*module, "--stuck-seconds", str(stuck_seconds)])

    def topic(self, name: str) -> str:
        """A new one."""
        topic = f"bench.{name}.{time.time_ns()}"
        create_topic(self.bootstrap, topic)
        return topic

    def rate(self, command_of: "str | None", source: str, seconds: float) -> float:
        """Events a second of an engine, or of the Parallel Consumer. Raises: Missing, NothingCame."""
        target = self.topic(command_of or "parallel-consumer")
        if command_of:
            command = self.command(command_of, source, target)
        else:
            path = parallel_consumer_class_path()
            java = ["java", "-cp", path, "Hop", self.bootstrap, source, target, "64", str(WORK_MS)]
            command = self.core.pinned(java)
        output = Output(self.bootstrap, target)
        try:
            return measure(command, output, self.folder / "log", 3_000, seconds, RECORDS).per_second
        finally:
            output.close()

    def p99_without_and_with_a_stuck_event(self, engine: str, seconds: float, stuck_seconds: float) -> list[float]:
        """Of the events of other keys, in seconds."""
        source, target = self.topic(f"{engine}-calm"), self.topic(f"{engine}-calm-out")
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": target, "enable.auto.commit": False})

        def arrived() -> int:
            return sum(ends(consumer, target, 1))

        with subprocess.Popen(self.command(engine, source, target, stuck_seconds)) as process:
            try:
                sent = send_steadily(self.bootstrap, source, CALM_PER_SECOND, 5)
                wait_until(lambda: arrived() >= sent, 60)
                calm_from = arrived()
                sent += send_steadily(self.bootstrap, source, CALM_PER_SECOND, seconds)
                wait_until(lambda: arrived() >= sent, 60)
                stuck_from = arrived()
                followers = _send_stuck(self.bootstrap, source, stuck_seconds)
                sent += send_steadily(self.bootstrap, source, CALM_PER_SECOND, stuck_seconds)
                followers.join()
                wait_until(lambda: arrived() >= sent, stuck_seconds + 60)
            finally:
                process.terminate()
                consumer.close()
        calm = latencies(self.bootstrap, target, [calm_from])[: round(seconds * CALM_PER_SECOND)]
        others = latencies(self.bootstrap, target, [stuck_from], _is_not_stuck)
        return [quantile(calm, 0.99), quantile(others, 0.99)]


def _is_not_stuck(message: Message) -> bool:
    return not (message.value() or b"").startswith(f'{{"intent":"{STUCK}'.encode())


def _send_stuck(bootstrap: str, topic: str, seconds: float) -> threading.Thread:
    """One event that gets stuck, and ten a second of its key behind it."""
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topic, f'{{"intent":"{STUCK}"}}'.encode(), STUCK_KEY)
    producer.flush()

    def follow() -> None:
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            producer.produce(topic, b'{"intent":"behind the one that is stuck"}', STUCK_KEY)
            producer.poll(0)
            time.sleep(0.1)  # `poll(0.1)` returns as soon as anything happens, and then thousands follow
        producer.flush()

    thread = threading.Thread(target=follow)
    thread.start()
    return thread


def rows(bench: Bench, seconds: float, calm_seconds: float, stuck_seconds: float) -> list[str]:
    """The lines for people."""
    source = bench.topic("slow")
    fill(bench.bootstrap, source, RECORDS)
    lines = ["| | events/s | of the ideal | target |", "|---|---|---|---|"]
    for name, least in LEAST_PER_SECOND.items():
        rate = bench.rate(name, source, seconds)
        verdict = "reached" if rate >= least else "**missed**"
        lines.append(f"| {name} | {rate:,.0f} | {rate / IDEAL_PER_SECOND:.0%} | ≥ {least:,}: {verdict} |")
        print(lines[-1], flush=True)
    try:
        rate = bench.rate(None, source, seconds)
        lines.append(f"| Parallel Consumer | {rate:,.0f} | {rate / IDEAL_PER_SECOND:.0%} | |")
    except (Missing, NothingCame) as error:
        lines.append(f"| Parallel Consumer | not measured: {error} | | |")
    lines += ["", f"| P99 at {CALM_PER_SECOND}/s | calm | with one event stuck | target |", "|---|---|---|---|"]
    for name in LEAST_PER_SECOND:
        calm, stuck = bench.p99_without_and_with_a_stuck_event(name, calm_seconds, stuck_seconds)
        growth = stuck / calm
        verdict = "reached" if growth < MOST_GROWTH else "**missed**"
        lines.append(
            f"| {name} | {calm * 1_000:.0f} ms | {stuck * 1_000:.0f} ms | {growth - 1:+.0%} of < 10 %: {verdict} |"
        )
        print(lines[-1], flush=True)
    return lines


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15.0, help="how long the throughput is measured")
    parser.add_argument("--stuck-seconds", type=float, default=60.0, help="how long the one event is stuck")
    parser.add_argument("--smoke", action="store_true", help="show that it runs; the figures mean little")
    arguments = parser.parse_args()
    seconds, calm_seconds, stuck_seconds = (
        (2.0, 2.0, 3.0) if arguments.smoke else (arguments.seconds, 30.0, arguments.stuck_seconds)
    )
    with (
        span_sink() as traces,
        kafka_for_benchmark() as (bootstrap, core),
        tempfile.TemporaryDirectory() as folder,
    ):
        create_topic(bootstrap, "intents.status")
        lines = [
            f"A whole stage (signed, with its status) that waits {WORK_MS} ms for each event: one partition, 64 events "
            f"side by side, 1,000 keys; the ideal is {IDEAL_PER_SECOND:,.0f} a second. Below it, events of other keys "
            f"while one is stuck for {stuck_seconds:g} s with ten a second of its key behind it.",
            "",
            *rows(Bench(bootstrap, core, traces, Path(folder)), seconds, calm_seconds, stuck_seconds),
        ]
    print("\n".join(lines))
    if not arguments.smoke:
        write_part(TITLE, "make bench-slow", lines)


if __name__ == "__main__":
    main()
