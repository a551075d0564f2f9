"""A stand-in Porch: PackageRevisions, their resources and approval, with the faults of the real one.

A stale update of resources is 500 with the conflict in its text, as are a push to a proposal and a workspace that is
taken; Draft to Published by a plain update is 422; deleting what is published 403. An approval makes the next number,
and keeps `REPOSITORY.PACKAGE.main` with number -1 at the same content.
"""

import threading
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from pipeline.stand_ins.ric.http_server import Answer, Request, Route

NAMESPACE = "default"
GROUP = "/apis/porch.kpt.dev"
PLACE = f"{GROUP}/v1alpha1/namespaces/{NAMESPACE}"
_STATUS: dict[str, Any] = {"type": "object", "required": ["kind", "message", "code"]}
_GIT = {
    "type": "object",
    "required": ["repo", "ref", "directory"],
    "properties": {"repo": {"type": "string"}, "ref": {"type": "string"}, "directory": {"type": "string"}},
    "additionalProperties": False,
}
_UPSTREAM = {
    "type": "object",
    "required": ["type", "git"],
    "properties": {"type": {"const": "git"}, "git": _GIT},
    "additionalProperties": False,
}
_TASK = {
    "type": "object",
    "required": ["type"],
    "properties": {"clone": {"type": "object", "required": ["upstreamRef"], "properties": {"upstreamRef": _UPSTREAM}}},
}
_SPEC: dict[str, Any] = {
    "type": "object",
    "required": ["packageName", "repository", "workspaceName", "lifecycle", "tasks"],
    "properties": {
        "lifecycle": {"enum": ["Draft", "Proposed", "Published", "DeletionProposed"]},
        "tasks": {"type": "array", "minItems": 1, "items": _TASK},
    },
}
_RESOURCE: dict[str, Any] = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {"apiVersion": {"const": "porch.kpt.dev/v1alpha1"}},
}
_REVISION = {**_RESOURCE, "properties": {**_RESOURCE["properties"], "spec": _SPEC}}
_FILES = {
    "type": "object",
    "required": ["resources"],
    "properties": {"resources": {"type": "object", "additionalProperties": {"type": "string"}}},
}
_RESOURCES = {**_RESOURCE, "properties": {**_RESOURCE["properties"], "spec": _FILES}}
_OK = {200: _RESOURCE, 404: _STATUS, 500: _STATUS}


def status(code: int, message: str) -> Answer:
    """A Kubernetes Status."""
    return Answer(code, {"kind": "Status", "apiVersion": "v1", "code": code, "message": message})


