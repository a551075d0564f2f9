"""Every rule of the default guardrails at its limit, and just to either side of it."""

from pathlib import Path

import pytest

from agents.domain.rules import approval_reasons, faults, require_allowed, value_faults
from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from schemas.intent import Expectation
from schemas.reasons import DeclineReason
from tests.unit.planning.wording import expect

PACK = KnowledgePack.load(Path(__file__).resolve().parents[3] / "deploy" / "knowledge")
OWNER = {
    "replicas": "amf", "cpu": "upf", "memory": "upf", "tx_power": "ru", "bandwidth": "cell", "load_threshold": "cell",
    "prb_ratio_min": "cell", "prb_ratio_max": "cell", "prb_ratio_dedicated": "slice", "energy_saving": "gnb",
    "max_sessions": "smf", "max_subscribers": "udm", "max_ues": "gnb",
}  # fmt: skip
"""An object that has the target; a slice has all the others."""
PERCENTAGES = ("packet_loss", "availability", "energy_saving", "prb_ratio_min", "prb_ratio_max", "load_threshold")
NR_BANDWIDTHS_MHZ = (5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100, 200, 400)
"""3GPP TS 38.101-1 and -2, 5.3.5."""

ALLOWED = [
    *(("replicas", value) for value in (1, 20)),
    *((name, value) for name in PERCENTAGES for value in (0, 0.001, 100)),
    *(("bandwidth", value) for value in NR_BANDWIDTHS_MHZ),
    *(("latency", value) for value in (0.5, 0.51)),
    *(("tx_power", value) for value in (0, 52.9, 53)),
    *((name, 0) for name in ("max_sessions", "max_subscribers", "max_ues", "dl_throughput", "ul_throughput", "jitter")),
    *((name, 0.001) for name in ("cpu", "memory")),
    ("priority_level", 0),
]
REFUSED = [
    *(("replicas", value, "policy_violation") for value in (0, 21)),
    *(("replicas", value, "infeasible") for value in (-1, 2.5)),
    *((name, value, "infeasible") for name in PERCENTAGES for value in (-0.001, 100.001)),
    *(("bandwidth", value, "infeasible") for value in (0, 4.999, 55, 100.001, 300, 401)),
    *(("latency", value, "infeasible") for value in (0.499, 0, -1)),
    *(("tx_power", value, "infeasible") for value in (53.001, -0.001)),
    *((name, value, "infeasible") for name in ("max_sessions", "max_subscribers", "max_ues") for value in (-1, 0.5)),
    *((name, -0.001, "infeasible") for name in ("dl_throughput", "ul_throughput", "jitter", "priority_level")),
    *((name, value, "infeasible") for name in ("cpu", "memory") for value in (0, -1)),
]


def reason_of(*expectations: Expectation) -> str | None:
    """Why these are declined together; None where they are allowed."""
    try:
        require_allowed(expectations, PACK)
    except Declined as declined:
        return str(declined.reason)
    return None


def wish(name: str, condition: str, value: float) -> Expectation:
    return expect("ensure", OWNER.get(name, "slice"), (name, condition, value))


@pytest.mark.parametrize(("name", "value"), ALLOWED)
def test_a_value_at_its_limit_is_allowed_however_it_is_bounded(name: str, value: float) -> None:
    assert [reason_of(wish(name, how, value)) for how in ("equals", "at_least", "at_most")] == [None] * 3
    assert value_faults(OWNER.get(name, "slice"), name, float(value), PACK) == []


@pytest.mark.parametrize(("name", "value", "reason"), REFUSED)
def test_a_value_just_beyond_its_limit_is_declined_however_it_is_bounded_and_when_it_is_resolved(
    name: str, value: float, reason: str
) -> None:
    assert {reason_of(wish(name, how, value)) for how in ("equals", "at_least", "at_most")} == {reason}
    assert value_faults(OWNER.get(name, "slice"), name, float(value), PACK)


@pytest.mark.parametrize(
    ("name", "condition", "amount", "reason"),
    [
        ("replicas", "increase_by", 20, None),
        ("replicas", "increase_by", 21, "policy_violation"),
        ("replicas", "increase_by", 1.5, "infeasible"),
        ("replicas", "decrease_by", -1, "infeasible"),
        ("replicas", "multiply_by", 0.5, None),
        ("replicas", "multiply_by", 0, "policy_violation"),
        ("tx_power", "increase_by", 53, None),
        ("tx_power", "increase_by", 54, "infeasible"),
        ("tx_power", "multiply_by", 0.5, "ambiguous"),
        ("load_threshold", "increase_by", 100, None),
        ("load_threshold", "increase_by", 101, "infeasible"),
    ],
)
def test_a_relative_amount_is_declined_where_it_is_wrong_whatever_it_is_applied_to(
    name: str, condition: str, amount: float, reason: str | None
) -> None:
    assert reason_of(wish(name, condition, amount)) == reason


@pytest.mark.parametrize("kind", ["nrf", "udm", "udr", "ausf"])
def test_what_the_core_cannot_run_without_is_never_deleted(kind: str) -> None:
    assert reason_of(expect("delete", kind)) == "unsafe"
    assert reason_of(expect("scale", kind, ("replicas", "equals", 2))) is None


@pytest.mark.parametrize("kind", ["amf", "smf", "upf", "pcf", "nssf", "nef", "gnb", "slice", "cluster", "xapp"])
def test_everything_else_may_be_deleted_once_somebody_agrees(kind: str) -> None:
    assert reason_of(expect("delete", kind)) is None
    assert len(approval_reasons([expect("delete", kind)], PACK)) == 1


