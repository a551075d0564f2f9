"""Intents and plans for the tests of the Git deployment target."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from schemas.bodies import IntentPlanned, Plan, Resources, Risk, Step, StepTarget
from schemas.envelope import Intent, Order
from schemas.reasons import DeclineReason


@dataclass(frozen=True)
class Broken:
    """A rule broken by a value."""

    reason: DeclineReason
    message: str


def at_most_20_replicas(object_type: str, name: str, value: float | str) -> Sequence[Broken]:
    """The guardrails of the tests."""
    if name == "replicas" and float(value) < 0:
        return [Broken(DeclineReason.INFEASIBLE, "there is no negative number of replicas")]
    if name == "replicas" and float(value) > 20:
        return [Broken(DeclineReason.POLICY_VIOLATION, "at most 20 replicas are allowed")]
    return []


def intent(name: str, at: int, *, text: str | None = None, generation: int = 0) -> Intent:
    """The intent called `name`, received at millisecond `at`; another `text` is other bytes."""
    digest = sha256((text or name).encode()).hexdigest()
    return Intent(str(uuid5(NAMESPACE_URL, name)), Order(at, 0, at), generation, digest, at)


def target(name: str, condition: str, value: float | str) -> dict[str, Any]:
    """One target of a step's content."""
    return {"name": name, "condition": condition, "value": value, "unit": ""}


def step(
    action: str,
    place: str,
    *targets: dict[str, Any],
    type: str = "amf",
    to: StepTarget = StepTarget.NEPHIO,
    **more: Any,
) -> Step:
    """One step on the object at `place` (`site/object`)."""
    site, _, slug = place.partition("/")
    content = {
        "site": site,
        "object": {"type": type, "name": None, "slug": slug, "slice": None},
        "action": action,
        "targets": list(targets),
        "provider": f"{type}.free5gc.io",
        "kind": "NetworkSlice" if type == "slice" else "NFDeployment",
    }
    return Step(target=to, operation=action, name=f"{action} {place}", content=content | more, undo={})


def plan(*steps: Step, text: str = "Scale the AMF") -> IntentPlanned:
    """A plan of these steps."""
    return IntentPlanned(
        text=text,
        expectations=(),
        plan=Plan(steps=steps, risk=Risk.LOW, resources=Resources(), knowledge_digest="k", digest="p" * 64),
    )


def scale(place: str, replicas: float, condition: str = "equals") -> IntentPlanned:
    """The plan for a number of replicas."""
    return plan(step("scale", place, target("replicas", condition, replicas)))
