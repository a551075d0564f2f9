"""The bucket that says how long to wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.adapters.virtual_clock import VirtualClock
from agents.model.rate_limit import RateLimit


def test_a_full_minute_may_go_at_once_and_then_one_at_a_time() -> None:
    clock = VirtualClock()
    limit = RateLimit(clock, 60)
    limit.take(60)
    assert limit.seconds_to_wait(1) == pytest.approx(1.0)
    clock.advance(1)
    assert limit.seconds_to_wait(1) == pytest.approx(0.0)


def test_more_than_a_minute_holds_waits_for_a_full_minute_and_not_for_ever() -> None:
    clock = VirtualClock()
    limit = RateLimit(clock, 100)
    limit.take(100)
    assert limit.seconds_to_wait(1_000) == pytest.approx(60.0)


def test_what_was_taken_too_much_is_given_back_and_never_more_than_a_minute_holds() -> None:
    limit = RateLimit(VirtualClock(), 100)
    limit.take(80)
    limit.take(-60)
    assert limit.seconds_to_wait(80) == pytest.approx(0.0)
    limit.take(-10_000)
    assert limit.seconds_to_wait(101) == pytest.approx(0.0)
    limit.take(100)
    assert limit.seconds_to_wait(1) > 0


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 40)), max_size=60))
def test_whoever_waits_as_told_never_takes_more_than_the_limit_and_one_bucket(asked: list[tuple[float, int]]) -> None:
    clock = VirtualClock()
    limit = RateLimit(clock, 40)
    taken: list[tuple[float, int]] = []
    for pause, amount in asked:
        clock.advance(pause)
        clock.advance(limit.seconds_to_wait(amount) + 1e-6)
        limit.take(amount)
        taken.append((clock.monotonic(), amount))
    for begin, _ in taken:
        within_a_minute = sum(amount for moment, amount in taken if begin <= moment < begin + 60)
        assert within_a_minute <= 2 * 40 + 1
