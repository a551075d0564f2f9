"""Labelled requests with something put in that forbids, postpones, limits, doubts, corrects or adds to them.

Whatever is put in has to show: declined, proposed with those words quoted, or a reading with just that change; never
the old reading. Run it as `python -m tests.fuzz.marked --runs 500000`; exit code 1 where something was lost.
"""

import argparse
import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from tests.fuzz.joints import joined
from tests.fuzz.markers import HELD_OUT, SEEN, Marker, markers
from tests.gold.judging import Verdict, judged
from tests.gold.reading import answer_to, cases
from tests.gold.score import outcome

LONGEST_SEED = 400
"""Longer requests cost time and have the same joints."""


@dataclass(frozen=True)
class Loss:
    """A marked request that was read as if the marker were not there, or as something else that it does not say."""

    marker: Marker
    seed: str
    text: str
    got: str

    @property
    def name(self) -> str:
        """What a test may show of it: of a held-out wording only what kind of thing it is."""
        words = "(held out)" if self.marker.is_held_out else f"{self.text!r} → {self.got}"
        return f"{self.marker.kind}, {self.marker.name}, in {self.seed}: {words}"


@cache
def seeds() -> list[dict[str, Any]]:
    """The labelled requests that are read as labelled, and so must not be once something is put in."""
    return [
        case
        for case in cases()
        if case["outcome"] != "declined"
        and len(case["text"]) <= LONGEST_SEED
        and judged(case, answer_to(case["text"])) is Verdict.RIGHT
    ]


@cache
def wordings() -> dict[tuple[str, str], list[Marker]]:
    """All wordings by what they say, so that each meaning is tried equally often."""
    found: dict[tuple[str, str], list[Marker]] = {}
    for marker in (*markers(SEEN), *markers(HELD_OUT)):
        found.setdefault((marker.kind, marker.name), []).append(marker)
    return found


def losses(runs: int, seed: int) -> tuple[Counter[str], list[Loss]]:
    """(outcomes, what was lost) of so many mutations; the same seed gives the same ones."""
    choice = random.Random(seed)
    meanings = list(wordings().values())
    count: Counter[str] = Counter()
    lost = []
    while count.total() < runs:
        marker, case = choice.choice(choice.choice(meanings)), choice.choice(seeds())
        wanted = tuple(case["expectations"])
        if not marker.fits(case["text"], wanted):
            continue
        text = joined(case["text"], marker.words, marker.frames, choice)
        answer = answer_to(text)
        count[answer.outcome] += 1
        if not marker.is_answered(wanted, answer):
            lost.append(Loss(marker, case["id"], text, outcome(answer)))
    return count, lost


def main() -> int:
    """Runs it from the command line, on all cores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    began = time.perf_counter()
    share = -(-options.runs // options.processes)
    with ProcessPoolExecutor(options.processes) as pool:
        results = list(pool.map(partial(losses, share), range(options.seed, options.seed + options.processes)))
    count = sum((outcomes for outcomes, _ in results), Counter[str]())
    lost = [loss for _, each in results for loss in each]
    for line in sorted({loss.name for loss in lost})[:100]:
        print(line)
    kinds = Counter(loss.marker.kind for loss in lost).most_common()
    print(f"{count.total()} mutations in {time.perf_counter() - began:.0f} s: {dict(count)}, {len(lost)} lost: {kinds}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
