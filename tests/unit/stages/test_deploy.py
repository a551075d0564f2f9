"""The deploy agent."""

import pytest

from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.deploy import Deploy
from agents.domain.ports import Carried
from agents.domain.verdicts import Declined, Failed, Rejected
from schemas.bodies import IntentPlanned, StepTarget
from schemas.envelope import Intent
from schemas.reasons import DeclineReason
from tests.unit.git.requests import at_most_20_replicas, intent, plan, scale, step, target


def approved(planned: IntentPlanned) -> None:
    """Everything is allowed."""


class Refusing:
    """A deployment target that refuses."""

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        raise Failed("refused", "the RIC knows no such policy")


NEPHIO = step("scale", "tokyo-1/amf", target("replicas", "equals", 5))
A1 = step("ensure", "tokyo-1/gnb", target("latency", "at_most", 5), type="gnb", to=StepTarget.A1)


async def test_a_plan_is_carried_out_by_the_target_of_its_steps() -> None:
    double = InMemoryDeploymentTarget(at_most_20_replicas)
    carried = await Deploy({StepTarget.NEPHIO: double}, approved)(scale("tokyo-1/amf", 5), intent("a", 1))
    assert [result.outcome for result in carried.deployed.results] == ["done"]
    assert carried.deployed.revision == "1"


async def test_a_step_without_a_connected_interface_declines_before_any_effect() -> None:
    double = InMemoryDeploymentTarget(at_most_20_replicas)
    with pytest.raises(Declined) as declined:
        await Deploy({StepTarget.NEPHIO: double}, approved)(plan(NEPHIO, A1), intent("a", 1))
    assert declined.value.reason is DeclineReason.UNSUPPORTED
    assert "ensure tokyo-1/gnb (a1)" in declined.value.message
    assert "scale tokyo-1/amf" not in declined.value.message
    assert double.files == {}


async def test_what_is_not_approved_has_no_effect() -> None:
    def not_approved(planned: IntentPlanned) -> None:
        raise Rejected("plan_digest_mismatch", "changed on its way")

    double = InMemoryDeploymentTarget(at_most_20_replicas)
    with pytest.raises(Rejected):
        await Deploy({StepTarget.NEPHIO: double}, not_approved)(scale("tokyo-1/amf", 5), intent("a", 1))
    assert double.files == {}


async def test_a_refusal_after_an_effect_says_what_was_done_and_not_undone() -> None:
    targets = {StepTarget.NEPHIO: InMemoryDeploymentTarget(at_most_20_replicas), StepTarget.A1: Refusing()}
    with pytest.raises(Failed) as failed:
        await Deploy(targets, approved)(plan(NEPHIO, A1), intent("a", 1))
    assert failed.value.reason == "partly_done"
    assert "scale tokyo-1/amf" in failed.value.message
    assert "no such policy" in failed.value.message
