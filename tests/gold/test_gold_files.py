"""The labelled requests are well formed and agree with the inventory, the units and the guardrails."""

import json
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from schemas.intent import TARGET_UNITS, Action, Condition, ObjectType, SliceId
from schemas.reasons import DeclineReason

GOLD = Path(__file__).parent
REQUESTS = [*sorted(GOLD.glob("*.jsonl")), GOLD / "held_out" / "unseen.jsonl", GOLD / "held_out" / "unseen_plain.jsonl"]
TRAPS = [*sorted(GOLD.glob("traps/*.jsonl")), GOLD / "held_out" / "unseen_traps.jsonl"]
SITES = set(yaml.safe_load((GOLD.parents[1] / "deploy/knowledge/inventory.yaml").read_text())["sites"])
CONFIGURED = {
    *("prb_ratio_min", "prb_ratio_max", "prb_ratio_dedicated"),
    *("priority_level", "load_threshold", "tx_power", "bandwidth"),
}
RESOURCES = {"replicas", "cpu", "memory"}
OBJECTIVES = set(TARGET_UNITS) - CONFIGURED - RESOURCES - {"version"}
MAY_TARGET = {
    Action.DEPLOY: RESOURCES | OBJECTIVES | CONFIGURED,
    Action.SCALE: RESOURCES,
    Action.UPGRADE: {"version"},
    Action.CONFIGURE: CONFIGURED,
    Action.ENSURE: OBJECTIVES,
    Action.DELETE: set(),
}
LATER_REASONS = {"conflict", "superseded", "not_approved", "expired"}
UNDERSTANDING_REASONS = {reason for reason in DeclineReason if reason not in LATER_REASONS}


