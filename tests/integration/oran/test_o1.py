"""O1 on a real NETCONF server: transactions, locks, host keys, and managed objects by their names."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from ncclient import manager

from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.adapters.ledgered.ledgered_deployment_target import LedgeredDeploymentTarget
from agents.adapters.o1.netconf_session import NetconfSession
from agents.adapters.o1.o1_interface import O1Interface
from agents.adapters.o1.settings import O1Settings
from agents.domain.verdicts import Declined, Retryable
from schemas.reasons import DeclineReason
from tests.contract.far_sides.o1 import O1FarSide, open_o1
from tests.contract.far_sides.planned import planned
from tests.servers.eventually import eventually
from tests.unit.git.requests import at_most_20_replicas, intent

CELL = "tokyo-1/cell-12"


@pytest.fixture
async def element(tmp_path: Path) -> AsyncIterator[O1FarSide]:
    async with open_o1("netconfd", tmp_path) as far:
        yield far


def worker(element: O1FarSide) -> LedgeredDeploymentTarget:
    return LedgeredDeploymentTarget(element.interface, InMemoryDeploymentTarget(at_most_20_replicas))


async def leaf(element: O1FarSide, name: str) -> str | None:
    def look() -> Any:
        with manager.connect_ssh(**element._connect) as session:
            data = session.get_config("running").data_ele
            return next((each.text for each in data.iter() if str(each.tag).endswith(f"}}{name}")), None)

    return await asyncio.to_thread(look)


async def test_power_is_counted_in_dbm_and_set_in_milliwatts(element: O1FarSide) -> None:
    carried = await worker(element).carry_out(intent("a", 1), planned(CELL, "cell", "tx_power", "increase_by", 3))
    assert carried.deployed.results[0].before["tx_power"] == {"value": 43.01}
    assert await leaf(element, "configuredMaxTxPower") == "39902"


async def test_both_directions_of_a_cell_known_by_its_distinguished_name(element: O1FarSide) -> None:
    target = worker(element)
    await target.carry_out(intent("a", 1), planned(CELL, "cell", "bandwidth", "equals", 100))
    assert (await leaf(element, "bSChannelBwDL"), await leaf(element, "bSChannelBwUL")) == ("100", "100")
    await target.undo(intent("undo a", 2), intent("a", 1).id)
    assert await leaf(element, "bSChannelBwDL") == "40"


async def test_an_object_that_is_not_there_is_not_made(element: O1FarSide) -> None:
    with pytest.raises(Declined) as declined:
        await worker(element).carry_out(intent("a", 1), planned("tokyo-1/cell-99", "cell", "bandwidth", "equals", 100))
    assert (declined.value.reason, "cell-99" in declined.value.message) == (DeclineReason.INFEASIBLE, True)


async def test_an_element_with_another_host_key_is_not_talked_to(element: O1FarSide, tmp_path: Path) -> None:
    known_hosts = tmp_path / "others"
    name, kind, key = element.element.known_hosts_file.read_text().split()
    known_hosts.write_text(f"{name} {kind} {key[:-8]}AAAAAAA=\n")
    other = element.element.model_copy(update={"known_hosts_file": known_hosts})
    element.interface = O1Interface(O1Settings(elements={"*": other}))
    with pytest.raises(Retryable, match="host key"):
        await worker(element).carry_out(intent("a", 1), element.plan(40))
    known_hosts.write_text("")
    with pytest.raises(Retryable, match="host key"):
        await worker(element).carry_out(intent("a", 1), element.plan(40))


async def test_a_lock_of_somebody_else_is_waited_for(element: O1FarSide) -> None:
    target = worker(element)
    other = await asyncio.to_thread(lambda: manager.connect_ssh(**element._connect))
    await asyncio.to_thread(other.lock, "candidate")
    with pytest.raises(Retryable):
        await target.carry_out(intent("a", 1), element.plan(40))
    assert await element.held() is None
    await asyncio.to_thread(other.close_session)
    await target.carry_out(intent("a", 1), element.plan(40))
    assert (await element.held(), await element.effects()) == (40, 1)


async def test_a_change_left_unconfirmed_by_a_dead_worker_is_made_again(
    element: O1FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = worker(element)
    await target.carry_out(intent("a", 1), element.plan(40))

    class Died(BaseException):
        pass

    def die(session: NetconfSession, token: str) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(NetconfSession, "_take_back", lambda *_: None)
        raise Died

    monkeypatch.setattr(NetconfSession, "_confirm", die)
    with pytest.raises(Died):
        await target.carry_out(intent("b", 2), element.plan(60))
    monkeypatch.undo()
    assert await element.held() == 60
    await target.carry_out(intent("b", 2), element.plan(60))
    await asyncio.sleep(element.element.confirm_seconds + 2)
    assert await element.held() == 60


async def test_what_a_dead_worker_left_is_taken_back_by_the_element_alone(
    element: O1FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def die(session: NetconfSession, token: str) -> None:
        monkeypatch.setattr(NetconfSession, "_take_back", lambda *_: None)
        raise Died

    monkeypatch.setattr(NetconfSession, "_confirm", die)
    with pytest.raises(Died):
        await worker(element).carry_out(intent("a", 1), element.plan(60))
    assert await element.held() == 60

    async def is_gone() -> bool:
        await asyncio.sleep(element.element.confirm_seconds)  # netconfd looks at its clock only when nobody asks it
        return await element.held() is None

    await eventually(is_gone, within_seconds=60)


async def test_what_is_not_seen_when_read_back_is_discarded(
    element: O1FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.adapters.o1.element_edit.ElementEdit._is_so", lambda *_: False)
    with pytest.raises(Exception, match="does not show it"):
        await worker(element).carry_out(intent("a", 1), element.plan(60))
    assert await element.held() is None


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-silent\r\n"], ids=["says nothing", "greets and says nothing more"])
async def test_an_element_that_takes_the_connection_and_falls_silent_is_given_up_in_the_time_that_is_set(
    tmp_path: Path, greeting: bytes
) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    (tmp_path / "password").write_text("secret")
    settings = {"host": "127.0.0.1", "port": server.sockets[0].getsockname()[1], "username": "nobody"}
    settings |= {"password_file": tmp_path / "password", "is_host_key_verified": False, "timeout_seconds": 1}
    interface = O1Interface(O1Settings.model_validate({"elements": {"*": settings}}))
    target = LedgeredDeploymentTarget(interface, InMemoryDeploymentTarget(at_most_20_replicas))
    async with server, asyncio.timeout(8):  # paramiko's own limit is 15 s
        with pytest.raises(Retryable, match="opened no session within 1 s"):
            await target.carry_out(intent("a", 1), planned(CELL, "cell", "bandwidth", "equals", 100))
