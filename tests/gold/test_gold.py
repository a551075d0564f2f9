"""The grammar against every labelled request, each pinned by its id: a known miss may stay one, no other may come."""

import re
from functools import cache

import pytest
import yaml

from agents.domain.verdicts import Declined
from tests.gold.judging import Verdict, judged
from tests.gold.reading import FILES, GOLD, HELD_OUT, TRAPS, answer_to, cases, read

KNOWN = yaml.safe_load((GOLD / "known_faults.yaml").read_text("utf-8"))


@cache
def ids(verdict: Verdict) -> set[str]:
    """The cases of all files, of those that nobody looks at too, with this verdict."""
    everything = cases([*FILES, *TRAPS, *HELD_OUT])
    return {case["id"] for case in everything if judged(case, answer_to(case["text"])) is verdict}


@pytest.mark.parametrize("verdict", [Verdict.WRONG, Verdict.MISS])
def test_no_fault_is_new(verdict: Verdict) -> None:
    assert sorted(ids(verdict) - set(KNOWN[verdict])) == []


@pytest.mark.parametrize("verdict", [Verdict.WRONG, Verdict.MISS])
def test_what_is_repaired_leaves_the_list(verdict: Verdict) -> None:
    assert sorted(set(KNOWN[verdict]) - ids(verdict)) == []


def test_every_question_back_says_what_to_add() -> None:
    declined = [(case["id"], read(case["text"])) for case in cases()]
    assert [
        name for name, answer in declined if isinstance(answer, Declined) and "?" not in (answer.question or "")
    ] == []


def test_every_expectation_quotes_the_request_word_for_word() -> None:
    for case in cases():
        for expectation in answer_to(case["text"]).expectations:
            assert expectation["evidence"], case["id"]
            assert all(quote.strip() and quote in case["text"] for quote in expectation["evidence"]), case["id"]


def test_what_was_not_acted_on_is_quoted_word_for_word() -> None:
    for case in cases([*FILES, *TRAPS]):
        spaced = re.sub(r"\s+", " ", case["text"])
        assert all(re.sub(r"\s+", " ", words) in spaced for words in answer_to(case["text"]).not_acted_on), case["id"]
