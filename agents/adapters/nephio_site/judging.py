"""What the resources of a package look like once they are so. Pure functions over what an API server answers.

NFDeployment conditions are those of `workload.nephio.org/v1alpha1` (Reconciling, Stalled, Available, Peering, Ready);
Deployment conditions and counts those of `apps/v1`. A condition that was set for an older generation says nothing.
"""

from collections.abc import Mapping
from typing import Any

from schemas.bodies import Observation

Resource = Mapping[str, Any]
_STALLED = "Stalled"
_READY = ("Available", "Ready")


def judge(wanted: Resource, found: Resource | None) -> Observation:
    """Whether a resource is as it was committed and does what it is for."""
    what = f"{wanted['kind']} {wanted['metadata']['name']}"
    if found is None:
        return _waiting(f"{what} is not there yet")
    if found["metadata"].get("deletionTimestamp"):
        return _waiting(f"{what} is being deleted")
    for part in ("spec", "data"):
        if (difference := _difference(wanted.get(part), found.get(part), part)) is not None:
            return _waiting(f"{what} still differs in {difference}")
    match wanted["kind"]:
        case "NFDeployment":
            return _judge_conditions(what, found)
        case "Deployment":
            return _judge_replicas(what, found, found["spec"].get("replicas", 1))
    return Observation(state="in_force", message=f"{what} is there")


def judge_absence(wanted: Resource, found: Resource | None) -> Observation:
    """Whether a resource that was removed is gone."""
    what = f"{wanted['kind']} {wanted['metadata']['name']}"
    return Observation(state="in_force", message=f"{what} is gone") if found is None else _waiting(f"{what} is there")


def judge_workload(name: str, found: Resource | None, replicas: int) -> Observation:
    """Whether the workload that a controller made has as many replicas as it was asked for; none made is no fault."""
    if found is None:
        return Observation(state="in_force", message=f"there is no Deployment {name} to count")
    return _judge_replicas(f"Deployment {name}", found, replicas)


def _difference(wanted: Any, found: Any, path: str) -> str | None:
    """The first place where something wanted is not so; what others added does not matter."""
    if isinstance(wanted, Mapping):
        if not isinstance(found, Mapping):
            return path if wanted else None
        places = (_difference(value, found.get(key), f"{path}.{key}") for key, value in wanted.items())
        return next((place for place in places if place is not None), None)
    return None if wanted is None or wanted == found or str(wanted) == str(found) else path


def _judge_conditions(what: str, found: Resource) -> Observation:
    conditions = {each["type"]: each for each in _conditions(found)}
    if (stalled := conditions.get(_STALLED)) is not None and stalled["status"] == "True":
        return Observation(state="failed", message=f"{what} is stalled: {_told(stalled)}")
    named = [conditions[name] for name in _READY if name in conditions]
    if any(each["status"] == "True" for each in named):
        return Observation(state="in_force", message=f"{what} is {next(_says(named)).lower()}")
    return _waiting(f"{what} is not available: {'; '.join(map(_told, named)) or 'it has no such condition yet'}")


def _says(conditions: list[Any]) -> Any:
    return (str(each["type"]) for each in conditions if each["status"] == "True")


def _conditions(found: Resource) -> list[Any]:
    """Those that were set for what stands there now."""
    generation = found["metadata"].get("generation", 0)
    conditions = (found.get("status") or {}).get("conditions") or []
    return [each for each in conditions if each.get("observedGeneration", generation) >= generation]


def _judge_replicas(what: str, found: Resource, replicas: int) -> Observation:
    status = found.get("status") or {}
    for condition in _conditions(found):
        if (condition["type"], condition["status"]) == ("Progressing", "False"):
            return Observation(state="failed", message=f"{what} does not progress: {_told(condition)}")
    if status.get("observedGeneration", 0) < found["metadata"].get("generation", 0):
        return _waiting(f"{what} has not been looked at by its controller yet")
    available, updated = status.get("availableReplicas", 0), status.get("updatedReplicas", 0)
    if (available, updated) == (replicas, replicas):
        return Observation(state="in_force", message=f"{what} has {replicas} available")
    return _waiting(f"{what} has {available} of {replicas} available, {updated} of them as wished")


def _told(condition: Resource) -> str:
    return str(condition.get("message") or condition.get("reason") or condition["type"])


def _waiting(message: str) -> Observation:
    return Observation(state="waiting", message=message)
