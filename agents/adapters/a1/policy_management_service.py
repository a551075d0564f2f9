"""Policies by way of a non-RT RIC's policy management service, version 3 (O-RAN.WG2 R1AP).

POST creates (201, or 409 where the id is taken), PUT only ever updates (200). An id is taken over all types and RICs.
"""

from typing import Any
from urllib.parse import quote

from agents.adapters.a1.policy_service import PolicyType
from agents.adapters.rest.rest_endpoint import RestEndpoint
from agents.domain.verdicts import Failed, Retryable

ROOT = "/a1-policy-management/v1"
_SERVICE = "nephoran"


class PolicyManagementService:
    """A `PolicyService` for the near-RT RIC called `ric` there."""

    def __init__(self, endpoint: RestEndpoint, ric: str) -> None:
        self._endpoint = endpoint
        self._ric = ric

    async def find_type(self, name: str) -> PolicyType | None:
        """See the port."""
        offered = await self._list("/policy-types", {"nearRtRicId": self._ric})
        if not any(each.get("policyTypeId") == name for each in offered):
            return None
        reply = await self._endpoint.request("GET", f"{ROOT}/policy-types/{quote(name, safe='')}")
        if reply.status != 200 or not isinstance(reply.body, dict):
            raise self._endpoint.unexpected("a question for a policy type", reply)
        schema = reply.body.get("policySchema")
        if not isinstance(schema, dict):
            raise Failed(
                "refused_by_interface", f"{self._endpoint.dependency} does not return the schema of type {name}"
            )
        return PolicyType(name, schema, bool(reply.body.get("statusSchema")))

    async def get(self, type_: PolicyType, policy_id: str) -> dict[str, Any] | None:
        """See the port."""
        here = await self._list("/policies", {"policyTypeId": type_.id, "nearRtRicId": self._ric})
        if not any(each.get("policyId") == policy_id for each in here):
            return None
        return await self._get(_path(policy_id), "a policy")

    async def put(self, type_: PolicyType, policy_id: str, policy_object: dict[str, Any]) -> None:
        """See the port."""
        if await self.get(type_, policy_id) is None:
            await self._create(type_, policy_id, policy_object)
        else:
            reply = await self._endpoint.request("PUT", _path(policy_id), body=policy_object)
            if reply.status in (404, 409):
                raise self._moved(policy_id)
            if reply.status != 200:
                raise self._endpoint.refusal(f"policy {policy_id} of type {type_.id}", reply)

    async def delete(self, type_: PolicyType, policy_id: str) -> None:
        """See the port."""
        reply = await self._endpoint.request("DELETE", _path(policy_id))
        if reply.status == 409:
            raise self._moved(policy_id)
        if reply.status not in (204, 404):
            raise self._endpoint.refusal(f"to remove policy {policy_id}", reply)

    async def status(self, type_: PolicyType, policy_id: str) -> dict[str, Any] | None:
        """See the port."""
        return await self._get(f"{_path(policy_id)}/status", "the status of a policy")

    async def _create(self, type_: PolicyType, policy_id: str, policy_object: dict[str, Any]) -> None:
        body = {
            "policyId": policy_id,
            "nearRtRicId": self._ric,
            "policyTypeId": type_.id,
            "policyObject": policy_object,
            "serviceId": _SERVICE,
            "transient": False,
        }
        reply = await self._endpoint.request("POST", f"{ROOT}/policies", body=body)
        if reply.status == 409:
            raise self._moved(policy_id)
        if reply.status != 201:
            raise self._endpoint.refusal(f"policy {policy_id} of type {type_.id}", reply)

    def _moved(self, policy_id: str) -> Retryable:
        message = f"policy {policy_id} appeared or vanished while it was being set: it is checked again"
        return Retryable(message, dependency=self._endpoint.dependency, delay_seconds=0.5)

    async def _list(self, path: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
        reply = await self._endpoint.request("GET", f"{ROOT}{path}", parameters=parameters)
        if reply.status == 404:
            return []
        if reply.status != 200 or not isinstance(reply.body, list):
            raise self._endpoint.unexpected(f"a question for {path}", reply)
        return [each for each in reply.body if isinstance(each, dict)]

    async def _get(self, path: str, what: str) -> dict[str, Any] | None:
        reply = await self._endpoint.request("GET", path)
        if reply.status == 404:
            return None
        if reply.status != 200 or not isinstance(reply.body, dict):
            raise self._endpoint.unexpected(f"a question for {what}", reply)
        return reply.body


def _path(policy_id: str) -> str:
    return f"{ROOT}/policies/{quote(policy_id, safe='')}"
