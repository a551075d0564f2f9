"""O2 steps, decoded once, and the pieces of a provisioning request: itself, its template, its objectives."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.target_values import Held, resolve, tidy
from agents.adapters.ledgered.interface import Piece, Pieces
from agents.domain.verdicts import Declined, Rejected
from schemas.body import Body
from schemas.intent import Action, Condition
from schemas.reasons import DeclineReason

REQUEST, TEMPLATE = "request", "version"
"""The keys of the request as a whole and of its template; all others are objectives by target name."""
_WHOLE = ("provisioningRequestId", "name", "description")
_TEMPLATE_FIELDS = ("templateName", "templateVersion")
_SLOTS = {Condition.EQUALS: "value", Condition.AT_LEAST: "min", Condition.AT_MOST: "max"}


class Objective(Body):
    """One objective of a cluster."""

    name: str
    condition: str
    value: float | str


class Parameters(Body):
    """The parameters of a template that this operator's clusters take."""

    oCloudSiteId: str  # noqa: N815 (a field of the interface)
    nodeClusterName: str  # noqa: N815
    objectives: tuple[Objective, ...] = ()


class Request(Body):
    """A provisioning request as planned; without a template it keeps the one it has."""

    provisioningRequestId: str  # noqa: N815
    name: str
    description: str
    templateName: str | None = None  # noqa: N815
    templateVersion: str | None = None  # noqa: N815
    templateParameters: Parameters  # noqa: N815


class O2Wish(Wish):
    """The content of an O2 step."""

    request: Request

    @property
    def keys(self) -> tuple[str, ...]:
        """What the wish touches of the request."""
        names = tuple(name for name in self.names if name != TEMPLATE)
        template = (TEMPLATE,) if self.request.templateName else ()
        return (REQUEST, *template, *names) if self.action is Action.DEPLOY else (*template, *names)


def read_o2_wish(step: str, content: Mapping[str, Any]) -> O2Wish:
    """The step's content. Raises: Rejected `malformed_plan`."""
    try:
        return O2Wish.model_validate(content)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Rejected("malformed_plan", f"step {step!r} cannot be carried out: {where}: {first['msg']}") from fault


def pieces_of(data: Mapping[str, Any] | None) -> dict[str, Piece]:
    """A request in pieces; of none, none."""
    if data is None:
        return {}
    pieces: dict[str, Piece] = {REQUEST: {name: data.get(name) for name in _WHOLE}}
    pieces[TEMPLATE] = {name: data.get(name) for name in _TEMPLATE_FIELDS}
    for objective in _objectives(data):
        piece = pieces.setdefault(str(objective.get("name")), {"objectives": []})
        if piece is not None:
            piece["objectives"].append({name: objective.get(name) for name in ("condition", "value")})
    return pieces


def request_of(wish: O2Wish, data: Mapping[str, Any] | None, pieces: Pieces) -> dict[str, Any] | None:
    """The request with the pieces in it, None where it is to be gone; what the pieces do not name stays."""
    if REQUEST in pieces and pieces[REQUEST] is None:
        return None
    parameters = dict(data.get("templateParameters", {})) if data else {}
    planned = wish.request.templateParameters
    places = {"oCloudSiteId": planned.oCloudSiteId, "nodeClusterName": planned.nodeClusterName}
    named = pieces.keys() - {REQUEST, TEMPLATE}
    kept = [each for each in _objectives(data or {}) if each.get("name") not in named]
    added = [
        {"name": name, **each} for name in sorted(named) for each in (pieces[name] or {"objectives": []})["objectives"]
    ]
    request = dict(data) if data else {}
    for key in (REQUEST, TEMPLATE):
        request |= pieces.get(key) or {}
    return request | {"templateParameters": places | parameters | {"objectives": [*kept, *added]}}


def wanted(wish: O2Wish, found: Pieces) -> dict[str, Piece]:
    """The pieces once the wish is fulfilled. Raises: Declined `infeasible`."""
    if wish.action is Action.DELETE:
        return dict.fromkeys(found)
    planned = wish.request
    pieces: dict[str, Piece] = {}
    for key in wish.keys:
        if key == REQUEST:
            pieces[key] = {name: getattr(planned, name) for name in _WHOLE}
        elif key == TEMPLATE:
            pieces[key] = {name: getattr(planned, name) for name in _TEMPLATE_FIELDS}
        else:
            pieces[key] = {"objectives": _wished(wish, key, found.get(key))}
    return pieces


def require_cluster(wish: O2Wish, data: Mapping[str, Any] | None) -> None:
    """Raises: Declined `infeasible` where there is nothing to change."""
    if data is None and wish.action not in (Action.DEPLOY, Action.DELETE):
        raise Declined(
            DeclineReason.INFEASIBLE,
            f"there is no cluster {wish.object.slug} at {wish.site}, so it cannot be changed from what it is",
            f"What should a cluster {wish.object.slug} at {wish.site} be deployed with?",
        )


def held_of(key: str, piece: Piece) -> Held:
    """What a piece holds."""
    if key == TEMPLATE:
        return Held(value=(piece or {}).get("templateVersion"))
    said = {
        _SLOTS[Condition(each["condition"])]: tidy(each["value"])
        for each in (piece or {}).get("objectives", ())
        if each.get("condition") in _SLOTS
    }
    return Held.model_validate(said)


def _wished(wish: O2Wish, name: str, found: Piece) -> list[dict[str, Any]]:
    targets = [target for target in wish.targets if target.name == name]
    if not any(target.condition.is_relative for target in targets):
        return [{"condition": str(target.condition), "value": tidy(target.value)} for target in targets]
    held = held_of(name, found)
    for target in targets:
        held = resolve(target, held, f"{wish.object.slug} at {wish.site}")
    return [{"condition": str(Condition.EQUALS), "value": held.value}]


def _objectives(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    said = data.get("templateParameters", {}).get("objectives", [])
    return [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []
