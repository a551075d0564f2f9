"""Whatever stands in a request is answered soon and clearly: no crash, no endless search, nothing overlooked."""

import time
from collections.abc import Callable

import pytest

from agents.domain.verdicts import Declined
from tests.gold.reading import answer_to, read

LONGEST = 12_000
LONGEST_SECONDS = 0.5
ORDER = "Scale the AMF in tokyo-1 to 5 replicas"


def _long(part: str) -> str:
    return (part * (LONGEST // len(part) + 1))[:LONGEST]


TRICKY = {
    "digits": f"Scale the AMF in tokyo-1 to {'9' * 300} replicas.",
    "decimals": f"Keep the latency of the URLLC slice in osaka-1 below 5.{'0' * 300}1 ms.",
    "exponent": "Scale the AMF in tokyo-1 to 1e999999 replicas.",
    "letters": _long("a"),
    "figures": _long("7"),
    "spaces": f"Scale the AMF in tokyo-1{' ' * 11_000}to 5 replicas.",
    "line ends": ORDER + "\n" * 11_000 + "tomorrow",
    "commas": _long(", "),
    "brackets": _long("("),
    "nested": f"{'(' * 5_000}{ORDER}{')' * 5_000}",
    "quotes": _long("> "),
    "pipes": _long("| "),
    "colons": _long("a: b\n"),
    "hyphens": _long("edge-01-"),
    "and": _long("and "),
    "numbers": _long("twenty "),
    "sites": _long("tokyo-1, "),
    "objects": _long("AMF and "),
    "orders": _long(f"{ORDER}. "),
    "negations": _long("not "),
    "conditions": _long("if "),
    "anaphora": _long("Scale it. "),
    "accents": f"{ORDER}.{chr(0x301) * 5_000}",
    "directions": _long("\u202e\u202d"),
    "zero width": _long("\u200b"),
    "emoji": _long("👩‍👩‍👧‍👦"),
    "nulls": f"{ORDER}\0tomorrow",
    "table": _long("| AMF | tokyo-1 | 5 |\n"),
    "typos": _long("scael teh replciates "),
}
HIDDEN: dict[str, Callable[[str], str]] = {
    "a zero-width space": lambda word: word[0] + "\u200b" + word[1:],
    "a zero-width joiner": lambda word: word[0] + "\u200d" + word[1:],
    "a soft hyphen": lambda word: word[0] + "\u00ad" + word[1:],
    "a byte order mark": lambda word: word + "\ufeff",
    "full-width letters": lambda word: "".join(chr(ord(each) + 0xFEE0) for each in word),
    "a Cyrillic letter": lambda word: word.replace("o", "о"),
    "bold letters": lambda word: "".join(chr(0x1D41A + ord(each) - ord("a")) for each in word),
    "an accent": lambda word: word + "\u0301",
}


def _seconds_for(text: str) -> float:
    began = time.process_time()
    read(text)
    return time.process_time() - began


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY.keys())
def test_tricky_text_is_answered_soon(text: str) -> None:
    read(ORDER)  # what is loaded once is no part of it
    assert (
        min(_seconds_for(text) for _ in range(3)) < LONGEST_SECONDS
    )  # the quickest: other processes are no part of it
    answer = read(text)
    assert not isinstance(answer, Declined) or answer.message


@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN.keys())
@pytest.mark.parametrize("words", ["not", "tomorrow", "unless", "cancelled"])
def test_a_word_that_is_written_strangely_still_counts(hide: Callable[[str], str], words: str) -> None:
    for text in (f"{ORDER} {hide(words)}.", f"{ORDER}.\n\n{hide(words).capitalize()}!", f"{hide(words)} {ORDER}"):
        answer = answer_to(text)
        assert answer.outcome == "declined" or answer.not_acted_on, text
