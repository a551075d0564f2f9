"""What a commit costs behind many earlier intents in the ledger, beside an empty one, and whether the pace holds.

`python -m tests.bench.ledger_history [--intents 500000] [--commits 20000]`; writes docs/measurements.md.
"""

import argparse
import asyncio
import statistics
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

from agents.adapters.git.git_deployment_target import GitDeploymentTarget
from agents.adapters.git.ledger import intent_path
from agents.adapters.git.settings import GitSettings
from tests.bench.measurements import write_part
from tests.unit.git.requests import at_most_20_replicas, intent, scale

TITLE = "The ledger behind a long history"
RECORD = b'{"intent": "%s", "digest": "", "generation": 0, "order": "1:0:0", "plan": "", "steps": []}\n'
AT_ONCE = 16


def repository(folder: Path, earlier: int) -> Path:
    """A repository whose ledger knows so many intents."""
    path = folder / f"{earlier}.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)], check=True)
    if earlier:
        command = ["git", "--git-dir", str(path), "fast-import", "--quiet"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            process.stdin.write(b"commit refs/heads/main\ncommitter bench <bench@localhost> 1 +0000\ndata 5\nbench\n")
            for _ in range(earlier):
                name = str(uuid.uuid4())
                record = RECORD % name.encode()
                process.stdin.write(f"M 100644 inline {intent_path(name)}\ndata {len(record)}\n".encode() + record)
    return path


async def seconds_a_commit(path: Path, folder: Path, commits: int) -> list[float]:
    """The time that each group of commits took, per commit, after the first."""
    target = GitDeploymentTarget(GitSettings(repository=str(path), cache=folder / "copies"), at_most_20_replicas)
    taken = []
    try:
        for begin in range(0, commits + AT_ONCE, AT_ONCE):
            began = time.perf_counter()
            await asyncio.gather(
                *(
                    target.carry_out(
                        intent(f"{path}/{number}", number + 1), scale(f"tokyo-1/amf-{number % 50}", number % 20 + 1)
                    )
                    for number in range(begin, begin + AT_ONCE)
                )
            )
            taken.append((time.perf_counter() - began) / AT_ONCE)
    finally:
        await target.close()
    return taken[1:]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--intents", type=int, default=500_000)
    parser.add_argument("--commits", type=int, default=20_000)
    arguments = parser.parse_args()
    compared = min(arguments.commits, 800)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        empty = asyncio.run(seconds_a_commit(repository(folder, 0), folder / "empty", compared))
        full = asyncio.run(seconds_a_commit(repository(folder, arguments.intents), folder / "full", compared))
        long = asyncio.run(seconds_a_commit(repository(folder, 1), folder / "long", arguments.commits))
    third = max(1, len(long) // 3)
    first, last = statistics.median(long[:third]), statistics.median(long[-third:])
    ratio = statistics.median(full) / statistics.median(empty)
    lines = [
        f"Intents carried out {AT_ONCE} at a time, a commit each; medians of the time a commit.",
        "",
        "| | measured | target |",
        "|---|---|---|",
        f"| empty ledger | {statistics.median(empty) * 1e3:.1f} ms | |",
        f"| {arguments.intents:,} earlier intents | {statistics.median(full) * 1e3:.1f} ms | at most twice as much: "
        f"{ratio:.2f}, {'reached' if ratio <= 2 else '**missed**'} |",
        f"| {arguments.commits:,} commits, first third and last | {first * 1e3:.1f} and {last * 1e3:.1f} ms | a third "
        f"more at most: {last / first:.2f}, {'reached' if last / first <= 4 / 3 else '**missed**'} |",
    ]
    print("\n".join(lines))
    if arguments.intents >= 500_000 and arguments.commits >= 20_000:
        write_part(TITLE, "make bench-history", lines)


if __name__ == "__main__":
    main()