class Exact(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Outcome(StrEnum):
    PLANNED = "planned"
    PROPOSED = "proposed"
    DECLINED = "declined"


class GoldTarget(Exact):
    name: str
    condition: Condition
    value: int | float | str
    unit: str


class GoldObject(Exact):
    type: ObjectType
    name: str | None
    sites: list[str] = Field(min_length=1)
    slice: SliceId | None


class GoldExpectation(Exact):
    action: Action
    object: GoldObject
    targets: list[GoldTarget]


class GoldCase(Exact):
    id: str = Field(pattern=r"^[a-z_]+-\d{3}$")
    kind: Action | Literal["several", "many_sites", "decline"]
    text: str = Field(min_length=3)
    outcome: Outcome
    reasons: list[DeclineReason] = []
    expectations: list[GoldExpectation] = []


class TrapCase(Exact):
    """May be declined, proposed with `quoted` among the words not acted on, or read as exactly one of `readings`."""

    id: str = Field(pattern=r"^[a-z_]+-\d{3}$")
    text: str = Field(min_length=3)
    why: str = Field(min_length=3)
    quoted: list[str] = []
    readings: list[list[GoldExpectation]] = []


def lines(paths: list[Path]) -> list[str]:
    return [line for path in paths for line in path.read_text("utf-8").splitlines()]


CASES = [GoldCase.model_validate_json(line) for line in lines(REQUESTS)]
TRAP_CASES = [TrapCase.model_validate_json(line) for line in lines(TRAPS)]
EXPECTED = [(case, expectation) for case in CASES for expectation in case.expectations]
TARGETED = [(case, expectation, target) for case, expectation in EXPECTED for target in expectation.targets]


def test_no_request_and_no_id_stands_twice() -> None:
    everything = [*CASES, *TRAP_CASES]
    assert [text for text, n in Counter(case.text.casefold() for case in everything).items() if n > 1] == []
    assert [name for name, n in Counter(case.id for case in everything).items() if n > 1] == []


def test_every_id_begins_with_the_name_of_its_file() -> None:
    for path in (*REQUESTS, *TRAPS):
        ids = [json.loads(line)["id"] for line in path.read_text("utf-8").splitlines()]
        assert ids == [f"{path.stem}-{number:03}" for number in range(1, len(ids) + 1)]


def test_what_a_trap_wants_quoted_stands_in_it() -> None:
    assert [case.id for case in TRAP_CASES if any(words not in case.text for words in case.quoted)] == []


def test_a_third_of_the_newest_cases_is_held_out() -> None:
    assert sum(case.id.startswith("unseen") for case in CASES) >= 250
    assert sum(case.id.startswith("unseen_traps-") for case in TRAP_CASES) * 3 >= 0.95 * len(TRAP_CASES)


def test_the_outcome_follows_from_the_guardrails() -> None:
    for case in CASES:
        sites = {site for expectation in case.expectations for site in expectation.object.sites}
        is_risky = len(sites) > 3 or any(e.action in (Action.DELETE, Action.UPGRADE) for e in case.expectations)
        is_declined = case.outcome is Outcome.DECLINED
        assert bool(case.reasons) is is_declined, case.id
        assert bool(case.expectations) is not is_declined, case.id
        assert set(case.reasons) <= UNDERSTANDING_REASONS, case.id
        assert is_declined or case.outcome is (Outcome.PROPOSED if is_risky else Outcome.PLANNED), case.id


def test_sites_are_in_the_inventory_and_in_alphabetical_order() -> None:
    for case, expectation in EXPECTED:
        sites = expectation.object.sites
        assert set(sites) <= SITES, case.id
        assert sites == sorted(set(sites)), case.id


def test_targets_have_their_unit_and_fit_their_action() -> None:
    for case, expectation, target in TARGETED:
        unit = "count" if target.name == "replicas" else TARGET_UNITS[target.name]
        assert target.unit == unit, case.id
        assert isinstance(target.value, str) is (target.name == "version"), case.id
        assert target.name in MAY_TARGET[expectation.action], case.id
        if target.name in CONFIGURED:
            assert target.condition is Condition.EQUALS or target.condition.is_relative, case.id


def test_no_target_is_wanted_twice_of_one_object_unless_as_a_range() -> None:
    wanted = Counter(
        (case.id, e.object.type, e.object.name, str(e.object.slice), site, target.name, target.condition)
        for case, e, target in TARGETED
        for site in e.object.sites
    )
    assert [key for key, n in wanted.items() if n > 1] == []


def test_nothing_planned_or_proposed_is_beyond_a_limit() -> None:
    for case, _, target in TARGETED:
        if isinstance(target.value, str) or target.condition.is_relative:
            continue
        assert target.value >= (0.5 if target.name == "latency" else 0), case.id
        if target.name == "replicas":
            assert 1 <= target.value <= 20, case.id
        if target.unit == "%":
            assert target.value <= 100, case.id
        if target.name == "tx_power":
            assert target.value <= 53, case.id


def test_no_protected_function_is_proposed_for_deletion() -> None:
    protected = {ObjectType.NRF, ObjectType.UDM, ObjectType.UDR, ObjectType.AUSF}
    assert [c.id for c, e in EXPECTED if e.action is Action.DELETE and e.object.type in protected] == []


def test_every_action_object_target_condition_and_site_occurs() -> None:
    assert {e.action for _, e in EXPECTED} == set(Action)
    assert {e.object.type for _, e in EXPECTED} == set(ObjectType)
    assert {target.name for _, _, target in TARGETED} == set(TARGET_UNITS)
    assert {target.condition for _, _, target in TARGETED} == set(Condition)
    assert {site for _, e in EXPECTED for site in e.object.sites} == SITES


def test_each_outcome_and_each_reason_is_shown_often_enough() -> None:
    outcomes = Counter(case.outcome for case in CASES)
    assert len(CASES) >= 600
    assert outcomes[Outcome.PLANNED] / len(CASES) > 0.5
    assert outcomes[Outcome.PROPOSED] / len(CASES) > 0.1
    assert outcomes[Outcome.DECLINED] / len(CASES) > 0.2
    reasons = Counter(reason for case in CASES for reason in case.reasons[:1])
    assert {reason for reason in UNDERSTANDING_REASONS if reasons[reason] < 12} == set()
