"""What is declined before it is planned, whoever wrote it."""

import pytest

from agents.domain.verdicts import Declined
from agents.plan import MakePlan
from schemas.intent import Action, Condition, Expectation, IntentObject, ObjectType, Target
from schemas.reasons import DeclineReason
from tests.unit.planning.wording import enriched, expect


def scaled(
    name: str = "replicas", condition: Condition = Condition.EQUALS, value: float | str = 5.0, unit: str = "count"
) -> Expectation:
    """An expectation whose target is not as understanding makes them."""
    thing = IntentObject(type=ObjectType.AMF, sites=("tokyo-1",))
    return Expectation(
        action=Action.SCALE, object=thing, targets=(Target(name=name, condition=condition, value=value, unit=unit),)
    )


DECLINED = [
    ("an objective without a value", [expect("ensure", "gnb")], "missing_value"),
    ("a target that there is not", [scaled(name="colour")], "unsupported"),
    ("a text for a number", [scaled(value="many")], "unsupported"),
    ("a number for a version", [scaled(name="version", value=2.0, unit="")], "unsupported"),
    ("any version above", [scaled(name="version", condition=Condition.AT_LEAST, value="2", unit="")], "unsupported"),
    ("another unit", [scaled(name="memory", unit="MiB")], "unsupported"),
    ("nothing at all", [], "missing_target"),
    ("a site that there is not", [expect("deploy", "upf", sites=("atlantis-1",))], "unknown_site"),
    ("no site", [expect("deploy", "upf", sites=())], "missing_target"),
    ("a name that is a path", [expect("deploy", "upf", name="../upf")], "unsupported"),
    ("a name with a gap", [expect("deploy", "upf", name="upf..blue")], "unsupported"),
    ("a name that is no package's", [expect("deploy", "upf", name="UPF blue")], "unsupported"),
    (
        "deleted and changed",
        [expect("delete", "upf"), expect("scale", "upf", ("replicas", "equals", 2))],
        "contradictory",
    ),
    (
        "two kinds of one name",
        [expect("deploy", "xapp", name="ts"), expect("deploy", "rapp", name="ts")],
        "contradictory",
    ),
    (
        "one function of two slices",
        [expect("deploy", "upf", name="upf-x", sst=1), expect("deploy", "upf", name="upf-x", sst=2)],
        "contradictory",
    ),
]


@pytest.mark.parametrize(("case", "expectations", "reason"), DECLINED, ids=[case for case, _, _ in DECLINED])
def test_what_cannot_be_carried_out_as_it_is_said_is_declined_with_a_question(
    case: str, expectations: list[Expectation], reason: str, make_plan: MakePlan
) -> None:
    with pytest.raises(Declined) as refusal:
        make_plan.plan(enriched(*expectations))
    assert refusal.value.reason == DeclineReason(reason)
    assert refusal.value.question


def test_all_that_is_wrong_is_said_at_once(make_plan: MakePlan) -> None:
    with pytest.raises(Declined) as refusal:
        make_plan.plan(enriched(expect("ensure", "gnb"), expect("deploy", "amf", name="A", sites=("atlantis",))))
    assert refusal.value.reason == DeclineReason.UNSUPPORTED
    assert all(word in refusal.value.message for word in ("gnb", "'A'", "atlantis"))
