"""A1, in every dialect: the stand-in near-RT RIC and the stand-in policy management service."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agents.adapters.a1.a1_interface import A1Interface
from agents.adapters.a1.settings import A1EndpointSettings, A1Settings, Dialect
from agents.knowledge.settings import shipped_folder
from pipeline.stand_ins.ric.http_server import Route, StandInServer
from pipeline.stand_ins.ric.near_rt_ric import SIMULATOR_ROOT, STANDARD_ROOT, numbered_routes, standard_routes
from pipeline.stand_ins.ric.policies import Policies
from pipeline.stand_ins.ric.policy_management import management_routes
from schemas.bodies import IntentPlanned
from tests.contract.far_sides.planned import planned

PLACE = "tokyo-1/du-7"
TYPE = "NEPHORAN_ServiceTarget_1.0.0"
NUMBERS = {TYPE: 20100}
FAULTS = {"refused": 400, "unavailable": 503, "cut": "cut"}


def service_target_schema() -> dict[str, Any]:
    """The schema of the operator's own policy type."""
    path: Path = shipped_folder("knowledge") / "templates/service-target.schema.json"
    schema: dict[str, Any] = json.loads(path.read_text())
    return schema


def routes(dialect: Dialect, policies: Policies) -> list[Route]:
    match dialect:
        case Dialect.STANDARD:
            return standard_routes(policies)
        case Dialect.MEDIATOR:
            return numbered_routes(policies, STANDARD_ROOT, NUMBERS)
        case Dialect.SIMULATOR:
            return numbered_routes(policies, SIMULATOR_ROOT, NUMBERS)
        case _:
            return management_routes(policies, "ric-1")


class A1FarSide:
    """Policies on the load of a distributed unit. The adapter finds out the dialect by itself."""

    def __init__(self, server: StandInServer, policies: Policies) -> None:
        self.server = server
        self.policies = policies
        endpoint = A1EndpointSettings.model_validate({"url": server.url, "ric": "ric-1", "timeout_seconds": 5})
        self.interface = A1Interface(A1Settings(endpoints={"*": endpoint}))

    def plan(self, value: float, condition: str = "equals", place: str = PLACE) -> IntentPlanned:
        return planned(place, "du", "load_threshold", condition, value)

    async def held(self, place: str = PLACE) -> float | None:
        held = self.policies.held.get((TYPE, f"{place.replace('/', '.')}.load-threshold"))
        return None if held is None else float(held["serviceTarget"][0]["value"])

    async def set_by_hand(self, value: float) -> None:
        key = (TYPE, f"{PLACE.replace('/', '.')}.load-threshold")
        held = self.policies.held[key]
        self.policies.held[key] = held | {"serviceTarget": [held["serviceTarget"][0] | {"value": value}]}

    async def effects(self) -> int:
        return len(self.policies.changes)

    async def fail(self, how: str) -> None:
        self.server.faults.append(FAULTS[how])


@asynccontextmanager
async def open_a1(dialect: Dialect) -> AsyncIterator[A1FarSide]:
    """A far side that speaks the dialect; at its end it says what was against the description."""
    policies = Policies({TYPE: service_target_schema()})
    with StandInServer(routes(dialect, policies)) as server:
        far = A1FarSide(server, policies)
        yield far
        await far.interface.close()
        assert server.violations == []
