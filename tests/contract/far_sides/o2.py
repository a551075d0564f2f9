"""O2: a stand-in O-Cloud, over REST and as Nephio's custom resource."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml

from agents.adapters.o2.o2_interface import O2Interface
from agents.adapters.o2.settings import O2EndpointSettings, O2Settings
from pipeline.stand_ins.ric.http_server import Fault, StandInServer
from schemas.bodies import IntentPlanned
from tests.contract.far_sides.planned import planned
from tests.servers.o_cloud import OCloud, ims_routes, resource_routes

PLACE = "tokyo-1/edge-cluster"
FAULTS: dict[str, Fault] = {"refused": 400, "unavailable": 503, "cut": "cut"}


class O2FarSide:
    """The cores of a cluster: an absolute wish deploys it so, a relative one scales it."""

    def __init__(self, server: StandInServer, cloud: OCloud, settings: O2Settings) -> None:
        self.server = server
        self.cloud = cloud
        self.interface = O2Interface(settings)

    def plan(self, value: float, condition: str = "equals", place: str = PLACE) -> IntentPlanned:
        action = "deploy" if condition == "equals" else "scale"
        return planned(place, "cluster", "cpu", condition, value, action=action)

    async def held(self, place: str = PLACE) -> float | None:
        held = self.cloud.held.get(_id(place))
        return None if held is None else float(held["templateParameters"]["objectives"][0]["value"])

    async def set_by_hand(self, value: float) -> None:
        held = self.cloud.held[_id(PLACE)]
        objective = held["templateParameters"]["objectives"][0] | {"value": value}
        parameters = held["templateParameters"] | {"objectives": [objective]}
        self.cloud.held[_id(PLACE)] = held | {"templateParameters": parameters}

    async def effects(self) -> int:
        return len(self.cloud.changes)

    async def fail(self, how: str) -> None:
        self.server.faults.append(FAULTS[how])


def _id(place: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"o2ims:{place}"))


@asynccontextmanager
async def open_o2(kind: str, folder: Path) -> AsyncIterator[O2FarSide]:
    """A far side over `rest`, or as a `resource`; at its end it says what was against the description."""
    cloud = OCloud()
    with StandInServer(ims_routes(cloud) if kind == "rest" else resource_routes(cloud)) as server:
        endpoint: dict[str, Any] = {"url": server.url}
        if kind != "rest":
            endpoint = {"kubeconfig": kubeconfig_for(folder, server.url)}
        settings = O2EndpointSettings.model_validate(endpoint | {"timeout_seconds": 5})
        far = O2FarSide(server, cloud, O2Settings(endpoints={"*": settings}, settle_seconds=0))
        yield far
        await far.interface.close()
        assert server.violations == []


def kubeconfig_for(folder: Path, url: str) -> Path:
    """A file that says how to reach the stand-in."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "stand-in", "cluster": {"server": url}}],
        "users": [{"name": "nobody", "user": {}}],
        "contexts": [{"name": "stand-in", "context": {"cluster": "stand-in", "user": "nobody"}}],
        "current-context": "stand-in",
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path
