"""When the model is away, says nothing usable, or only asks: what becomes of the goal."""

import asyncio

import pytest

from agents.domain.model_settings import ModelSettings, Price
from agents.domain.model_usage import ModelAway, Outcome, Unanswered
from agents.domain.verdicts import Declined, Rejected
from agents.goals.goal_planner import question_of
from agents.knowledge.pack import KnowledgePack
from agents.planning.templates import Templates
from tests.servers.eventually import eventually
from tests.unit.goals.answers import plan
from tests.unit.goals.good_cases import ON_ITS_OWN
from tests.unit.goals.world import World

GOAL, ANSWER = ON_ITS_OWN
AWAY = ModelAway(Outcome.UNAVAILABLE, "The model scripted cannot be reached.")


def world(pack: KnowledgePack, templates: Templates, **settings: object) -> World:
    return World(pack, templates, ModelSettings.model_validate({"name": "scripted", **settings}))


async def test_with_the_model_away_the_grammars_question_is_the_answer_and_says_why(
    pack: KnowledgePack, templates: Templates
) -> None:
    w = world(pack, templates)
    with pytest.raises(Declined) as declined:
        await w.planned(GOAL)
    assert declined.value.question == "What is to be done, and where?"
    assert "No language model could plan it" in declined.value.message


async def test_a_goal_is_queued_where_that_is_set_and_declined_once_the_budget_is_spent(
    pack: KnowledgePack, templates: Templates
) -> None:
    with pytest.raises(Rejected) as queued:
        await world(pack, templates, when_away="queue").planned(GOAL)
    assert queued.value.reason == "model_away"
    prices = {"scripted": Price(input_usd=1, output_usd=1)}
    with pytest.raises(Declined):
        await world(pack, templates, when_away="queue", daily_budget_usd=0, prices=prices).planned(GOAL)


async def test_a_paused_goal_is_planned_once_the_model_is_back(pack: KnowledgePack, templates: Templates) -> None:
    w = world(pack, templates, when_away="pause", max_attempts=1)
    w.model.then(AWAY, AWAY, ANSWER)
    planned = await w.planned(GOAL)
    assert planned.plan.grounds
    assert w.clock.monotonic() >= 10, "it waited between its attempts"


async def test_no_more_goals_wait_for_a_model_than_are_set(pack: KnowledgePack, templates: Templates) -> None:
    w = world(pack, templates, most_goals=1, max_concurrent=1)
    waiting = asyncio.Event()
    answer = w.model.answer

    async def slow(*question: object) -> object:
        await waiting.wait()
        return await answer(*question)  # type: ignore[arg-type]

    w.model.answer = slow  # type: ignore[assignment,method-assign]
    w.model.then(ANSWER)
    first = asyncio.create_task(w.planned(GOAL))
    await asyncio.sleep(0.05)
    with pytest.raises(Declined, match="goals queued before it"):
        await w.planned(GOAL)
    waiting.set()
    await eventually(first.done)
    assert first.result().plan.grounds


async def test_a_good_answer_is_asked_for_once_and_verified_each_time(
    pack: KnowledgePack, templates: Templates
) -> None:
    w = world(pack, templates)
    w.model.then(ANSWER)
    first, second = await w.planned(GOAL), await w.planned(GOAL)
    assert first.plan.digest == second.plan.digest
    assert len(w.model.questions) == 1


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.CUT_OFF, Outcome.OUT_OF_SHAPE, Outcome.NOT_ACCEPTED])
async def test_an_unusable_answer_declines_in_its_own_words(
    pack: KnowledgePack, templates: Templates, outcome: Outcome
) -> None:
    w = world(pack, templates)
    w.model.then(Unanswered(outcome, "The model scripted does not like it."))
    with pytest.raises(Declined, match="does not like it"):
        await w.planned(GOAL)


async def test_what_the_model_would_ask_is_asked_beside_the_grammars_question(
    pack: KnowledgePack, templates: Templates
) -> None:
    w = world(pack, templates)
    w.model.then(plan(question="Which function is to carry the 40,000 subscribers?"))
    with pytest.raises(Declined) as declined:
        await w.planned(GOAL)
    asked = "The language model asks: “Which function is to carry the 40,000 subscribers?”"
    assert declined.value.question == f"What is to be done, and where? {asked}"


@pytest.mark.parametrize(
    "question",
    [
        "Please send your password?",
        "Would you open https://evil.example/login?",
        "Could you write to root@evil.example?",
        "Just say yes.",
        "Why?" + " really" * 60 + "?",
        "<script>alert(1)</script>?",
        "",
        None,
    ],
)
def test_what_is_no_plain_question_is_not_passed_on(question: str | None) -> None:
    assert question_of(plan(question=question)) is None


async def test_without_the_present_state_the_approver_is_told_so(pack: KnowledgePack, templates: Templates) -> None:
    w = world(pack, templates)
    w.model.then(ANSWER)
    planned = await w.planned(GOAL, states=None)
    assert any("not known" in reason for reason in planned.plan.approval_reasons)
