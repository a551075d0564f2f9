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
from pathlib import Path
from typing import Any

from tests.fuzz.joints import joined
from tests.fuzz.markers import HELD_OUT, SEEN, Marker, markers
from tests.gold.judging import Verdict, judged
from tests.gold.reading import answer_to, cases
from tests.gold.score import outcome

LONGEST_SEED = 400
"""Longer requests cost time and have the same joints."""
TESTED = {1: 1_500, 2: 5_000, 3: 5_000, 4: 5_000, 5: 5_000}
"""How many mutations of each seed the tests try."""
KNOWN_LOSSES = Path(__file__).parent / "known_losses.yaml"
_HEADING = """\
# Mutations, by seed and number, whose marker is lost: neither declined nor quoted nor read with its change. One that is
# not listed fails the tests, one that is listed but gone has to leave: `python -m tests.fuzz.marked --renew` writes it.
"""


@dataclass(frozen=True)
class Loss:
    """A marked request that was read as if the marker were not there, or as something else that it does not say."""

    id: str
    marker: Marker
    seed: str
    text: str
    got: str

    @property
    def name(self) -> str:
        """What may be shown of it: of a held-out wording only what kind of thing it is."""
        words = "(held out)" if self.marker.is_held_out else f"{self.text!r} → {self.got}"
        return f"{self.id} {self.marker.kind}, {self.marker.name}, in {self.seed}: {words}"


@cache
def wordings() -> list[list[Marker]]:
    """All wordings by what they say, so that each meaning is tried equally often."""
    found: dict[tuple[str, str], list[Marker]] = {}
    for marker in (*markers(SEEN), *markers(HELD_OUT)):
        found.setdefault((marker.kind, marker.name), []).append(marker)
    return list(found.values())


@cache
def seeds() -> list[dict[str, Any]]:
    """The labelled requests that are carried out or proposed."""
    return [case for case in cases() if case["outcome"] != "declined" and len(case["text"]) <= LONGEST_SEED]


@cache
def is_read(text: str) -> bool:
    """Whether a labelled request is read as labelled, and so must not be once something is put in."""
    return any(case["text"] == text and judged(case, answer_to(text)) is Verdict.RIGHT for case in seeds())


def losses(runs: int, seed: int) -> tuple[Counter[str], list[Loss]]:
    """(outcomes, what was lost) of so many mutations, each with a number that stays its own whatever is read."""
    count: Counter[str] = Counter()
    lost = []
    for number in range(runs):
        case, marker, text = _mutation(f"{seed}-{number}")
        if not is_read(case["text"]):
            count["not read without it"] += 1
            continue
        answer = answer_to(text)
        count[answer.outcome] += 1
        if not marker.is_answered(tuple(case["expectations"]), answer):
            lost.append(Loss(f"{seed}-{number}", marker, case["id"], text, outcome(answer)))
    return count, lost


def _mutation(number: str) -> tuple[dict[str, Any], Marker, str]:
    choice = random.Random(number)
    while True:
        marker, case = choice.choice(choice.choice(wordings())), choice.choice(seeds())
        if marker.fits(case["text"], tuple(case["expectations"])):
            return case, marker, joined(case["text"], marker.words, marker.frames, choice)


def renew() -> int:
    """Pins what is lost now among the mutations of the tests; what is added to the list shows in the diff."""
    with ProcessPoolExecutor() as pool:
        results = pool.map(losses, TESTED.values(), TESTED.keys())
    ids = [loss.id for _, lost in results for loss in lost]
    KNOWN_LOSSES.write_text(
        _HEADING + "".join(f"- {each}\n" for each in ids) + ("" if ids else "[]\n"), encoding="utf-8"
    )
    return 0


def main() -> int:
    """Runs it from the command line, on all cores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--renew", action="store_true", help="write known_losses.yaml anew")
    options = parser.parse_args()
    if options.renew:
        return renew()
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
