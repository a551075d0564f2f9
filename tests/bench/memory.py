"""Memory while a million records wait: the last third of the time beside the first, after a warm-up.

`python -m tests.bench.memory [--minutes 15] [--smoke]`; both engines at once; writes docs/measurements.md.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.broker import create_topic, fill, kafka_for_benchmark
from tests.bench.measurements import write_part
from tests.bench.span_sink import span_sink

TITLE = "Memory behind a standing lag"
ENGINES = ("fast", "faust")
WORK_MS = 100
PER_MINUTE = 64 * 60 * 1_000 // WORK_MS
"""The most that an engine can do: so many more records than the lag are written."""
MOST_GROWTH_BYTES = 5_000_000
SAMPLE_SECONDS = 1.0


def resident_bytes(pid: int) -> int:
    """What the process holds in memory."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1_024


def measure(commands: dict[str, list[str]], warm_up_seconds: float, seconds: float) -> dict[str, list[int]]:
    """Samples of each process's memory."""
    processes = {name: subprocess.Popen(command) for name, command in commands.items()}
    try:
        time.sleep(warm_up_seconds)
        samples: dict[str, list[int]] = {name: [] for name in processes}
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            for name, process in processes.items():
                samples[name].append(resident_bytes(process.pid))
            time.sleep(SAMPLE_SECONDS)
        return samples
    finally:
        for process in processes.values():
            process.terminate()
            process.wait()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=15.0, help="how long both are watched, after the warm-up")
    parser.add_argument("--smoke", action="store_true", help="show that it runs; the figures mean little")
    arguments = parser.parse_args()
    minutes, warm_up_seconds, lag = (0.2, 8.0, 20_000) if arguments.smoke else (arguments.minutes, 60.0, 1_000_000)
    lines = [
        f"A whole stage that waits {WORK_MS} ms for each event, at least {lag:,} records of 255 bytes behind it all "
        f"the time, watched for {minutes:g} minutes after {warm_up_seconds:g} s; medians of the first and last third.",
        "",
        "| engine | first third | last third | target |",
        "|---|---|---|---|",
    ]
    with span_sink() as traces, kafka_for_benchmark() as (bootstrap, _):
        for topic in ("bench.waiting", "intents.status", *(f"bench.{engine}" for engine in ENGINES)):
            create_topic(bootstrap, topic)
        fill(bootstrap, "bench.waiting", lag + round(PER_MINUTE * (minutes + warm_up_seconds / 60)))
        options = ["--load", "stage", "--work-ms", str(WORK_MS), "--traces", traces]
        module = [sys.executable, "-m", "tests.bench.hop", bootstrap, "bench.waiting"]
        commands = {engine: [*module, f"bench.{engine}", *options, "--engine", engine] for engine in ENGINES}
        samples = measure(commands, warm_up_seconds, minutes * 60)
    for engine in ENGINES:
        third = len(samples[engine]) // 3
        first, last = statistics.median(samples[engine][:third]), statistics.median(samples[engine][-third:])
        verdict = "reached" if last <= first + MOST_GROWTH_BYTES else "**missed**"
        lines.append(f"| {engine} | {first / 1e6:.1f} MB | {last / 1e6:.1f} MB | + 5 MB at most: {verdict} |")
    print("\n".join(lines))
    if not arguments.smoke:
        write_part(TITLE, "make bench-memory", lines)


if __name__ == "__main__":
    main()
