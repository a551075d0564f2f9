"""Plans that do not hold: none is proposed, whatever the model says for it."""

from collections import Counter
from random import Random

import pytest

from agents.domain.verdicts import Declined
from agents.goals.answer_shape import ModelPlan
from agents.knowledge.pack import KnowledgePack
from agents.planning.templates import Templates
from schemas.bodies import Citation, StepTarget
from tests.unit.goals.answers import expect, plan, said, target
from tests.unit.goals.bad_cases import (
    FORBIDDEN_BY_RULES,
    INCOMPLETE,
    INVENTED,
    MISREAD,
    OBEYING_ELSEWHERE,
    POISONED,
    TAKING_AWAY,
    VETOED,
)
from tests.unit.goals.good_cases import GOOD, UPF_CARRIES
from tests.unit.goals.mutations import mutated
from tests.unit.goals.world import PASSAGES, World, state

ROUNDS = 5
WITHOUT_PASSAGE = tuple((text, answer) for text, answer in (*INCOMPLETE, *FORBIDDEN_BY_RULES, *TAKING_AWAY))
WITH_PASSAGE = (*POISONED, *OBEYING_ELSEWHERE, *MISREAD)


@pytest.fixture
def world(pack: KnowledgePack, templates: Templates) -> World:
    return World(pack, templates)


@pytest.mark.parametrize(("text", "answer"), WITHOUT_PASSAGE, ids=[text for text, _ in WITHOUT_PASSAGE])
async def test_a_plan_that_leaves_out_breaks_a_rule_or_takes_away_is_not_proposed(
    world: World, text: str, answer: ModelPlan
) -> None:
    why = await world.why_declined(text, answer)
    assert why is not None
    assert "no plan that passes the checks" in why, "it was judged, not kept from the model"


async def test_more_of_what_is_not_known_is_not_proposed(world: World) -> None:
    text = "Prepare tokyo-2 for the marathon: 40,000 more subscribers."
    more = target("max_subscribers", "increase_by", 40_000, said("40,000 more subscribers", 40_000))
    answer = plan(expect("scale", "upf", "tokyo-2", said("Prepare tokyo-2 for the marathon"), UPF_CARRIES, more))
    assert "not there (max_subscribers of upf at tokyo-2)" in (await world.why_declined(text, answer) or "")


async def test_more_of_what_is_kept_on_an_element_is_proposed(world: World) -> None:
    """The package of a RU holds no transmit power: the element does."""
    text = "Give RU 4 in edge-01 a boost: 3 dB more transmit power."
    more = target("tx_power", "increase_by", 3, said("3 dB more transmit power", 3))
    answer = plan(expect("configure", "ru", "edge-01", said("Give RU 4 in edge-01 a boost"), more, name="ru-4"))
    world.model.then(answer)
    planned = await world.planned(text, states=(state("edge-01", "ru", "ru-4", replicas=1),))
    assert [step.target for step in planned.plan.steps] == [StepTarget.O1]


@pytest.mark.parametrize(("text", "answer", "poison"), WITH_PASSAGE, ids=[text for text, _, _ in WITH_PASSAGE])
async def test_what_a_passage_orders_or_does_not_say_has_no_effect(
    world: World, text: str, answer: ModelPlan, poison: Citation
) -> None:
    assert await world.why_declined(text, answer, poison, *PASSAGES) is not None


@pytest.mark.parametrize("poison", [poison for _, _, poison in POISONED], ids=lambda each: each.excerpt[-40:])
async def test_a_poisoned_passage_is_not_shown_to_the_model_and_its_approver_is_told(
    world: World, poison: Citation
) -> None:
    text, answer = GOOD[0]
    world.model.then(answer)
    planned = await world.planned(text, poison, *PASSAGES)
    assert "20 replicas" not in world.model.questions[-1].request
    assert any("poison" in reason for reason in planned.plan.approval_reasons)


@pytest.mark.parametrize("text", VETOED)
async def test_what_forbids_doubts_or_asks_is_declined_before_any_model_sees_it(world: World, text: str) -> None:
    world.model.then(GOOD[0][1])
    with pytest.raises(Declined):
        await world.planned(text)
    assert world.model.questions == []


@pytest.mark.parametrize(("text", "answer"), INVENTED, ids=lambda each: each if isinstance(each, str) else "")
async def test_a_plan_with_an_invented_site_amount_passage_quote_or_sum_is_not_proposed(
    world: World, text: str, answer: ModelPlan
) -> None:
    why = await world.why_declined(text, answer)
    assert why is not None
    assert "no plan that passes the checks" in why


@pytest.mark.slow
async def test_no_answer_made_wrong_gets_through(world: World) -> None:
    random = Random(20_261_128)
    tried: Counter[str] = Counter()
    proposed = []
    for _ in range(ROUNDS):
        for text, answer in GOOD:
            for kind, wrong in mutated(answer, random):
                tried[kind] += 1
                if await world.why_declined(text, wrong) is None:
                    proposed.append((kind, text, wrong))
    assert proposed == []
    assert tried.total() >= 1_000
    assert min(tried.values()) >= 50
