"""O2 on a stand-in O-Cloud: progress, failure, and what a request does not name."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.adapters.ledgered.ledgered_deployment_target import LedgeredDeploymentTarget
from agents.adapters.o2.rest_provisioning import RestProvisioning
from agents.adapters.rest.rest_endpoint import RestEndpoint
from agents.adapters.rest.settings import RestEndpointSettings
from agents.domain.verdicts import Declined, Retryable
from pipeline.stand_ins.ric.http_server import StandInServer
from schemas.bodies import StepTarget
from schemas.reasons import DeclineReason
from tests.contract.far_sides.o2 import PLACE, O2FarSide, open_o2
from tests.contract.far_sides.planned import planned
from tests.servers.o_cloud import OCloud, ims_routes
from tests.unit.git.requests import at_most_20_replicas, intent


@pytest.fixture(params=["rest", "resource"])
async def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[O2FarSide]:
    async with open_o2(request.param, tmp_path) as far:
        yield far


def worker(cloud: O2FarSide) -> LedgeredDeploymentTarget:
    return LedgeredDeploymentTarget(cloud.interface, InMemoryDeploymentTarget(at_most_20_replicas))


async def test_asked_for_is_not_provisioned(cloud: O2FarSide) -> None:
    cloud.cloud.provisioning_seconds = None
    target = worker(cloud)
    [watch] = (await target.carry_out(intent("a", 1), cloud.plan(16))).watches
    waiting = await target.observe(watch)
    assert (waiting.state, "PROGRESSING" in waiting.message) == ("waiting", True)
    cloud.cloud.provisioning_seconds = 0
    assert (await target.observe(watch)).state == "in_force"


async def test_provisioning_that_fails_is_told(cloud: O2FarSide) -> None:
    cloud.cloud.fails = True
    target = worker(cloud)
    [watch] = (await target.carry_out(intent("a", 1), cloud.plan(16))).watches
    assert (await target.observe(watch)).state == "failed"


async def test_what_a_wish_does_not_name_stays(cloud: O2FarSide) -> None:
    target = worker(cloud)
    await target.carry_out(intent("a", 1), cloud.plan(16))
    memory = planned(PLACE, "cluster", "memory", "equals", 64, action="scale")
    await target.carry_out(intent("b", 2), memory)
    await target.carry_out(intent("c", 3), cloud.plan(4, "increase_by"))
    [held] = cloud.cloud.held.values()
    objectives = {each["name"]: each["value"] for each in held["templateParameters"]["objectives"]}
    assert (objectives, held["templateName"]) == ({"cpu": 20, "memory": 64}, "edge-cluster")
    await target.undo(intent("undo b", 4), intent("b", 2).id)
    [held] = cloud.cloud.held.values()
    assert [each["name"] for each in held["templateParameters"]["objectives"]] == ["cpu"]


async def test_a_cluster_that_is_not_there_is_not_scaled(cloud: O2FarSide) -> None:
    with pytest.raises(Declined) as declined:
        await worker(cloud).carry_out(intent("a", 1), planned(PLACE, "cluster", "cpu", "equals", 8, action="scale"))
    assert declined.value.reason is DeclineReason.INFEASIBLE


async def test_a_deleted_cluster_is_gone_and_stays_gone(cloud: O2FarSide) -> None:
    target = worker(cloud)
    await target.carry_out(intent("a", 1), cloud.plan(16))
    gone = planned(PLACE, "cluster", "cpu", "equals", 16, action="deploy")
    delete = gone.plan.steps[0].model_copy(
        update={
            "content": gone.plan.steps[0].content | {"action": "delete", "targets": []},
            "undo": {"restore": "nothing", "why": "what ran on it is gone"},
        }
    )
    plan = gone.model_copy(update={"plan": gone.plan.model_copy(update={"steps": (delete,)})})
    [watch] = (await target.carry_out(intent("c", 3), plan)).watches
    assert (await target.observe(watch)).state == "in_force"
    with pytest.raises(Declined) as declined:
        await target.carry_out(intent("b", 2), cloud.plan(8))
    assert declined.value.reason is DeclineReason.SUPERSEDED
    with pytest.raises(Declined) as declined:
        await target.undo(intent("undo c", 4), intent("c", 3).id)
    assert declined.value.reason is DeclineReason.INFEASIBLE
    assert cloud.cloud.held == {}


async def _replaced_after_a_change_by_hand(cloud: OCloud, service: RestProvisioning) -> None:
    request_id = str(uuid4())
    data = {"provisioningRequestId": request_id, "name": "edge", "description": "", "templateName": "edge-cluster"}
    data |= {"templateVersion": "1.0.0", "templateParameters": {}}
    await service.create(data)
    there = await service.get(request_id)
    assert there is not None
    cloud.set(request_id, {**data, "description": "by hand"})
    await service.replace({**data, "description": "ours"}, there)


@pytest.fixture
async def ims() -> AsyncIterator[tuple[OCloud, RestProvisioning]]:
    cloud = OCloud()
    with StandInServer(ims_routes(cloud)) as server:
        settings = RestEndpointSettings.model_validate({"url": server.url})
        service = RestProvisioning(RestEndpoint(settings, StepTarget.O2, "o2"))
        yield cloud, service
        await service.close()
        assert server.violations == []


async def test_where_versions_are_announced_nothing_that_changed_meanwhile_is_overwritten(
    ims: tuple[OCloud, RestProvisioning],
) -> None:
    cloud, service = ims
    cloud.tag = '"{}"'
    with pytest.raises(Retryable, match="it has changed"):
        await _replaced_after_a_change_by_hand(cloud, service)
    [held] = cloud.held.values()
    assert held["description"] == "by hand"


@pytest.mark.parametrize("tag", [None, 'W/"{}"'])
async def test_without_versions_that_compare_it_is_replaced_as_it_was_seen(
    ims: tuple[OCloud, RestProvisioning], tag: str | None
) -> None:
    cloud, service = ims
    cloud.tag = tag
    await _replaced_after_a_change_by_hand(cloud, service)
    [held] = cloud.held.values()
    assert held["description"] == "ours"
