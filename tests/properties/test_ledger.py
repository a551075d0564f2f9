"""Whatever comes twice, late or again, the deployment repository ends as if every intent that counted came in order."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.adapters.git.ledger import ObjectLedger
from agents.adapters.git.parameters import read_parameters
from agents.adapters.git.quantities import mbps_of_quantity, throughput_quantity
from agents.adapters.git.target_values import tidy
from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.domain.verdicts import Declined
from schemas.bodies import IntentPlanned
from schemas.envelope import Order
from tests.unit.git.requests import at_most_20_replicas, intent, plan, step, target

PLACES = ("tokyo-1/amf", "tokyo-1/amf", "osaka-1/amf")
NAMES = ("replicas", "replicas", "cpu")
Held = dict[str, int]


@dataclass(frozen=True)
class Wished:
    """One step: an absolute or relative wish, or the object as a whole."""

    place: str
    action: str
    name: str = "replicas"
    condition: str = "equals"
    value: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,) if self.action == "scale" else ()


wished_steps = st.one_of(
    st.builds(
        Wished,
        place=st.sampled_from(PLACES),
        action=st.just("scale"),
        name=st.sampled_from(NAMES),
        condition=st.sampled_from(("equals", "at_least", "at_most", "increase_by")),
        value=st.integers(1, 9),
    ),
    st.builds(Wished, place=st.sampled_from(PLACES), action=st.sampled_from(("deploy", "delete"))),
)
intents = st.lists(st.lists(wished_steps, min_size=1, max_size=2, unique_by=lambda each: each.place), max_size=5)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[list[Wished]], list[tuple[int, int]]]:
    """Intents in the order of their `Order`, and (index, generation) as they are delivered: any order, any number."""
    asked = draw(intents)
    every = draw(st.permutations(range(len(asked))))
    again = draw(st.lists(st.sampled_from(every), max_size=6)) if asked else []
    return asked, [(index, draw(st.integers(0, 2))) for index in (*every, *again)]


def plan_of(steps: Sequence[Wished]) -> IntentPlanned:
    return plan(
        *(
            step(each.action, each.place, *(target(name, each.condition, each.value) for name in each.names))
            for each in steps
        )
    )


def apply(held: Held | None, wished: Wished) -> Held | None:
    """What one step makes of what is held at its place: an independent reading of the rules."""
    if wished.action == "delete":
        return None
    held = dict(held or {})
    if wished.action == "deploy":
        return held
    name, low, high = wished.name, f"{wished.name}.min", f"{wished.name}.max"
    if wished.condition == "equals":
        held.pop(low, None)
        held.pop(high, None)
        held[name] = wished.value
    elif wished.condition == "increase_by":
        held[name] += wished.value
    elif wished.condition == "at_least":
        if held.get(high, wished.value) < wished.value:
            del held[high]
        held |= {low: wished.value, name: max(held.get(name, wished.value), wished.value)}
    else:
        if held.get(low, wished.value) > wished.value:
            del held[low]
        held[high] = wished.value
        if name in held:
            held[name] = min(held[name], wished.value)
    return held


def deployed(target_: InMemoryDeploymentTarget, place: str) -> Held | None:
    if f"{place}/Kptfile" not in target_.files:
        return None
    content = target_.files.get(f"{place}/parameters.yaml")
    data = read_parameters(yaml.safe_load(content)) if content else {}
    flat: Held = {}
    for name, held in data.items():
        parts = {name: held.value, f"{name}.min": held.min, f"{name}.max": held.max}
        flat |= {key: int(value) for key, value in parts.items() if value is not None}
    return flat


def heads(target_: InMemoryDeploymentTarget) -> dict[str, Order]:
    found = {}
    for path, content in target_.files.items():
        if path.startswith(".nephoran/ledger/"):
            ledger = ObjectLedger.model_validate(json.loads(content))
            known = {"existence": ledger.existence, "deletion": ledger.deletion, **ledger.names}
            found |= {f"{path}#{name}": entry.order for name, entry in known.items() if entry}
    return found


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(deliveries())
def test_the_final_state_is_that_of_the_effective_intents_in_their_order(
    delivered: tuple[list[list[Wished]], list[tuple[int, int]]],
) -> None:
    asked, sequence = delivered
    target_ = InMemoryDeploymentTarget(at_most_20_replicas)
    effective: dict[int, list[Wished]] = {}
    for index, generation in sequence:
        try:
            carried = asyncio.run(
                target_.carry_out(intent(f"i{index}", index, generation=generation), plan_of(asked[index]))
            )
        except Declined:
            assert index not in effective
            continue
        steps = zip(asked[index], carried.deployed.results, strict=True)
        counted = [each for each, result in steps if result.outcome != "superseded"]
        assert effective.setdefault(index, counted) == counted
    expected: dict[str, Held | None] = dict.fromkeys(PLACES)
    for index in sorted(effective):
        for each in effective[index]:
            expected[each.place] = apply(expected[each.place], each)
    assert {place: deployed(target_, place) for place in PLACES} == expected


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(deliveries())
def test_each_intent_is_committed_at_most_once_and_no_head_ever_moves_back(
    delivered: tuple[list[list[Wished]], list[tuple[int, int]]],
) -> None:
    asked, sequence = delivered
    target_ = InMemoryDeploymentTarget(at_most_20_replicas)
    seen: dict[str, Order] = {}
    for index, generation in sequence:
        try:
            asyncio.run(target_.carry_out(intent(f"i{index}", index, generation=generation), plan_of(asked[index])))
        except Declined:
            continue
        now = heads(target_)
        assert all(now[name] >= order for name, order in seen.items() if name in now)
        seen = now
    assert len(set(target_.commits)) == len(target_.commits)


@given(st.integers(1, 10**9))
def test_a_throughput_survives_being_written_as_a_quantity(kbps: int) -> None:
    mbps = tidy(kbps / 1000)
    assert mbps_of_quantity(throughput_quantity(mbps)) == mbps
