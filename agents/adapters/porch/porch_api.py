"""The API of Porch as it is spoken: `porch.kpt.dev/v1alpha1` PackageRevision, its approval, PackageRevisionResources.

Its faults are part of it: a stale update of resources, and a workspace that is there, are answered 500 with the reason
in the text.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from kubernetes_asyncio import client
from kubernetes_asyncio.client.exceptions import ApiException
from kubernetes_asyncio.config import ConfigException, new_client_from_config

from agents.adapters.answers import says_nothing_of_the_request, understood
from agents.adapters.git.nephio_steps import Blueprint
from agents.domain.circuit import Circuit, through
from agents.domain.network_observer import NetworkObserver, NobodyWatchesTheNetwork, RequestOutcome
from agents.domain.verdicts import Declined, Failed, Retryable
from schemas.bodies import StepTarget
from schemas.reasons import DeclineReason

GROUP, VERSION = "/apis/porch.kpt.dev", "v1alpha1"
DEPENDENCY = "porch"
_STALE = 409
Files = dict[str, str]


@dataclass(frozen=True)
class Revision:
    """A PackageRevision. `number` counts published ones from 1; -1 is the branch itself, 0 what is not published."""

    name: str
    workspace: str
    lifecycle: str
    number: int
    resource: dict[str, Any]


class PorchApi:
    """One Porch. Opened when first asked."""

    def __init__(
        self,
        kubeconfig: Path,
        namespace: str,
        timeout_seconds: float,
        observer: NetworkObserver | None = None,
        circuit: Circuit | None = None,
    ) -> None:
        self._kubeconfig = kubeconfig
        self._place = f"{GROUP}/{VERSION}/namespaces/{namespace}"
        self._namespace = namespace
        self._timeout_seconds = timeout_seconds
        self._observer = observer or NobodyWatchesTheNetwork()
        self._circuit = circuit
        self._client: client.ApiClient | None = None
        self._is_spoken = False

    async def require_spoken(self) -> None:
        """Raises: Declined `unsupported` where it no longer, or not yet, speaks our version; Retryable."""
        if self._is_spoken:
            return
        group = await self._ask("GET", GROUP) or {}
        with understood(self._away):
            versions = [str(each["version"]) for each in group.get("versions", [])]
        if VERSION not in versions:
            raise Declined(
                DeclineReason.UNSUPPORTED,
                f"Porch serves {', '.join(versions) or 'nothing'} there, but only {VERSION} is supported here",
                "Can it be made to serve both, or should packages go straight to Git?",
            )
        self._is_spoken = True

    async def revisions(self, repository: str, package: str) -> list[Revision]:
        """All revisions of a package."""
        found = await self._ask("GET", f"{self._place}/packagerevisions") or {"items": []}
        wanted = (repository, package)
        with understood(self._away):
            return [
                _revision(each)
                for each in found["items"]
                if (each["spec"]["repository"], each["spec"]["packageName"]) == wanted
            ]

    async def files(self, revision: Revision) -> Files:
        """The package's files by path."""
        found = await self._ask("GET", f"{self._place}/packagerevisionresources/{revision.name}")
        with understood(self._away):
            return {} if found is None else dict(found["spec"]["resources"])

    async def draft(
        self, repository: str, package: str, workspace: str, base: Revision | None, blueprint: Blueprint | None = None
    ) -> Revision:
        """A new draft of the package, from `base` where there is one, else a clone of the blueprint where one is named.

        Raises: Retryable where it is there already.
        """
        task: dict[str, Any] = {"type": "init", "init": {"description": package}}
        if blueprint is not None:
            git = {"repo": blueprint.repository, "ref": blueprint.revision, "directory": blueprint.package.strip("/")}
            task = {"type": "clone", "clone": {"upstreamRef": {"type": "git", "git": git}}}
        if base is not None:
            task = {"type": "edit", "edit": {"sourceRef": {"name": base.name}}}
        spec = {"repository": repository, "packageName": package, "workspaceName": workspace}
        body = {
            "apiVersion": f"porch.kpt.dev/{VERSION}",
            "kind": "PackageRevision",
            "metadata": {"namespace": self._namespace},
            "spec": {**spec, "lifecycle": "Draft", "tasks": [task]},
        }
        made = await self._ask("POST", f"{self._place}/packagerevisions", body)
        with understood(self._away):
            return _revision(made)

    async def put_files(self, revision: Revision, files: Files) -> None:
        """Replaces the files of a draft; a compare-and-set on its resource version."""
        place = f"{self._place}/packagerevisionresources/{revision.name}"
        there = await self._ask("GET", place)
        if there is None:
            raise self._away(f"no longer has resources of {revision.name}")
        with understood(self._away):
            spec = {**there["spec"], "resources": files}
        await self._ask("PUT", place, {**there, "spec": spec})

    async def become(self, revision: Revision, lifecycle: str) -> Revision:
        """The revision in its next state: `Proposed`, `DeletionProposed`."""
        return await self._put(f"{self._place}/packagerevisions/{revision.name}", revision, lifecycle)

    async def approve(self, revision: Revision) -> Revision:
        """The revision, published: by its approval, which is a subresource with rights of its own."""
        return await self._put(f"{self._place}/packagerevisions/{revision.name}/approval", revision, "Published")

    async def _put(self, place: str, revision: Revision, lifecycle: str) -> Revision:
        resource = revision.resource
        answer = await self._ask("PUT", place, {**resource, "spec": {**resource["spec"], "lifecycle": lifecycle}})
        if answer is None:
            raise self._away(f"no longer has revision {revision.name}")
        with understood(self._away):
            made = _revision(answer)
        if made.lifecycle != lifecycle:
            raise self._away(f"left {revision.name} {made.lifecycle}, where {lifecycle} was asked for")
        return made

    async def delete(self, revision: Revision) -> None:
        """Removes a draft, or what is proposed for deletion; what is gone is gone."""
        await self._ask("DELETE", f"{self._place}/packagerevisions/{revision.name}")

    async def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _ask(self, method: str, place: str, body: dict[str, Any] | None = None) -> Any:
        """The answer, None where there is no such thing. Raises: Failed, Retryable."""

        async def work() -> Any:
            return await self._timed(method, place, body)

        return await (through(self._circuit, DEPENDENCY, work) if self._circuit else work())

    async def _timed(self, method: str, place: str, body: dict[str, Any] | None) -> Any:
        began, outcome = time.perf_counter(), RequestOutcome.UNAVAILABLE
        try:
            with understood(self._away):
                answer = await self._call(method, place, body)
            outcome = RequestOutcome.DONE
            return answer
        except ApiException as error:
            said = " ".join(str(error.body or error.reason).split())[:300]
            if error.status == 404:
                outcome = RequestOutcome.DONE
                return None
            if error.status == _STALE or says_nothing_of_the_request(error.status or 0):
                raise self._away(f"answered {error.status}: {said}") from error
            outcome = RequestOutcome.REFUSED
            raise Failed("refused_by_interface", f"Porch refused {method} {place} ({error.status}): {said}") from error
        except (TimeoutError, aiohttp.ClientError, OSError) as fault:
            raise self._away(f"did not answer: {type(fault).__name__}") from fault
        finally:
            self._observer.request_ended(StepTarget.NEPHIO, outcome, time.perf_counter() - began)

    async def _call(self, method: str, place: str, body: dict[str, Any] | None) -> Any:
        api = await self._open()
        return await api.call_api(
            place,
            method,
            header_params={"Accept": "application/json", "Content-Type": "application/json"},
            body=body,
            auth_settings=["BearerToken"],
            response_types_map={200: "object", 201: "object"},
            _return_http_data_only=True,
            _request_timeout=self._timeout_seconds,
        )

    async def _open(self) -> client.ApiClient:
        if self._client is None:
            try:
                self._client = await new_client_from_config(str(self._kubeconfig))
            except (ConfigException, OSError) as fault:
                raise self._away(f"cannot be asked: {self._kubeconfig} cannot be used ({fault})") from fault
        return self._client

    def _away(self, what: str) -> Retryable:
        return Retryable(f"Porch {what}", dependency=DEPENDENCY, delay_seconds=1)


def _revision(resource: dict[str, Any]) -> Revision:
    spec = resource["spec"]
    number = spec.get("revision", 0)
    return Revision(
        name=resource["metadata"]["name"],
        workspace=spec.get("workspaceName", ""),
        lifecycle=spec["lifecycle"],
        number=number if isinstance(number, int) else int(str(number).removeprefix("v") or 0),
        resource=resource,
    )
