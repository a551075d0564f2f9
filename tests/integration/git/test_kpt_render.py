"""What we write is a package to kpt itself: `kpt fn render` takes it and changes nothing that we wrote."""

import subprocess
from pathlib import Path

import pytest
import yaml

from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from schemas.intent import ObjectType
from tests.integration.git.blueprints import AMF, Catalogue
from tests.integration.git.remote import Make, Remote, run
from tests.servers.go_programs import go_program
from tests.unit.git.requests import at_most_20_replicas, intent, plan, step, target

KINDS = [each for each in ObjectType if each is not ObjectType.CLUSTER]
"""A cluster is provisioned over O2 and has no package."""


@pytest.fixture(scope="module")
def kpt() -> str:
    return str(go_program("kpt-render"))


def rendered(kpt: str, package: Path) -> str:
    """What kpt says. It fails where it takes exception to anything."""
    ended = subprocess.run([kpt, str(package), "--allow-exec"], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return ended.stderr


async def test_every_kind_of_package_renders_and_stays_as_it_is(kpt: str, tmp_path: Path) -> None:
    site = InMemoryDeploymentTarget(at_most_20_replicas)
    for at, kind in enumerate(KINDS, start=1):
        name = "latency" if kind is ObjectType.SLICE else "max_subscribers"
        wishes = target(name, "at_least", 5_500), target("replicas", "equals", 3)
        await site.carry_out(intent(kind, at), plan(step("deploy", f"tokyo-1/{kind}", *wishes, type=kind)))
    for path, content in site.files.items():
        there = tmp_path / path
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(content)
    assert all("in 1 package(s)" in rendered(kpt, tmp_path / "tokyo-1" / kind) for kind in KINDS)
    assert {path: (tmp_path / path).read_bytes() for path in site.files} == site.files


async def test_a_copy_of_a_blueprint_renders_through_its_own_pipeline_and_keeps_what_was_set(
    kpt: str, make: Make, remote: Remote, tmp_path: Path
) -> None:
    wish = target("max_subscribers", "equals", 2_000_000)
    blueprint = Catalogue(tmp_path).named()
    await make(remote.path).carry_out(intent("a", 1), plan(step("deploy", "tokyo-1/amf", wish, blueprint=blueprint)))
    run("git", "clone", "--quiet", str(remote.path), str(tmp_path / "clone"))
    package = tmp_path / "clone/tokyo-1/amf"
    assert "executed 1 function(s) in 1 package(s)" in rendered(kpt, package)
    read = {path.name: yaml.safe_load(path.read_text()) for path in package.glob("*.yaml")}
    assert read["capacity.yaml"]["spec"] == {"maxSubscribers": 2_000, "maxNFConnections": 4}
    assert read["amfdeployment.yaml"]["spec"]["capacity"] == {"maxSubscribers": 2_000, "maxNFConnections": 4}
    assert yaml.safe_load((package / "Kptfile").read_text())["upstreamLock"]["git"]["repo"] == blueprint["repository"]


def test_what_is_no_package_is_told(kpt: str, tmp_path: Path) -> None:
    (tmp_path / "Kptfile").write_text(AMF["Kptfile"].replace("exec: cat", "exek: cat"))
    ended = subprocess.run([kpt, str(tmp_path)], capture_output=True, text=True)
    assert ended.returncode != 0
    assert "exek" in ended.stderr
