"""What a decision comes to, and what deploy lets through."""

from datetime import UTC, datetime

import pytest

from agents.approve import Approve, Approved, Decided, ProposedAgain, decide, require_approved
from agents.domain.verdicts import Declined, Rejected
from agents.knowledge.pack import KnowledgePack
from agents.plan import MakePlan
from agents.planning.digests import digest_of
from schemas.bodies import Approval, Decision, IntentPlanned, Step, Verdict
from schemas.reasons import DeclineReason
from tests.unit.planning.wording import INTENT, enriched, expect

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def proposal(make_plan: MakePlan) -> IntentPlanned:
    return make_plan.plan(enriched(expect("delete", "nef")))


@pytest.fixture
def harmless(make_plan: MakePlan) -> IntentPlanned:
    return make_plan.plan(enriched(expect("scale", "amf", ("replicas", "equals", 5))))


def decision(verdict: str, planned: IntentPlanned, digest: str | None = None) -> Decision:
    return Decision(
        verdict=Verdict(verdict), plan_digest=digest or planned.plan.digest, decided_by="hanna", decided_at=NOON
    )


def approved(planned: IntentPlanned, make_plan: MakePlan) -> IntentPlanned:
    outcome = decide(planned, decision("approve", planned), make_plan.plan_again)
    assert isinstance(outcome, Approved)
    return outcome.planned


def resealed(planned: IntentPlanned) -> IntentPlanned:
    """The plan with a digest that fits what it says now, as anybody can make it."""
    digest = digest_of(planned.plan, planned.expectations)
    return planned.model_copy(update={"plan": planned.plan.model_copy(update={"digest": digest})})


def smuggled(planned: IntentPlanned, step: Step) -> IntentPlanned:
    return planned.model_copy(update={"plan": planned.plan.model_copy(update={"steps": (*planned.plan.steps, step)})})


def test_an_approval_says_who_allowed_which_plan(proposal: IntentPlanned, make_plan: MakePlan) -> None:
    planned = approved(proposal, make_plan)
    assert planned.approval == Approval(plan_digest=proposal.plan.digest, decided_by="hanna", decided_at=NOON)
    assert planned.plan == proposal.plan


async def test_the_agent_decides_as_the_rule_does(proposal: IntentPlanned, make_plan: MakePlan) -> None:
    outcome = await Approve(make_plan.plan_again)(Decided(proposal, decision("approve", proposal)), INTENT)
    assert outcome == decide(proposal, decision("approve", proposal), make_plan.plan_again)


@pytest.mark.parametrize(
    ("verdict", "reason"), [("decline", DeclineReason.NOT_APPROVED), ("expire", DeclineReason.EXPIRED)]
)
def test_a_declined_or_expired_proposal_is_the_requesters_answer(
    verdict: str, reason: DeclineReason, proposal: IntentPlanned, make_plan: MakePlan
) -> None:
    with pytest.raises(Declined) as refusal:
        decide(proposal, decision(verdict, proposal), make_plan.plan_again)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_decision_on_another_plan_decides_nothing(
    verdict: Verdict, proposal: IntentPlanned, make_plan: MakePlan
) -> None:
    outcome = decide(proposal, decision(verdict, proposal, digest="0" * 64), make_plan.plan_again)
    assert isinstance(outcome, ProposedAgain)
    assert outcome.planned == proposal


def test_a_plan_that_would_be_made_differently_today_is_proposed_again(
    proposal: IntentPlanned, harmless: IntentPlanned
) -> None:
    outcome = decide(proposal, decision("approve", proposal), lambda _: harmless)
    assert isinstance(outcome, ProposedAgain)
    assert outcome.planned == harmless


def test_a_plan_that_needs_nobody_passes(harmless: IntentPlanned, pack: KnowledgePack, make_plan: MakePlan) -> None:
    require_approved(harmless, pack, make_plan.steps_of)


def test_an_approved_plan_passes(proposal: IntentPlanned, pack: KnowledgePack, make_plan: MakePlan) -> None:
    require_approved(approved(proposal, make_plan), pack, make_plan.steps_of)


def test_a_plan_that_needs_an_approval_and_has_none_is_declined(proposal: IntentPlanned, pack: KnowledgePack) -> None:
    with pytest.raises(Declined) as refusal:
        require_approved(proposal, pack)
    assert refusal.value.reason == DeclineReason.NOT_APPROVED


def test_leaving_the_reasons_out_does_not_spare_the_approval(proposal: IntentPlanned, pack: KnowledgePack) -> None:
    silent = proposal.model_copy(update={"plan": proposal.plan.model_copy(update={"approval_reasons": ()})})
    with pytest.raises(Declined, match="needs an approval"):
        require_approved(resealed(silent), pack)


def test_a_plan_proposed_under_stricter_rules_still_waits_for_its_approval(
    harmless: IntentPlanned, pack: KnowledgePack
) -> None:
    cautious = harmless.model_copy(update={"plan": harmless.plan.model_copy(update={"approval_reasons": ("a look",)})})
    with pytest.raises(Declined, match="a look"):
        require_approved(resealed(cautious), pack)


def test_an_approval_of_another_plan_is_none(
    proposal: IntentPlanned, harmless: IntentPlanned, pack: KnowledgePack
) -> None:
    approval = Approval(plan_digest=harmless.plan.digest, decided_by="hanna", decided_at=NOON)
    with pytest.raises(Declined, match="has none"):
        require_approved(proposal.model_copy(update={"approval": approval}), pack)


def test_a_plan_changed_on_its_way_is_rejected(
    harmless: IntentPlanned, proposal: IntentPlanned, pack: KnowledgePack
) -> None:
    with pytest.raises(Rejected) as refusal:
        require_approved(smuggled(harmless, proposal.plan.steps[0]), pack)
    assert refusal.value.reason == "plan_digest_mismatch"


def test_steps_that_do_not_follow_from_the_request_are_rejected_whatever_their_digest(
    harmless: IntentPlanned, proposal: IntentPlanned, pack: KnowledgePack, make_plan: MakePlan
) -> None:
    with pytest.raises(Rejected, match="do not follow"):
        require_approved(resealed(smuggled(harmless, proposal.plan.steps[0])), pack, make_plan.steps_of)


def test_a_plan_from_before_a_change_of_the_pack_asks_to_be_made_again(
    harmless: IntentPlanned, proposal: IntentPlanned, pack: KnowledgePack, make_plan: MakePlan
) -> None:
    older = smuggled(harmless, proposal.plan.steps[0])
    older = older.model_copy(update={"plan": older.plan.model_copy(update={"knowledge_digest": "an older pack"})})
    with pytest.raises(Declined) as refusal:
        require_approved(resealed(older), pack, make_plan.steps_of)
    assert refusal.value.reason == DeclineReason.CONFLICT


def test_a_plan_that_the_rules_forbid_by_now_is_declined(harmless: IntentPlanned, pack: KnowledgePack) -> None:
    beyond = harmless.model_copy(update={"expectations": (expect("scale", "amf", ("replicas", "equals", 21)),)})
    with pytest.raises(Declined) as refusal:
        require_approved(resealed(beyond), pack)
    assert refusal.value.reason == DeclineReason.POLICY_VIOLATION
