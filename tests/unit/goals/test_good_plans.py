"""Plans that hold are proposed, with what they rest on beside them, and wait for somebody to agree."""

import pytest

from agents.approve import require_approved
from agents.domain.verdicts import Declined
from agents.goals.answer_shape import ModelPlan
from agents.knowledge.pack import KnowledgePack
from agents.planning.templates import Templates
from schemas.reasons import DeclineReason
from tests.unit.goals.good_cases import GOOD
from tests.unit.goals.world import World


@pytest.mark.parametrize(("text", "answer"), GOOD, ids=[text for text, _ in GOOD])
async def test_a_plan_that_holds_is_proposed_and_passes_nowhere_without_an_approval(
    pack: KnowledgePack, templates: Templates, text: str, answer: ModelPlan
) -> None:
    world = World(pack, templates)
    world.model.then(answer)
    planned = await world.planned(text)
    assert planned.plan.approval_reasons
    assert {ground.expectation for ground in planned.plan.grounds} == set(range(len(planned.expectations)))
    named = {(each.expectation, each.target) for each in planned.plan.grounds}
    assert all((at, target.name) in named for at, each in enumerate(planned.expectations) for target in each.targets)
    with pytest.raises(Declined) as refused:
        require_approved(planned, pack, world.make_plan.steps_of)
    assert refused.value.reason is DeclineReason.NOT_APPROVED
    assert world.make_plan.plan_again(planned).plan.digest == planned.plan.digest, "an approval of it counts"
