"""A proposal counts for what it stands on: what has changed since is named, and decided on anew."""

from datetime import UTC, datetime

import pytest
from pydantic_core import to_json

from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.approve import Approve, Approved, Decided, ProposedAgain
from agents.deploy import Deploy
from agents.domain.ports import Carried
from agents.domain.verdicts import Declined, Retryable
from agents.plan import MakePlan, Propose
from agents.planning import standing
from agents.planning.standing import Standing
from schemas.bodies import Decision, IntentEnriched, IntentPlanned, StepTarget, Verdict
from schemas.envelope import Intent, Order
from schemas.reasons import DeclineReason
from tests.unit.planning.wording import enriched, expect


def intent(number: int) -> Intent:
    return Intent(f"00000000-0000-5000-8000-{number:012}", Order(number, 0, 0), 0, f"{number:064}", number)


def approval(planned: IntentPlanned) -> Decision:
    return Decision(
        verdict=Verdict.APPROVE, plan_digest=planned.plan.digest, decided_by="hanna", decided_at=datetime.now(UTC)
    )


class World:
    """A function that runs, and the stages around it."""

    def __init__(self, make_plan: MakePlan) -> None:
        self.target = InMemoryDeploymentTarget(lambda *value: [])
        targets = {StepTarget.NEPHIO: self.target}
        stand = Standing(lambda: targets, lambda: self.target)
        self.propose = Propose(make_plan, stand)
        self.approve = Approve(make_plan.plan_again, stand)
        self.deploy = Deploy(targets, lambda planned: None, lambda: self.target)
        self.orders = iter(range(1_000, 2_000))

    async def carry_out(self, number: int, body: IntentEnriched) -> None:
        await self.deploy(await self.propose(body, intent(number)), intent(number))

    async def proposed(self, number: int, body: IntentEnriched) -> IntentPlanned:
        """As it arrives at the next stage."""
        planned = await self.propose(body, intent(number))
        return IntentPlanned.model_validate_json(to_json(planned, exclude_none=True))

    async def approved(self, number: int, planned: IntentPlanned) -> Approved | ProposedAgain:
        placed = intent(number).reordered(Order(next(self.orders), 0, 0))
        outcome = await self.approve(Decided(planned, approval(planned)), placed)
        assert isinstance(outcome, Approved | ProposedAgain)
        if isinstance(outcome, Approved):
            assert isinstance(await self.deploy(outcome.planned, placed), Carried)
        return outcome


@pytest.fixture
async def world(make_plan: MakePlan, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(standing, "GRACE_SECONDS", 0)
    world = World(make_plan)
    await world.carry_out(
        1, enriched(expect("deploy", "upf", ("replicas", "equals", 3), ("version", "equals", "2.3.1")))
    )
    return world


def upgrade(version: str) -> IntentEnriched:
    return enriched(expect("upgrade", "upf", ("version", "equals", version)))


async def test_what_nobody_has_touched_since_is_carried_out(world: World) -> None:
    first = await world.proposed(2, upgrade("2.4.1"))
    assert isinstance(await world.approved(2, first), Approved)


async def test_a_proposal_has_a_draft_until_it_is_carried_out(world: World) -> None:
    first = await world.proposed(2, upgrade("2.4.1"))
    assert first.draft is not None
    assert world.target.drafts == {intent(2).id: first.plan.digest}
    outcome = await world.approved(2, first)
    assert outcome.planned.draft == first.draft
    assert world.target.drafts == {}


@pytest.mark.parametrize("verdict", [Verdict.DECLINE, Verdict.EXPIRE])
async def test_what_is_declined_or_expires_has_no_draft_any_more(world: World, verdict: Verdict) -> None:
    first = await world.proposed(2, upgrade("2.4.1"))
    decision = approval(first).model_copy(update={"verdict": verdict})
    for _ in range(2):  # as after a redelivery
        with pytest.raises(Declined):
            await world.approve(Decided(first, decision), intent(2))
        assert world.target.drafts == {}


async def test_what_is_proposed_again_keeps_its_draft_and_a_corrected_plan_leaves_none(world: World) -> None:
    older, newer = await world.proposed(2, upgrade("2.4.1")), await world.proposed(3, upgrade("3.0.0"))
    await world.approved(3, newer)
    again = await world.approved(2, older)
    assert isinstance(again, ProposedAgain)
    assert world.target.drafts == {intent(2).id: again.planned.plan.digest}


async def test_a_target_that_makes_no_draft_holds_no_proposal_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*arguments: object) -> None:
        raise Retryable("away", dependency="git")

    monkeypatch.setattr(world.target, "draft", away)
    monkeypatch.setattr(world.target, "withdraw", away)
    first = await world.proposed(2, upgrade("2.4.1"))
    assert first.draft is None
    assert isinstance(await world.approved(2, first), Approved)


