"""What a step says to its interface."""

from typing import Any

import pytest

from agents.domain.verdicts import Declined
from agents.planning.a1_policies import render
from agents.planning.o1_edits import encode
from agents.planning.steps import step_of
from agents.planning.target_changes import wishes_of
from agents.planning.templates import Templates
from schemas.bodies import Step
from schemas.intent import Expectation
from tests.unit.planning.wording import expect


def only_step(expectation: Expectation, templates: Templates) -> Step:
    (wish,) = wishes_of([expectation], templates)
    return step_of(wish, templates)


def test_a_step_for_nephio_says_what_the_package_is_to_hold(templates: Templates) -> None:
    step = only_step(expect("scale", "upf", ("replicas", "equals", 8), sst=1), templates)
    assert step.content == {
        "site": "tokyo-1",
        "object": {"type": "upf", "name": None, "slug": "upf-1", "slice": {"sst": 1, "sd": None}},
        "action": "scale",
        "targets": [{"name": "replicas", "condition": "equals", "value": 8, "unit": "count"}],
        "provider": "upf.free5gc.io",
        "kind": "NFDeployment",
    }
    assert step.undo == {"restore": "targets", "targets": ["replicas"], "from": "ledger", "absent": "delete"}


def policies(expectation: Expectation, templates: Templates) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = only_step(expectation, templates).content["policies"]
    return found


def test_a_slice_gets_the_standard_policy_in_the_standards_units(templates: Templates) -> None:
    wish = expect("ensure", "slice", ("dl_throughput", "at_least", 1500), ("packet_loss", "at_most", 0.1), sst=1)
    throughput, loss = policies(wish, templates)
    assert throughput["policy_type_id"] == loss["policy_type_id"] == "ORAN_SliceSLATarget_4.0.1"
    assert throughput["policy_object"] == {
        "scope": {"sliceId": {"sst": 1, "plmnId": {"mcc": "001", "mnc": "01"}}},
        "sliceSlaObjectives": {"guaDlThptPerSlice": 1_500_000},
    }
    assert loss["policy_object"]["sliceSlaObjectives"] == {
        "maxDlPdcpSduPacketLossRatePerUe": 0.001,
        "maxUlRlcSduPacketLossRatePerUe": 0.001,
    }


def test_each_objective_is_a_policy_of_its_own_so_that_none_overwrites_another(templates: Templates) -> None:
    wish = expect("ensure", "slice", ("latency", "at_most", 5), ("jitter", "at_most", 1), name="factory-a", sst=2)
    ids = [policy["policy_id"] for policy in policies(wish, templates)]
    assert ids == ["tokyo-1.factory-a.latency", "tokyo-1.factory-a.jitter"]


@pytest.mark.parametrize(
    "wish",
    [
        expect("ensure", "slice", ("availability", "at_least", 99.9), sst=1),
        expect("ensure", "slice", ("latency", "at_most", 5), name="factory-a"),
        expect("ensure", "slice", ("latency", "equals", 5), sst=2),
        expect("ensure", "cell", ("max_ues", "at_least", 400), name="cell-14"),
    ],
    ids=["no attribute", "no S-NSSAI", "no such condition", "no slice"],
)
def test_what_the_standard_type_cannot_say_is_said_in_the_operators_own(
    wish: Expectation, templates: Templates
) -> None:
    (policy,) = policies(wish, templates)
    (wished,) = wish.targets
    assert policy["policy_type_id"] == "NEPHORAN_ServiceTarget_1.0.0"
    assert policy["policy_object"]["serviceTarget"] == [wished.model_dump(mode="json")]
    assert policy["policy_object"]["scope"]["objectName"] == wish.object.slug


def test_an_objective_that_changes_its_type_names_the_one_it_may_have_had_before(templates: Templates) -> None:
    (standard,) = policies(expect("ensure", "slice", ("latency", "at_most", 5), sst=2), templates)
    (own,) = policies(expect("ensure", "slice", ("latency", "equals", 5), sst=2), templates)
    assert standard["policy_id"] == own["policy_id"]
    assert (standard["other_type_ids"], own["other_type_ids"]) == (
        [own["policy_type_id"]],
        [standard["policy_type_id"]],
    )


