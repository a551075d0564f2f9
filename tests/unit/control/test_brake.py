"""The brake: when a stage stops itself, and above all when it does not."""

import json
from collections.abc import Callable

from agents.domain.verdicts import Retryable
from pipeline.control.brake import Brake, BrakeSettings, place_of
from schemas.envelope import Order
from schemas.topics import topic_named


def error_of(work: Callable[[], object]) -> BaseException:
    try:
        work()
    except Exception as error:
        return error
    raise AssertionError("it was to fail")


ERRORS = (
    error_of(lambda: Order.parse("?")),
    error_of(lambda: topic_named("?")),
    Retryable("away", dependency="git"),
)
"""Of three places."""


class Braking:
    """A brake, its hits, and a clock that is turned by hand."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        self.now = 0.0
        self.brake = Brake(BrakeSettings(), self.hits.append, lambda: self.now)

    def fail(self, count: int, places: int = 3, reason: str = "internal_error") -> None:
        for number in range(count):
            self.brake.dead_lettered(reason, ERRORS[number % places])


def test_errors_at_several_places_of_our_code_pause_the_stage_once_and_again_after_a_resume() -> None:
    braking = Braking()
    braking.fail(9)
    assert braking.hits == []
    braking.fail(20, reason="retries_exhausted")
    assert len(braking.hits) == 1
    braking.brake.release()
    braking.fail(9)
    assert len(braking.hits) == 1
    braking.fail(1)
    assert len(braking.hits) == 2


def test_one_producers_garbage_stops_nobody_not_even_where_it_meets_a_fault_of_ours() -> None:
    braking = Braking()
    braking.fail(10_000, reason="not_utf8")
    braking.fail(10_000, reason="unverified")
    braking.fail(10_000, places=2)
    assert braking.hits == []


def test_a_place_is_a_line_of_ours_whatever_the_request_said() -> None:
    assert len({place_of(error_of(lambda text=text: Order.parse(text))) for text in ("?", "a/b/c/d", "", "1/2")}) == 1
    assert len(set(map(place_of, ERRORS))) == 3
    nested = "[" * 100_000
    assert place_of(error_of(lambda: json.loads(nested))) == "RecursionError"


def test_where_most_events_go_well_or_the_errors_are_old_the_stage_goes_on() -> None:
    braking = Braking()
    for _ in range(100):
        braking.fail(9)
        for _ in range(11):
            braking.brake.went_well()
    braking.fail(9)
    braking.now += 301
    braking.fail(9)
    assert braking.hits == []