async def test_an_older_upgrade_is_proposed_again_once_a_newer_one_is_done(world: World) -> None:
    older, newer = await world.proposed(2, upgrade("2.4.1")), await world.proposed(3, upgrade("3.0.0"))
    assert isinstance(await world.approved(3, newer), Approved)
    again = await world.approved(2, older)
    assert isinstance(again, ProposedAgain)
    assert intent(3).id in again.why
    assert isinstance(await world.approved(2, again.planned), Approved), "decided on with open eyes"


async def test_a_delete_is_proposed_again_once_the_function_was_scaled(world: World) -> None:
    deletion = await world.proposed(2, enriched(expect("delete", "upf")))
    await world.carry_out(3, enriched(expect("scale", "upf", ("replicas", "equals", 7))))
    again = await world.approved(2, deletion)
    assert isinstance(again, ProposedAgain)
    assert intent(3).id in again.why


async def test_what_changed_between_approval_and_effect_is_a_conflict(world: World, make_plan: MakePlan) -> None:
    older, newer = await world.proposed(2, upgrade("2.4.1")), await world.proposed(3, upgrade("3.0.0"))
    placed = intent(2).reordered(Order(5_000, 0, 0))
    outcome = await world.approve(Decided(older, approval(older)), placed)
    assert isinstance(outcome, Approved)
    await world.approved(3, newer)
    with pytest.raises(Declined) as declined:
        await world.deploy(outcome.planned, placed)
    assert declined.value.reason is DeclineReason.CONFLICT
    assert world.target.drafts == {}


async def test_an_approval_that_is_redelivered_after_its_effect_is_approved_again(world: World) -> None:
    first = await world.proposed(2, upgrade("2.4.1"))
    assert isinstance(await world.approved(2, first), Approved)
    assert isinstance(await world.approved(2, first), Approved)


async def test_what_was_carried_out_is_not_declined_when_it_comes_again_after_a_newer_one(world: World) -> None:
    first = await world.proposed(2, upgrade("2.4.1"))
    placed = intent(2).reordered(Order(5_000, 0, 0))
    outcome = await world.approve(Decided(first, approval(first)), placed)
    assert isinstance(outcome, Approved)
    await world.deploy(outcome.planned, placed)
    world.orders = iter(range(6_000, 7_000))
    assert isinstance(await world.approved(3, await world.proposed(3, upgrade("3.0.0"))), Approved)
    again = await world.deploy(outcome.planned, placed)
    assert isinstance(again, Carried)
    assert [result.outcome for result in again.deployed.results] == ["already_done"]
    assert isinstance(await world.approve(Decided(first, approval(first)), placed), Approved)


async def test_an_upgrade_of_what_is_not_there_is_declined_before_anybody_is_asked(world: World) -> None:
    with pytest.raises(Declined) as declined:
        await world.propose(enriched(expect("upgrade", "smf", ("version", "equals", "2"))), intent(2))
    assert declined.value.reason is DeclineReason.INFEASIBLE
