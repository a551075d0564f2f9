"""The grammar against every labelled request: hardly a question too many, and never anything that was not asked for."""

import pytest

from agents.domain.verdicts import Declined
from tests.gold.reading import Judged, cases, read

LEAST_RIGHT = 0.97


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return [Judged(case, read(case["text"])) for case in cases()]


def test_nothing_is_deployed_that_was_not_asked_for(judged: list[Judged]) -> None:
    assert [each.case["id"] for each in judged if each.is_wrong_deployment] == []


def test_nearly_every_request_is_read_as_labelled(judged: list[Judged]) -> None:
    misses = [each.case["id"] for each in judged if not each.is_right]
    assert len(misses) <= (1 - LEAST_RIGHT) * len(judged), misses


def test_every_question_back_says_what_to_add(judged: list[Judged]) -> None:
    declined = [each for each in judged if isinstance(each.answer, Declined)]
    assert [each.case["id"] for each in declined if "?" not in (each.answer.question or "")] == []


def test_every_expectation_quotes_the_request_word_for_word(judged: list[Judged]) -> None:
    for each in judged:
        if not isinstance(each.answer, Declined):
            for expectation in each.answer.expectations:
                assert expectation.evidence, each.case["id"]
                assert all(quote.strip() and quote in each.case["text"] for quote in expectation.evidence)