def test_a_relative_policy_is_rendered_from_the_value_that_deploy_resolved(templates: Templates) -> None:
    (policy,) = policies(expect("configure", "slice", ("priority_level", "increase_by", 2), sst=1), templates)
    assert policy["policy_object"] is None
    resolved = [{"name": "priority_level", "condition": "equals", "value": 5, "unit": ""}]
    assert render(policy, resolved)["sliceSlaObjectives"] == {"dlSlicePriority": 5, "ulSlicePriority": 5}


def edits(expectation: Expectation, templates: Templates) -> dict[str, Any]:
    return {edit["leaf"]: edit["value"] for edit in only_step(expectation, templates).content["edits"]}


def test_power_is_written_in_milliwatts_and_bandwidth_both_ways(templates: Templates) -> None:
    wish = expect("configure", "cell", ("tx_power", "equals", 43), ("bandwidth", "equals", 40), name="cell-21")
    assert edits(wish, templates) == {"configuredMaxTxPower": 19953, "bSChannelBwDL": 40, "bSChannelBwUL": 40}


def test_a_share_of_resources_is_a_policy_for_the_slice(templates: Templates) -> None:
    wish = expect(
        "configure", "cell", ("prb_ratio_min", "equals", 20), ("prb_ratio_max", "equals", 60), name="cell-7", sst=1
    )
    step = only_step(wish, templates)
    assert edits(wish, templates) == {"rRMPolicyMinRatio": 20, "rRMPolicyMaxRatio": 60}
    assert step.content["members"] == [{"mcc": "001", "mnc": "01", "sst": 1}]
    assert {edit["id"] for edit in step.content["edits"]} == {"rrm-cell-7.slice-1"}


def test_a_relative_edit_waits_for_the_value_found(templates: Templates) -> None:
    assert edits(expect("configure", "ru", ("tx_power", "increase_by", 3), name="ru-4"), templates) == {
        "configuredMaxTxPower": None
    }


@pytest.mark.parametrize(("encoding", "value"), [("percent", 12.5), ("MHz", 7.5), ("mW", -10.0)])
def test_a_value_that_the_leaf_cannot_hold_is_not_rounded_away(encoding: str, value: float) -> None:
    with pytest.raises(Declined, match="cannot be written"):
        encode(encoding, value)


def test_asking_for_the_same_cluster_again_changes_it_instead_of_making_a_second(templates: Templates) -> None:
    first = only_step(expect("deploy", "cluster", ("cpu", "at_least", 128)), templates).content["request"]
    again = only_step(expect("scale", "cluster", ("cpu", "at_least", 256)), templates).content["request"]
    elsewhere = only_step(expect("deploy", "cluster", sites=("osaka-1",)), templates).content["request"]
    assert first["provisioningRequestId"] == again["provisioningRequestId"] != elsewhere["provisioningRequestId"]
    assert first["templateParameters"]["oCloudSiteId"] == "tokyo-1"


def test_scaling_a_cluster_leaves_the_version_it_was_upgraded_to(templates: Templates) -> None:
    new = only_step(expect("deploy", "cluster"), templates).content["request"]
    scaled = only_step(expect("scale", "cluster", ("cpu", "at_least", 256)), templates).content["request"]
    assert (new["templateName"], new["templateVersion"]) == ("edge-cluster", "1.0.0")
    assert scaled.keys() & {"templateName", "templateVersion"} == set()


def test_a_cluster_is_upgraded_by_the_version_of_its_template(templates: Templates) -> None:
    request = only_step(expect("upgrade", "cluster", ("version", "equals", "2.1.0")), templates).content["request"]
    assert (request["templateVersion"], request["templateParameters"]["objectives"]) == ("2.1.0", [])


def test_what_a_deleted_cluster_carried_is_not_promised_back(templates: Templates) -> None:
    assert only_step(expect("delete", "cluster"), templates).undo["restore"] == "nothing"
