"""A stand-in O-Cloud that provisions nothing: its IMS over REST, and Nephio's custom resource on a stand-in API server.

Written from `openapi.yaml` 1.2.0 of openshift-kni/oran-o2ims, and from Nephio's CRD with what an API server does to it.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pipeline.stand_ins.ric.http_server import Answer, Request, Route, problem

ROOT = "/o2ims-infrastructureProvisioning/v1/provisioningRequests"
RESOURCES = "/apis/o2ims.provisioning.oran.org/v1alpha1/provisioningrequests"
_TEXT: dict[str, Any] = {"type": "string"}
_UUID: dict[str, Any] = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
_NAME: dict[str, Any] = {"type": "string", "minLength": 1}
_FIELDS: dict[str, Any] = {
    "name": _NAME,
    "description": _TEXT,
    "templateName": _NAME,
    "templateVersion": _NAME,
    "templateParameters": {"type": "object"},
}
_DATA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"provisioningRequestId": _UUID} | _FIELDS,
    "required": ["provisioningRequestId", *_FIELDS],
}
_RESOURCE_STATUS: dict[str, Any] = {
    "type": "object",
    "required": ["resourceName", "resourceId", "resourceProvisioningPhase"],
}
_STATUS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "provisioningPhase": {"enum": ["PENDING", "PROGRESSING", "FULFILLED", "FAILED", "DELETING"]},
        "nodeClusterProvisioningStatus": _RESOURCE_STATUS,
        "infrastructureResourceProvisioningStatus": {"type": "array", "items": _RESOURCE_STATUS},
    },
    "required": [
        "updateTime",
        "message",
        "provisioningPhase",
        "nodeClusterProvisioningStatus",
        "infrastructureResourceProvisioningStatus",
    ],
}
_INFO: dict[str, Any] = {
    "type": "object",
    "properties": {"provisioningRequestReference": _UUID, "provisioningRequestData": _DATA, "status": _STATUS},
    "required": ["provisioningRequestReference", "provisioningRequestData", "provisionedResourceSet", "status"],
}
_PROBLEM: dict[str, Any] = {"type": "object"}
_RESOURCE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "apiVersion": {"const": "o2ims.provisioning.oran.org/v1alpha1"},
        "kind": {"const": "ProvisioningRequest"},
        "metadata": {"type": "object", "required": ["name"]},
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                name: _DATA["properties"][name] for name in _DATA["properties"] if name != "provisioningRequestId"
            },
            "required": ["templateName", "templateParameters", "templateVersion"],
        },
    },
    "required": ["apiVersion", "kind", "metadata", "spec"],
}


@dataclass
class OCloud:
    """Provisioning requests by id. `provisioning_seconds` is how long each change takes; None is for ever.

    `changes` has every effect in its order; `fails` makes provisioning end as failed; `tag` is the form of ETags, such
    as `"{}"`, where there are any.
    """

    provisioning_seconds: float | None = 0.0
    fails: bool = False
    tag: str | None = None
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    changes: list[tuple[str, dict[str, Any] | None]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    _since: dict[str, float] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def set(self, request_id: str, data: dict[str, Any] | None) -> None:
        """Makes it so; being so already is no effect."""
        with self._lock:
            if self.held.get(request_id) == data:
                return
            self.changes.append((request_id, data))
            self.versions[request_id] = len(self.changes)
            self._since[request_id] = time.monotonic()
            if data is None:
                del self.held[request_id]
            else:
                self.held[request_id] = data

    def phase(self, request_id: str) -> str:
        """Where provisioning stands."""
        age = time.monotonic() - self._since[request_id]
        if self.provisioning_seconds is None or age < self.provisioning_seconds:
            return "PROGRESSING"
        return "FAILED" if self.fails else "FULFILLED"


def ims_routes(cloud: OCloud) -> list[Route]:
    """The operations on provisioning requests."""
    one = f"{ROOT}/{{id}}"
    bad: Mapping[int, dict[str, Any] | None] = {400: _PROBLEM, 404: _PROBLEM}

    def info(request_id: str) -> dict[str, Any]:
        data = cloud.held[request_id]
        resource = {"resourceName": data["name"], "resourceId": request_id, "resourceProvisioningPhase": "PROCESSING"}
        return {
            "provisioningRequestReference": str(uuid5(NAMESPACE_URL, request_id)),
            "provisioningRequestData": data,
            "provisionedResourceSet": {"nodeClusterId": request_id, "infrastructureResourceIds": []},
            "status": {
                "updateTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "message": "as told",
                "provisioningPhase": cloud.phase(request_id),
                "nodeClusterProvisioningStatus": resource,
                "infrastructureResourceProvisioningStatus": [],
            },
        }

    def create(request: Request) -> Answer:
        request_id = request.body["provisioningRequestId"]
        if request_id in cloud.held:
            return problem(409, "Conflict", "the provisioning request already exists")
        cloud.set(request_id, request.body)
        return Answer(201, info(request_id), {"Location": f"{ROOT}/{request_id}"})

    def get(request: Request) -> Answer:
        request_id = request.variables["id"]
        if request_id not in cloud.held:
            return problem(404, "Not found")
        return Answer(200, info(request_id), {"ETag": tag(request_id)} if cloud.tag else {})

    def tag(request_id: str) -> str:
        return (cloud.tag or "").format(cloud.versions[request_id])

    def update(request: Request) -> Answer:
        request_id = request.variables["id"]
        if request_id not in cloud.held:
            return problem(404, "Not found")
        if request.body["provisioningRequestId"] != request_id:
            return problem(422, "Unprocessable", "the ids differ")
        if request.headers.get("If-Match", tag(request_id)) != tag(request_id):
            return problem(412, "Precondition failed", "it has changed")
        cloud.set(request_id, request.body)
        return Answer(200, info(request_id))

    def delete(request: Request) -> Answer:
        request_id = request.variables["id"]
        if request_id not in cloud.held:
            return problem(404, "Not found")
        cloud.set(request_id, None)
        return Answer(202, None, {"Location": f"{ROOT}/{request_id}"})

    return [
        Route("POST", ROOT, create, {201: _INFO, 409: _PROBLEM} | bad, body=_DATA),
        Route("GET", one, get, {200: _INFO} | bad),
        Route("PUT", one, update, {200: _INFO, 412: _PROBLEM, 422: _PROBLEM} | bad, body=_DATA),
        Route("DELETE", one, delete, {202: None, 404: _PROBLEM}),
    ]


def resource_routes(cloud: OCloud) -> list[Route]:
    """The operations on Nephio's custom resource."""
    one = f"{RESOURCES}/{{id}}"
    status: dict[int, dict[str, Any] | None] = {404: _PROBLEM, 409: _PROBLEM}

    def resource(name: str) -> dict[str, Any]:
        phase = cloud.phase(name).lower()
        return {
            "apiVersion": "o2ims.provisioning.oran.org/v1alpha1",
            "kind": "ProvisioningRequest",
            "metadata": {"name": name, "resourceVersion": str(cloud.versions[name])},
            "spec": {key: value for key, value in cloud.held[name].items() if key != "provisioningRequestId"},
            "status": {"provisioningStatus": {"provisioningState": phase, "provisioningDetails": "as told"}},
        }

    def create(request: Request) -> Answer:
        name = request.body["metadata"]["name"]
        if name in cloud.held:
            return _status(409, "AlreadyExists")
        cloud.set(name, {"provisioningRequestId": name, **request.body["spec"]})
        return Answer(201, resource(name))

    def get(request: Request) -> Answer:
        name = request.variables["id"]
        return Answer(200, resource(name)) if name in cloud.held else _status(404, "NotFound")

    def replace(request: Request) -> Answer:
        name = request.variables["id"]
        if name not in cloud.held:
            return _status(404, "NotFound")
        if request.body["metadata"].get("resourceVersion") != str(cloud.versions[name]):
            return _status(409, "Conflict")
        cloud.set(name, {"provisioningRequestId": name, **request.body["spec"]})
        return Answer(200, resource(name))

    def delete(request: Request) -> Answer:
        name = request.variables["id"]
        if name not in cloud.held:
            return _status(404, "NotFound")
        cloud.set(name, None)
        return Answer(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})

    return [
        Route("POST", RESOURCES, create, {201: _RESOURCE} | status, body=_RESOURCE),
        Route("GET", one, get, {200: _RESOURCE} | status),
        Route("PUT", one, replace, {200: _RESOURCE} | status, body=_RESOURCE),
        Route("DELETE", one, delete, {200: {"type": "object"}} | status),
    ]


def _status(code: int, reason: str) -> Answer:
    return Answer(code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code})
