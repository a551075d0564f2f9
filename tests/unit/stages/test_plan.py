"""Whole plans: order, risk, estimate, rules, citations."""

import pytest

from agents.domain.verdicts import Declined
from agents.plan import MakePlan
from schemas.bodies import Citation, Risk
from schemas.intent import Expectation
from schemas.reasons import DeclineReason
from tests.unit.planning.wording import enriched, expect


def test_new_capacity_comes_first_and_what_is_taken_away_goes_last(make_plan: MakePlan) -> None:
    plan = make_plan.plan(
        enriched(
            expect("delete", "upf", name="upf-old"),
            expect("scale", "pcf", ("replicas", "decrease_by", 1)),
            expect("configure", "slice", ("priority_level", "equals", 3), sst=1),
            expect("upgrade", "smf", ("version", "equals", "2.4.1")),
            expect("scale", "amf", ("replicas", "equals", 4)),
            expect("deploy", "slice", name="factory-a"),
            expect("deploy", "upf"),
            expect("deploy", "cluster"),
        )
    ).plan
    assert [step.name.split(" tokyo-1/") for step in plan.steps] == [
        ["provision", "cluster"],
        ["deploy", "upf"],
        ["deploy", "factory-a"],
        ["scale", "amf"],
        ["upgrade", "smf"],
        ["set-policy", "slice-1"],
        ["scale", "pcf"],
        ["delete", "upf-old"],
    ]


def test_a_deletion_takes_away_what_is_carried_before_what_carries_it(make_plan: MakePlan) -> None:
    plan = make_plan.plan(
        enriched(expect("delete", "cluster"), expect("delete", "upf"), expect("delete", "slice"))
    ).plan
    assert [step.name for step in plan.steps] == [
        "delete tokyo-1/slice",
        "delete tokyo-1/upf",
        "deprovision tokyo-1/cluster",
    ]


EVERYWHERE = ("dallas-1", "munich-1", "osaka-1", "tokyo-1")
RISKS = [
    (expect("scale", "amf", ("replicas", "equals", 5)), Risk.LOW),
    (expect("scale", "amf", ("replicas", "multiply_by", 0.5)), Risk.MEDIUM),
    (expect("configure", "ru", ("tx_power", "equals", 43), name="ru-4"), Risk.MEDIUM),
    (expect("delete", "xapp", name="qos-test"), Risk.MEDIUM),
    (expect("upgrade", "smf", ("version", "equals", "2.4.1")), Risk.HIGH),
    (expect("delete", "slice", sst=4), Risk.HIGH),
    (expect("delete", "cluster", name="lab-2"), Risk.HIGH),
    (expect("scale", "amf", ("replicas", "equals", 5), sites=EVERYWHERE[:3]), Risk.LOW),
    (expect("scale", "amf", ("replicas", "equals", 5), sites=EVERYWHERE), Risk.HIGH),
]


@pytest.mark.parametrize(("expectation", "risk"), RISKS)
def test_risk_follows_from_what_a_mistake_would_cost(expectation: Expectation, risk: Risk, make_plan: MakePlan) -> None:
    assert make_plan.plan(enriched(expectation)).plan.risk == risk


ESTIMATES = [
    (expect("scale", "upf", ("replicas", "equals", 3), sites=("osaka-1", "tokyo-1")), 24, 48),
    (expect("scale", "upf", ("replicas", "at_least", 3), ("replicas", "at_most", 6)), 12, 24),
    (expect("scale", "upf", ("cpu", "equals", 16), ("memory", "equals", 64)), 16, 64),
    (expect("scale", "upf", ("replicas", "increase_by", 2)), 8, 16),
    (expect("scale", "upf", ("replicas", "multiply_by", 2)), 0, 0),
    (expect("deploy", "nssf"), 1, 2),
    (expect("delete", "nef"), 0, 0),
]


@pytest.mark.parametrize(("expectation", "cpu", "memory"), ESTIMATES)
def test_the_estimate_counts_what_is_known_and_nothing_else(
    expectation: Expectation, cpu: float, memory: float, make_plan: MakePlan
) -> None:
    resources = make_plan.plan(enriched(expectation)).plan.resources
    assert (resources.cpu, resources.memory) == (cpu, memory)


def test_a_plan_within_the_rules_needs_nobody(make_plan: MakePlan) -> None:
    assert make_plan.plan(enriched(expect("scale", "amf", ("replicas", "equals", 5)))).plan.approval_reasons == ()


@pytest.mark.parametrize(
    "expectation",
    [
        expect("delete", "nef"),
        expect("upgrade", "smf", ("version", "equals", "2")),
        expect("deploy", "upf", sites=EVERYWHERE),
    ],
)
def test_what_somebody_has_to_look_at_first_says_why(expectation: Expectation, make_plan: MakePlan) -> None:
    assert make_plan.plan(enriched(expectation)).plan.approval_reasons


@pytest.mark.parametrize(
    ("expectation", "reason"),
    [
        (expect("scale", "amf", ("replicas", "equals", 21)), DeclineReason.POLICY_VIOLATION),
        (expect("delete", "udm"), DeclineReason.UNSAFE),
        (expect("ensure", "slice", ("latency", "at_most", 0.1), sst=2), DeclineReason.INFEASIBLE),
    ],
)
def test_the_rules_are_asked_again_whatever_was_parsed(
    expectation: Expectation, reason: DeclineReason, make_plan: MakePlan
) -> None:
    with pytest.raises(Declined) as refusal:
        make_plan.plan(enriched(expectation))
    assert refusal.value.reason == reason


def citation(document: str, score: float) -> Citation:
    return Citation(document=document, title=document, source="a standard", excerpt="…", score=score)


def test_citations_are_the_best_of_each_document_in_an_order_of_their_own(make_plan: MakePlan) -> None:
    found = (citation("b", 0.2), citation("a", 0.5), citation("b", 0.9))
    wish = expect("deploy", "upf")
    one = make_plan.plan(enriched(wish, knowledge=found)).plan
    other = make_plan.plan(enriched(wish, knowledge=found[::-1])).plan
    assert [(each.document, each.score) for each in one.citations] == [("b", 0.9), ("a", 0.5)]
    assert one == other


def test_what_was_assumed_for_the_request_is_part_of_its_plan(make_plan: MakePlan) -> None:
    body = enriched(expect("ensure", "upf", ("dl_throughput", "at_least", 100)))
    assumed = body.model_copy(update={"assumptions": ("throughput means downlink",)})
    assert make_plan.plan(assumed).plan.assumptions == ("throughput means downlink",)
