"""The O2 interface: one provisioning request a cluster, under an id that follows from site and name.

Asked for is not provisioned, which takes minutes to hours: `observe` tells.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from agents.adapters.git.target_values import Held
from agents.adapters.ledgered.interface import Pieces
from agents.adapters.o2.provisioning_service import Phase, ProvisioningService
from agents.adapters.o2.rest_provisioning import RestProvisioning
from agents.adapters.o2.settings import O2EndpointSettings, O2Settings
from agents.adapters.o2.wishes import (
    REQUEST,
    O2Wish,
    held_of,
    pieces_of,
    read_o2_wish,
    request_of,
    require_cluster,
    wanted,
)
from agents.adapters.rest.rest_endpoint import RestEndpoint
from agents.domain.circuit import Circuit
from agents.domain.network_observer import NetworkObserver
from agents.domain.verdicts import Declined, Retryable
from schemas.bodies import Observation, StepTarget
from schemas.intent import Action
from schemas.reasons import DeclineReason

_LOOK_AGAIN_SECONDS = 30.0


class O2Interface:
    """The `Interface` for O2. `circuit_of` gives the circuit of an endpoint by its name."""

    target = StepTarget.O2

    def __init__(
        self,
        settings: O2Settings,
        observer: NetworkObserver | None = None,
        circuit_of: Callable[[str], Circuit] | None = None,
    ) -> None:
        self._settings = settings
        self._observer = observer
        self._circuit_of = circuit_of
        self._services: dict[str, ProvisioningService] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    def read_wish(self, step: str, content: Mapping[str, Any]) -> O2Wish:
        """See the port."""
        return read_o2_wish(step, content)

    async def read(self, wish: O2Wish) -> Pieces:
        """See the port. Raises: Declined `infeasible` where there is no cluster to change."""
        service, dependency = self._service(wish.site)
        there = await service.get(wish.request.provisioningRequestId)
        if there is not None and there.phase is Phase.DELETING and wish.action is not Action.DELETE:
            message = f"{wish.request.name} is being taken down: ask for it again once it is gone"
            raise Retryable(message, dependency=dependency, delay_seconds=10)
        require_cluster(wish, there.data if there else None)
        pieces = pieces_of(there.data if there else None)
        if wish.action is Action.DELETE:
            return pieces or {REQUEST: None}
        return {key: pieces.get(key) for key in wish.keys}

    async def read_back(self, wish: O2Wish, written: Pieces) -> Pieces:
        """See the port."""
        return await self.read(wish)

    def wanted(self, wish: O2Wish, found: Pieces) -> Pieces:
        """See the port."""
        return wanted(wish, found)

    def values(self, wish: O2Wish, pieces: Pieces) -> Mapping[str, Held]:
        """See the port."""
        return {key: held_of(key, piece) for key, piece in pieces.items() if key != REQUEST}

    async def write(self, wish: O2Wish, pieces: Pieces) -> None:
        """See the port. Over REST not every server has a compare-and-set, so it is looked at once more."""
        service, dependency = self._service(wish.site)
        request_id = wish.request.provisioningRequestId
        async with self._turns.setdefault(request_id, asyncio.Lock()):
            for _ in range(3):
                there = await service.get(request_id)
                data = request_of(wish, there.data if there else None, pieces)
                held = pieces_of(there.data if there else None)
                if all(held.get(key) == piece for key, piece in pieces.items()):
                    return
                if data is None:
                    if there is not None and there.phase is not Phase.DELETING:
                        await service.delete(request_id)
                    return
                require_cluster(wish, there.data if there else None)
                await (service.replace(data, there) if there else service.create(data))
        message = f"others keep changing provisioning request {request_id}"
        raise Retryable(message, dependency=dependency, delay_seconds=1)

    async def observe(self, wish: O2Wish, pieces: Pieces, age_seconds: float) -> Observation:
        """See the port."""
        service, _ = self._service(wish.site)
        there = await service.get(wish.request.provisioningRequestId)
        is_gone = REQUEST in pieces and pieces[REQUEST] is None
        if there is None:
            message = "" if is_gone else "the provisioning request is gone: somebody has removed it"
            return Observation(state="in_force" if is_gone else "failed", message=message)
        said = f"{there.phase}: {there.message}".rstrip(": ")
        if not is_gone and any(pieces_of(there.data).get(key) != piece for key, piece in pieces.items()):
            return Observation(state="failed", message="somebody has changed the provisioning request since")
        if not is_gone and there.phase is Phase.FAILED and age_seconds >= self._settings.settle_seconds:
            return Observation(state="failed", message=said)
        if not is_gone and there.phase is Phase.FULFILLED and age_seconds >= self._settings.settle_seconds:
            return Observation(state="in_force", message=said)
        wait = min(_LOOK_AGAIN_SECONDS, max(1.0, self._settings.settle_seconds - age_seconds))
        return Observation(state="waiting", message=said, retry_after_seconds=wait)

    def watch_seconds(self, wish: O2Wish) -> float | None:
        """See the port."""
        return self._settings.provisioning_seconds

    async def close(self) -> None:
        """Closes the connections."""
        await asyncio.gather(*(service.close() for service in self._services.values()))

    async def check(self, name: str) -> str:
        """Checks that the endpoint set under `name` answers, and says so in words. Raises: Retryable that says what to
        correct."""
        service, _ = self._service(name)
        await service.get("00000000-0000-0000-0000-000000000000")
        return "answers"

    def _service(self, site: str) -> tuple[ProvisioningService, str]:
        found = self._settings.endpoint_of(site)
        if found is None:
            raise Declined(
                DeclineReason.UNSUPPORTED,
                f"no O-Cloud is connected for {site}, so no cluster can be provisioned there",
                f"Which O-Cloud has {site}?",
            )
        name, settings = found
        dependency = "o2" if name == "*" else f"o2/{name}"
        if name not in self._services:
            self._services[name] = self._connect(settings, dependency)
        return self._services[name], dependency

    def _connect(self, settings: O2EndpointSettings, dependency: str) -> ProvisioningService:
        circuit = self._circuit_of(dependency) if self._circuit_of else None
        if settings.kubeconfig is None:
            return RestProvisioning(RestEndpoint(settings.rest(), self.target, dependency, self._observer, circuit))
        from agents.adapters.o2.kubernetes_provisioning import KubernetesProvisioning  # a second to import

        seconds = settings.timeout_seconds
        return KubernetesProvisioning(settings.kubeconfig, seconds, dependency, self._observer, circuit)
