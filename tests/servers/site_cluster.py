"""A site on a real API server, with stand-ins for Config Sync and for what runs there: none does more than it says."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
import yaml

from agents.adapters.git.parameters import LOCAL
from tests.servers.eventually import eventually
from tests.servers.kubernetes_server import KubernetesServer
from tests.servers.nephio_resources import crd

NAMESPACE = "nephoran"
PLACES = {
    "NFDeployment": f"/apis/workload.nephio.org/v1alpha1/namespaces/{NAMESPACE}/nfdeployments",
    "Deployment": f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments",
    "ConfigMap": f"/api/v1/namespaces/{NAMESPACE}/configmaps",
}
APPLY = {"Content-Type": "application/apply-patch+yaml"}
MERGE = {"Content-Type": "application/merge-patch+json"}
Controller = Literal["generic", "free5gc", "stalling", "away"]


class SiteCluster:
    """What was committed for `site` reaches the cluster, and `controller` carries it out there, or does not."""

    def __init__(self, api: httpx.AsyncClient, repository: Path, site: str, controller: Controller) -> None:
        self._api = api
        self._repository = repository
        self._site = site
        self._controller = controller
        self._applied: set[str] = set()

    async def run(self) -> None:
        """Follow the repository until cancelled."""
        while True:
            await self._sync()
            for function in (await self._get(PLACES["NFDeployment"]))["items"]:
                await self._operate(function)
            for deployment in (await self._get(PLACES["Deployment"]))["items"]:
                await self._roll_out(deployment)
            await asyncio.sleep(0.1)

    async def _sync(self) -> None:
        """Config Sync: what is in the folder, and nothing that was there before."""
        wanted = {}
        for path in self._git("ls-tree", "-r", "--name-only", "main", f"{self._site}/").splitlines():
            manifest = yaml.safe_load(self._git("show", f"main:{path}"))
            if manifest.get("kind") in PLACES and LOCAL not in manifest["metadata"].get("annotations", {}):
                wanted[f"{PLACES[manifest['kind']]}/{manifest['metadata']['name']}"] = manifest
        for place, manifest in wanted.items():
            await self._send("PATCH", f"{place}?fieldManager=sync&force=true", manifest, APPLY)
        for place in self._applied - wanted.keys():
            await self._api.delete(place)
        self._applied = set(wanted)

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self._repository), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    async def _operate(self, function: dict[str, Any]) -> None:
        """The controller of NFDeployments."""
        name, generation = function["metadata"]["name"], function["metadata"]["generation"]
        condition = {"type": "Available", "status": "True", "observedGeneration": generation, "reason": "Tests"}
        match self._controller:
            case "away":
                return
            case "stalling":
                condition |= {"type": "Stalled", "message": "Interface N2 not found in AMF NFDeployment Spec"}
            case "free5gc":
                await self._make(name, 1)
            case "generic":
                await self._make(name, await self._parameter(function, "replicas", 1))
        place = f"{PLACES['NFDeployment']}/{name}/status"
        await self._send("PATCH", place, {"status": {"conditions": [condition]}}, MERGE)

    async def _parameter(self, function: dict[str, Any], name: str, default: int) -> int:
        for reference in function["spec"].get("parametersRefs", []):
            found = await self._get(f"{PLACES['ConfigMap']}/{reference['name']}")
            return int(found.get("data", {}).get(name, default))
        return default

    async def _make(self, name: str, replicas: int) -> None:
        labels = {"name": name}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "nf", "image": "nf:1"}]}}
        spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
        made = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}
        await self._send("PATCH", f"{PLACES['Deployment']}/{name}?fieldManager=operator&force=true", made, APPLY)

    async def _roll_out(self, deployment: dict[str, Any]) -> None:
        """The controller of Deployments, with nodes that take everything at once."""
        count = deployment["spec"]["replicas"]
        counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count)
        status = {"observedGeneration": deployment["metadata"]["generation"], **counts}
        place = f"{PLACES['Deployment']}/{deployment['metadata']['name']}/status"
        await self._send("PATCH", place, {"status": status}, MERGE)

    async def _get(self, place: str) -> Any:
        return (await self._api.get(place)).json()

    async def _send(self, method: str, place: str, body: object, headers: dict[str, str]) -> None:
        answer = await self._api.request(
            method,
            place,
            content=yaml.safe_dump(body) if headers is APPLY else None,
            json=body if headers is MERGE else None,
            headers=headers,
        )
        assert answer.is_success or answer.status_code == 404, answer.text


@asynccontextmanager
async def site_running(
    server: KubernetesServer, repository: Path, site: str, controller: Controller
) -> AsyncIterator[None]:
    """The site's cluster at work, empty at first."""
    async with server.client() as api:
        await api.post(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", json=crd("workload.nephio.org", "NFDeployment")
        )
        await api.post("/api/v1/namespaces", json={"metadata": {"name": NAMESPACE}})
        await eventually(lambda: _is_served(api), 60)
        for place in PLACES.values():
            await api.delete(place)
        running = asyncio.create_task(SiteCluster(api, repository, site, controller).run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def _is_served(api: httpx.AsyncClient) -> bool:
    return (await api.get(PLACES["NFDeployment"])).is_success
