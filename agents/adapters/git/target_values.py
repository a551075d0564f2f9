"""What an object holds for a target name, and what it holds once a wish is fulfilled. Pure arithmetic.

`equals` sets the value and clears the bounds; `at_least` sets the minimum and raises the value to it; `at_most` sets
the maximum and lowers the value to it. A newer wish clears an older bound that contradicts it. Relative wishes need a
known number and are resolved here, nowhere else.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pydantic import model_serializer

from agents.domain.verdicts import Declined
from schemas.body import Body
from schemas.intent import TARGET_UNITS, Condition, Target
from schemas.reasons import DeclineReason

Value = int | float | str

OBJECTIVES = frozenset({"latency", "jitter", "packet_loss", "availability", "energy_saving"})
"""What is measured of an object rather than set: a bound on it says nothing of its value."""
CAPACITIES = frozenset({"dl_throughput", "ul_throughput", "max_sessions", "max_subscribers", "max_ues"})
"""Values that are themselves a limit: a bound on an unknown one fixes it."""


class Fault(Protocol):
    """A rule that a value breaks."""

    @property
    def reason(self) -> DeclineReason:
        """Why the value is declined."""

    @property
    def message(self) -> str:
        """The rule, for people."""


Check = Callable[[str, str, Value], Sequence[Fault]]
"""The guardrails: (object type, target name, value) → the rules it breaks."""


class Held(Body):
    """What an object holds for one target name; None where nothing is known."""

    value: Value | None = None
    min: int | float | None = None
    max: int | float | None = None

    @model_serializer
    def _only_known(self) -> dict[str, Any]:
        return {name: held for name in ("value", "min", "max") if (held := getattr(self, name)) is not None}

    def __str__(self) -> str:
        parts = [] if self.value is None else [str(self.value)]
        parts += [] if self.min is None else [f"at least {self.min}"]
        parts += [] if self.max is None else [f"at most {self.max}"]
        return ", ".join(parts) or "not set"


NOTHING = Held()


def tidy(value: Value) -> Value:
    """The number without a needless `.0`, rounded beyond the noise of floating point; text as it is."""
    if isinstance(value, str):
        return value
    rounded = round(value, 9)
    return int(rounded) if rounded == int(rounded) else rounded


def resolve(target: Target, held: Held, what: str) -> Held:
    """What is held once the wish is fulfilled. `what` names the object for people.

    Raises: Declined `infeasible`.
    """
    wished = tidy(target.value)
    if target.condition is Condition.EQUALS:
        return Held(value=_whole(target.name, wished, what))
    if isinstance(wished, str):
        raise Declined(
            DeclineReason.INFEASIBLE,
            f"{target.name} of {what} is text: {target.condition} {wished!r} cannot be computed",
            f"Which {target.name} should {what} have exactly?",
        )
    if target.condition is Condition.AT_LEAST:
        return _at_least(target.name, wished, held)
    if target.condition is Condition.AT_MOST:
        return _at_most(target.name, wished, held)
    return _relative(target, wished, held, what)


def _at_least(name: str, minimum: int | float, held: Held) -> Held:
    value = held.value
    if isinstance(value, str) or (value is None and name not in OBJECTIVES):
        value = minimum
    elif value is not None:
        value = max(value, minimum)
    return Held(value=value, min=minimum, max=held.max if held.max is None or held.max >= minimum else None)


def _at_most(name: str, maximum: int | float, held: Held) -> Held:
    value = held.value
    if isinstance(value, str) or (value is None and name in CAPACITIES):
        value = maximum
    elif value is not None:
        value = min(value, maximum)
    return Held(value=value, max=maximum, min=held.min if held.min is None or held.min <= maximum else None)


def _relative(target: Target, amount: int | float, held: Held, what: str) -> Held:
    if held.value is None or isinstance(held.value, str):
        raise Declined(
            DeclineReason.INFEASIBLE,
            f"the {target.name} of {what} is not known, so {target.condition} {amount} cannot be computed",
            f"How much {target.name} should {what} have in all?",
        )
    match target.condition:
        case Condition.INCREASE_BY:
            value = held.value + amount
        case Condition.DECREASE_BY:
            value = held.value - amount
        case _:
            value = held.value * amount
    wished = _whole(target.name, tidy(value), what)
    _require_within(target.name, wished, held, what)
    return held.model_copy(update={"value": wished})


def _whole(name: str, value: Value, what: str) -> Value:
    if TARGET_UNITS.get(name) == "count" and not isinstance(value, int):
        raise Declined(
            DeclineReason.INFEASIBLE,
            f"{name} of {what} would be {value}, which is not a whole number",
            f"How many {name} should {what} have?",
        )
    return value


def _require_within(name: str, value: Value, held: Held, what: str) -> None:
    if isinstance(value, str):
        return
    if (held.min is not None and value < held.min) or (held.max is not None and value > held.max):
        raise Declined(
            DeclineReason.INFEASIBLE,
            f"{name} of {what} would be {value}, but an earlier intent holds it to {held.model_copy(update=_NO_VALUE)}",
            f"Should {what} have {name} {value} anyway? Then ask for it as an exact number.",
        )


_NO_VALUE = {"value": None}
