"""Provisioning requests as Nephio's custom resource, `o2ims.provisioning.oran.org/v1alpha1` ProvisioningRequest.

A replacement is a compare-and-set: it names the resource version that it replaces.
"""

import time
from pathlib import Path
from typing import Any

import aiohttp
from kubernetes_asyncio import client
from kubernetes_asyncio.client.exceptions import ApiException
from kubernetes_asyncio.config import ConfigException, new_client_from_config

from agents.adapters.answers import says_nothing_of_the_request, understood
from agents.adapters.o2.provisioning_service import Phase, Provisioning
from agents.domain.circuit import Circuit, through
from agents.domain.network_observer import NetworkObserver, NobodyWatchesTheNetwork, RequestOutcome
from agents.domain.verdicts import Failed, Retryable
from schemas.bodies import StepTarget

GROUP, VERSION, PLURAL = "o2ims.provisioning.oran.org", "v1alpha1", "provisioningrequests"
_STALE = 409
_ID = "provisioningRequestId"


class KubernetesProvisioning:
    """A `ProvisioningService`. The request's id is the name of its resource."""

    def __init__(
        self,
        kubeconfig: Path,
        timeout_seconds: float,
        dependency: str,
        observer: NetworkObserver | None = None,
        circuit: Circuit | None = None,
    ) -> None:
        self._kubeconfig = kubeconfig
        self._timeout_seconds = timeout_seconds
        self._dependency = dependency
        self._observer = observer or NobodyWatchesTheNetwork()
        self._circuit = circuit
        self._client: client.ApiClient | None = None

    async def get(self, request_id: str) -> Provisioning | None:
        """See the port."""
        there = await self._ask("get_cluster_custom_object", request_id)
        if there is None:
            return None
        with understood(self._away):
            status = there.get("status", {}).get("provisioningStatus", {})
            state = str(status.get("provisioningState", Phase.PENDING)).upper()
            phase = Phase.DELETING if there["metadata"].get("deletionTimestamp") else Phase(state)
            data = {_ID: request_id, **there["spec"]}
            return Provisioning(
                data, phase, str(status.get("provisioningDetails", "")), there["metadata"]["resourceVersion"]
            )

    async def create(self, data: dict[str, Any]) -> None:
        """See the port."""
        await self._ask("create_cluster_custom_object", None, _resource(data, None))

    async def replace(self, data: dict[str, Any], there: Provisioning) -> None:
        """See the port."""
        done = await self._ask("replace_cluster_custom_object", data[_ID], _resource(data, there.version))
        if done is None:
            raise self._away("was asked to replace a request that is gone")

    async def delete(self, request_id: str) -> None:
        """See the port."""
        await self._ask("delete_cluster_custom_object", request_id)

    async def close(self) -> None:
        """See the port."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _ask(self, operation: str, name: str | None, body: dict[str, Any] | None = None) -> Any:
        """The answer, None where there is no such resource."""

        async def work() -> Any:
            return await self._timed(operation, name, body)

        return await (through(self._circuit, self._dependency, work) if self._circuit else work())

    async def _timed(self, operation: str, name: str | None, body: dict[str, Any] | None) -> Any:
        began, outcome = time.perf_counter(), RequestOutcome.UNAVAILABLE
        try:
            call = getattr(client.CustomObjectsApi(await self._open()), operation)
            arguments = [argument for argument in (name, body) if argument is not None]
            with understood(self._away):
                answer = await call(GROUP, VERSION, PLURAL, *arguments, _request_timeout=self._timeout_seconds)
            outcome = RequestOutcome.DONE
            return answer
        except ApiException as error:
            if error.status == 404 and name is not None:
                outcome = RequestOutcome.DONE
                return None
            if error.status == _STALE or says_nothing_of_the_request(error.status or 0):
                raise self._away(f"answered {error.status} {error.reason}") from error
            outcome = RequestOutcome.REFUSED
            message = f"{self._dependency} refused the provisioning request ({error.status}): {_complaint(error)}"
            raise Failed("refused_by_interface", message) from error
        except (TimeoutError, aiohttp.ClientError, OSError) as fault:
            raise self._away(f"did not answer: {type(fault).__name__}") from fault
        finally:
            self._observer.request_ended(StepTarget.O2, outcome, time.perf_counter() - began)

    async def _open(self) -> client.ApiClient:
        if self._client is None:
            try:
                self._client = await new_client_from_config(str(self._kubeconfig))
            except (ConfigException, OSError) as fault:
                raise self._away(f"cannot be asked: {self._kubeconfig} cannot be used ({fault})") from fault
        return self._client

    def _away(self, what: str) -> Retryable:
        message = f"the management cluster {self._dependency} {what}"
        return Retryable(message, dependency=self._dependency, delay_seconds=1)


def _resource(data: dict[str, Any], version: str | None) -> dict[str, Any]:
    metadata = {"name": data[_ID]} | ({} if version is None else {"resourceVersion": version})
    spec = {name: value for name, value in data.items() if name != _ID}
    return {"apiVersion": f"{GROUP}/{VERSION}", "kind": "ProvisioningRequest", "metadata": metadata, "spec": spec}


def _complaint(error: ApiException) -> str:
    return " ".join(str(error.body or error.reason).split())[:300]
