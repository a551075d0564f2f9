"""How many labelled requests are read right, file by file, and every wrong deployment in full.

Run it as `python -m tests.gold.score [FILE …]`: without files all that may be seen, with `--held-out` the others too,
of which only the totals are shown. Exit code 1 where something came out that nobody asked for.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.gold.judging import Answer, Verdict, judged
from tests.gold.reading import FILES, GOLD, HELD_OUT, TRAPS, answer_to, cases

KNOWN_FAULTS = GOLD / "known_faults.yaml"
_HEADING = """\
# Labelled requests that are not answered as labelled: wrong deployments, and what is declined or proposed needlessly.
# A fault that is not listed fails the tests, and one that is listed but gone has to leave the list:
# `python -m tests.gold.score --renew` writes it anew.
"""
_OPERATORS = {"at_least": ">=", "at_most": "<=", "increase_by": "+=", "decrease_by": "-=", "multiply_by": "*="}


def scored(path: Path, answer: Callable[[str], Answer], is_secret: bool, with_misses: bool) -> Counter[Verdict]:
    """Prints one file's figures, and what came out wrong unless nobody may see it."""
    count: Counter[Verdict] = Counter()
    lines = []
    for case in cases([path]):
        given = answer(case["text"])
        verdict = judged(case, given)
        count[verdict] += 1
        if verdict is Verdict.WRONG or (with_misses and verdict is Verdict.MISS):
            wanted = f"{'D' if 'why' in case or case['outcome'] == 'declined' else noted(case['expectations'])}"
            lines.append(f"  {verdict} {case['id']}  {json.dumps(case['text'], ensure_ascii=False)}")
            lines.append(f"      wanted {wanted}  {case.get('why', '')}\n      got    {outcome(given)}")
    share = count[Verdict.RIGHT] / count.total()
    print(f"{path.stem:16} {count.total():5} {share:7.1%} right {count[Verdict.WRONG]:4} wrong")
    print("\n".join(lines) + "\n" if lines and not is_secret else "", end="")
    return count


def outcome(given: Answer) -> str:
    """An answer on one line."""
    left = f" not acted on: {list(given.not_acted_on)}" if given.not_acted_on else ""
    return f"{given.outcome} {given.reason or noted(given.expectations)}{left}"


def noted(expectations: tuple[dict[str, Any], ...] | list[dict[str, Any]]) -> str:
    """Expectations on one line, as `scale amf @tokyo-1 replicas=5`."""
    return "; ".join(_noted(each) for each in expectations)


def _noted(expectation: dict[str, Any]) -> str:
    thing, identity = expectation["object"], expectation["object"]["slice"]
    name = f":{thing['name']}" if thing["name"] else ""
    sliced = f" #{identity['sst']}-{identity.get('sd') or ''}".rstrip("-") if identity else ""
    targets = "".join(
        f" {each['name']}{_OPERATORS.get(each['condition'], '=')}{each['value']}" for each in expectation["targets"]
    )
    return f"{expectation['action']} {thing['type']}{name}{sliced} @{','.join(thing['sites'])}{targets}"


def renew() -> int:
    """Pins every fault there is now; what is added to the list shows in the diff."""
    faults: dict[str, list[str]] = {Verdict.WRONG.value: [], Verdict.MISS.value: []}
    for case in cases([*FILES, *TRAPS, *HELD_OUT]):
        verdict = judged(case, answer_to(case["text"]))
        if verdict is not Verdict.RIGHT:
            faults[verdict.value].append(case["id"])
    KNOWN_FAULTS.write_text(_HEADING + yaml.safe_dump(faults, sort_keys=False), encoding="utf-8")
    return 0


def main() -> int:
    """Runs it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--held-out", action="store_true", help="the totals of what rules are never written from")
    parser.add_argument("--renew", action="store_true", help="write known_faults.yaml anew from all files")
    parser.add_argument("--misses", action="store_true", help="also what is declined though it could be read")
    options = parser.parse_args()
    if options.renew:
        return renew()
    seen = options.files or [*FILES, *TRAPS]
    total: Counter[Verdict] = Counter()
    for path in seen:
        total += scored(path, answer_to, is_secret=False, with_misses=options.misses)
    for path in HELD_OUT if options.held_out else ():
        total += scored(path, answer_to, is_secret=True, with_misses=False)
    print(f"{total.total()} requests: {total[Verdict.RIGHT] / total.total():.2%} right, {total[Verdict.WRONG]} wrong")
    return 1 if total[Verdict.WRONG] else 0


if __name__ == "__main__":
    sys.exit(main())
