"""Intents over several interfaces, and what becomes of them where one refuses or never does what it took."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from pipeline.stand_ins.ric.http_server import StandInServer
from pipeline.stand_ins.ric.near_rt_ric import standard_routes
from pipeline.stand_ins.ric.policies import Policies
from tests.contract.far_sides.a1 import TYPE, service_target_schema
from tests.servers.pipeline_at_work import PipelineAtWork, id_of
from tests.servers.programs import ROOT

pytestmark = pytest.mark.slow
BEFORE = b"Deploy 2 UPFs in tokyo-1"
BOTH = b"Scale the UPF in tokyo-1 to 3 replicas and set the load threshold of du-7 in tokyo-1 to 70 %"


@contextmanager
def connected(pipeline: PipelineAtWork, policies: Policies, **settings: str) -> Iterator[None]:
    """One worker for all stages, with a stand-in RIC."""
    with StandInServer(standard_routes(policies)) as ric:
        pipeline.environment |= {"NEPHORAN_A1__ENDPOINTS": json.dumps({"*": {"url": ric.url}}), **settings}
        pipeline.start("worker")
        pipeline.until_ready()
        pipeline.until(id_of(pipeline.producer.publish(BEFORE)), "deployed")
        yield


def test_what_the_first_step_did_is_undone_where_the_second_is_refused(own_pipeline: PipelineAtWork) -> None:
    with connected(own_pipeline, Policies({})):
        intent_id = id_of(own_pipeline.producer.publish(BOTH))
        status = own_pipeline.until(intent_id, "failed")
        assert status.reason == "undone"
        assert "undone: scale tokyo-1/upf" in (status.message or "")
        assert "replicas: '2'" in own_pipeline.file("tokyo-1/upf/parameters.yaml")
        assert "deployed" not in own_pipeline.states(intent_id)


def test_a_policy_that_is_never_enforced_times_out_and_is_told(own_pipeline: PipelineAtWork) -> None:
    policies = Policies({TYPE: service_target_schema()})
    policies.enforcement_seconds = None
    with connected(own_pipeline, policies, NEPHORAN_A1__ENFORCEMENT_SECONDS="2"):
        intent_id = id_of(own_pipeline.producer.publish(BOTH))
        status = own_pipeline.until(intent_id, "timed_out")
        assert status.reason == "not_in_time"
        assert "replicas: '3'" in own_pipeline.file("tokyo-1/upf/parameters.yaml")
        assert "deployed" not in own_pipeline.states(intent_id)
        taken_back = own_pipeline.run("rollback", intent_id, "--yes", "--wait", "--timeout", "60")
        assert "timed_out" not in taken_back.stdout
        assert "replicas: '2'" in own_pipeline.file("tokyo-1/upf/parameters.yaml")


def test_what_no_provider_at_the_site_enforces_is_declined(own_pipeline: PipelineAtWork, tmp_path: Path) -> None:
    pack = tmp_path / "knowledge"
    shutil.copytree(ROOT / "deploy/knowledge", pack)
    inventory = yaml.safe_load((pack / "inventory.yaml").read_text())
    inventory["sites"]["osaka-1"]["providers"] = ["free5gc-operator"]
    (pack / "inventory.yaml").write_text(yaml.safe_dump(inventory))
    with connected(own_pipeline, Policies({}), NEPHORAN_KNOWLEDGE__FOLDER=str(pack)):
        status = own_pipeline.until(
            id_of(own_pipeline.producer.publish(b"Scale the AMF in osaka-1 to 5 replicas")), "declined"
        )
        assert status.reason == "unsupported"
        assert "it runs one replica, fixed in its code" in (status.message or "")
