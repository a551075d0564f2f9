"""What is Porch's own beside the contract of ledgered targets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.adapters.ledgered.ledgered_deployment_target import LedgeredDeploymentTarget
from agents.domain.verdicts import Declined
from schemas.bodies import IntentPlanned
from schemas.reasons import DeclineReason
from tests.contract.far_sides.porch import PorchFarSide, open_porch
from tests.unit.git.requests import at_most_20_replicas, intent, plan, scale, step


@pytest.fixture
async def far(tmp_path: Path) -> AsyncIterator[PorchFarSide]:
    async with open_porch(tmp_path) as porch:
        yield porch


class Worker:
    """Carries plans out through Porch, one intent after another."""

    def __init__(self, far: PorchFarSide) -> None:
        self._target = LedgeredDeploymentTarget(far.interface, InMemoryDeploymentTarget(at_most_20_replicas))
        self._count = 0

    async def carry_out(self, planned: IntentPlanned) -> None:
        self._count += 1
        await self._target.carry_out(intent(str(self._count), self._count), planned)

    async def undo(self) -> None:
        """The last one."""
        last = intent(str(self._count), self._count)
        await self._target.undo(last.rollback(), last.id)


async def test_a_porch_that_speaks_the_next_version_alone_is_told_before_anything_is_done(far: PorchFarSide) -> None:
    far.porch.versions = ("v1alpha2",)
    with pytest.raises(Declined) as declined:
        await Worker(far).carry_out(scale("tokyo-1/amf", 3))
    assert declined.value.reason is DeclineReason.UNSUPPORTED
    assert "serves v1alpha2" in declined.value.message
    assert far.porch.revisions == {}


async def test_revisions_are_published_by_approval_one_after_another(far: PorchFarSide) -> None:
    worker = Worker(far)
    for replicas in (3, 5):
        await worker.carry_out(scale("tokyo-1/amf", replicas))
    specs = [each["spec"] for each in far.porch.revisions.values()]
    assert sorted((spec["revision"], spec["lifecycle"]) for spec in specs) == [
        (-1, "Published"),
        (1, "Published"),
        (2, "Published"),
    ]
    assert sum("/approval" in seen for seen in far.server.seen) == 2
    assert "replicas: '5'" in (far.porch.newest("tokyo-1", "amf") or {})["parameters.yaml"]


async def test_a_deletion_leaves_no_revision_and_is_taken_back_to_the_letter(far: PorchFarSide) -> None:
    worker = Worker(far)
    await worker.carry_out(scale("tokyo-1/amf", 3))
    before = dict(far.porch.newest("tokyo-1", "amf") or {})
    await worker.carry_out(plan(step("delete", "tokyo-1/amf")))
    assert far.porch.revisions == {}
    await worker.undo()
    assert far.porch.newest("tokyo-1", "amf") == before


async def test_drafts_of_others_stay_theirs(far: PorchFarSide) -> None:
    worker = Worker(far)
    await worker.carry_out(scale("tokyo-1/amf", 3))
    main = far.porch.revisions["tokyo-1.amf.main"]
    theirs = {**main["spec"], "workspaceName": "theirs", "lifecycle": "Draft", "revision": 0}
    far.porch.revisions["tokyo-1.amf.theirs"] = {**main, "metadata": {"name": "tokyo-1.amf.theirs"}, "spec": theirs}
    far.porch.files["tokyo-1.amf.theirs"] = {"Kptfile": "theirs"}
    await worker.carry_out(scale("tokyo-1/amf", 5))
    assert far.porch.files["tokyo-1.amf.theirs"] == {"Kptfile": "theirs"}
