"""Looks at the sites' API servers. Reads, and changes nothing."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import aiohttp
from kubernetes_asyncio import client
from kubernetes_asyncio.client.exceptions import ApiException
from kubernetes_asyncio.config import ConfigException, new_client_from_config

from agents.adapters.answers import understood
from agents.adapters.nephio_site.judging import Resource, judge, judge_absence, judge_workload
from agents.adapters.nephio_site.settings import SitesSettings
from agents.domain.network_observer import NetworkObserver, NobodyWatchesTheNetwork, RequestOutcome
from agents.domain.verdicts import Retryable
from schemas.bodies import Observation, StepTarget

_PLACES = {
    "NFDeployment": "/apis/workload.nephio.org/v1alpha1/namespaces/{}/nfdeployments/{}",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments/{}",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps/{}",
}
"""What can be looked at; other kinds are taken to follow these."""
_ROOT_SYNCS = "/apis/configsync.gke.io/v1beta1/namespaces/config-management-system/rootsyncs"


class SiteClusters:
    """The clusters that are set, opened when first looked at."""

    def __init__(self, settings: SitesSettings, observer: NetworkObserver | None = None) -> None:
        self._settings = settings
        self._observer = observer or NobodyWatchesTheNetwork()
        self._clients: dict[str, client.ApiClient] = {}

    def within_seconds(self, site: str) -> float | None:
        """How long a package may take there; None where there is no way to look."""
        return None if self._settings.cluster_of(site) is None else self._settings.within_seconds

    async def observe(self, content: Mapping[str, Any]) -> Observation:
        """One look at everything that a package should have become. Raises: Retryable."""
        site = content["site"]
        with understood(partial(_away, site)):
            return await self._look(site, content)

    async def _look(self, site: str, content: Mapping[str, Any]) -> Observation:
        looks = list[Observation]()
        for wanted in content["resources"]:
            found = await self._find(site, wanted)
            looks.append(judge_absence(wanted, found) if content["is_deleted"] else judge(wanted, found))
        if content["replicas"] is not None and not content["is_deleted"]:
            workload = _named("Deployment", content["name"], content["namespace"])
            found = await self._find(site, workload)
            looks.append(judge_workload(content["name"], found, content["replicas"]))
        return await self._together(site, looks)

    async def _together(self, site: str, looks: list[Observation]) -> Observation:
        states: tuple[Literal["failed", "waiting"], ...] = ("failed", "waiting")
        for state in states:
            if told := [look.message for look in looks if look.state == state]:
                return Observation(state=state, message="; ".join([*told, *await self._sync_errors(site)]))
        return Observation(state="in_force", message="; ".join(look.message for look in looks))

    async def _sync_errors(self, site: str) -> list[str]:
        """Errors of Config Sync, which often explain why something is missing."""
        found = await self._get(site, _ROOT_SYNCS)
        errors = [
            error.get("errorMessage", "")
            for each in (found or {}).get("items", [])
            for part in ("source", "rendering", "sync")
            for error in each.get("status", {}).get(part, {}).get("errors", [])
        ]
        return [f"Config Sync: {errors[0]}"] if errors else []

    async def _find(self, site: str, wanted: Resource) -> Resource | None:
        place, metadata = _PLACES.get(wanted["kind"]), wanted["metadata"]
        if place is None:
            return wanted
        return await self._get(site, place.format(metadata.get("namespace", "default"), metadata["name"]))

    async def _get(self, site: str, path: str) -> dict[str, Any] | None:
        began, outcome = time.perf_counter(), RequestOutcome.UNAVAILABLE
        try:
            api = await self._open(site)
            answer: Any = await api.call_api(
                path,
                "GET",
                header_params={"Accept": "application/json"},
                auth_settings=["BearerToken"],
                response_types_map={200: "object"},
                _return_http_data_only=True,
                _request_timeout=self._settings.timeout_seconds,
            )
            outcome = RequestOutcome.DONE
            return dict(answer)
        except ApiException as error:
            if error.status == 404:
                outcome = RequestOutcome.DONE
                return None
            raise _away(site, f"answered {error.status} {error.reason}") from error
        except (TimeoutError, aiohttp.ClientError, OSError) as fault:
            raise _away(site, f"did not answer: {type(fault).__name__}") from fault
        finally:
            self._observer.request_ended(StepTarget.NEPHIO, outcome, time.perf_counter() - began)

    async def _open(self, site: str) -> client.ApiClient:
        cluster = self._settings.cluster_of(site)
        if cluster is None:
            raise _away(site, "is not set here")
        name = str(cluster.kubeconfig)
        if name not in self._clients:
            try:
                self._clients[name] = await new_client_from_config(name)
            except (ConfigException, OSError) as fault:
                raise _away(site, f"cannot be asked: {name} cannot be used ({fault})") from fault
        return self._clients[name]

    async def close(self) -> None:
        """Disconnect."""
        for each in self._clients.values():
            await each.close()


def _named(kind: str, name: str, namespace: str) -> Resource:
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace}}


def _away(site: str, what: str) -> Retryable:
    return Retryable(f"the cluster of {site} {what}", dependency=f"site/{site}", delay_seconds=5)
