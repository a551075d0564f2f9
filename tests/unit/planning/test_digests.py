"""The digest, from its definition: anybody can compute it from what stands in the record."""

from hashlib import sha256

import pytest

from agents.planning.digests import digest_of
from schemas.bodies import Plan, Resources, Risk, Step, StepTarget
from tests.unit.planning.wording import expect

PLAN = Plan(
    steps=(
        Step(
            target=StepTarget.NEPHIO, operation="scale", name="scale münchen/amf", content={"b": 5.0, "a": 0.1}, undo={}
        ),
    ),
    risk=Risk.LOW,
    resources=Resources(cpu=10.0, memory=20.5),
    knowledge_digest="k",
    digest="does not count",
)
WRITTEN = (
    '{"expectations":[{"action":"scale","evidence":[],"object":{"name":null,"sites":["tokyo-1"],"slice":null,'
    '"type":"amf"},"targets":[{"condition":"equals","name":"replicas","unit":"count","value":5}]}],'
    '"plan":{"approval_reasons":[],"assumptions":[],"citations":[],"knowledge_digest":"k",'
    '"resources":{"cpu":10,"memory":20.5},"risk":"low","steps":[{"content":{"a":0.1,"b":5},"name":"scale münchen/amf",'
    '"operation":"scale","target":"nephio","undo":{}}]}}'
)
EXPECTATIONS = (expect("scale", "amf", ("replicas", "equals", 5)),)


def test_it_is_the_sha_256_of_the_plan_and_its_expectations_as_canonical_json() -> None:
    assert digest_of(PLAN, EXPECTATIONS) == sha256(WRITTEN.encode()).hexdigest()


def test_whole_numbers_are_the_same_with_and_without_a_fraction() -> None:
    step = PLAN.steps[0].model_copy(update={"content": {"a": 0.1, "b": 5}})
    assert digest_of(PLAN.model_copy(update={"steps": (step,)}), EXPECTATIONS) == digest_of(PLAN, EXPECTATIONS)


@pytest.mark.parametrize(
    "change",
    [
        {"risk": Risk.HIGH},
        {"resources": Resources()},
        {"knowledge_digest": "another"},
        {"assumptions": ("x",)},
        {"approval_reasons": ("x",)},
        {"steps": ()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_in_a_plan_changes_its_digest(change: dict[str, object]) -> None:
    assert digest_of(PLAN.model_copy(update=change), EXPECTATIONS) != digest_of(PLAN, EXPECTATIONS)


def test_the_digest_covers_what_the_plan_is_for() -> None:
    assert digest_of(PLAN, ()) != digest_of(PLAN, EXPECTATIONS)
