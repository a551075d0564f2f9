"""The operations of a policy management service, version 3 (`pms-api-v3.yaml` of the O-RAN Software Community)."""

from typing import Any

from jsonschema import Draft7Validator

from pipeline.stand_ins.ric.http_server import Answer, Request, Route, problem
from pipeline.stand_ins.ric.policies import Policies

ROOT = "/a1-policy-management/v1"
_TEXT: dict[str, Any] = {"type": "string"}
_OBJECT: dict[str, Any] = {"type": "object"}
_PROBLEM: dict[str, Any] = {"type": "object", "properties": {"title": _TEXT, "status": {"type": "number"}}}
_CREATION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "nearRtRicId": _TEXT,
        "policyTypeId": _TEXT,
        "policyId": _TEXT,
        "serviceId": _TEXT,
        "transient": {"type": "boolean"},
        "policyObject": _OBJECT,
    },
    "required": ["nearRtRicId", "policyObject", "policyTypeId"],
}
_TYPES: dict[str, Any] = {
    "type": "array",
    "items": {"type": "object", "required": ["nearRtRicId", "policyTypeId"]},
}
_POLICIES: dict[str, Any] = {"type": "array", "items": {"type": "object", "required": ["nearRtRicId", "policyId"]}}
_TYPE: dict[str, Any] = {"type": "object", "required": ["policySchema"]}


def management_routes(policies: Policies, ric: str) -> list[Route]:
    """A service in front of one near-RT RIC."""
    service = _Service(policies, ric)
    missing: dict[int, dict[str, Any] | None] = {404: _PROBLEM}
    bad: dict[int, dict[str, Any] | None] = {400: _PROBLEM, 404: _PROBLEM, 423: _PROBLEM}
    one = f"{ROOT}/policies/{{policy}}"
    return [
        Route("GET", f"{ROOT}/status", lambda request: Answer(200, {"status": "success"}), {200: _OBJECT}),
        Route("GET", f"{ROOT}/rics", service.rics, {200: _OBJECT}),
        Route("GET", f"{ROOT}/policy-types", service.types, {200: _TYPES} | missing),
        Route("GET", f"{ROOT}/policy-types/{{type}}", service.type, {200: _TYPE} | missing),
        Route("GET", f"{ROOT}/policies", service.list, {200: _POLICIES} | missing),
        Route("POST", f"{ROOT}/policies", service.create, {201: _CREATION, 409: _PROBLEM} | bad, body=_CREATION),
        Route("GET", one, service.get, {200: _OBJECT} | missing),
        Route("PUT", one, service.update, {200: _OBJECT} | bad, body=_OBJECT),
        Route("DELETE", one, service.delete, {204: None} | missing),
        Route("GET", f"{one}/status", service.status, {200: _OBJECT} | missing),
    ]


class _Service:
    def __init__(self, policies: Policies, ric: str) -> None:
        self._policies = policies
        self._ric = ric

    def rics(self, request: Request) -> Answer:
        about = {"ricId": self._ric, "managedElementIds": [], "state": "AVAILABLE"}
        return Answer(200, {"rics": [about | {"policyTypeIds": list(self._policies.schemas)}]})

    def types(self, request: Request) -> Answer:
        if request.parameters.get("nearRtRicId", self._ric) != self._ric:
            return problem(404, "Not Found", "Near-RT RIC not found")
        return Answer(200, [{"policyTypeId": name, "nearRtRicId": self._ric} for name in self._policies.schemas])

    def type(self, request: Request) -> Answer:
        schema = self._policies.schemas.get(request.variables["type"])
        if schema is None:
            return problem(404, "Not Found", "Policy type not found")
        return Answer(200, {"policySchema": schema, "statusSchema": _OBJECT})

    def list(self, request: Request) -> Answer:
        wanted = request.parameters.get("policyTypeId")
        held = [policy for name, policy in self._policies.held if wanted in (None, name)]
        return Answer(200, [{"policyId": policy, "nearRtRicId": self._ric} for policy in held])

    def create(self, request: Request) -> Answer:
        body = request.body
        name, policy = body["policyTypeId"], body["policyId"]
        if name not in self._policies.schemas or body["nearRtRicId"] != self._ric:
            return problem(404, "Not Found", "Policy type or Near-RT RIC not found")
        if not self._fits(name, body["policyObject"]):
            return problem(400, "Bad Request", "the policy does not fit the schema of its type")
        if self._policies.type_of(policy) is not None:
            return problem(409, "Conflict", f"Policy already created with ID: {policy}")
        self._policies.set((name, policy), body["policyObject"])
        return Answer(201, body, {"Location": f"{ROOT}/policies/{policy}"})

    def get(self, request: Request) -> Answer:
        key = self._key(request)
        return _missing() if key is None else Answer(200, self._policies.held[key])

    def update(self, request: Request) -> Answer:
        key = self._key(request)
        if key is None:
            return _missing()
        if not self._fits(key[0], request.body):
            return problem(400, "Bad Request", "the policy does not fit the schema of its type")
        self._policies.set(key, request.body)
        return Answer(200, request.body)

    def delete(self, request: Request) -> Answer:
        key = self._key(request)
        if key is None:
            return _missing()
        self._policies.set(key, None)
        return Answer(204)

    def status(self, request: Request) -> Answer:
        key = self._key(request)
        return _missing() if key is None else Answer(200, self._policies.status(key))

    def _key(self, request: Request) -> tuple[str, str] | None:
        policy = request.variables["policy"]
        name = self._policies.type_of(policy)
        return None if name is None else (name, policy)

    def _fits(self, name: str, policy: dict[str, Any]) -> bool:
        return next(Draft7Validator(self._policies.schemas[name]).iter_errors(policy), None) is None


def _missing() -> Answer:
    return problem(404, "Not Found", "Policy not found")
