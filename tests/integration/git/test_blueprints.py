"""Packages made of blueprints, over real Git: copied with where they are from, and the object's own from then on."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.domain.verdicts import Declined, Failed, Retryable
from schemas.bodies import IntentPlanned
from schemas.reasons import DeclineReason
from tests.integration.git.blueprints import AMF, PACKAGE, Catalogue
from tests.integration.git.remote import Make, Remote, run
from tests.unit.git.requests import intent, plan, step, target

N2 = {"name": "n2", "ipv4": {"address": "172.2.0.10/24", "gateway": "172.2.0.1"}, "vlanID": 2}
RAN = {"name": "vpc-ran", "interfaces": ["n2"]}
HALF_A_MILLION, TWO_MILLIONS = 500_000, 2_000_000


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path)


def wished(blueprint: dict[str, str], *targets: dict[str, Any], action: str = "deploy", **more: Any) -> IntentPlanned:
    content = {"blueprint": blueprint, "reads_parameters": False, "needs_interfaces": ["n2"], "interfaces": [N2]}
    return plan(step(action, "tokyo-1/amf", *targets, **{**content, "network_instances": [RAN], **more}))


async def test_the_package_is_the_blueprint_with_its_source_and_everything_of_others_kept(
    make: Make, remote: Remote, catalogue: Catalogue
) -> None:
    commit = run("git", "rev-parse", "HEAD", folder=catalogue.path).strip()
    await make(remote.path).carry_out(intent("a", 1), wished(catalogue.named()))
    kptfile = remote.show("tokyo-1/amf/Kptfile")
    source = {"repo": str(catalogue.path), "directory": f"/{PACKAGE}", "ref": "main"}
    read = yaml.safe_load(kptfile)
    assert read["upstream"] == {"type": "git", "git": source, "updateStrategy": "resource-merge"}
    assert read["upstreamLock"] == {"type": "git", "git": {**source, "commit": commit}}
    assert read["metadata"]["name"] == "amf"
    theirs = yaml.safe_load(AMF["Kptfile"])
    assert {key: read[key] for key in ("info", "pipeline", "status")} == {
        key: theirs[key] for key in ("info", "pipeline", "status")
    }
    assert "# theirs" in kptfile
    assert "# what the site's own pipeline runs" in kptfile
    assert remote.show("tokyo-1/amf/docs/README.md") == AMF["docs/README.md"]


async def test_the_copy_is_made_the_objects_own(make: Make, remote: Remote, catalogue: Catalogue) -> None:
    await make(remote.path).carry_out(intent("a", 1), wished(catalogue.named()))
    deployment = yaml.safe_load(remote.show("tokyo-1/amf/amfdeployment.yaml"))
    assert deployment["metadata"] == {"name": "amf", "namespace": "nephoran"}
    assert deployment["spec"] == {
        "provider": "amf.free5gc.io",
        "capacity": {"maxSubscribers": 1000, "maxNFConnections": 4},
        "interfaces": [N2],
        "networkInstances": [RAN],
    }
    capacity = yaml.safe_load(remote.show("tokyo-1/amf/capacity.yaml"))
    owner = capacity["metadata"]["annotations"]["specializer.nephio.org/owner"]
    assert owner == "workload.nephio.org/v1alpha1.NFDeployment.amf"
    assert yaml.safe_load(remote.show("tokyo-1/amf/workload-cluster.yaml"))["spec"]["clusterName"] == "tokyo-1"
    assert yaml.safe_load(remote.show("tokyo-1/amf/package-context.yaml"))["data"]["name"] == "amf"
    namespace = yaml.safe_load(remote.show("tokyo-1/amf/namespace.yaml"))
    assert namespace["metadata"]["annotations"] == {"config.kubernetes.io/local-config": "true"}


async def test_capacity_goes_into_the_packages_capacity_and_from_there_is_no_change_by_people(
    make: Make, remote: Remote, catalogue: Catalogue
) -> None:
    worker = make(remote.path)
    await worker.carry_out(intent("a", 1), wished(catalogue.named()))
    more = wished(catalogue.named(), target("max_subscribers", "increase_by", TWO_MILLIONS), action="scale")
    carried = await worker.carry_out(intent("b", 2), more)
    [result] = carried.deployed.results
    assert (result.before["max_subscribers"]["value"], result.after["max_subscribers"]["value"]) == (10**6, 3 * 10**6)
    assert result.found == {}
    changed = AMF["capacity.yaml"].replace("maxSubscribers: 1000 #", "maxSubscribers: 3000 #")
    assert remote.show("tokyo-1/amf/capacity.yaml") == changed.replace("NFDeployment.amf-example", "NFDeployment.amf")
    deployment = yaml.safe_load(remote.show("tokyo-1/amf/amfdeployment.yaml"))
    assert deployment["spec"]["capacity"] == {"maxSubscribers": 3000, "maxNFConnections": 4}


async def test_what_is_wished_at_once_stands_in_the_first_commit(
    make: Make, remote: Remote, catalogue: Catalogue
) -> None:
    wish = wished(catalogue.named(), target("max_subscribers", "equals", HALF_A_MILLION))
    await make(remote.path).carry_out(intent("a", 1), wish)
    assert yaml.safe_load(remote.show("tokyo-1/amf/capacity.yaml"))["spec"]["maxSubscribers"] == 500
    assert remote.commit_count == 1


async def test_a_rollback_takes_the_whole_package_away(make: Make, remote: Remote, catalogue: Catalogue) -> None:
    worker = make(remote.path)
    await worker.carry_out(intent("a", 1), wished(catalogue.named()))
    await worker.undo(intent("a", 1).rollback(), intent("a", 1).id)
    assert run("git", "ls-tree", "-r", "--name-only", "main", "tokyo-1", folder=remote.path) == ""


async def test_a_preview_tells_and_leaves_nothing(make: Make, remote: Remote, catalogue: Catalogue) -> None:
    wish = wished(catalogue.named(), target("max_subscribers", "equals", HALF_A_MILLION))
    [result] = await make(remote.path).preview(intent("a", 1), wish)
    assert result.after["max_subscribers"]["value"] == HALF_A_MILLION
    assert remote.push_count == 0


async def test_a_tag_of_the_package_counts_before_a_branch_and_its_commit_is_locked(
    make: Make, remote: Remote, catalogue: Catalogue
) -> None:
    small = AMF["capacity.yaml"].replace("1000", "7")
    tagged = catalogue.commit({f"{PACKAGE}/capacity.yaml": small}, tag=f"{PACKAGE}/v1")
    catalogue.commit({f"{PACKAGE}/capacity.yaml": AMF["capacity.yaml"]}, tag="v1")
    await make(remote.path).carry_out(intent("a", 1), wished(catalogue.named("v1")))
    assert yaml.safe_load(remote.show("tokyo-1/amf/Kptfile"))["upstreamLock"]["git"]["commit"] == tagged
    assert yaml.safe_load(remote.show("tokyo-1/amf/capacity.yaml"))["spec"]["maxSubscribers"] == 7


async def test_a_repository_that_is_away_is_tried_again_and_nothing_is_made_without_it(
    make: Make, remote: Remote, catalogue: Catalogue
) -> None:
    worker, moved = make(remote.path), catalogue.path.with_name("moved")
    catalogue.path.rename(moved)
    with pytest.raises(Retryable, match=f"{PACKAGE}@main") as away:
        await worker.carry_out(intent("a", 1), wished(catalogue.named()))
    assert away.value.dependency == "blueprints"
    assert remote.push_count == 0
    moved.rename(catalogue.path)
    await worker.carry_out(intent("a", 1), wished(catalogue.named()))
    assert remote.push_count == 1


@pytest.mark.parametrize(("revision", "package"), [("v9", PACKAGE), ("main", "workloads/nothing")])
async def test_a_blueprint_that_is_not_there_declines_the_intent(
    make: Make, remote: Remote, catalogue: Catalogue, revision: str, package: str
) -> None:
    with pytest.raises(Declined, match="knowledge pack") as declined:
        await make(remote.path).carry_out(intent("a", 1), wished(catalogue.named(revision, package)))
    assert declined.value.reason is DeclineReason.INFEASIBLE
    assert remote.push_count == 0


async def test_a_blueprint_without_the_function_fails_and_leaves_nothing(
    make: Make, remote: Remote, catalogue: Catalogue
) -> None:
    catalogue.commit({"other/Kptfile": AMF["Kptfile"]})
    with pytest.raises(Failed, match="not one NFDeployment"):
        await make(remote.path).carry_out(intent("a", 1), wished(catalogue.named(package="other")))
    assert remote.push_count == 0


async def test_without_an_interface_that_the_provider_needs_nothing_is_made(
    make: Make, remote: Remote, catalogue: Catalogue
) -> None:
    with pytest.raises(Declined, match="cannot do without n2") as declined:
        await make(remote.path).carry_out(intent("a", 1), wished(catalogue.named(), interfaces=[]))
    assert declined.value.reason is DeclineReason.INFEASIBLE
    assert remote.push_count == 0


async def test_others_are_carried_out_while_a_blueprint_cannot_be_had(
    make: Make, remote: Remote, catalogue: Catalogue
) -> None:
    worker = make(remote.path)
    away = wished({**catalogue.named(), "repository": str(catalogue.path / "away")})
    with pytest.raises(Retryable):
        await worker.carry_out(intent("a", 1), away)
    await worker.carry_out(
        intent("b", 2), plan(step("scale", "osaka-1/smf", target("replicas", "equals", 2), type="smf"))
    )
    assert len(remote.intents) == 1
