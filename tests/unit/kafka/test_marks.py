"""What is committed beside an offset is read as it was written, and what others wrote there is nobody's mark."""

import pytest

from pipeline.kafka.marks import Mark


@pytest.mark.parametrize("mark", [Mark(41, 1_700_000_000_000, 1_700_000_000_001), Mark(9, -1, 0, again_until=100)])
def test_a_mark_is_read_as_it_was_written(mark: Mark) -> None:
    assert Mark.parse(str(mark)) == mark
    assert Mark.parse(f"{mark}\0") == mark  # as librdkafka's Python client writes it


def test_once_all_is_read_again_the_mark_says_nothing_of_it() -> None:
    assert Mark(98, 5, 5, again_until=100).is_read_again
    assert not Mark(99, 5, 5, again_until=100).is_read_again
    assert str(Mark(99, 5, 5, again_until=100)) == "99@5~5"


@pytest.mark.parametrize("text", [None, "", "a note of a replay job", "1@2", "1@2~3<x"])
def test_what_others_wrote_is_no_mark(text: str | None) -> None:
    assert Mark.parse(text) is None
