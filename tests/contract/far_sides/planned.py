"""Plans as the planner makes them, for one target of one object."""

from functools import cache

from agents.knowledge.settings import shipped_folder
from agents.planning.steps import step_of
from agents.planning.target_changes import wishes_of
from agents.planning.templates import Templates
from schemas.bodies import IntentPlanned
from schemas.intent import TARGET_UNITS, Action, Condition, Expectation, IntentObject, ObjectType, SliceId, Target
from tests.unit.git.requests import plan


@cache
def templates() -> Templates:
    """Those that ship with the project."""
    return Templates.load(shipped_folder("knowledge"))


def planned(
    place: str,
    kind: str,
    name: str,
    condition: str,
    value: float,
    action: str = "configure",
    slice: SliceId | None = None,
) -> IntentPlanned:
    """The plan for `name` of the object at `place` (`site/object`)."""
    site, _, slug = place.partition("/")
    expectation = Expectation(
        action=Action(action),
        object=IntentObject(type=ObjectType(kind), name=slug, sites=(site,), slice=slice),
        targets=(Target(name=name, condition=Condition(condition), value=value, unit=TARGET_UNITS[name]),),
    )
    return plan(*(step_of(wish, templates()) for wish in wishes_of([expectation], templates())))
