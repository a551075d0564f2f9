"""A compact set is a set: it holds what was added and nothing else."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from pipeline.runtime import answer_hashes
from pipeline.runtime.answer_hashes import AnswerHashes, _holds


@given(st.lists(st.text(max_size=4)), st.lists(st.text(max_size=4)))
def test_it_holds_what_was_added_and_nothing_else(added: list[str], others: list[str]) -> None:
    answers = AnswerHashes()
    for text in added:
        answers.add(text)
    assert len(answers) == len(set(added))
    assert {text for text in [*added, *others] if text in answers} == set(added)


def test_what_lies_across_two_hashes_is_neither() -> None:
    bucket = bytearray(b"12345678abcdefgh")
    assert not _holds(bucket, b"5678abcd")
    assert _holds(bucket, b"abcdefgh")
    assert _holds(bucket + b"5678abcd", b"5678abcd")


def test_many_take_little_memory() -> None:
    answers = AnswerHashes()
    tracemalloc.start()
    for number in range(answer_hashes.BUCKETS * 4):
        answers.add(str(number))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 5_000_000
