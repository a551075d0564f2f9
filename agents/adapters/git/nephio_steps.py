"""The part of a plan that goes to Nephio, decoded once: what is wished of which object."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError

from agents.domain.verdicts import Rejected
from schemas.bodies import IntentPlanned, Step, StepTarget
from schemas.body import Body
from schemas.intent import Action, ObjectType, SliceId, Target

SLUG = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"
"""What a site or an object may be called: it becomes a folder and a Kubernetes name (RFC 1123)."""


class WishedObject(Body):
    """The object of a step. `slug` is its name at its site."""

    type: ObjectType
    slug: str = Field(pattern=SLUG, max_length=63)
    name: str | None = None
    slice: SliceId | None = None


class Blueprint(Body):
    """The package that the object's package is made of."""

    repository: str
    package: str
    revision: str


class Wish(Body):
    """The content of a step: one action on one object at one site."""

    site: str = Field(pattern=SLUG, max_length=63)
    object: WishedObject
    action: Action
    targets: tuple[Target, ...] = ()
    provider: str | None = None
    kind: Literal["NFDeployment", "NetworkSlice", "Deployment"] | None = None
    reads_parameters: bool = True
    blueprint: Blueprint | None = None
    needs_interfaces: tuple[str, ...] = ()
    """What the provider cannot do without, unless Nephio's own specialisers make it from the blueprint."""
    interfaces: tuple[dict[str, Any], ...] = ()
    network_instances: tuple[dict[str, Any], ...] = ()
    """Of the site, as `spec.interfaces` and `spec.networkInstances` of an NFDeployment have them."""

    @property
    def place(self) -> str:
        """The folder of the object's package."""
        return f"{self.site}/{self.object.slug}"

    @property
    def names(self) -> tuple[str, ...]:
        """The target names that are touched, each once."""
        return tuple(dict.fromkeys(target.name for target in self.targets))


def read_wish(step: Step) -> Wish:
    """The step's content. Raises: Rejected `malformed_plan`."""
    return decode_wish(step.name, step.content)


def decode_wish(step: str, content: Mapping[str, Any]) -> Wish:
    """The content of the step with this name. Raises: Rejected `malformed_plan`."""
    try:
        return Wish.model_validate(content)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Rejected(
            "malformed_plan", f"step {step!r} of the plan cannot be carried out: {where}: {first['msg']}"
        ) from fault


def read_wishes(planned: IntentPlanned) -> tuple[tuple[Step, Wish], ...]:
    """Every step of the plan for Nephio with what it wishes. Raises: Rejected `malformed_plan`."""
    wishes = tuple((step, read_wish(step)) for step in planned.plan.steps if step.target is StepTarget.NEPHIO)
    if not wishes:
        raise Rejected("malformed_plan", "the plan has no step for Nephio")
    return wishes
