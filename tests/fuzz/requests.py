"""Random mutations of labelled requests: nothing crashes, and no reading says what the text does not.

Run it as `python -m tests.fuzz.requests --runs 100000`; exit code 1 and the text where something was found.
"""

import argparse
import random
import re
import sys
import time
from collections.abc import Iterator

from agents.domain.ports import Reading
from agents.domain.verdicts import Declined
from agents.understanding.constituents import constituents_of
from agents.understanding.lexemes import nodes_of
from agents.understanding.lexicon import lexicon_of
from agents.understanding.text import simplified
from schemas.intent import Condition
from tests.gold.reading import cases, pack, read

_WORDS = re.compile(r"\s+|[^\s\w]+|\w+")
_STRANGE = (
    "not",
    "zorgle",
    "tokyo-1",
    "7",
    "and",
    ",",
    ".",
    "AMF",
    "to",
    "§",
    "\n",
    "if",
    "“",
    "-",
    "0x",
    "½",
    "٣",
    "𝟝",
    ":",
    "(",
)
_FREE = {1.0, 0.5, 2.0, 3.0, 4.0}
"""`another`, `half` and `double` are numbers without a figure."""


def mutated(text: str, other: str, choice: random.Random) -> str:
    """The text with one to four random changes, some of them with parts of another."""
    parts = _WORDS.findall(text)
    for _ in range(choice.randint(1, 4)):
        at = choice.randrange(len(parts)) if parts else 0
        match choice.randrange(7):
            case 0:
                del parts[at : at + choice.randint(1, 3)]
            case 1:
                parts.insert(at, choice.choice(_STRANGE) + " ")
            case 2:
                parts[at : at + 1] = parts[at : at + 1] * 2
            case 3:
                taken = _WORDS.findall(other)
                start = choice.randrange(len(taken))
                parts[at:at] = taken[start : start + choice.randint(1, 12)]
            case 4 if parts:
                parts[at] = "".join(choice.sample(parts[at], len(parts[at])))
            case 5:
                half = len(parts) // 2
                parts = [*parts[half:], " ", *parts[:half]]
            case _ if parts:
                parts[at] = parts[at].upper() if choice.random() < 0.5 else parts[at].title()
    return "".join(parts)


def invented(text: str, reading: Reading) -> Iterator[str]:
    """What a reading says though the text does not."""
    plain = simplified(text)
    nodes = constituents_of(
        nodes_of(plain, lexicon_of(pack().vocabulary, pack().inventory)),
        plain,
        lexicon_of(pack().vocabulary, pack().inventory),
    )
    sites = {slug for node in nodes if "sites" in node for slug in node["sites"].sites}
    kinds = {kind for node in nodes if "thing" in node for kind in node["thing"].types}
    values = {round(value, 6) for node in nodes if "amount" in node for _, value in node["amount"].parts}
    words = {node["amount"].written for node in nodes if "amount" in node}
    for expectation in reading.expectations:
        yield from (f"site {site}" for site in expectation.object.sites if site not in sites)
        if expectation.object.type not in kinds:
            yield f"object {expectation.object.type}"
        if not expectation.evidence or not all(quote in text for quote in expectation.evidence):
            yield f"evidence {expectation.evidence}"
        for target in expectation.targets:
            if isinstance(target.value, str):
                if target.value not in words and target.value not in text:
                    yield f"version {target.value}"
            elif round(target.value, 6) not in values and not _is_free(target.value, target.condition, values):
                yield f"{target.name} {target.value:g}"


def _is_free(value: float, condition: Condition, values: set[float]) -> bool:
    """Numbers by words (`double`), and ends of a range in the unit of its other end."""
    if condition is Condition.MULTIPLY_BY:
        return value in _FREE
    return any(round(each * factor, 6) == round(value, 6) for each in values for factor in (1000, 0.001, 1024))


def run(runs: int, seed: int) -> tuple[int, list[str]]:
    """(how many mutations were read as requests, what was found wrong)."""
    choice = random.Random(seed)  # the same seed gives the same texts
    texts = [case["text"] for case in cases()]
    found: list[str] = []
    count = 0
    for _ in range(runs):
        text = mutated(choice.choice(texts), choice.choice(texts), choice)
        answer = read(text)
        if isinstance(answer, Declined):
            if not answer.message:
                found.append(f"declined without a message: {text!r}")
            continue
        count += 1
        found += [f"{what}: {text!r}" for what in invented(text, answer)]
    return count, found


def main() -> int:
    """Runs it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    count, found = run(options.runs, options.seed)
    for line in found[:50]:
        print(line)
    seconds = time.perf_counter() - began
    print(f"{options.runs} mutations in {seconds:.0f} s: {count} read as requests, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
