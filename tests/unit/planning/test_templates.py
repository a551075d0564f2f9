"""The templates that ship, and what a mistake in an operator's own comes to."""

import json
import shutil
from pathlib import Path

import pytest

from agents.planning.a1_policies import policies_of
from agents.planning.target_changes import wishes_of
from agents.planning.templates import TemplateFault, Templates
from schemas.bodies import StepTarget
from schemas.intent import TARGET_UNITS, Action, ObjectType
from tests.unit.conftest import PACK
from tests.unit.planning.wording import expect


@pytest.mark.parametrize("kind", ObjectType)
@pytest.mark.parametrize("action", [Action.DEPLOY, Action.DELETE])
def test_every_object_can_be_deployed_and_deleted(kind: ObjectType, action: Action, templates: Templates) -> None:
    assert templates.class_of(kind).route_of(action, None) is not None


@pytest.mark.parametrize("kind", [kind for kind in ObjectType if kind != ObjectType.CLUSTER])
def test_clusters_alone_are_asked_of_the_o_cloud(kind: ObjectType, templates: Templates) -> None:
    routes = {templates.class_of(kind).route_of(action, name) for action in Action for name in (None, *TARGET_UNITS)}
    assert StepTarget.O2 not in {route.to for route in routes if route}


def test_everything_a_radio_policy_can_be_asked_for_has_somewhere_to_go(templates: Templates) -> None:
    for kind in (ObjectType.CELL, ObjectType.SLICE):
        for name in (
            "latency",
            "jitter",
            "packet_loss",
            "availability",
            "dl_throughput",
            "ul_throughput",
            "priority_level",
        ):
            route = templates.class_of(kind).route_of(Action.ENSURE, name)
            assert route is not None
            assert route.to == StepTarget.A1


def test_the_operators_own_policy_fits_the_schema_that_ships_with_it(templates: Templates) -> None:
    schema = json.loads((PACK / "templates" / "service-target.schema.json").read_text())
    wish = expect("ensure", "cell", ("max_ues", "at_least", 400), name="cell-14", sst=1)
    (policy,) = policies_of(wishes_of([wish], templates)[0], templates)
    sent = policy["policy_object"]
    statement = schema["properties"][policy["statement"]]["items"]["properties"]
    assert sent.keys() == set(schema["required"])
    assert sent["scope"].keys() <= schema["properties"]["scope"]["properties"].keys()
    assert sent["serviceTarget"][0].keys() == statement.keys()
    assert sent["serviceTarget"][0]["condition"] in statement["condition"]["enum"]


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("core.yaml", "amf:", "amfs:", "amfs"),
        ("core.yaml", "risk: low", "risky: low", "risky"),
        ("slice.yaml", "policy: slice-sla", "policy: slice-slo", "slice-slo"),
        ("ran.yaml", "tx_power", "tx_powr", "tx_powr"),
        ("a1-policies.yaml", "otherwise: service-target", "otherwise: nobody", "nobody"),
        ("o2-cluster.yaml", "template_name: edge-cluster", "[", "o2-cluster.yaml"),
    ],
)
def test_a_mistyped_template_is_refused_and_says_what_is_wrong(
    file: str, old: str, new: str, fault: str, tmp_path: Path
) -> None:
    shutil.copytree(PACK / "templates", tmp_path / "templates")
    path = tmp_path / "templates" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(TemplateFault, match=fault):
        Templates.load(tmp_path)


def test_a_pack_without_templates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateFault, match=r"operator\.yaml"):
        Templates.load(tmp_path)