SITES = tuple(PACK.inventory.everywhere)


@pytest.mark.parametrize(("sites", "is_proposed"), [(2, False), (3, False), (4, True), (len(SITES), True)])
def test_more_than_three_sites_are_proposed(sites: int, is_proposed: bool) -> None:
    one = expect("scale", "amf", ("replicas", "equals", 2), sites=SITES[:sites])
    assert bool(approval_reasons([one], PACK)) is is_proposed


def test_sites_count_over_all_expectations_and_each_once() -> None:
    amf = expect("scale", "amf", ("replicas", "equals", 2), sites=SITES[:2])
    smf = expect("scale", "smf", ("replicas", "equals", 2), sites=SITES[1:3])
    far = expect("scale", "upf", ("replicas", "equals", 2), sites=SITES[3:4])
    assert approval_reasons([amf, smf], PACK) == ()
    assert approval_reasons([amf, smf, far], PACK)


CELL = ("configure", "cell")
TOGETHER = [
    ("a minimum at its maximum", None, [("prb_ratio_min", "equals", 40), ("prb_ratio_max", "equals", 40)]),
    ("a minimum above", "contradictory", [("prb_ratio_min", "equals", 40.1), ("prb_ratio_max", "equals", 40)]),
    ("dedicated at the maximum", None, [("prb_ratio_dedicated", "equals", 40), ("prb_ratio_max", "equals", 40)]),
    ("dedicated above", "contradictory", [("prb_ratio_dedicated", "equals", 41), ("prb_ratio_max", "equals", 40)]),
    ("a range of one", None, [("load_threshold", "at_least", 3), ("load_threshold", "at_most", 3)]),
    ("a range upside down", "contradictory", [("load_threshold", "at_least", 4), ("load_threshold", "at_most", 3)]),
    ("the same twice", None, [("load_threshold", "equals", 3), ("load_threshold", "equals", 3)]),
    ("two values", "contradictory", [("load_threshold", "equals", 3), ("load_threshold", "equals", 4)]),
    ("a value and a bound", "contradictory", [("load_threshold", "equals", 3), ("load_threshold", "at_most", 5)]),
    ("up and down", "contradictory", [("tx_power", "increase_by", 3), ("tx_power", "decrease_by", 3)]),
]


@pytest.mark.parametrize(("case", "reason", "targets"), TOGETHER, ids=[case for case, _, _ in TOGETHER])
def test_targets_of_one_object_have_to_agree_in_one_expectation_or_in_two(
    case: str, reason: str | None, targets: list[tuple[str, str, float | str]]
) -> None:
    first, second = targets
    assert reason_of(expect(*CELL, first, second, name="cell-1")) == reason
    assert reason_of(expect(*CELL, first, name="cell-1"), expect(*CELL, second, name="cell-1")) == reason


def test_another_site_name_or_slice_is_another_object() -> None:
    three, four = ("replicas", "equals", 3), ("replicas", "equals", 4)
    assert reason_of(expect("scale", "amf", three), expect("scale", "amf", four, sites=("osaka-1",))) is None
    assert reason_of(expect("scale", "amf", three), expect("scale", "amf", four, name="amf-blue")) is None
    assert reason_of(expect("scale", "upf", three, sst=1), expect("scale", "upf", four, sst=2)) is None
    overlap = expect("scale", "amf", four, sites=("osaka-1", "tokyo-1"))
    assert reason_of(expect("scale", "amf", three), overlap) == "contradictory"


def test_what_is_deleted_is_not_changed_besides() -> None:
    assert reason_of(expect("delete", "amf"), expect("scale", "amf", ("replicas", "equals", 3))) == "contradictory"


@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [
        ("ru", "tx_power", None),
        ("amf", "tx_power", "unsupported"),
        ("slice", "bandwidth", "unsupported"),
        ("slice", "prb_ratio_max", None),
        ("amf", "prb_ratio_max", "unsupported"),
        ("cell", "load_threshold", None),
        ("upf", "load_threshold", "unsupported"),
    ],
)
def test_a_parameter_is_only_set_where_there_is_one(kind: str, name: str, reason: str | None) -> None:
    assert reason_of(expect("configure", kind, (name, "equals", 40))) == reason


def test_several_faults_are_all_named_and_the_reason_is_the_first_by_precedence() -> None:
    many = [
        expect("scale", "amf", ("replicas", "equals", 21)),
        expect("ensure", "slice", ("latency", "at_most", 0.1)),
        expect("delete", "nrf"),
    ]
    assert {fault.reason for fault in faults(many, PACK)} == {
        DeclineReason.POLICY_VIOLATION,
        DeclineReason.INFEASIBLE,
        DeclineReason.UNSAFE,
    }
    with pytest.raises(Declined) as declined:
        require_allowed(many, PACK)
    assert declined.value.reason is DeclineReason.UNSAFE
    assert all(word in declined.value.message for word in ("replicas 21", "latency 0.1", "nrf"))


def test_a_limit_names_its_source() -> None:
    with pytest.raises(Declined, match=r"TR 38\.913, 7\.5"):
        require_allowed([expect("ensure", "slice", ("latency", "at_most", 0.1))], PACK)
    with pytest.raises(Declined, match=r"TS 38\.101-1"):
        require_allowed([expect("configure", "cell", ("bandwidth", "equals", 55))], PACK)
