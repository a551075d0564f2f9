"""Policies of a near-RT RIC: the standard's paths, and those of the O-RAN Software Community.

Types have names in the standard (`{policySchema, statusSchema}`) and numbers in the other (`{name, policy_type_id,
create_schema}`). A change is answered 200, 201 or 204 there, and 202 here: begun, not done.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from agents.adapters.a1.policy_service import PolicyType
from agents.adapters.rest.rest_endpoint import Reply, RestEndpoint
from agents.domain.verdicts import Failed, Retryable


class NearRtRic:
    """A `PolicyService` under `root`. `numbers` are set where types have numbers; see `A1Settings.policy_types`."""

    def __init__(self, endpoint: RestEndpoint, root: str, numbers: Mapping[str, int] | None) -> None:
        self._endpoint = endpoint
        self._root = root
        self._numbers = numbers

    async def find_type(self, name: str) -> PolicyType | None:
        """See the port."""
        if self._numbers is None:
            return await self._type(name)
        if name in self._numbers or name.isdigit():
            return await self._type(str(self._numbers.get(name, name)))
        listed = await self._endpoint.request("GET", f"{self._root}/policytypes")
        if listed.status != 200 or not isinstance(listed.body, list):
            raise self._endpoint.unexpected("the list of policy types", listed)
        for number in listed.body:
            reply = await self._endpoint.request("GET", self._path(str(number)))
            if isinstance(reply.body, dict) and reply.body.get("name") == name:
                return self._read_type(str(number), reply)
        return None

    async def get(self, type_: PolicyType, policy_id: str) -> dict[str, Any] | None:
        """See the port."""
        return await self._get(self._path(type_.id, policy_id), "a policy")

    async def put(self, type_: PolicyType, policy_id: str, policy_object: dict[str, Any]) -> None:
        """See the port."""
        reply = await self._endpoint.request("PUT", self._path(type_.id, policy_id), body=policy_object)
        self._require_free(policy_id, reply)
        if reply.status not in (200, 201, 202):
            raise self._endpoint.refusal(f"policy {policy_id} of type {type_.id}", reply)

    async def delete(self, type_: PolicyType, policy_id: str) -> None:
        """See the port."""
        reply = await self._endpoint.request("DELETE", self._path(type_.id, policy_id))
        self._require_free(policy_id, reply)
        if reply.status not in (200, 202, 204, 404):
            raise self._endpoint.refusal(f"to remove policy {policy_id} of type {type_.id}", reply)

    async def status(self, type_: PolicyType, policy_id: str) -> dict[str, Any] | None:
        """See the port."""
        return await self._get(f"{self._path(type_.id, policy_id)}/status", "the status of a policy")

    def _require_free(self, policy_id: str, reply: Reply) -> None:
        if reply.status == 409:
            message = f"{self._endpoint.dependency} cannot change policy {policy_id} as things stand: {reply.complaint}"
            raise Retryable(message, dependency=self._endpoint.dependency, delay_seconds=1)

    async def _type(self, type_id: str) -> PolicyType | None:
        reply = await self._endpoint.request("GET", self._path(type_id))
        return None if reply.status == 404 else self._read_type(type_id, reply)

    def _read_type(self, type_id: str, reply: Reply) -> PolicyType:
        if reply.status != 200 or not isinstance(reply.body, dict):
            raise self._endpoint.unexpected("a question for a policy type", reply)
        name = "policySchema" if self._numbers is None else "create_schema"
        schema = reply.body.get(name)
        if not isinstance(schema, dict):
            raise Failed(
                "refused_by_interface", f"{self._endpoint.dependency} does not return the schema of type {type_id}"
            )
        return PolicyType(type_id, schema, self._numbers is not None or bool(reply.body.get("statusSchema")))

    async def _get(self, path: str, what: str) -> dict[str, Any] | None:
        reply = await self._endpoint.request("GET", path)
        if reply.status == 404:
            return None
        if reply.status != 200 or not isinstance(reply.body, dict):
            raise self._endpoint.unexpected(f"a question for {what}", reply)
        return reply.body

    def _path(self, type_id: str, policy_id: str | None = None) -> str:
        path = f"{self._root}/policytypes/{quote(type_id, safe='')}"
        return path if policy_id is None else f"{path}/policies/{quote(policy_id, safe='')}"
