"""What wishes make of what is held."""

import pytest

from agents.adapters.git.target_values import Held, resolve
from agents.domain.verdicts import Declined
from schemas.intent import Condition, Target
from schemas.reasons import DeclineReason


def wished(name: str, condition: str, value: float | str) -> Target:
    return Target(name=name, condition=Condition(condition), value=value, unit="")


@pytest.mark.parametrize(
    ("held", "target", "expected"),
    [
        (Held(), wished("replicas", "equals", 5.0), Held(value=5)),
        (Held(value=2, min=1, max=3), wished("replicas", "equals", 5), Held(value=5)),
        (Held(), wished("replicas", "at_least", 3), Held(value=3, min=3)),
        (Held(value=5), wished("replicas", "at_least", 3), Held(value=5, min=3)),
        (Held(value=2, max=2), wished("replicas", "at_least", 3), Held(value=3, min=3)),
        (Held(value=2, max=3), wished("replicas", "at_least", 3), Held(value=3, min=3, max=3)),
        (Held(), wished("replicas", "at_most", 6), Held(max=6)),
        (Held(value=8, min=7), wished("replicas", "at_most", 6), Held(value=6, max=6)),
        (Held(value=8, min=2), wished("replicas", "at_most", 6), Held(value=6, min=2, max=6)),
        (Held(), wished("dl_throughput", "at_most", 500), Held(value=500, max=500)),
        (Held(), wished("latency", "at_most", 10), Held(max=10)),
        (Held(), wished("availability", "at_least", 99.9), Held(min=99.9)),
        (Held(value=0.1), wished("cpu", "multiply_by", 3), Held(value=0.3)),
        (Held(value=4, min=2, max=6), wished("replicas", "increase_by", 2), Held(value=6, min=2, max=6)),
        (Held(value="2.3.1"), wished("version", "equals", "2.4.0"), Held(value="2.4.0")),
    ],
)
def test_a_wish_sets_the_value_and_its_bounds(held: Held, target: Target, expected: Held) -> None:
    assert resolve(target, held, "amf at tokyo-1") == expected


@pytest.mark.parametrize(
    ("held", "target"),
    [
        (Held(), wished("replicas", "increase_by", 2)),
        (Held(min=3), wished("latency", "decrease_by", 2)),
        (Held(value=3), wished("replicas", "multiply_by", 0.5)),
        (Held(value=3), wished("replicas", "equals", 2.5)),
        (Held(value=6, max=6), wished("replicas", "increase_by", 1)),
        (Held(value=3, min=3), wished("replicas", "decrease_by", 1)),
        (Held(value="2.3.1"), wished("version", "at_least", "2.4.0")),
        (Held(value="2.3.1"), wished("version", "increase_by", 1)),
    ],
)
def test_what_cannot_be_computed_is_infeasible_and_asked_back(held: Held, target: Target) -> None:
    with pytest.raises(Declined) as declined:
        resolve(target, held, "amf at tokyo-1")
    assert declined.value.reason is DeclineReason.INFEASIBLE
    assert "amf at tokyo-1" in declined.value.message
    assert declined.value.question
