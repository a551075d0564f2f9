"""Our engines beside others': one broker, the same data, a no-op stage with one acknowledged record per event.

`python -m tests.bench.peers [--seconds 10] [--rounds 3] [--smoke] [--only NAME …]`; writes docs/measurements.md.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.broker import Core, create_topic, fill, kafka_for_benchmark
from tests.bench.measurements import write_part
from tests.bench.peers.environments import HERE, Missing, parallel_consumer_class_path, python
from tests.bench.span_sink import span_sink
from tests.bench.throughput import NothingCame, Output, Rate, measure

TITLE = "One hop, beside others"
SOURCE = "bench.received"
RECORDS, SMOKE_RECORDS = 1_000_000, 60_000
CONCURRENCY = "256"
"""The best of 16, 64, 256 and 1,000 for the Parallel Consumer's own threads."""
TARGETS = (
    ("fast", 2.0, "Parallel Consumer"),
    ("fast", 0.6, "aiokafka alone"),
    ("faust", 0.85, "Faust alone"),
)


COMPARED = {name for ours, _, theirs in TARGETS for name in (ours, theirs)}
"""These are measured again, one after the other: a machine's speed changes by a tenth within a minute."""


@dataclass(frozen=True)
class Peer:
    """One line of the table. `command` may raise Missing."""

    name: str
    gives: str
    command: Callable[[str, str], list[str]]
    """Makes the command line of the bootstrap servers and the target topic."""


def _script(name: str) -> Callable[[str, str], list[str]]:
    return lambda bootstrap, target: [str(python()), str(HERE / f"{name}.py"), bootstrap, SOURCE, target]


def _ours(engine: str, load: str, endpoint: str) -> Callable[[str, str], list[str]]:
    module = [sys.executable, "-m", "tests.bench.hop"]
    options = ["--engine", engine, "--load", load, "--traces", endpoint]
    return lambda bootstrap, target: [*module, bootstrap, SOURCE, target, *options]


def _parallel_consumer(bootstrap: str, target: str) -> list[str]:
    return ["java", "-cp", parallel_consumer_class_path(), "Hop", bootstrap, SOURCE, target, CONCURRENCY, "0"]


def peers(endpoint: str) -> list[Peer]:
    """Everybody, our own first."""
    ordered = "keys in order side by side, at least once"
    return [
        Peer("fast", ordered, _ours("fast", "engine", endpoint)),
        Peer("faust", ordered, _ours("faust", "engine", endpoint)),
        Peer("fast, whole stage", f"{ordered}; signed, status published", _ours("fast", "stage", endpoint)),
        Peer("faust, whole stage", f"{ordered}; signed, status published", _ours("faust", "stage", endpoint)),
        Peer("Parallel Consumer", ordered, _parallel_consumer),
        Peer("aiokafka alone", "a batch at a time, in order", _script("raw_aiokafka")),
        Peer("confluent-kafka alone", "in order, no lanes", _script("raw_confluent")),
        Peer("Faust alone", "one at a time; acknowledgements not awaited", _script("stock_faust")),
        Peer("FastStream", "one at a time; acknowledgements not awaited", _script("faststream_hop")),
        Peer("Quix Streams", "one at a time, at least once", _script("quixstreams_hop")),
        Peer("Arroyo", "one at a time, at least once", _script("arroyo_hop")),
    ]


@dataclass
class Bench:
    """What all are measured with."""

    bootstrap: str
    core: Core
    records: int
    seconds: float
    folder: Path

    def rate_of(self, peer: Peer) -> Rate:
        """Raises: Missing, NothingCame."""
        target = f"bench.{peer.name.replace(' ', '-').replace(',', '')}.{time.time_ns()}"
        create_topic(self.bootstrap, target)
        output = Output(self.bootstrap, target)
        try:
            command = self.core.pinned(peer.command(self.bootstrap, target))
            return measure(command, output, self.folder / "log", 2_000, self.seconds, self.records)
        finally:
            output.close()


def median_of(rates: list[Rate]) -> Rate:
    """The middle one, the slower of two."""
    return sorted(rates, key=lambda rate: rate.per_second)[(len(rates) - 1) // 2]


def table(found: dict[str, Rate | str], rows: list[Peer]) -> list[str]:
    """The lines for people, the targets below."""
    lines = ["| | events/s | processor time an event | gives |", "|---|---|---|---|"]
    for peer in rows:
        if isinstance(rate := found.get(peer.name, "not measured"), str):
            lines.append(f"| {peer.name} | not measured: {rate} | | {peer.gives} |")
        else:
            lines.append(f"| {peer.name} | {rate.per_second:,.0f} | {rate.cpu_microseconds:.0f} µs | {peer.gives} |")
    lines.append("")
    for ours, least, theirs in TARGETS:
        mine, other = found.get(ours), found.get(theirs)
        if isinstance(mine, Rate) and isinstance(other, Rate):
            ratio = mine.per_second / other.per_second
            verdict = "reached" if ratio >= least else "**missed**"
            lines.append(f"- {ours} is {ratio:.2f} × {theirs}; the target of {least:g} × is {verdict}.")
    return lines


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each is measured")
    parser.add_argument("--rounds", type=int, default=3, help="how often those with a target are measured")
    parser.add_argument("--smoke", action="store_true", help="show that it runs; the figures mean little")
    parser.add_argument("--only", nargs="*", help="the names to measure; the page is then left alone")
    arguments = parser.parse_args()
    records = SMOKE_RECORDS if arguments.smoke else RECORDS
    seconds = 1.0 if arguments.smoke else arguments.seconds
    with span_sink() as endpoint, kafka_for_benchmark() as (bootstrap, core), tempfile.TemporaryDirectory() as folder:
        create_topic(bootstrap, SOURCE)
        create_topic(bootstrap, "intents.status")
        fill(bootstrap, SOURCE, records)
        bench = Bench(bootstrap, core, records, seconds, Path(folder))
        rows = [peer for peer in peers(endpoint) if not arguments.only or peer.name in arguments.only]
        turns: dict[str, list[Rate]] = defaultdict(list)
        found: dict[str, Rate | str] = {}
        for number in range(arguments.rounds):
            for peer in rows if number == 0 else [row for row in rows if row.name in COMPARED]:
                try:
                    turns[peer.name].append(bench.rate_of(peer))
                except (Missing, NothingCame) as error:
                    found[peer.name] = " ".join(str(error).split())
                print(peer.name, *turns[peer.name][-1:] or [found[peer.name]], flush=True)
        found |= {name: median_of(rates) for name, rates in turns.items() if rates}
    lines = [
        "Requests of 255 bytes of JSON with 1,000 keys in one partition; one record out per event, acknowledged by the "
        "broker; one processor for what is measured, another for the broker. What has a target is the median of "
        f"{arguments.rounds} turns. `fast` and `faust` are our engines with decoding, lanes, offsets, metrics and "
        "traces at 1 %, the record leaves as it came; a whole stage also signs its result and publishes a status "
        "beside it, which the others do not. Ours and `aiokafka alone` run on uvloop.",
        "",
        *table(found, rows),
    ]
    print("\n".join(lines))
    if not arguments.smoke and not arguments.only:
        write_part(TITLE, "make bench-peers", lines)


if __name__ == "__main__":
    main()
