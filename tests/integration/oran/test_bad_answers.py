"""Whatever the other side answers, or does not, nothing is doubled, forgotten, or called done that is not."""

import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from agents.adapters.a1.a1_interface import A1Interface
from agents.adapters.a1.settings import A1EndpointSettings, A1Settings, Dialect
from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.adapters.ledgered.ledgered_deployment_target import LedgeredDeploymentTarget
from agents.domain.verdicts import Retryable
from pipeline.stand_ins.ric.http_server import Fault
from tests.contract.far_sides.a1 import open_a1
from tests.contract.far_sides.opening import open_far_side
from tests.unit.git.requests import at_most_20_replicas, intent

FAR_SIDES = (*(f"a1 {each}" for each in Dialect if each is not Dialect.AUTO), "o2 rest", "o2 resource", "porch")
STATUSES: tuple[Fault, ...] = (301, 303, 307, 401, 409, 423, 429, 500, 503, 520, 599)
SPOILT: tuple[Fault, ...] = ("cut", "garbage", "nested", "zipped", "flood")


@pytest.fixture(params=FAR_SIDES)
async def far(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    async with open_far_side(request.param, request) as opened:
        yield opened


def worker(far: Any) -> LedgeredDeploymentTarget[Any]:
    return LedgeredDeploymentTarget(far.interface, InMemoryDeploymentTarget(at_most_20_replicas))


@pytest.mark.parametrize("fault", [*STATUSES, *SPOILT])
async def test_a_change_with_a_bad_answer_is_done_once_in_the_end(far: Any, fault: Fault) -> None:
    target = worker(far)
    far.server.faults.append(fault)
    was_it_done = suppress(Retryable) if fault in SPOILT else pytest.raises(Retryable)
    with was_it_done:
        await target.carry_out(intent("a", 1), far.plan(40))
    await target.carry_out(intent("a", 1), far.plan(40))
    assert (await far.held(), await far.effects()) == (40, 1)


@pytest.mark.parametrize("fault", [*STATUSES, *SPOILT])
async def test_a_question_with_a_bad_answer_is_asked_again_and_taken_for_no_other(far: Any, fault: Fault) -> None:
    target = worker(far)
    await target.carry_out(intent("a", 1), far.plan(40))
    far.server.looks_fail.append(fault)
    with suppress(Retryable) if fault == "cut" else pytest.raises(Retryable):  # some clients ask again by themselves
        await target.carry_out(intent("b", 2), far.plan(5, "increase_by"))
    await target.carry_out(intent("b", 2), far.plan(5, "increase_by"))
    assert (await far.held(), await far.effects()) == (45, 2)


@pytest.mark.parametrize("is_change", [True, False])
async def test_an_answer_that_comes_a_byte_a_second_is_given_up_in_time(*, is_change: bool) -> None:
    async with open_a1(Dialect.STANDARD) as ric:
        endpoint = A1EndpointSettings.model_validate({"url": ric.server.url, "timeout_seconds": 2})
        ric.interface = A1Interface(A1Settings(endpoints={"*": endpoint}))
        target = worker(ric)
        (ric.server.faults if is_change else ric.server.looks_fail).append("drip")
        began = time.monotonic()
        with pytest.raises(Retryable):
            await target.carry_out(intent("a", 1), ric.plan(40))
        assert time.monotonic() - began < 20, "it would have taken years"
        await target.carry_out(intent("a", 1), ric.plan(40))
        assert (await ric.held(), await ric.effects()) == (40, 1)
