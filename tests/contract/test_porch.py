"""What is Porch's own beside the contract of ledgered targets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from agents.adapters.git.nephio_steps import decode_wish
from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.adapters.ledgered.ledgered_deployment_target import LedgeredDeploymentTarget
from agents.domain.verdicts import Declined
from schemas.bodies import IntentPlanned
from schemas.reasons import DeclineReason
from tests.contract.far_sides.porch import PorchFarSide, open_porch
from tests.integration.git.blueprints import PACKAGE, Catalogue
from tests.unit.git.requests import at_most_20_replicas, intent, plan, scale, step, target


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

    async def undo_the_undoing(self) -> None:
        """Of the last one."""
        undone = intent(str(self._count), self._count).rollback()
        await self._target.undo(undone.rollback(), undone.id)


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


async def test_a_package_is_cloned_from_its_blueprint_and_holds_it(far: PorchFarSide, tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    worker, named = Worker(far), catalogue.named()
    wish = target("max_subscribers", "equals", 500_000)
    await worker.carry_out(plan(step("deploy", "tokyo-1/amf", wish, blueprint=named, reads_parameters=False)))
    [task] = far.porch.revisions["tokyo-1.amf.main"]["spec"]["tasks"]
    git = {"repo": str(catalogue.path), "ref": "main", "directory": PACKAGE}
    assert task == {"type": "clone", "clone": {"upstreamRef": {"type": "git", "git": git}}}
    files = far.porch.newest("tokyo-1", "amf") or {}
    assert yaml.safe_load(files["capacity.yaml"])["spec"]["maxSubscribers"] == 500
    assert yaml.safe_load(files["Kptfile"])["upstreamLock"]["git"]["directory"] == f"/{PACKAGE}"
    await worker.carry_out(
        plan(step("scale", "tokyo-1/amf", target("max_subscribers", "equals", 10**6), blueprint=named))
    )
    assert far.porch.published == 2


async def test_what_porch_renders_from_the_files_it_was_given_is_published_once(far: PorchFarSide) -> None:
    far.porch.renders = True
    wish = decode_wish("scale", step("scale", "tokyo-1/amf", target("cpu", "equals", 4)).content)
    wanted = far.interface.wanted(wish, await far.interface.read(wish))
    for _ in range(2):  # as a worker does that comes after a dead one
        await far.interface.write(wish, wanted)
    assert far.porch.published == 1
    assert (far.porch.newest("tokyo-1", "amf") or {})["Kptfile"].endswith("# rendered\n")


async def test_what_porch_rendered_is_taken_back_while_nobody_has_published_since(far: PorchFarSide) -> None:
    far.porch.renders = True
    worker = Worker(far)
    await worker.carry_out(scale("tokyo-1/amf", 3))
    before = dict(far.porch.newest("tokyo-1", "amf") or {})
    await worker.carry_out(scale("tokyo-1/amf", 5))
    for _ in range(2):  # as a worker does that comes after a dead one
        await worker.undo()
    assert far.porch.newest("tokyo-1", "amf") == before
    assert far.porch.published == 3


async def test_a_rollback_is_itself_taken_back_though_porch_rendered_both(far: PorchFarSide) -> None:
    far.porch.renders = True
    worker = Worker(far)
    await worker.carry_out(scale("tokyo-1/amf", 3))
    await worker.carry_out(scale("tokyo-1/amf", 5))
    after = dict(far.porch.newest("tokyo-1", "amf") or {})
    await worker.undo()
    await worker.undo_the_undoing()
    assert far.porch.newest("tokyo-1", "amf") == after


async def test_a_creation_that_porch_rendered_is_taken_back(far: PorchFarSide) -> None:
    far.porch.renders = True
    worker = Worker(far)
    await worker.carry_out(scale("tokyo-1/amf", 3))
    await worker.undo()
    assert far.porch.newest("tokyo-1", "amf") is None


async def test_what_somebody_published_since_is_not_taken_back_though_porch_rendered_it_too(far: PorchFarSide) -> None:
    far.porch.renders = True
    worker = Worker(far)
    for cores in (3, 5):
        await worker.carry_out(plan(step("scale", "tokyo-1/amf", target("cpu", "equals", cores))))
    await far.set_by_hand(7)
    with pytest.raises(Declined, match="changed by hand"):
        await worker.undo()
    assert await far.held() == 7


async def test_what_porch_rendered_is_observed_as_published(far: PorchFarSide) -> None:
    far.porch.renders = True
    wish = decode_wish("scale", step("scale", "tokyo-1/amf", target("cpu", "equals", 4)).content)
    wanted = far.interface.wanted(wish, await far.interface.read(wish))
    await far.interface.write(wish, wanted)
    assert (await far.interface.observe(wish, wanted, 1)).state == "in_force"
    await far.set_by_hand(7)
    assert (await far.interface.observe(wish, wanted, 1)).state == "failed"
