"""Equal requests on equal knowledge get an equal plan; different ones never share a digest."""

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from agents.plan import MakePlan
from agents.planning.digests import digest_of
from agents.planning.templates import Templates
from schemas.bodies import Citation, IntentEnriched, IntentPlanned
from schemas.intent import TARGET_UNITS, Action, Condition, Expectation, IntentObject, ObjectType, SliceId, Target
from tests.unit.conftest import PACK

PLANNER = MakePlan(KnowledgePack.load(PACK), Templates.load(PACK))

slices = st.none() | st.builds(SliceId, sst=st.integers(0, 255), sd=st.none() | st.just("010203"))
objects = st.builds(
    IntentObject,
    type=st.sampled_from(ObjectType),
    name=st.none() | st.sampled_from(["blue", "cell-7", "factory-a", "../up"]),
    sites=st.sets(st.sampled_from(["tokyo-1", "osaka-1", "edge-01"]), min_size=1).map(lambda each: tuple(sorted(each))),
    slice=slices,
)


@st.composite
def targets(draw: st.DrawFn) -> Target:
    """Mostly what understanding makes, now and then what only a stranger writes to a topic."""
    name = draw(st.sampled_from([*sorted(TARGET_UNITS), "colour"]))
    text, number = st.sampled_from(["2.4.1", "many"]), st.integers(-1, 100).map(float)
    value = draw(text if (name == "version") != (draw(st.integers(0, 19)) == 0) else number)
    condition = Condition.EQUALS if name == "version" else draw(st.sampled_from(Condition))
    return Target(name=name, condition=condition, value=value, unit=TARGET_UNITS.get(name, ""))


expectations = st.builds(
    Expectation, action=st.sampled_from(Action), object=objects, targets=st.lists(targets(), max_size=3).map(tuple)
)
citations = st.builds(
    Citation,
    document=st.sampled_from(["amf", "upf", "latency"]),
    title=st.just("a title"),
    source=st.just("a standard"),
    excerpt=st.text(max_size=5),
    score=st.floats(0, 1),
)
bodies = st.builds(
    IntentEnriched,
    text=st.just("a request"),
    expectations=st.lists(expectations, min_size=1, max_size=4).map(tuple),
    knowledge=st.lists(citations, max_size=4).map(tuple),
)


def planned_or_refusal(body: IntentEnriched) -> IntentPlanned | tuple[str, str]:
    """The planner has no third answer: whatever is asked, it plans or declines."""
    try:
        return PLANNER.plan(body)
    except Declined as refusal:
        return refusal.reason, refusal.message


@settings(deadline=None)
@given(bodies, st.randoms())
def test_the_same_request_gets_the_same_plan_in_whatever_order_knowledge_was_found(
    body: IntentEnriched, random: object
) -> None:
    shuffled = sorted(body.knowledge, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert planned_or_refusal(body) == planned_or_refusal(body.model_copy(update={"knowledge": tuple(shuffled)}))


@settings(deadline=None)
@given(bodies)
def test_a_plan_survives_its_journey_as_json(body: IntentEnriched) -> None:
    planned = planned_or_refusal(body)
    if isinstance(planned, IntentPlanned):
        arrived = IntentPlanned.model_validate_json(planned.model_dump_json())
        assert arrived == planned
        assert digest_of(arrived.plan, arrived.expectations) == planned.plan.digest


@settings(deadline=None)
@given(bodies, bodies)
def test_different_requests_never_share_a_digest(one: IntentEnriched, other: IntentEnriched) -> None:
    first, second = planned_or_refusal(one), planned_or_refusal(other)
    if (
        isinstance(first, IntentPlanned)
        and isinstance(second, IntentPlanned)
        and one.expectations != other.expectations
    ):
        assert first.plan.digest != second.plan.digest


@settings(deadline=None)
@given(bodies)
def test_nothing_is_deleted_before_everything_else_is_done(body: IntentEnriched) -> None:
    planned = planned_or_refusal(body)
    if isinstance(planned, IntentPlanned):
        is_deletion = [step.content["action"] == "delete" for step in planned.plan.steps]
        assert is_deletion == sorted(is_deletion)


@settings(deadline=None)
@given(bodies)
def test_every_step_has_a_name_of_its_own(body: IntentEnriched) -> None:
    planned = planned_or_refusal(body)
    if isinstance(planned, IntentPlanned):
        names = [step.name for step in planned.plan.steps]
        assert len(names) == len(set(names))


@settings(deadline=None)
@given(bodies)
def test_nothing_that_was_asked_for_is_dropped_on_the_way_to_the_steps(body: IntentEnriched) -> None:
    planned = planned_or_refusal(body)
    if not isinstance(planned, IntentPlanned):
        return
    asked = {
        (site, each.object.slug, target.name, str(target.condition), target.value)
        for each in body.expectations
        for site in each.object.sites
        for target in each.targets
    }
    carried = {
        (step.content["site"], step.content["object"]["slug"], target["name"], target["condition"], target["value"])
        for step in planned.plan.steps
        for target in step.content["targets"]
    }
    assert carried == asked
