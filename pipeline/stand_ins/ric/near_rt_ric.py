"""The operations of a near-RT RIC in both families, as their public descriptions have them.

The standard: `ORAN_A1-p_V2.0.0_api.yaml`. The O-RAN Software Community: `openapi.yaml` of its simulator (OSC_2.1.0,
root `/a1-p`) and `swagger.yaml` of its A1 mediator (root `/A1-P/v2`), which differ in the root alone.
"""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft7Validator

from pipeline.stand_ins.ric.http_server import Answer, Request, Route, problem
from pipeline.stand_ins.ric.policies import Policies

STANDARD_ROOT = "/A1-P/v2"
SIMULATOR_ROOT = "/a1-p"
_OBJECT: dict[str, Any] = {"type": "object"}
_NAMES: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
_NUMBERS: dict[str, Any] = {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 2147483647}}
_PROBLEM: dict[str, Any] = {"type": "object", "properties": {"title": {"type": "string"}, "status": {"type": "number"}}}
_STANDARD_TYPE: dict[str, Any] = {
    "type": "object",
    "properties": {"policySchema": _OBJECT, "statusSchema": _OBJECT},
    "required": ["policySchema"],
}
_NUMBERED_TYPE: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "policy_type_id": {"type": "integer"}, "create_schema": _OBJECT},
    "required": ["name", "description", "policy_type_id", "create_schema"],
    "additionalProperties": True,
}
_STATUS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "enforceStatus": {"enum": ["ENFORCED", "NOT_ENFORCED"]},
        "enforceReason": {"enum": ["SCOPE_NOT_APPLICABLE", "STATEMENT_NOT_APPLICABLE", "OTHER_REASON"]},
    },
}


def standard_routes(policies: Policies) -> list[Route]:
    """The standard's A1-P, version 2: types have names."""
    return _Family(policies, STANDARD_ROOT, None).routes()


def numbered_routes(policies: Policies, root: str, numbers: Mapping[str, int]) -> list[Route]:
    """The O-RAN Software Community's: types have numbers, changes are only begun when they are answered."""
    return _Family(policies, root, numbers).routes()


class _Family:
    def __init__(self, policies: Policies, root: str, numbers: Mapping[str, int] | None) -> None:
        self._policies = policies
        self._root = root
        self._numbers = numbers

    def routes(self) -> list[Route]:
        standard = self._numbers is None
        refusal = _PROBLEM if standard else None
        one = f"{self._root}/policytypes/{{type}}"
        policy = f"{one}/policies/{{policy}}"
        changed = {200: _OBJECT, 201: _OBJECT} if standard else {202: None}
        deleted: dict[int, dict[str, Any] | None] = {204: None} if standard else {202: None}
        bad: dict[int, dict[str, Any] | None] = {400: refusal, 404: refusal}
        routes = [
            Route("GET", f"{self._root}/policytypes", self._types, {200: _NAMES if standard else _NUMBERS}),
            Route("GET", one, self._type, {200: _STANDARD_TYPE if standard else _NUMBERED_TYPE, 404: refusal}),
            Route("GET", f"{one}/policies", self._ids, {200: _NAMES, 404: refusal}),
            Route("GET", policy, self._get, {200: _OBJECT, 404: refusal}),
            Route("PUT", policy, self._put, changed | bad, body=_OBJECT),
            Route("DELETE", policy, self._delete, deleted | {404: refusal}),
            Route("GET", f"{policy}/status", self._status, {200: _STATUS, 404: refusal}),
        ]
        if not standard:
            routes.append(Route("GET", f"{self._root}/healthcheck", lambda request: Answer(200), {200: None}))
        return routes

    def _name(self, request: Request) -> str | None:
        """The type's name, None where there is no such type."""
        asked = request.variables["type"]
        if self._numbers is not None:
            return next((name for name, number in self._numbers.items() if str(number) == asked), None)
        return asked if asked in self._policies.schemas else None

    def _types(self, request: Request) -> Answer:
        names = list(self._policies.schemas)
        return Answer(200, names if self._numbers is None else [self._numbers[name] for name in names])

    def _type(self, request: Request) -> Answer:
        name = self._name(request)
        if name is None:
            return self._refuse(404, "The policy type does not exist.")
        schema = self._policies.schemas[name]
        if self._numbers is None:
            return Answer(200, {"policySchema": schema, "statusSchema": _STATUS})
        number = self._numbers[name]
        return Answer(200, {"name": name, "description": name, "policy_type_id": number, "create_schema": schema})

    def _ids(self, request: Request) -> Answer:
        name = self._name(request)
        if name is None:
            return self._refuse(404, "The policy type does not exist.")
        return Answer(200, [policy for type_name, policy in self._policies.held if type_name == name])

    def _get(self, request: Request) -> Answer:
        held = self._policies.held.get((self._name(request) or "", request.variables["policy"]))
        return self._refuse(404, "The requested policy does not exist.") if held is None else Answer(200, held)

    def _put(self, request: Request) -> Answer:
        name, policy = self._name(request), request.variables["policy"]
        if name is None:
            return self._refuse(404, "The policy type does not exist.")
        if next(Draft7Validator(self._policies.schemas[name]).iter_errors(request.body), None) is not None:
            return self._refuse(400, "The policy does not fit the schema of its type.")
        if self._policies.type_of(policy) not in (None, name):
            return self._refuse(400, "The policy id already exists for another policy type.")
        is_new = self._policies.set((name, policy), request.body)
        if self._numbers is not None:
            return Answer(202)
        where = f"{self._root}/policytypes/{name}/policies/{policy}"
        return Answer(201, request.body, {"Location": where}) if is_new else Answer(200, request.body)

    def _delete(self, request: Request) -> Answer:
        key = (self._name(request) or "", request.variables["policy"])
        if key not in self._policies.held:
            return self._refuse(404, "The requested policy does not exist.")
        self._policies.set(key, None)
        return Answer(204 if self._numbers is None else 202)

    def _status(self, request: Request) -> Answer:
        key = (self._name(request) or "", request.variables["policy"])
        if key not in self._policies.held:
            return self._refuse(404, "The requested policy does not exist.")
        return Answer(200, self._policies.status(key))

    def _refuse(self, status: int, title: str) -> Answer:
        return problem(status, title) if self._numbers is None else Answer(status)
