"""The shape of a model's plan for a goal. All of it is a claim: verified, or not believed."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from schemas.body import Body
from schemas.intent import TARGET_UNITS, Action, Condition, ObjectType


def _known_target(name: str) -> str:
    if name not in TARGET_UNITS:
        raise ValueError("there is no such target")
    return name


TargetName = Annotated[str, AfterValidator(_known_target), Field(json_schema_extra={"enum": list(TARGET_UNITS)})]


class _Claim(Body):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ClaimedOrigin(_Claim):
    """Words of a source, and the figure that they hold: null where only the words count."""

    source: str
    quote: str
    value: float | str | None


class ClaimedTarget(_Claim):
    """One wished value, in the unit of its name. Without `arithmetic` it stands in its one origin."""

    name: TargetName
    condition: Condition
    value: float | str
    origins: tuple[ClaimedOrigin, ...]
    arithmetic: str | None


class ClaimedSlice(_Claim):
    """A slice, as it is named."""

    sst: int
    sd: str | None


class ClaimedObject(_Claim):
    """What an expectation is about."""

    type: ObjectType
    name: str | None
    sites: tuple[str, ...]
    slice: ClaimedSlice | None


class ClaimedExpectation(_Claim):
    """One action on one object, and the words that it rests on."""

    action: Action
    object: ClaimedObject
    targets: tuple[ClaimedTarget, ...]
    grounds: tuple[ClaimedOrigin, ...]


class ModelPlan(_Claim):
    """No expectations: the model sees no plan. `question` is what it would ask the requester."""

    expectations: tuple[ClaimedExpectation, ...]
    question: str | None
