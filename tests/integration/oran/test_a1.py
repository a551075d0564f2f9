"""A1 on stand-ins: what is looked at before a policy is sent, what its status means, and what goes wrong."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agents.adapters.a1.a1_interface import A1Interface
from agents.adapters.a1.settings import A1EndpointSettings, A1Settings, Dialect
from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.adapters.ledgered.ledgered_deployment_target import LedgeredDeploymentTarget
from agents.domain.verdicts import Declined, Retryable
from schemas.intent import SliceId
from schemas.reasons import DeclineReason
from tests.contract.far_sides.a1 import PLACE, TYPE, A1FarSide, open_a1
from tests.contract.far_sides.planned import planned
from tests.unit.git.requests import at_most_20_replicas, intent

DIALECTS = [dialect for dialect in Dialect if dialect is not Dialect.AUTO]
SLICE_SLA = "ORAN_SliceSLATarget_4.0.1"


@pytest.fixture(params=DIALECTS)
async def ric(request: pytest.FixtureRequest) -> AsyncIterator[A1FarSide]:
    async with open_a1(request.param) as far:
        yield far


def worker(ric: A1FarSide) -> LedgeredDeploymentTarget:
    return LedgeredDeploymentTarget(ric.interface, InMemoryDeploymentTarget(at_most_20_replicas))


async def test_accepted_is_not_enforced(ric: A1FarSide) -> None:
    ric.policies.enforcement_seconds = None
    target = worker(ric)
    carried = await target.carry_out(intent("a", 1), ric.plan(40))
    [watch] = carried.watches
    waiting = await target.observe(watch)
    assert (waiting.state, "OTHER_REASON" in waiting.message) == ("waiting", True)
    ric.policies.enforcement_seconds = 0
    assert (await target.observe(watch)).state == "in_force"
    await ric.set_by_hand(70)
    assert (await target.observe(watch)).state == "failed"


async def test_a_type_that_is_not_offered_declines_before_anything_is_sent(ric: A1FarSide) -> None:
    del ric.policies.schemas[TYPE]
    with pytest.raises(Declined) as declined:
        await worker(ric).carry_out(intent("a", 1), ric.plan(40))
    assert (declined.value.reason, TYPE in declined.value.message) == (DeclineReason.UNSUPPORTED, True)
    assert not [line for line in ric.server.seen if not line.startswith("GET")]


async def test_what_the_schema_of_the_type_does_not_allow_is_not_sent(ric: A1FarSide) -> None:
    ric.policies.schemas[TYPE]["properties"]["serviceTarget"]["items"]["properties"]["value"]["maximum"] = 50
    with pytest.raises(Declined) as declined:
        await worker(ric).carry_out(intent("a", 1), ric.plan(60))
    assert declined.value.reason is DeclineReason.INFEASIBLE
    assert not [line for line in ric.server.seen if not line.startswith("GET")]


@pytest.mark.parametrize("status", [401, 409, 423, 429, 500, 503])
async def test_what_may_heal_is_tried_again(ric: A1FarSide, status: int) -> None:
    target = worker(ric)
    ric.server.faults.append(status)
    with pytest.raises(Retryable) as retryable:
        await target.carry_out(intent("a", 1), ric.plan(40))
    assert retryable.value.dependency == "a1"
    await target.carry_out(intent("a", 1), ric.plan(40))
    assert (await ric.held(), await ric.effects()) == (40, 1)


@pytest.mark.parametrize("status", [409, 503])
async def test_a_question_that_is_not_answered_is_asked_again(ric: A1FarSide, status: int) -> None:
    target = worker(ric)
    await target.carry_out(intent("a", 1), ric.plan(40))
    ric.server.looks_fail.append(status)
    with pytest.raises(Retryable):
        await target.carry_out(intent("b", 2), ric.plan(5, "increase_by"))
    await target.carry_out(intent("b", 2), ric.plan(5, "increase_by"))
    assert (await ric.held(), await ric.effects()) == (45, 2)


async def test_an_endpoint_that_hangs_is_given_up_in_time() -> None:
    async with open_a1(Dialect.STANDARD) as ric:
        endpoint = A1EndpointSettings.model_validate({"url": ric.server.url, "timeout_seconds": 0.3})
        ric.interface = A1Interface(A1Settings(endpoints={"*": endpoint}))
        target = worker(ric)
        ric.server.faults.append("hang")
        began = time.monotonic()
        with pytest.raises(Retryable):
            await target.carry_out(intent("a", 1), ric.plan(40))
        assert time.monotonic() - began < 5
        await target.carry_out(intent("a", 1), ric.plan(40))
        assert (await ric.held(), await ric.effects()) == (40, 1)


async def test_a_policy_moves_to_the_type_that_can_say_the_new_wish_and_back() -> None:
    async with open_a1(Dialect.STANDARD) as ric:
        ric.policies.schemas[SLICE_SLA] = {"type": "object", "required": ["scope", "sliceSlaObjectives"]}
        target = worker(ric)
        slice_id = SliceId(sst=1, sd="010203")
        place = "tokyo-1/blue"
        most = planned(place, "slice", "latency", "at_most", 10, slice=slice_id)
        exact = planned(place, "slice", "latency", "equals", 5, slice=slice_id)
        await target.carry_out(intent("a", 1), most)
        await target.carry_out(intent("b", 2), exact)
        assert {type_name for type_name, _ in ric.policies.held} == {TYPE}
        await target.undo(intent("undo b", 3), intent("b", 2).id)
        assert {type_name for type_name, _ in ric.policies.held} == {SLICE_SLA}


async def test_a_place_without_a_ric_is_unsupported() -> None:
    async with open_a1(Dialect.STANDARD) as ric:
        ric.interface = A1Interface(A1Settings())
        with pytest.raises(Declined) as declined:
            await worker(ric).carry_out(intent("a", 1), ric.plan(40))
        assert (declined.value.reason, PLACE.split("/")[0] in declined.value.message) == ("unsupported", True)


async def test_a_token_is_read_anew_for_every_request_and_kept_out_of_what_is_said(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("very-secret")
    endpoint = A1EndpointSettings.model_validate({"url": "https://127.0.0.1:9", "token_file": token})
    interface = A1Interface(A1Settings(endpoints={"*": endpoint}))
    with pytest.raises(Retryable) as retryable:
        await interface.check("*")
    assert "very-secret" not in retryable.value.message
    token.unlink()
    with pytest.raises(Retryable, match="cannot be read"):
        await interface.check("*")


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://ric.example", "token_file": "/run/token"},
        {"url": "https://me:secret@ric.example"},
        {"url": "https://ric.example", "certificate_file": "/run/certificate"},
    ],
)
def test_settings_that_would_leak_or_lack_something_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"token|credentials|certificate_file"):
        A1EndpointSettings.model_validate(settings)
