"""What we write is what Nephio's resources may hold, with unknown fields forbidden."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.knowledge.networks import FunctionNetworks
from schemas.intent import ObjectType
from tests.servers.nephio_resources import SPECS, strict
from tests.unit.git.requests import intent, plan, step, target

NETWORKS = FunctionNetworks.model_validate(
    {
        "interfaces": [
            {"name": "n2", "ipv4": {"address": "172.2.0.10/24", "gateway": "172.2.0.1"}, "vlanID": 7},
            {"name": "n6", "ipv6": {"address": "2001:db8::10/64"}},
        ],
        "networkInstances": [
            {"name": "core", "interfaces": ["n2"]},
            {
                "name": "internet",
                "interfaces": ["n6"],
                "dataNetworks": [
                    {"name": "internet", "pool": [{"prefix": "10.1.0.0/16"}, {"prefix": "2001:db8::/48"}]}
                ],
            },
        ],
    }
)
FUNCTIONS = [each for each in ObjectType if each not in (ObjectType.CLUSTER, ObjectType.SLICE)]
WISHES = (
    target("replicas", "at_least", 3),
    target("max_subscribers", "equals", 5_500),
    target("max_sessions", "equals", 12_345),
    target("dl_throughput", "at_least", 1_500),
    target("ul_throughput", "equals", 0.5),
    target("cpu", "equals", 4),
    target("version", "equals", "2.3.1"),
)


def resources(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    return {path: yaml.safe_load(text) for path, text in files.items() if path.endswith((".yaml", "Kptfile"))}


def faults(resource: Mapping[str, Any]) -> list[str]:
    """What its API server would not take."""
    schema = strict(SPECS[resource["apiVersion"], resource["kind"]])
    return [each.message for each in Draft202012Validator(schema).iter_errors(resource.get("spec", {}))]


@pytest.mark.parametrize("kind", FUNCTIONS)
async def test_every_function_is_an_nfdeployment_that_nephio_takes(kind: ObjectType) -> None:
    site = InMemoryDeploymentTarget(lambda *value: [])
    await site.carry_out(
        intent("a", 1), plan(step("deploy", f"tokyo-1/{kind}", *WISHES, type=kind, **NETWORKS.content))
    )
    await site.carry_out(
        intent("b", 2),
        plan(step("scale", f"tokyo-1/{kind}", target("max_sessions", "multiply_by", 2), type=kind)),
    )
    [deployment] = [each for each in resources(site.files).values() if each["kind"] == "NFDeployment"]
    assert faults(deployment) == []
    assert deployment["spec"]["networkInstances"][1]["dataNetworks"]
    assert set(deployment["spec"]["capacity"]) == {
        *("maxSubscribers", "maxSessions", "maxUplinkThroughput", "maxDownlinkThroughput")
    }


async def test_no_kind_of_resource_is_written_that_nobody_knows() -> None:
    site = InMemoryDeploymentTarget(lambda *value: [])
    for at, kind in enumerate([*FUNCTIONS, ObjectType.SLICE], start=1):
        await site.carry_out(intent(kind, at), plan(step("deploy", f"tokyo-1/{kind}", type=kind)))
    kinds = {(each["apiVersion"], each["kind"]) for each in resources(site.files).values()}
    assert kinds - SPECS.keys() == {("kpt.dev/v1", "Kptfile"), ("v1", "ConfigMap")}


@pytest.mark.parametrize(
    "broken",
    [
        {"replicas": 3},
        {"capacity": {"maxSubscribers": "5k"}},
        {"capacity": {"maxUplinkThroughput": "5 Gbps"}},
        {"interfaces": [{"ipv4": {"address": "172.2.0.10/24"}}]},
        {"interfaces": [{"name": "n2", "vlanId": 7}]},
        {"networkInstances": [{"name": "core", "data_networks": []}]},
        {"parametersRefs": [{"name": "amf", "namespace": "nephoran"}]},
    ],
)
def test_what_nephio_does_not_take_is_noticed(broken: dict[str, Any]) -> None:
    assert faults({"apiVersion": "workload.nephio.org/v1alpha1", "kind": "NFDeployment", "spec": broken})
