"""A value that a model wishes → whether it comes from where it is said to, and is meant as it is said."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from agents.goals.answer_shape import ClaimedTarget
from agents.goals.arithmetic import NotArithmetic, Quantity, worked_out
from agents.goals.faults import Fault, NotBelieved
from agents.goals.origins import Figured, is_equal, kind_of
from agents.planning.plain_numbers import plain
from schemas.bodies import HeldValue
from schemas.intent import Condition

_CAPPED = ("latency", "jitter", "packet_loss")
_KEPT = ("dl_throughput", "ul_throughput", "availability", "max_sessions", "max_subscribers", "max_ues")
_DIMENSIONLESS = ("replicas", "priority_level")
_SHARED = ("time", "percent")
_BOUNDS = {"at_least": Condition.AT_LEAST, "at_most": Condition.AT_MOST, "equals": Condition.EQUALS}
_RELATIVE = {"more": Condition.INCREASE_BY, "fewer": Condition.DECREASE_BY}
_LEAST_INPUTS = 2


@dataclass(frozen=True, slots=True)
class Around:
    """What a value is judged by besides its origins: what stands there now (`is_new`: it is known that nothing does),
    and whether the request uses verbs of adding or of taking away."""

    held: HeldValue | None
    is_new: bool
    is_adding: bool
    is_removing: bool

    def relative_of(self, figured: Figured) -> str | None:
        """Whether a figure is on top of what is there, or less: by its own words, else by the request's verbs."""
        figure = figured.figure
        if figure is None or figure.amount.relative or figured.origin.place or figure.is_end:
            return figure.amount.relative if figure else None
        is_bounded = figure.amount.bound is not None or figure.amount.kind == "times"
        if is_bounded or self.is_adding == self.is_removing:
            return None
        return "more" if self.is_adding else "fewer"


def require_grounded(claim: ClaimedTarget, origins: Sequence[Figured], around: Around) -> None:
    """Passes a value that its origins hold or come to, under a condition that they allow. Raises: NotBelieved."""
    if not origins:
        raise NotBelieved(Fault.NO_GROUND, f"{claim.name} {claim.value}")
    if claim.arithmetic is None:
        _require_stated(claim, origins, around)
    else:
        _require_worked_out(claim, origins)
    _require_direction(claim, origins, around)


def _require_stated(claim: ClaimedTarget, origins: Sequence[Figured], around: Around) -> None:
    """The one figure, as it stands, of what the target counts, under a condition that its words allow."""
    stated = origins[0]
    if len(origins) > 1 or not is_equal(stated.value, claim.value):
        raise NotBelieved(Fault.VALUE_NOT_IN_QUOTE, f"{claim.name} {claim.value}")
    if stated.figure is None:
        if stated.target != claim.name or claim.condition.is_relative:
            raise NotBelieved(Fault.VALUE_OF_SOMETHING_ELSE, f"{claim.name} {claim.value}")
        return
    is_factor = claim.condition is Condition.MULTIPLY_BY
    if (stated.figure.amount.kind == "times") != is_factor or not stated.figure.fits(claim.name):
        raise NotBelieved(Fault.VALUE_OF_SOMETHING_ELSE, f"{claim.name} {claim.value}")
    if claim.condition not in _conditions_of(claim, stated, around):
        raise NotBelieved(Fault.WRONG_CONDITION, f"{claim.name} {claim.condition} {claim.value}")


def _conditions_of(claim: ClaimedTarget, stated: Figured, around: Around) -> set[Condition]:
    """What a figure may be meant as: as its words say, else set, or on its good side."""
    figure = stated.figure
    if figure is None or figure.amount.kind == "times":
        return {Condition.MULTIPLY_BY}
    if relative := around.relative_of(stated):
        # What is on top of what is there; without anything there it is all there is: see the direction.
        return {_RELATIVE[relative], *_absolute(claim.name)}
    bounds = [bound for bound, value in figure.amount.parts if is_equal(value, claim.value)]
    said = [_BOUNDS[bound] for bound in bounds if bound in _BOUNDS]
    return set(said) or _absolute(claim.name, is_passage=stated.origin.kind == "passage")


