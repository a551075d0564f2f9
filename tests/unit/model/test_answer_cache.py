"""Answers kept: the longest unused leave first."""

from agents.model.answer_cache import AnswerCache, answer_key
from tests.unit.model.shapes import Word

EMPTY = Word(word="any")


def test_the_longest_unused_leaves_first() -> None:
    cache = AnswerCache[Word](2)
    cache.put("a", EMPTY)
    cache.put("b", EMPTY)
    assert cache.get("a") is not None
    cache.put("c", EMPTY)
    assert (cache.get("a"), cache.get("b"), len(cache)) == (EMPTY, None, 2)


def test_a_capacity_of_nothing_keeps_nothing() -> None:
    cache = AnswerCache[Word](0)
    cache.put("a", EMPTY)
    assert cache.get("a") is None


def test_another_model_prompt_or_request_is_another_question() -> None:
    keys = {
        answer_key(*parts)
        for parts in [("m", "p", "r"), ("n", "p", "r"), ("m", "q", "r"), ("m", "p", "s"), ("mp", "", "r")]
    }
    assert len(keys) == 5
