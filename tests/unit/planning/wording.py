"""Short ways to write down what a request was understood to ask for."""

from schemas.bodies import Citation, IntentEnriched
from schemas.envelope import Intent, Order
from schemas.intent import TARGET_UNITS, Action, Condition, Expectation, IntentObject, ObjectType, SliceId, Target

INTENT = Intent(
    id="1b4e28ba-2fa1-5d2b-883f-0016d3cca427", order=Order(1, 0, 0), generation=0, digest="00", received_ms=1
)
"""Whose event it is, where that does not matter."""


def target(name: str, condition: str, value: float | str) -> Target:
    """`target("latency", "at_most", 5)`."""
    return Target(name=name, condition=Condition(condition), value=value, unit=TARGET_UNITS[name])


def expect(
    action: str,
    kind: str,
    *targets: tuple[str, str, float | str],
    sites: tuple[str, ...] = ("tokyo-1",),
    name: str | None = None,
    sst: int | None = None,
) -> Expectation:
    """`expect("scale", "amf", ("replicas", "equals", 5))`."""
    return Expectation(
        action=Action(action),
        object=IntentObject(
            type=ObjectType(kind), name=name, sites=sites, slice=SliceId(sst=sst) if sst is not None else None
        ),
        targets=tuple(target(*each) for each in targets),
    )


def enriched(*expectations: Expectation, knowledge: tuple[Citation, ...] = ()) -> IntentEnriched:
    """What reaches the planner."""
    return IntentEnriched(text="a request", expectations=expectations, knowledge=knowledge)
