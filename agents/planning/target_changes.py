"""Expectations, taken apart: one wish for each object, site and interface, with the way it goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agents.domain.rules import declined
from agents.planning.plan_checks import two_things
from agents.planning.templates import Route, Templates
from schemas.bodies import StepTarget
from schemas.intent import TARGET_UNITS, Action, Condition, Expectation, IntentObject, ObjectType, Target

_BY_SLICE = (StepTarget.A1, StepTarget.O1)
_PLACE_OF_TARGET = {name: place for place, name in enumerate(TARGET_UNITS)}


@dataclass(frozen=True, slots=True)
class Wish:
    """What one step is to achieve. `place` is the position of its expectation in the request."""

    route: Route
    action: Action
    object: IntentObject
    site: str
    targets: tuple[Target, ...]
    place: int

    @property
    def subject(self) -> str:
        """The object's slug; for a RAN function's part in a slice, which has settings of its own, with the slice."""
        thing = self.object
        if thing.name and thing.slice and thing.type != ObjectType.SLICE and self.route.to in _BY_SLICE:
            return f"{thing.slug}.slice-{thing.slice}"
        return thing.slug

    @property
    def name(self) -> str:
        """The step's name, unique within a plan."""
        return f"{self.route.operation} {self.site}/{self.subject}"

    @property
    def reduces(self) -> bool:
        """True where the wish can only take capacity away."""
        return bool(self.targets) and all(_reduces(target) for target in self.targets)


def _reduces(target: Target) -> bool:
    if target.condition == Condition.MULTIPLY_BY:
        return float(target.value) < 1
    return target.condition == Condition.DECREASE_BY


def wishes_of(expectations: Sequence[Expectation], templates: Templates) -> tuple[Wish, ...]:
    """All wishes of plannable expectations, in the order of the request; those with the same step name are one.

    Raises: Declined where two different objects would share a step.
    """
    wishes: dict[tuple[StepTarget, str], Wish] = {}
    for place, expectation in enumerate(expectations):
        for route, targets in _routes_of(expectation, templates):
            for site in expectation.object.sites:
                wish = Wish(route, expectation.action, expectation.object, site, targets, place)
                key = (route.to, wish.name)
                wishes[key] = _joined(wishes[key], wish) if key in wishes else wish
    return tuple(wishes.values())


def _routes_of(expectation: Expectation, templates: Templates) -> tuple[tuple[Route, tuple[Target, ...]], ...]:
    """The targets of an expectation by the route they take, in the order of their first target."""
    template = templates.class_of(expectation.object.type)
    routes: list[Route] = []
    carried: list[list[Target]] = []
    for target in expectation.targets or (None,):
        name = target.name if target else None
        route = template.route_of(expectation.action, name)
        if route is None:
            raise LookupError(
                f"no route for {expectation.action} {name} of {expectation.object.type}: is it plannable?"
            )
        if route not in routes:
            routes.append(route)
            carried.append([])
        if target:
            carried[routes.index(route)].append(target)
    return tuple((route, _ordered(targets)) for route, targets in zip(routes, carried, strict=True))


def _joined(first: Wish, second: Wish) -> Wish:
    """Both as one. Raises: Declined where they share a name and are not the same thing."""
    if (first.object.type, first.object.slice) != (second.object.type, second.object.slice):
        raise declined([two_things(first.site, first.object, second.object)])
    added = [target for target in second.targets if target not in first.targets]
    return replace(first, targets=_ordered([*first.targets, *added]))


def _ordered(targets: Iterable[Target]) -> tuple[Target, ...]:
    """In the order of the table of targets, so that equal wishes are equal however they were worded."""
    return tuple(
        sorted(targets, key=lambda each: (_PLACE_OF_TARGET.get(each.name, len(_PLACE_OF_TARGET)), each.condition))
    )
