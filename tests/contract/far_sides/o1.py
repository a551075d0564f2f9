"""O1: real NETCONF servers, asked behind the adapter's back by a session of the tests' own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from ncclient import manager

from agents.adapters.o1.netconf_session import NetconfSession, open_session
from agents.adapters.o1.o1_interface import O1Interface
from agents.adapters.o1.settings import O1ElementSettings, O1Settings
from agents.domain.verdicts import Failed, Retryable
from pipeline.stand_ins.netconf.test_tool import PASSWORD, managed_element
from schemas.bodies import IntentPlanned
from schemas.intent import SliceId
from tests.contract.far_sides.planned import planned
from tests.servers.netconfd_server import netconfd

PLACE = "tokyo-1/slice-blue"
SLICE = SliceId(sst=1, sd="010203")
THREE_GPP = "urn:3gpp:sa5:"
RATIO = f"{THREE_GPP}_3gpp-nr-nrm-rrmpolicy"
EMPTY_DU = f"""
<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">
  <ManagedElement xmlns="{THREE_GPP}_3gpp-common-managed-element"><id>1</id>
    <GNBDUFunction xmlns="{THREE_GPP}_3gpp-nr-nrm-gnbdufunction"><id>du-7</id>
      <attributes><gNBDUId>7</gNBDUId></attributes>
      <NRCellDU xmlns="{THREE_GPP}_3gpp-nr-nrm-nrcelldu"><id>ManagedElement=1,GNBDUFunction=du-7,NRCellDU=cell-12</id>
        <attributes><cellLocalId>12</cellLocalId><bSChannelBwDL>40</bSChannelBwDL><bSChannelBwUL>40</bSChannelBwUL>
        </attributes></NRCellDU>
      <NRSectorCarrier xmlns="{THREE_GPP}_3gpp-nr-nrm-nrsectorcarrier"><id>cell-12</id>
        <attributes><configuredMaxTxPower>20000</configuredMaxTxPower></attributes></NRSectorCarrier>
    </GNBDUFunction></ManagedElement>
</config>"""


class O1FarSide:
    """The largest share of the radio that a slice may have."""

    def __init__(self, element: O1ElementSettings, connect: dict[str, Any], target: str) -> None:
        self.element = element
        self.interface = O1Interface(O1Settings(elements={"*": element}), open_session=self._open)
        self._connect = connect
        self._target = target
        self.faults: list[str] = []
        self.fault_file = Path("/nonexistent")
        """Where the server takes one that spoils answers: see spoiling_subsystem.py."""
        self._effects = 0

    def _open(self, settings: O1ElementSettings, dependency: str) -> NetconfSession:
        session = open_session(settings, dependency)
        return CountingSession(session, self)

    def plan(self, value: float, condition: str = "equals", place: str = PLACE) -> IntentPlanned:
        return planned(place, "slice", "prb_ratio_max", condition, value, slice=SLICE)

    async def held(self, place: str = PLACE) -> float | None:
        return await asyncio.to_thread(self._held)

    def _held(self) -> float | None:
        with manager.connect_ssh(**self._connect) as session:
            text = session.get_config("running").data_ele.findtext(f".//{{{RATIO}}}rRMPolicyMaxRatio")
        return None if text is None else float(text)

    def seed(self, config: str) -> None:
        """Sets the configuration by hand."""
        with manager.connect_ssh(**self._connect) as session:
            session.edit_config(config, target=self._target)
            if self._target == "candidate":
                session.commit()

    async def set_by_hand(self, value: float) -> None:
        policy = f"""<RRMPolicyRatio xmlns="{RATIO}"><id>rrm-slice-blue</id>
          <attributes><rRMPolicyMaxRatio>{value:.0f}</rRMPolicyMaxRatio></attributes></RRMPolicyRatio>"""
        du = EMPTY_DU[: EMPTY_DU.index("<NRCellDU")] + policy + "</GNBDUFunction></ManagedElement></config>"
        await asyncio.to_thread(self.seed, du)

    async def effects(self) -> int:
        return self._effects

    def changed(self, before: float | None) -> None:
        """Counts an effect, where there was one."""
        self._effects += self._held() != before

    async def fail(self, how: str) -> None:
        self.faults.append(how)


class CountingSession(NetconfSession):
    """A session whose effects are counted at the server, and which can be told to fail."""

    def __init__(self, session: NetconfSession, far: O1FarSide) -> None:
        super().__init__(session._session, session._settings, session._dependency)
        self._far = far

    def change(self, *arguments: Any) -> None:
        how = self._far.faults.pop() if self._far.faults else None
        before = self._far._held()
        if how == "refused":
            raise Failed("refused_by_interface", "it does not want it")
        try:
            if how != "unavailable":
                super().change(*arguments)
        finally:
            self._far.changed(before)
        if how:
            raise Retryable("it does not answer", dependency="o1")


@asynccontextmanager
async def open_o1(
    kind: Literal["netconfd", "netconfd-running", "test-tool"], folder: Path, *, spoils: bool = False
) -> AsyncIterator[O1FarSide]:
    """A far side on a server of its own, with an empty distributed unit."""
    if kind == "test-tool":
        with managed_element(folder, lambda line: None) as port:
            password = folder / "password"
            password.write_text(PASSWORD)
            element = O1ElementSettings(
                host="127.0.0.1", port=port, username="admin", password_file=password, is_host_key_verified=False
            )
            connect = {"host": "127.0.0.1", "port": port, "username": "admin", "password": PASSWORD}
            far = O1FarSide(element, connect | _OPEN_DOOR, "candidate")
            await asyncio.to_thread(far.seed, EMPTY_DU)
            yield far
        return
    target = "candidate" if kind == "netconfd" else "running"
    with netconfd(folder, target, spoils=spoils) as server:
        element = O1ElementSettings(
            host="127.0.0.1",
            port=server.port,
            username=server.username,
            key_file=server.key_file,
            known_hosts_file=server.known_hosts_file,
            confirm_seconds=5,
        )
        connect = {"host": "127.0.0.1", "port": server.port, "username": server.username}
        far = O1FarSide(element, connect | {"key_filename": str(server.key_file)} | _OPEN_DOOR, target)
        far.fault_file = server.fault_file
        await asyncio.to_thread(far.seed, EMPTY_DU)
        yield far


_OPEN_DOOR = {"hostkey_verify": False, "look_for_keys": False, "allow_agent": False, "timeout": 20}
