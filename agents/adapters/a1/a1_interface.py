"""The A1 interface: one policy for each object, site and target name, under an id that follows from them.

A policy type and its schema are looked at before anything is sent. Accepted is not enforced: `observe` tells.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import SchemaError, ValidationError
from jsonschema.validators import validator_for

from agents.adapters.a1.discovery import open_policy_service
from agents.adapters.a1.policy_service import PolicyService, PolicyType
from agents.adapters.a1.settings import A1Settings
from agents.adapters.a1.wishes import A1Wish, Policy, held_of, read_a1_wish, wanted_object
from agents.adapters.git.target_values import Held
from agents.adapters.ledgered.interface import Piece, Pieces
from agents.adapters.rest.rest_endpoint import RestEndpoint
from agents.domain.circuit import Circuit
from agents.domain.network_observer import NetworkObserver
from agents.domain.verdicts import Declined, Failed
from schemas.bodies import Observation, StepTarget
from schemas.reasons import DeclineReason

ENFORCED = "ENFORCED"


class A1Interface:
    """The `Interface` for A1. `circuit_of` gives the circuit of an endpoint by its name."""

    target = StepTarget.A1

    def __init__(
        self,
        settings: A1Settings,
        observer: NetworkObserver | None = None,
        circuit_of: Callable[[str], Circuit] | None = None,
    ) -> None:
        self._settings = settings
        self._observer = observer
        self._circuit_of = circuit_of
        self._endpoints: dict[str, RestEndpoint] = {}
        self._services: dict[str, PolicyService] = {}
        self._types: dict[tuple[str, str], PolicyType] = {}

    def read_wish(self, step: str, content: Mapping[str, Any]) -> A1Wish:
        """See the port."""
        return read_a1_wish(step, content)

    async def read(self, wish: A1Wish) -> Pieces:
        """See the port."""
        service = await self._service(wish.site)
        for policy in wish.policies:
            self._types.pop((wish.site, policy.policy_type_id), None)
            await self._require_type(service, wish.site, policy.policy_type_id)
        return {policy.policy_id: await self._find(service, wish.site, policy) for policy in wish.policies}

    async def read_back(self, wish: A1Wish, written: Pieces) -> Pieces:
        """See the port."""
        return await self.read(wish)

    def wanted(self, wish: A1Wish, found: Pieces) -> Pieces:
        """See the port. Raises: Declined `infeasible` where the policy type does not allow it."""
        return {policy.policy_id: self._wanted(wish, policy, found[policy.policy_id]) for policy in wish.policies}

    def values(self, wish: A1Wish, pieces: Pieces) -> Mapping[str, Held]:
        """See the port."""
        return {
            policy.target: held_of(policy, pieces[policy.policy_id])
            for policy in wish.policies
            if policy.policy_id in pieces
        }

    async def write(self, wish: A1Wish, pieces: Pieces) -> None:
        """See the port."""
        service = await self._service(wish.site)
        for policy_id, piece in pieces.items():
            await self._write(service, wish, wish.policy(policy_id), piece)

    async def observe(self, wish: A1Wish, pieces: Pieces, age_seconds: float) -> Observation:
        """See the port."""
        service = await self._service(wish.site)
        for policy_id, piece in pieces.items():
            observation = await self._observe(service, wish, wish.policy(policy_id), piece)
            if observation.state != "in_force":
                return observation
        return Observation(state="in_force", message="enforced")

    def watch_seconds(self, wish: A1Wish) -> float | None:
        """See the port."""
        return self._settings.enforcement_seconds

    async def close(self) -> None:
        """Closes the connections."""
        await asyncio.gather(*(endpoint.close() for endpoint in self._endpoints.values()))

    async def check(self, name: str) -> str:
        """Checks that the endpoint set under `name` answers, and says so in words. Raises: Retryable that says what to
        correct."""
        service = await self._service(name)
        return f"answers as {type(service).__name__}"

    def _wanted(self, wish: A1Wish, policy: Policy, found: Piece) -> Piece:
        wished = wanted_object(wish, policy, found)
        type_ = self._types.get((wish.site, policy.policy_type_id))
        if type_ is not None:
            _require_valid(wished, type_, policy, wish.site)
        return {"policy_type_id": policy.policy_type_id, "policy_object": wished}

    async def _write(self, service: PolicyService, wish: A1Wish, policy: Policy, piece: Piece) -> None:
        there = await self._find(service, wish.site, policy)
        if there == piece:
            return
        if there is not None and (piece is None or there["policy_type_id"] != piece["policy_type_id"]):
            old = await self._require_type(service, wish.site, there["policy_type_id"])
            await service.delete(old, policy.policy_id)
        if piece is not None:
            type_ = await self._require_type(service, wish.site, piece["policy_type_id"])
            _require_valid(piece["policy_object"], type_, policy, wish.site)
            await service.put(type_, policy.policy_id, piece["policy_object"])

    async def _observe(self, service: PolicyService, wish: A1Wish, policy: Policy, piece: Piece) -> Observation:
        there = await self._find(service, wish.site, policy)
        if piece is None or there is None:
            is_so = there == piece
            message = "" if is_so else f"policy {policy.policy_id} has not appeared yet, or has not gone yet"
            return Observation(state="in_force" if is_so else "waiting", message=message)
        if there != piece:
            message = f"policy {policy.policy_id} is no longer what was set: somebody has changed it"
            return Observation(state="failed", message=message)
        type_ = await self._require_type(service, wish.site, piece["policy_type_id"])
        if not type_.tells_status:
            return Observation(state="in_force", message=f"accepted; type {type_.id} has no status")
        status = await service.status(type_, policy.policy_id) or {}
        if status.get("enforceStatus") == ENFORCED:
            return Observation(state="in_force")
        said = status.get("enforceReason") or status.get("enforceStatus") or "no status yet"
        return Observation(state="waiting", message=f"policy {policy.policy_id} is not enforced: {said}")

    async def _find(self, service: PolicyService, site: str, policy: Policy) -> Piece:
        for name in policy.type_ids:
            type_ = await self._find_type(service, site, name)
            there = await service.get(type_, policy.policy_id) if type_ else None
            if there is not None:
                return {"policy_type_id": name, "policy_object": there}
        return None

    async def _find_type(self, service: PolicyService, site: str, name: str) -> PolicyType | None:
        known = self._types.get((site, name))
        if known is None and (known := await service.find_type(name)) is not None:
            self._types[site, name] = known
        return known

    async def _require_type(self, service: PolicyService, site: str, name: str) -> PolicyType:
        type_ = await self._find_type(service, site, name)
        if type_ is None:
            raise Declined(
                DeclineReason.UNSUPPORTED,
                f"the near-RT RIC of {site} does not offer the policy type {name}; nothing was done",
                "Which near-RT RIC offers it? It has to be loaded there first.",
            )
        return type_

    async def _service(self, site: str) -> PolicyService:
        found = self._settings.endpoint_of(site)
        if found is None:
            raise Declined(
                DeclineReason.UNSUPPORTED,
                f"no near-RT RIC is connected for {site}, so no policy can be set there",
                f"Which near-RT RIC serves {site}?",
            )
        name, settings = found
        if name not in self._services:
            if name not in self._endpoints:
                dependency = "a1" if name == "*" else f"a1/{name}"
                circuit = self._circuit_of(dependency) if self._circuit_of else None
                self._endpoints[name] = RestEndpoint(settings, self.target, dependency, self._observer, circuit)
            numbers = self._settings.policy_types
            self._services[name] = await open_policy_service(self._endpoints[name], settings, numbers)
        return self._services[name]


def _require_valid(wished: dict[str, Any], type_: PolicyType, policy: Policy, site: str) -> None:
    validator = validator_for(type_.schema)
    try:
        validator.check_schema(type_.schema)
        validator(type_.schema).validate(wished)
    except SchemaError as fault:
        raise Failed(
            "refused_by_interface", f"the schema of type {type_.id} at {site} is broken: {fault.message}"
        ) from fault
    except ValidationError as fault:
        raise Declined(
            DeclineReason.INFEASIBLE,
            f"the policy type {type_.id} at {site} does not allow this {policy.target}: {fault.message}",
            f"Which {policy.target} that it allows should it be?",
        ) from fault