@dataclass
class Porch:
    """Revisions and their files by name. `published` counts changes of what counts, removals among them.

    `renders` makes something else of the files it is given, as a pipeline in the Kptfile does.
    """

    versions: tuple[str, ...] = ("v1alpha1", "v1alpha2")
    revisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    published: int = 0
    renders: bool = False
    _count: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def newest(self, repository: str, package: str) -> dict[str, str] | None:
        """The files of the branch, None where there is no such package."""
        return self.files.get(f"{repository}.{package}.main")

    def routes(self) -> list[Route]:
        """The operations."""
        one, files = f"{PLACE}/packagerevisions/{{name}}", f"{PLACE}/packagerevisionresources/{{name}}"
        made: dict[int, dict[str, Any] | None] = {201: _REVISION, 500: _STATUS, 404: _STATUS}
        put: dict[int, dict[str, Any] | None] = {**_OK, 409: _STATUS, 422: _STATUS}
        return [
            Route("GET", GROUP, self._locked(self._group), {200: {"type": "object"}}),
            Route("GET", f"{PLACE}/packagerevisions", self._locked(self._list), {200: {"type": "object"}}),
            Route("POST", f"{PLACE}/packagerevisions", self._locked(self._create), made, body=_REVISION),
            Route("GET", one, self._locked(self._get), dict(_OK)),
            Route("PUT", one, self._locked(self._update), put, body=_REVISION),
            Route("DELETE", one, self._locked(self._delete), {200: _STATUS, 403: _STATUS, 404: _STATUS}),
            Route("PUT", f"{one}/approval", self._locked(self._approve), put, body=_REVISION),
            Route("GET", files, self._locked(self._get_files), dict(_OK)),
            Route("PUT", files, self._locked(self._put_files), put, body=_RESOURCES),
        ]

    def _locked(self, handle: Any) -> Any:
        def held(request: Request) -> Answer:
            with self._lock:
                return Answer(**deepcopy(vars(handle(request))))

        return held

    def _group(self, request: Request) -> Answer:
        versions = [{"groupVersion": f"porch.kpt.dev/{each}", "version": each} for each in self.versions]
        return Answer(200, {"kind": "APIGroup", "apiVersion": "v1", "name": "porch.kpt.dev", "versions": versions})

    def _list(self, request: Request) -> Answer:
        items = list(self.revisions.values())
        return Answer(200, {"kind": "PackageRevisionList", "apiVersion": "porch.kpt.dev/v1alpha1", "items": items})

    def _create(self, request: Request) -> Answer:
        spec = request.body["spec"]
        name = f"{spec['repository']}.{spec['packageName']}.{spec['workspaceName']}"
        if name in self.revisions:
            return status(500, f'Internal error occurred: workspace "{spec["workspaceName"]}" already exists')
        [task] = spec["tasks"]
        files = {"Kptfile": "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: made by porch\n"}
        if task["type"] == "clone":
            git = task["clone"]["upstreamRef"]["git"]
            files = {"Kptfile": f"# cloned from {git['repo']} {git['directory']} at {git['ref']}\n"}
        if task["type"] == "edit":
            source = task["edit"]["sourceRef"]["name"]
            if source not in self.files:
                return status(404, f"{source} not found")
            files = self.files[source]
        self.revisions[name] = {**request.body, "metadata": {"name": name, "namespace": NAMESPACE}}
        self.files[name] = dict(files)
        self._touch(name)
        return Answer(201, self.revisions[name])

    def _touch(self, name: str) -> None:
        """Its resource version is a commit, as of Git."""
        self._count += 1
        self.revisions[name]["metadata"]["resourceVersion"] = f"{self._count:040x}"

    def _get(self, request: Request) -> Answer:
        found = self.revisions.get(request.variables["name"])
        return Answer(200, found) if found else status(404, "not found")

    def _stale(self, request: Request) -> bool:
        there = self.revisions[request.variables["name"]]["metadata"]["resourceVersion"]
        return bool(request.body["metadata"].get("resourceVersion") != there)

    def _update(self, request: Request) -> Answer:
        name, wanted = request.variables["name"], request.body["spec"]["lifecycle"]
        if name not in self.revisions:
            return status(404, "not found")
        if self._stale(request):
            return status(409, "the object has been modified; please apply your changes to the latest version")
        there = self.revisions[name]["spec"]["lifecycle"]
        if (there, wanted) not in {("Draft", "Proposed"), ("Proposed", "Draft"), ("Published", "DeletionProposed")}:
            return status(422, f"Invalid value: {wanted}: cannot be changed from {there} by an update")
        self.revisions[name]["spec"]["lifecycle"] = wanted
        self._touch(name)
        return Answer(200, self.revisions[name])

    def _approve(self, request: Request) -> Answer:
        name = request.variables["name"]
        if name not in self.revisions:
            return status(404, "not found")
        if self._stale(request):
            return status(409, "the object has been modified")
        spec = self.revisions[name]["spec"]
        if (spec["lifecycle"], request.body["spec"]["lifecycle"]) != ("Proposed", "Published"):
            return status(422, f"cannot change approval from {spec['lifecycle']}")
        self.publish(name)
        return Answer(200, self.revisions[name])

    def publish(self, name: str) -> None:
        """It is the package from now on."""
        spec = self.revisions[name]["spec"]
        package = (spec["repository"], spec["packageName"])
        others = [each["spec"] for each in self.revisions.values()]
        numbers = [s.get("revision", 0) for s in others if (s["repository"], s["packageName"]) == package]
        spec |= {"lifecycle": "Published", "revision": max([0, *numbers]) + 1}
        main = ".".join((*package, "main"))
        branch = {**spec, "workspaceName": "main", "revision": -1}
        metadata = {"name": main, "namespace": NAMESPACE}
        self.revisions[main] = {**self.revisions[name], "metadata": metadata, "spec": branch}
        self.files[main] = dict(self.files[name])
        self._touch(name)
        self._touch(main)
        self.published += 1

    def _delete(self, request: Request) -> Answer:
        name = request.variables["name"]
        if name not in self.revisions:
            return status(404, "not found")
        if self.revisions[name]["spec"]["lifecycle"] == "Published":
            return status(403, "published PackageRevisions must be proposed for deletion by setting spec.lifecycle")
        self.published += self.revisions[name]["spec"].get("revision") == -1
        del self.revisions[name], self.files[name]
        return status(200, "deleted")

    def _get_files(self, request: Request) -> Answer:
        name = request.variables["name"]
        if name not in self.revisions:
            return status(404, "not found")
        revision = self.revisions[name]
        spec = {"packageName": revision["spec"]["packageName"], "resources": self.files[name]}
        body = {"apiVersion": "porch.kpt.dev/v1alpha1", "kind": "PackageRevisionResources", "spec": spec}
        return Answer(200, {**body, "metadata": revision["metadata"]})

    def _put_files(self, request: Request) -> Answer:
        name = request.variables["name"]
        if name not in self.revisions:
            return status(404, "not found")
        if self._stale(request):
            return status(500, "Internal error occurred: the object has been modified")
        if self.revisions[name]["spec"]["lifecycle"] != "Draft":
            return status(500, f"Internal error occurred: cannot update {name}: it is no draft")
        self.files[name] = dict(request.body["spec"]["resources"])
        if self.renders and not self.files[name]["Kptfile"].endswith("# rendered\n"):
            self.files[name]["Kptfile"] += "# rendered\n"
        self._touch(name)
        return self._get_files(request)
