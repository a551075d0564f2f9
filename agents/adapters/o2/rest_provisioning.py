"""O2 IMS infrastructure provisioning over REST, version 1 (`openapi.yaml` 1.2.0 of openshift-kni/oran-o2ims).

Where the server announces an ETag a change is a compare-and-set (If-Match); the description itself knows none.
"""

from typing import Any
from urllib.parse import quote

from agents.adapters.o2.provisioning_service import Phase, Provisioning
from agents.adapters.rest.rest_endpoint import Reply, RestEndpoint
from agents.domain.verdicts import Retryable

ROOT = "/o2ims-infrastructureProvisioning/v1/provisioningRequests"


class RestProvisioning:
    """A `ProvisioningService`."""

    def __init__(self, endpoint: RestEndpoint) -> None:
        self._endpoint = endpoint

    async def get(self, request_id: str) -> Provisioning | None:
        """See the port."""
        reply = await self._endpoint.request("GET", _path(request_id))
        if reply.status == 404:
            return None
        try:
            status = reply.body["status"]
            data = dict(reply.body["provisioningRequestData"])
            return Provisioning(data, Phase(status["provisioningPhase"]), str(status.get("message", "")), reply.etag)
        except (TypeError, KeyError, ValueError) as fault:
            raise self._endpoint.unexpected("a question for a provisioning request", reply) from fault

    async def create(self, data: dict[str, Any]) -> None:
        """See the port."""
        reply = await self._endpoint.request("POST", ROOT, body=data)
        if reply.status == 409:
            raise self._moved(data["provisioningRequestId"])
        if reply.status != 201:
            raise self._endpoint.refusal(f"provisioning request {data['name']}", reply)

    async def replace(self, data: dict[str, Any], there: Provisioning) -> None:
        """See the port. 412 says that it has changed since, or that something else has to happen first."""
        request_id = data["provisioningRequestId"]
        reply = await self._endpoint.request("PUT", _path(request_id), body=data, if_match=there.version)
        if reply.status in (404, 409, 412):
            raise self._moved(request_id, reply)
        if reply.status != 200:
            raise self._endpoint.refusal(f"provisioning request {data['name']}", reply)

    async def delete(self, request_id: str) -> None:
        """See the port."""
        reply = await self._endpoint.request("DELETE", _path(request_id))
        if reply.status not in (200, 202, 204, 404):
            raise self._endpoint.refusal("to take a cluster down", reply)

    async def close(self) -> None:
        """See the port."""
        await self._endpoint.close()

    def _moved(self, request_id: str, reply: Reply | None = None) -> Retryable:
        said = f" ({reply.complaint})" if reply else ""
        message = f"provisioning request {request_id} is not what it was{said}: it is checked again"
        return Retryable(message, dependency=self._endpoint.dependency, delay_seconds=1)


def _path(request_id: str) -> str:
    return f"{ROOT}/{quote(request_id, safe='')}"
