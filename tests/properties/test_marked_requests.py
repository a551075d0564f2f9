"""What is put into a request shows in its answer: no veto, time, doubt or second wish leaves it as it was."""

import pytest
import yaml

from tests.fuzz.marked import KNOWN_LOSSES, TESTED, losses

SLOW = [pytest.param(seed, marks=pytest.mark.slow) for seed in TESTED if seed != 1]


@pytest.mark.parametrize("seed", [1, *SLOW])
def test_nothing_that_is_put_into_a_request_is_lost(seed: int) -> None:
    outcomes, lost = losses(TESTED[seed], seed)
    known = {each for each in yaml.safe_load(KNOWN_LOSSES.read_text("utf-8")) if each.startswith(f"{seed}-")}
    assert [loss.name for loss in lost if loss.id not in known] == []
    assert sorted(known - {loss.id for loss in lost}) == [], "repaired: leaves the list"
    assert outcomes["not read without it"] < sum(outcomes.values()) / 3
