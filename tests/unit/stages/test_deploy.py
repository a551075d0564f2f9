"""The deploy agent."""

from datetime import UTC, datetime

import pytest

from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.deploy import Deploy, RolledBack
from agents.domain.ports import Carried
from agents.domain.verdicts import Declined, Failed, Rejected
from schemas.bodies import IntentPlanned, RollbackPlanned, StepTarget
from schemas.envelope import Intent, Order
from schemas.reasons import DeclineReason
from tests.unit.git.requests import at_most_20_replicas, intent, plan, scale, step, target


def approved(planned: IntentPlanned) -> None:
    """Everything is allowed."""


class Refusing(InMemoryDeploymentTarget):
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


class Stubborn(InMemoryDeploymentTarget):
    """A deployment target that takes nothing back."""

    async def undo(self, intent: Intent, original: str) -> Carried:
        raise Declined(DeclineReason.CONFLICT, "it was changed by hand")


async def test_what_was_done_before_a_refusal_is_undone_and_both_are_said() -> None:
    double = InMemoryDeploymentTarget(at_most_20_replicas)
    await double.carry_out(intent("before", 0), scale("tokyo-1/amf", 3))
    deploy = Deploy({StepTarget.NEPHIO: double, StepTarget.A1: Refusing(at_most_20_replicas)}, approved)
    with pytest.raises(Failed) as failed:
        await deploy(plan(NEPHIO, A1), intent("a", 1))
    assert failed.value.reason == "undone"
    assert "no such policy" in failed.value.message
    assert "undone: scale tokyo-1/amf" in failed.value.message
    assert b"replicas: '3'" in double.files["tokyo-1/amf/parameters.yaml"]


async def test_what_was_undone_is_not_done_again_when_the_plan_is_delivered_again() -> None:
    double = InMemoryDeploymentTarget(at_most_20_replicas)
    with pytest.raises(Failed):
        await Deploy({StepTarget.NEPHIO: double, StepTarget.A1: Refusing(at_most_20_replicas)}, approved)(
            plan(NEPHIO, A1), intent("a", 1)
        )
    healed = {StepTarget.NEPHIO: double, StepTarget.A1: InMemoryDeploymentTarget(at_most_20_replicas)}
    with pytest.raises(Failed) as failed:
        await Deploy(healed, approved)(plan(NEPHIO, A1), intent("a", 1))
    assert failed.value.reason == "undone"
    assert not any(path.startswith("tokyo-1/") for path in double.files)


async def test_what_could_not_be_undone_is_named_with_the_reason() -> None:
    targets = {StepTarget.NEPHIO: Stubborn(at_most_20_replicas), StepTarget.A1: Refusing(at_most_20_replicas)}
    with pytest.raises(Failed) as failed:
        await Deploy(targets, approved)(plan(NEPHIO, A1), intent("a", 1))
    assert failed.value.reason == "partly_done"
    assert "not undone on nephio: it was changed by hand" in failed.value.message


def rollback_of(original: Intent) -> RollbackPlanned:
    return RollbackPlanned(decided_by="me", decided_at=datetime(2026, 11, 28, tzinfo=UTC), original=original.named())


async def test_a_rollback_puts_back_what_was_there_and_says_whose_work_that_was() -> None:
    double = InMemoryDeploymentTarget(at_most_20_replicas)
    deploy = Deploy({StepTarget.NEPHIO: double}, approved)
    await deploy(scale("tokyo-1/amf", 3), intent("before", 0))
    await deploy(scale("tokyo-1/amf", 5), intent("a", 1))
    done = await deploy(rollback_of(intent("a", 1)), intent("a", 1).rollback().reordered(Order(9, 0, 9)))
    assert isinstance(done, RolledBack)
    assert done.original.id == intent("a", 1).id
    assert b"replicas: '3'" in double.files["tokyo-1/amf/parameters.yaml"]


async def test_a_rollback_of_what_newer_intents_have_changed_is_a_conflict_that_names_them() -> None:
    deploy = Deploy({StepTarget.NEPHIO: InMemoryDeploymentTarget(at_most_20_replicas)}, approved)
    await deploy(scale("tokyo-1/amf", 3), intent("a", 1))
    await deploy(scale("tokyo-1/amf", 5), intent("b", 2))
    with pytest.raises(Declined) as declined:
        await deploy(rollback_of(intent("a", 1)), intent("a", 1).rollback())
    assert declined.value.reason is DeclineReason.CONFLICT
    assert intent("b", 2).id in declined.value.message


async def test_a_rollback_of_what_was_never_done_is_declined() -> None:
    deploy = Deploy({StepTarget.NEPHIO: InMemoryDeploymentTarget(at_most_20_replicas)}, approved)
    with pytest.raises(Declined) as declined:
        await deploy(rollback_of(intent("a", 1)), intent("a", 1).rollback())
    assert declined.value.reason is DeclineReason.INFEASIBLE


async def test_a_rollback_under_another_intents_name_is_refused() -> None:
    deploy = Deploy({StepTarget.NEPHIO: InMemoryDeploymentTarget(at_most_20_replicas)}, approved)
    await deploy(scale("tokyo-1/amf", 3), intent("a", 1))
    with pytest.raises(Rejected):
        await deploy(rollback_of(intent("a", 1)), intent("b", 2))
