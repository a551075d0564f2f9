"""Nothing is planned that nobody at the site carries out."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack, KnowledgePackFault
from agents.plan import MakePlan
from agents.planning.templates import Templates
from schemas.bodies import Step
from schemas.intent import Expectation
from schemas.reasons import DeclineReason
from tests.servers.programs import ROOT
from tests.unit.planning.wording import expect


@pytest.fixture
def pack_of(tmp_path: Path) -> "PackOf":
    return PackOf(tmp_path / "knowledge")


class PackOf:
    """The pack of this project, with other providers at tokyo-1."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "deploy/knowledge", folder)

    def __call__(self, *providers: str, networks: dict[str, Any] | None = None) -> MakePlan:
        file = self.folder / "inventory.yaml"
        inventory = yaml.safe_load(file.read_text())
        inventory["sites"]["tokyo-1"] |= {"providers": list(providers), "networks": networks or {}}
        file.write_text(yaml.safe_dump(inventory))
        return MakePlan(KnowledgePack.load(self.folder), Templates.load(self.folder))


def declined(plan: MakePlan, expectation: Expectation) -> Declined:
    with pytest.raises(Declined) as caught:
        plan.steps_of([expectation])
    assert caught.value.reason is DeclineReason.UNSUPPORTED
    return caught.value


def only_step(plan: MakePlan, expectation: Expectation) -> Step:
    (step,) = plan.steps_of([expectation])
    return step


SCALE_AMF = expect("scale", "amf", ("replicas", "equals", 5))
SCALE_NRF = expect("scale", "nrf", ("replicas", "equals", 3))


def test_a_generic_provider_carries_everything_out(pack_of: PackOf) -> None:
    step = only_step(pack_of("generic"), SCALE_AMF)
    assert (step.content["provider"], step.content["kind"]) == ("amf.free5gc.io", "NFDeployment")


def test_replicas_that_an_operator_fixes_in_its_code_are_declined_and_the_reason_is_named(pack_of: PackOf) -> None:
    verdict = declined(pack_of("free5gc-operator"), SCALE_AMF)
    assert "does not scale replicas of the amf: it runs one replica" in verdict.message
    assert "controllers/nf" in verdict.message
    assert "max_subscribers" in (verdict.question or "")


def test_what_an_operator_does_enforce_is_planned_its_way(pack_of: PackOf) -> None:
    step = only_step(pack_of("free5gc-operator"), expect("ensure", "amf", ("max_subscribers", "at_least", 5_000)))
    assert step.content["reads_parameters"] is False
    assert step.content["blueprint"]["package"] == "workloads/free5gc/pkg-example-amf-bp"


def test_an_object_that_nobody_there_knows_is_declined(pack_of: PackOf) -> None:
    verdict = declined(pack_of("free5gc-operator"), SCALE_NRF)
    assert "Nothing at tokyo-1 carries out what is asked of a nrf" in verdict.message


def test_the_first_provider_that_knows_an_object_is_the_one(pack_of: PackOf) -> None:
    plan = pack_of("free5gc-operator", "free5gc-control-plane", "generic")
    assert only_step(plan, SCALE_NRF).content["kind"] == "Deployment"
    assert "one replica" in declined(plan, SCALE_AMF).message
    assert only_step(plan, expect("deploy", "gnb")).content["kind"] == "NFDeployment"


def test_other_sites_are_not_concerned(pack_of: PackOf) -> None:
    assert only_step(pack_of("free5gc-operator"), expect("scale", "amf", ("replicas", "equals", 5), sites=("osaka-1",)))


def test_a_site_with_a_provider_that_there_is_not_is_told_when_the_pack_is_loaded(pack_of: PackOf) -> None:
    with pytest.raises(KnowledgePackFault, match=r"sites\.tokyo-1\.providers names frei5gc: there are free5gc-"):
        pack_of("frei5gc")


def test_another_provider_is_another_base_for_plans(pack_of: PackOf) -> None:
    pack_of("generic")
    before = KnowledgePack.load(pack_of.folder).digest
    file = pack_of.folder / "providers/generic.yaml"
    file.write_text(file.read_text() + "\n# changed\n")
    assert KnowledgePack.load(pack_of.folder).digest != before


N2 = {"name": "n2", "ipv4": {"address": "172.2.0.10/24", "gateway": "172.2.0.1"}, "vlanID": 2}
RAN = {
    "name": "vpc-ran",
    "interfaces": ["n2"],
    "dataNetworks": [{"name": "internet", "pool": [{"prefix": "10.0.0.0/8"}]}],
}


def test_the_interfaces_and_networks_that_the_site_has_for_a_function_are_planned(pack_of: PackOf) -> None:
    plan = pack_of("free5gc-operator", networks={"amf": {"interfaces": [N2], "networkInstances": [RAN]}})
    content = only_step(plan, expect("deploy", "amf")).content
    assert (content["interfaces"], content["network_instances"]) == ([N2], [RAN])
    assert content["needs_interfaces"] == ["n2"]
    assert "interfaces" not in only_step(plan, expect("deploy", "smf")).content


@pytest.mark.parametrize(
    ("networks", "told"),
    [
        ({"interfaces": [{**N2, "ipv4": {"address": "172.2.0.10"}}]}, "length of its prefix"),
        ({"interfaces": [{**N2, "vlanID": 5000}]}, "vlanID"),
        (
            {
                "interfaces": [N2],
                "networkInstances": [{**RAN, "dataNetworks": [{"name": "a", "pool": [{"prefix": "10.0.0.0"}]}]}],
            },
            "length of its prefix",
        ),
        ({"interfaces": [N2], "networkInstances": [{"name": "a", "interfaces": ["n3"]}]}, "n3: add it"),
    ],
)
def test_faults_in_a_sites_networks_are_told(pack_of: PackOf, networks: dict[str, Any], told: str) -> None:
    with pytest.raises(KnowledgePackFault, match=told):
        pack_of("generic", networks={"amf": networks})
