"""Porch: a stand-in for it, with a Repository for each site."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from agents.adapters.git.blueprint_source import BlueprintSource
from agents.adapters.porch.porch_api import PorchApi
from agents.adapters.porch.porch_interface import PorchInterface
from pipeline.stand_ins.ric.http_server import Fault, StandInServer
from schemas.bodies import IntentPlanned
from tests.contract.far_sides.o2 import kubeconfig_for
from tests.servers.porch import NAMESPACE, Porch
from tests.unit.git.requests import plan, step, target

PLACE = "tokyo-1/amf"
FAULTS: dict[str, Fault] = {"refused": 400, "unavailable": 503, "cut": "cut"}


class PorchFarSide:
    """The cores of an AMF, in the parameters of its package."""

    def __init__(self, server: StandInServer, porch: Porch, interface: PorchInterface) -> None:
        self.server = server
        self.porch = porch
        self.interface = interface

    def plan(self, value: float, condition: str = "equals", place: str = PLACE) -> IntentPlanned:
        return plan(step("scale", place, target("cpu", condition, value)))

    async def held(self, place: str = PLACE) -> float | None:
        files = self.porch.newest(*place.split("/"))
        if files is None:
            return None
        return float(yaml.safe_load(files["parameters.yaml"])["data"]["cpu"])

    async def set_by_hand(self, value: float) -> None:
        """Somebody publishes a revision of their own."""
        repository, package = PLACE.split("/")
        base = f"{repository}.{package}.main"
        mine = f"{repository}.{package}.by-hand"
        spec = {**self.porch.revisions[base]["spec"], "workspaceName": "by-hand", "revision": 0}
        self.porch.revisions[mine] = {**self.porch.revisions[base], "metadata": {"name": mine}, "spec": spec}
        files = dict(self.porch.files[base])
        parameters = yaml.safe_load(files["parameters.yaml"])
        parameters["data"]["cpu"] = str(int(value))
        files["parameters.yaml"] = yaml.safe_dump(parameters)
        self.porch.files[mine] = files
        self.porch.publish(mine)
        self.porch.published -= 1

    async def effects(self) -> int:
        return self.porch.published

    async def fail(self, how: str) -> None:
        self.server.faults.append(FAULTS[how])


@asynccontextmanager
async def open_porch(folder: Path) -> AsyncIterator[PorchFarSide]:
    """A far side; at its end it says what was against the description."""
    porch = Porch()
    with StandInServer(porch.routes()) as server:
        api = PorchApi(kubeconfig_for(folder, server.url), NAMESPACE, timeout_seconds=5)
        far = PorchFarSide(
            server, porch, PorchInterface(api, "{site}", "nephoran", BlueprintSource(folder / "cache", 10))
        )
        yield far
        await far.interface.close()
        assert server.violations == []
