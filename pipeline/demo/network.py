"""What the demo's O-RAN intents change: a stand-in near-RT RIC, and a managed element that speaks real NETCONF."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agents.adapters.a1.settings import A1EndpointSettings, A1Settings
from agents.adapters.o1.settings import O1ElementSettings, O1Settings
from agents.knowledge.settings import shipped_folder
from pipeline.stand_ins.netconf.test_tool import PASSWORD, USERNAME, ManagedElement
from pipeline.stand_ins.ric.http_server import StandInServer
from pipeline.stand_ins.ric.near_rt_ric import standard_routes
from pipeline.stand_ins.ric.policies import Policies

SITE = "tokyo-1"
POLICY_TYPE = "NEPHORAN_ServiceTarget_1.0.0"
ENFORCEMENT_SECONDS = 2.0
"""How long the stand-in takes to enforce what it has accepted."""
_3GPP = "urn:3gpp:sa5:_3gpp"
_CELL_12 = f"""<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">
<ManagedElement xmlns="{_3GPP}-common-managed-element"><id>1</id>
<GNBDUFunction xmlns="{_3GPP}-nr-nrm-gnbdufunction"><id>du-7</id>
<NRCellDU xmlns="{_3GPP}-nr-nrm-nrcelldu"><id>cell-12</id>
<attributes><bSChannelBwDL>40</bSChannelBwDL><bSChannelBwUL>40</bSChannelBwUL></attributes></NRCellDU>
<NRSectorCarrier xmlns="{_3GPP}-nr-nrm-nrsectorcarrier"><id>cell-12</id>
<attributes><configuredMaxTxPower>10000</configuredMaxTxPower></attributes></NRSectorCarrier>
</GNBDUFunction></ManagedElement></config>"""


@dataclass
class Network:
    """The radio network of one site. `policies` is what the stand-in RIC holds."""

    policies: Policies
    a1: A1Settings
    o1: O1Settings
    element: ManagedElement

    def until_ready(self) -> None:
        """Returns once the element holds a cell of 10 W. Raises: NotUsable, Retryable."""
        from agents.adapters.o1.netconf_session import open_session

        self.element.wait()
        session = open_session(self.o1.elements[SITE], "o1")
        try:
            session.load(_CELL_12)
        finally:
            session.close()


@contextmanager
def network(out: Path, report: Callable[[str], None]) -> Iterator[Network]:
    """The network, its element still starting. Raises: NotUsable."""
    schema = json.loads((shipped_folder("knowledge") / "templates/service-target.schema.json").read_text())
    policies = Policies({POLICY_TYPE: schema}, ENFORCEMENT_SECONDS)
    folder = out / "element"
    folder.mkdir(parents=True)
    (folder / "password").write_text(PASSWORD)
    element = ManagedElement(folder, report)
    try:
        with StandInServer(standard_routes(policies)) as ric:
            report(f"A1: {ric.url}, a stand-in near-RT RIC that enforces {ENFORCEMENT_SECONDS:g} s after it accepts")
            report(f"O1: 127.0.0.1:{element.port}, OpenDaylight's NETCONF test tool as the managed element of {SITE}")
            yield Network(policies, _a1(ric.url), _o1(element.port, folder / "password"), element)
    finally:
        element.stop()


def _a1(url: str) -> A1Settings:
    return A1Settings(endpoints={SITE: A1EndpointSettings.model_validate({"url": url})})


def _o1(port: int, password_file: Path) -> O1Settings:
    element = O1ElementSettings(
        host="127.0.0.1",
        port=port,
        username=USERNAME,
        password_file=password_file,
        is_host_key_verified=False,  # the test tool makes a new key at every start
    )
    return O1Settings(elements={SITE: element})
