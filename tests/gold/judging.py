"""A labelled request and what came of it: right, a question too many, or something that nobody asked for."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_SMALL = frozenset(
    re.findall(r"\w+", "a also an and as at be by for in is it of on please plus that the to too we well with")
)


class Verdict(StrEnum):
    RIGHT = "right"
    MISS = "miss"
    WRONG = "wrong"
    """A wrong deployment: carried out or proposed with a reading that the text does not support."""


@dataclass(frozen=True)
class Answer:
    """What became of a request: `planned`, `proposed` or `declined`."""

    outcome: str
    reason: str | None = None
    expectations: tuple[dict[str, Any], ...] = ()
    not_acted_on: tuple[str, ...] = ()


def judged(case: dict[str, Any], answer: Answer) -> Verdict:
    """Judges a trap (it says `why`) by what it allows, any other request by its label."""
    return _trap(case, answer) if "why" in case else _request(case, answer)


def _request(case: dict[str, Any], answer: Answer) -> Verdict:
    if answer.outcome == "declined":
        is_right = case["outcome"] == "declined" and answer.reason in case["reasons"]
        return Verdict.RIGHT if is_right else Verdict.MISS
    if said(answer.expectations) != said(case.get("expectations", ())):
        return Verdict.WRONG
    return Verdict.RIGHT if answer.outcome == case["outcome"] else Verdict.MISS


def _trap(case: dict[str, Any], answer: Answer) -> Verdict:
    is_allowed = (
        answer.outcome == "declined"
        or said(answer.expectations) in [said(reading) for reading in case.get("readings", ())]
        or ("quoted" in case and all(is_quoted(words, answer) for words in case["quoted"]))
    )
    return Verdict.RIGHT if is_allowed else Verdict.WRONG


def is_quoted(words: str, answer: Answer) -> bool:
    """Whether the answer is a proposal that says it did nothing about these words."""
    left = " ".join(answer.not_acted_on).casefold()
    wanted = set(_WORD.findall(words.casefold()))
    wanted = wanted - _SMALL or wanted
    in_words = wanted <= set(_WORD.findall(left)) if wanted else words.strip().casefold() in left
    return answer.outcome == "proposed" and in_words


_WORD = re.compile(r"\w+")


def said(expectations: tuple[dict[str, Any], ...] | list[dict[str, Any]]) -> list[str]:
    """What expectations ask for, whatever their order and evidence."""
    return sorted(_said(each) for each in expectations)


def _said(expectation: dict[str, Any]) -> str:
    thing, identity = expectation["object"], expectation["object"]["slice"]
    targets = sorted(
        (each["name"], each["condition"], _value(each["value"]), each["unit"]) for each in expectation["targets"]
    )
    sliced = (identity["sst"], identity.get("sd")) if identity else None
    return repr((expectation["action"], thing["type"], thing["name"], sorted(thing["sites"]), sliced, targets))


def _value(value: float | str) -> float | str:
    return value if isinstance(value, str) else float(value)