def _absolute(name: str, *, is_passage: bool = False) -> set[Condition]:
    if name in _CAPPED:
        return {Condition.EQUALS, Condition.AT_MOST}
    is_kept = name in _KEPT or (is_passage and name == "replicas")
    return {Condition.EQUALS, Condition.AT_LEAST} if is_kept else {Condition.EQUALS}


def _require_worked_out(claim: ClaimedTarget, origins: Sequence[Figured]) -> None:
    if len(origins) < _LEAST_INPUTS or isinstance(claim.value, str) or claim.condition is Condition.MULTIPLY_BY:
        raise NotBelieved(Fault.WRONG_ARITHMETIC, f"{claim.name} = {claim.arithmetic}")
    try:
        result = worked_out(claim.arithmetic or "", [each.quantity for each in origins])
    except (NotArithmetic, ValueError) as fault:
        raise NotBelieved(Fault.WRONG_ARITHMETIC, f"{claim.arithmetic}: {fault}") from fault
    own = kind_of(claim.name)
    is_share = own == "percent"
    if not is_equal(result.value * 100 if is_share else result.value, claim.value):
        raise NotBelieved(Fault.WRONG_ARITHMETIC, f"{claim.arithmetic} is {plain(result.value)}, not {claim.value}")
    may_be_plain = is_share or claim.name in _DIMENSIONLESS
    if own in _SHARED and not any(claim.name in (each.target, each.figure and each.figure.about) for each in origins):
        raise NotBelieved(Fault.VALUE_OF_SOMETHING_ELSE, f"{claim.name} = {claim.arithmetic}")
    if not claim.condition.is_relative and claim.condition not in _absolute(claim.name, is_passage=True):
        raise NotBelieved(Fault.WRONG_CONDITION, f"{claim.name} {claim.condition} {claim.value}")
    counts_the_same = result.dimension.get(own) == 1 and min(result.dimension.values()) > 0
    if not counts_the_same and not (may_be_plain and not result.dimension):
        raise NotBelieved(Fault.VALUE_OF_SOMETHING_ELSE, f"{claim.name} = {claim.arithmetic}")


def _require_direction(claim: ClaimedTarget, origins: Sequence[Figured], around: Around) -> None:
    """What is said to come on top comes on top: as an increase, or beyond what is there. A passage adds nothing."""
    relative = {around.relative_of(each) for each in origins} - {None}
    unfit = NotBelieved(Fault.WRONG_CONDITION, f"{claim.name} {claim.condition} {claim.value}")
    if claim.condition in _RELATIVE.values():
        is_requested = any(around.relative_of(each) for each in origins if each.origin.kind == "request")
        is_fitting = relative == {"more" if claim.condition is Condition.INCREASE_BY else "fewer"}
        if not is_requested or not is_fitting or _without(claim, origins, around, 0.0) != 0:
            raise unfit
        return
    if not relative or (around.is_new and relative == {"more"}):
        return
    now = around.held.value if around.held else None
    if isinstance(now, str) or now is None or isinstance(claim.value, str):
        raise unfit
    is_on_top = relative == {"more" if claim.value > now else "fewer"}
    if not is_on_top or not any(each.target for each in origins):
        raise unfit
    if any(each.target == claim.name for each in origins) and not is_equal(_without(claim, origins, around, now), now):
        raise unfit


def _without(claim: ClaimedTarget, origins: Sequence[Figured], around: Around, otherwise: float) -> float:
    """What the arithmetic comes to where nothing is on top: nothing for an increase, what is there for a value."""
    if claim.arithmetic is None:
        return otherwise
    quantities = [
        Quantity(0.0, each.quantity.dimension) if around.relative_of(each) else each.quantity for each in origins
    ]
    try:
        return worked_out(claim.arithmetic, quantities).value
    except NotArithmetic:
        return nan
