"""Bad answers of a NETCONF server, at each step of a change: it is done once in the end."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.adapters.ledgered.ledgered_deployment_target import LedgeredDeploymentTarget
from agents.adapters.o1.o1_interface import O1Interface
from agents.adapters.o1.settings import O1Settings
from agents.domain.verdicts import Retryable
from tests.contract.far_sides.o1 import O1FarSide, open_o1
from tests.servers.eventually import eventually
from tests.unit.git.requests import at_most_20_replicas, intent

KINDS = ("cut", "garbage", "frameless", "empty", "anonymous", "error")
OPERATIONS = ("hello", "lock", "commit", "get-config")


@pytest.fixture
async def element(tmp_path: Path) -> AsyncIterator[O1FarSide]:
    async with open_o1("netconfd", tmp_path, spoils=True) as far:
        quick = far.element.model_copy(update={"timeout_seconds": 3.0})
        far.interface = O1Interface(O1Settings(elements={"*": quick}))
        yield far


@pytest.mark.parametrize("kind", KINDS)
async def test_a_change_with_a_bad_answer_is_done_once_in_the_end(element: O1FarSide, kind: str) -> None:
    target = LedgeredDeploymentTarget(element.interface, InMemoryDeploymentTarget(at_most_20_replicas))

    async def add_one(operation: str, order: int) -> bool:
        try:
            await asyncio.wait_for(target.carry_out(intent(operation, order), element.plan(1, "increase_by")), 30)
        except Retryable:
            return False
        return True

    await target.carry_out(intent("first", 1), element.plan(40))
    for order, operation in enumerate(OPERATIONS, start=2):
        element.fault_file.write_text(f"{operation} {kind}")
        await eventually(partial(add_one, operation, order), 60)
        assert not element.fault_file.exists(), f"{operation} was not asked"
        assert await element.held() == 39 + order, operation
