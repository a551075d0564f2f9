"""From Kafka to A1, O1 and O2 and back: what is asked for is so, once, whoever dies, and told when it is so.

A1 and O2 are stand-ins, O1 is a real NETCONF server.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from ncclient import manager

from pipeline.stand_ins.ric.http_server import StandInServer
from pipeline.stand_ins.ric.near_rt_ric import standard_routes
from pipeline.stand_ins.ric.policies import Policies
from tests.contract.far_sides.a1 import TYPE, service_target_schema
from tests.contract.far_sides.o1 import EMPTY_DU
from tests.servers.eventually import eventually_blocking
from tests.servers.netconfd_server import NetconfdServer, netconfd
from tests.servers.o_cloud import OCloud, ims_routes
from tests.servers.pipeline_at_work import PipelineAtWork, id_of

pytestmark = pytest.mark.slow
A1 = b"Set the load threshold of du-7 in tokyo-1 to 70 %"
O1 = b"Increase the tx power of cell-12 in tokyo-1 by 3 dB"
O2 = b"Deploy a cluster named edge-blue in osaka-1 with 16 cores"


@dataclass
class Network:
    """What is behind the three interfaces."""

    policies: Policies
    element: NetconfdServer
    cloud: OCloud

    def power(self) -> str | None:
        """The power of the cell, in milliwatts."""
        with self._session() as session:
            data = session.get_config("running").data_ele
            return next((leaf.text for leaf in data.iter() if str(leaf.tag).endswith("}configuredMaxTxPower")), None)

    def seed(self) -> None:
        """A distributed unit with one cell of 20 W."""
        with self._session() as session:
            session.edit_config(EMPTY_DU, target="candidate")
            session.commit()

    def _session(self) -> manager.Manager:
        return manager.connect_ssh(
            host="127.0.0.1",
            port=self.element.port,
            username=self.element.username,
            key_filename=str(self.element.key_file),
            hostkey_verify=False,
            look_for_keys=False,
            allow_agent=False,
        )


@contextmanager
def network(pipeline: PipelineAtWork, folder: Path) -> Iterator[Network]:
    """Connects the pipeline's workers-to-be."""
    policies, cloud = Policies({TYPE: service_target_schema()}), OCloud()
    with (
        StandInServer(standard_routes(policies)) as ric,
        StandInServer(ims_routes(cloud)) as ims,
        netconfd(folder) as element,
    ):
        o1 = {"host": "127.0.0.1", "port": element.port, "username": element.username, "confirm_seconds": 10}
        o1 |= {"key_file": str(element.key_file), "known_hosts_file": str(element.known_hosts_file)}
        pipeline.environment |= {
            "NEPHORAN_A1__ENDPOINTS": json.dumps({"*": {"url": ric.url}}),
            "NEPHORAN_O1__ELEMENTS": json.dumps({"*": o1}),
            "NEPHORAN_O2__ENDPOINTS": json.dumps({"*": {"url": ims.url}}),
            "NEPHORAN_O2__SETTLE_SECONDS": "0",
        }
        found = Network(policies, element, cloud)
        found.seed()
        yield found
        assert ric.violations + ims.violations == []


def publish(pipeline: PipelineAtWork) -> list[str]:
    return [id_of(pipeline.producer.publish(wish, wish[:4])) for wish in (A1, O1, O2)]


def test_one_intent_of_each_interface_is_carried_out_observed_and_measured(
    own_pipeline: PipelineAtWork, tmp_path: Path
) -> None:
    folder = tmp_path / "element"
    folder.mkdir()
    with network(own_pipeline, folder) as there:
        there.policies.enforcement_seconds = None
        own_pipeline.start("worker", "--stages", "parse,enrich,plan,approve,deploy")
        own_pipeline.start("observer", "--stages", "observe")
        own_pipeline.until_ready()
        a1, o1, o2 = publish(own_pipeline)
        for intent_id in (o1, o2):
            own_pipeline.until(intent_id, "deployed")
        own_pipeline.until(a1, "observing")

        own_pipeline.kill("observer")
        own_pipeline.start("successor", "--stages", "observe")
        own_pipeline.until_ready()
        assert own_pipeline.until(a1, "observing").state == "observing"
        there.policies.enforcement_seconds = 0
        own_pipeline.until(a1, "deployed")

        assert (len(there.policies.changes), there.power(), len(there.cloud.changes)) == (1, "39902", 1)
        metrics = own_pipeline.metrics_of("worker")
        for interface in ("a1", "o1", "o2"):
            assert f'oran_requests_total{{interface="{interface}",outcome="done"}}' in metrics
            assert f'oran_requests_total{{interface="{interface}",outcome="unavailable"}} 0.0' in metrics
        assert "observing" in own_pipeline.states(a1)

        undone = own_pipeline.run("rollback", a1, "--yes", "--wait")
        assert undone.returncode == 0, undone.stdout + undone.stderr
        eventually_blocking(lambda: there.policies.held == {}, 60)


@pytest.mark.parametrize("boundary", ["begun", "written", "ended"])
def test_a_deploy_worker_killed_at_a_boundary_leaves_nothing_doubled_and_nothing_forgotten(
    own_pipeline: PipelineAtWork, tmp_path: Path, boundary: str
) -> None:
    folder = tmp_path / "element"
    folder.mkdir()
    with network(own_pipeline, folder) as there:
        own_pipeline.start("others", "--stages", "parse,enrich,plan,observe")
        own_pipeline.start_dying("victim", boundary, "deploy")
        own_pipeline.until_ready()
        intents = publish(own_pipeline)
        own_pipeline.until_dead("victim")
        own_pipeline.start("successor", "--stages", "deploy")
        for intent_id in intents:
            own_pipeline.until(intent_id, "deployed")
        assert (len(there.policies.changes), there.power(), len(there.cloud.changes)) == (1, "39902", 1)
