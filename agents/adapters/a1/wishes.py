"""A1 steps, decoded once: the policies they set, and what a policy holds by target name."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.target_values import Held, resolve, tidy
from agents.adapters.ledgered.interface import Piece
from agents.domain.verdicts import Rejected
from agents.planning.a1_policies import render
from schemas.body import Body
from schemas.intent import Condition


class Attribute(Body):
    """One attribute of a statement: the wished value times `factor`."""

    attribute: str
    factor: float = 1.0


class Policy(Body):
    """One policy instance of a step. `policy_object` is None where its value has yet to be counted."""

    policy_id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=253)
    policy_type_id: str
    other_type_ids: tuple[str, ...] = ()
    target: str
    scope: dict[str, Any]
    statement: str
    attributes: dict[Condition, tuple[Attribute, ...]] = {}
    policy_object: dict[str, Any] | None = None

    @property
    def type_ids(self) -> tuple[str, ...]:
        """Its own type, then those under which an earlier intent may have left it."""
        return (self.policy_type_id, *self.other_type_ids)


class A1Wish(Wish):
    """The content of an A1 step."""

    policies: tuple[Policy, ...] = Field(min_length=1)

    def policy(self, policy_id: str) -> Policy:
        """The policy with this id."""
        return next(policy for policy in self.policies if policy.policy_id == policy_id)


def read_a1_wish(step: str, content: Mapping[str, Any]) -> A1Wish:
    """The step's content. Raises: Rejected `malformed_plan`."""
    try:
        return A1Wish.model_validate(content)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Rejected("malformed_plan", f"step {step!r} cannot be carried out: {where}: {first['msg']}") from fault


def wanted_object(wish: A1Wish, policy: Policy, piece: Piece) -> dict[str, Any]:
    """The policy object that the wish comes to. Raises: Declined `infeasible`."""
    if policy.policy_object is not None:
        return policy.policy_object
    held = held_of(policy, piece)
    held = Held(value=next((each for each in (held.value, held.max, held.min) if each is not None), None))
    for target in wish.targets:
        if target.name == policy.target:
            held = resolve(target, held, f"{wish.object.slug} at {wish.site}")
    unit = next(target.unit for target in wish.targets if target.name == policy.target)
    value = {"name": policy.target, "condition": str(Condition.EQUALS), "value": held.value, "unit": unit}
    return render(policy.model_dump(mode="json"), [value])


def held_of(policy: Policy, piece: Piece) -> Held:
    """What a policy holds: the reverse of how it is rendered."""
    if piece is None:
        return Held()
    statement = piece["policy_object"].get(policy.statement)
    if isinstance(statement, list):
        return _held_of_list(policy, statement)
    held: dict[str, Any] = {}
    for condition, attributes in policy.attributes.items():
        value = statement.get(attributes[0].attribute) if isinstance(statement, dict) else None
        if isinstance(value, int | float):
            held.setdefault(_SLOTS[condition], tidy(value / attributes[0].factor))
    return Held.model_validate(held)


def _held_of_list(policy: Policy, statement: list[Any]) -> Held:
    said = [each for each in statement if isinstance(each, dict) and each.get("name") == policy.target]
    return Held.model_validate(
        {_SLOTS[condition]: each.get("value") for each in said if (condition := each.get("condition")) in _SLOTS}
    )


_SLOTS = {Condition.EQUALS: "value", Condition.AT_LEAST: "min", Condition.AT_MOST: "max"}
