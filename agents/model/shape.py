"""The shape of a model's answer: which unknown words are verbs, what is asked in all, and how else to say it.

All are claims: the first are put to the grammar, the second compared with what it reads, the third only asked back.
"""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from schemas.body import Body
from schemas.intent import TARGET_UNITS, Action, Condition, Expectation, IntentObject, ObjectType, SliceId, Target


def _known_target(name: str) -> str:
    if name not in TARGET_UNITS:
        raise ValueError("there is no such target")
    return name


TargetName = Annotated[str, AfterValidator(_known_target), Field(json_schema_extra={"enum": list(TARGET_UNITS)})]


class _Claim(Body):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ClaimedSlice(_Claim):
    """A slice, as the request names it."""

    sst: int
    sd: str | None


class ClaimedObject(_Claim):
    """What an expectation is about."""

    type: ObjectType
    name: str | None
    sites: tuple[str, ...]
    slice: ClaimedSlice | None


class ClaimedTarget(_Claim):
    """One wished value, in the unit of its name."""

    name: TargetName
    condition: Condition
    value: float | str
    unit: str


class ClaimedExpectation(_Claim):
    """One action on one object. `evidence` quotes the request."""

    action: Action
    object: ClaimedObject
    targets: tuple[ClaimedTarget, ...]
    evidence: tuple[str, ...]


class ModelReading(_Claim):
    """`verbs` are unknown words of the request that are verbs. No expectations: the model itself cannot read it.
    `rewording` is what it would have written instead."""

    verbs: tuple[str, ...]
    expectations: tuple[ClaimedExpectation, ...]
    rewording: str | None


def claimed(expectation: Expectation) -> ClaimedExpectation:
    """An expectation in the shape that a model is asked for."""
    thing = expectation.object
    return ClaimedExpectation(
        action=expectation.action,
        object=ClaimedObject(
            type=thing.type,
            name=thing.name,
            sites=thing.sites,
            slice=ClaimedSlice(sst=thing.slice.sst, sd=thing.slice.sd) if thing.slice else None,
        ),
        targets=tuple(ClaimedTarget.model_validate(target.model_dump()) for target in expectation.targets),
        evidence=expectation.evidence,
    )


def say_the_same(claims: tuple[ClaimedExpectation, ...], read: tuple[Expectation, ...]) -> bool:
    """True where both ask for exactly the same, in whatever order; evidence and the order of sites do not count."""
    return sorted(map(_said, claims)) == sorted(_said(claimed(each)) for each in read)


def _said(claim: ClaimedExpectation) -> str:
    thing = claim.object
    plain = Expectation(
        action=claim.action,
        object=IntentObject.model_construct(
            type=thing.type,
            name=thing.name,
            sites=tuple(sorted(thing.sites)),
            slice=SliceId.model_construct(sst=thing.slice.sst, sd=thing.slice.sd) if thing.slice else None,
        ),
    )
    targets = sorted(
        Target(name=each.name, condition=each.condition, value=each.value, unit=each.unit).model_dump_json()
        for each in claim.targets
    )
    return plain.model_dump_json() + "".join(targets)
