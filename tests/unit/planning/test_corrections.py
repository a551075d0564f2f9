"""Values that an approver corrects: they become the approver's own, and the rules apply to them."""

from datetime import UTC, datetime

import pytest

from agents.approve import Approved, ProposedAgain, decide, require_approved
from agents.knowledge.pack import KnowledgePack
from agents.plan import MakePlan
from agents.planning.corrections import NoSuchValue, corrected
from schemas.bodies import Decision, Edit, Ground, IntentPlanned, Origin, Verdict
from tests.unit.planning.wording import enriched, expect

GROUNDS = (
    Ground(expectation=0, origins=(Origin(kind="request", quote="more of it"),)),
    Ground(expectation=0, target="replicas", origins=(Origin(kind="request", quote="5", value=5.0),), arithmetic="a"),
)


@pytest.fixture
def proposal(make_plan: MakePlan) -> IntentPlanned:
    wished = expect("scale", "amf", ("replicas", "equals", 5), ("cpu", "equals", 4), sites=("osaka-1", "tokyo-1"))
    body = enriched(wished).model_copy(update={"to_confirm": ("a model planned it",)})
    return make_plan.plan(body, GROUNDS)


def edit(value: float | str, place: str = "osaka-1/amf", name: str = "replicas") -> Edit:
    site, _, slug = place.partition("/")
    return Edit(site=site, object=slug, name=name, value=value)


def approval(proposal: IntentPlanned, make_plan: MakePlan, *edits: Edit, digest: str | None = None) -> Decision:
    seen = digest or make_plan.plan_again(corrected(proposal, edits, "hanna")).plan.digest
    return Decision(
        verdict=Verdict.APPROVE,
        plan_digest=proposal.plan.digest,
        decided_by="hanna",
        decided_at=datetime(2026, 11, 28, tzinfo=UTC),
        edits=edits,
        edited_digest=seen,
    )


def test_a_corrected_value_is_carried_out_in_place_of_the_planned_one_at_its_site_alone(
    proposal: IntentPlanned, make_plan: MakePlan, pack: KnowledgePack
) -> None:
    outcome = decide(proposal, approval(proposal, make_plan, edit(7.0)), make_plan.plan_again)
    assert isinstance(outcome, Approved)
    planned = outcome.planned
    wished = {step.name: [each["value"] for each in step.content["targets"]] for step in planned.plan.steps}
    assert wished == {"scale osaka-1/amf": [7, 4], "scale tokyo-1/amf": [5, 4]}
    assert planned.plan.digest != proposal.plan.digest
    require_approved(planned, pack, make_plan.steps_of)


def test_it_is_told_whose_value_it_is(proposal: IntentPlanned, make_plan: MakePlan) -> None:
    planned = corrected(proposal, [edit(7.0)], "hanna")
    (ground,) = [each for each in planned.plan.grounds if each.expectation == 1 and each.target == "replicas"]
    assert ground.origins == (
        Origin(kind="approver", place="hanna", quote="replicas 7.0 of amf at osaka-1", value=7.0),
    )
    assert ground.arithmetic is None
    assert [each.arithmetic for each in planned.plan.grounds if each.expectation == 0] == [None, "a"]
    again = make_plan.plan_again(planned)
    assert any("hanna corrected it" in reason for reason in again.plan.approval_reasons)


def test_a_correction_beyond_the_rules_is_proposed_again_and_not_lost(
    proposal: IntentPlanned, make_plan: MakePlan
) -> None:
    outcome = decide(proposal, approval(proposal, make_plan, edit(40.0), digest="0"), make_plan.plan_again)
    assert isinstance(outcome, ProposedAgain)
    assert outcome.planned.plan == proposal.plan
    assert "at most 20 replicas" in outcome.why


def test_a_correction_that_makes_another_plan_than_was_seen_is_proposed_again(
    proposal: IntentPlanned, make_plan: MakePlan
) -> None:
    outcome = decide(proposal, approval(proposal, make_plan, edit(7.0), digest="0" * 64), make_plan.plan_again)
    assert isinstance(outcome, ProposedAgain)


@pytest.mark.parametrize(
    "wrong",
    [
        edit(7.0, place="nagoya-1/amf"),
        edit(7.0, place="osaka-1/upf"),
        edit(7.0, name="memory"),
        edit("seven"),
    ],
)
def test_what_the_plan_does_not_set_cannot_be_corrected(proposal: IntentPlanned, wrong: Edit) -> None:
    with pytest.raises(NoSuchValue):
        corrected(proposal, [wrong], "hanna")
