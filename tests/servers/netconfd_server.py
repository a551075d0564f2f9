"""A netconfd (Debian: yuma123) behind an sshd of a test's own: real transactions on a few classes of the NR model."""

import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.local_kafka.free_ports import find_free_ports, is_free
from pipeline.processes.child_process import ChildProcess
from pipeline.stand_ins.netconf.test_tool import MODULES
from tests.servers.eventually import eventually_blocking

NEEDED = {"netconfd": "netconfd", "sshd": "openssh-server", "ssh-keygen": "openssh-client"}
SPOILING = Path(__file__).with_name("spoiling_subsystem.py")
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_LOADED = ("_3gpp-nr-nrm-nrsectorcarrier", "_3gpp-nr-nrm-rrmpolicy")


@dataclass(frozen=True)
class NetconfdServer:
    """A running server with the key that opens it and the file that knows its own."""

    port: int
    username: str
    key_file: Path
    known_hosts_file: Path
    process: ChildProcess
    fault_file: Path
    """Write `OPERATION KIND` into it to have the next answer to that spoilt: see spoiling_subsystem.py."""


@contextmanager
def netconfd(folder: Path, target: str = "candidate", *, spoils: bool = False) -> Iterator[NetconfdServer]:
    """A server with an empty configuration; `target` is `candidate` or `running`, and one that `spoils` looks into the
    fault file. Skips where it is not installed."""
    programs = {name: _program(name) for name in NEEDED}
    for key in ("hostkey", "id"):
        subprocess.run([programs["ssh-keygen"], "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    shutil.copy(folder / "id.pub", folder / "authorized_keys")
    schemas = folder / "schemas"
    shutil.copytree(MODULES, schemas)
    [port] = find_free_ports(1)
    socket = folder / "ncx.sock"
    modules = [f"--module={name}" for name in _LOADED]
    options = [f"--ncxserver-sockname={socket}", f"--port={port}", f"--superuser={getpass.getuser()}"]
    options += [f"--modpath={schemas}:/usr/share/yuma/modules", "--log-level=info", f"--target={target}"]
    options += ["--no-startup", "--access-control=off", "--with-validate=true"]
    environment = {**os.environ, "HOME": str(folder)}
    in_folder = ("/usr/bin/env", "-C", str(folder))  # it writes backup-cfg.xml to where it runs
    server = ChildProcess([*in_folder, programs["netconfd"], *options, *modules], folder / "netconfd.log", environment)
    Path("/run/sshd").mkdir(exist_ok=True)
    (folder / "sshd_config").write_text(_sshd_config(folder, port, socket, folder / "fault" if spoils else None))
    door = ChildProcess([programs["sshd"], "-D", "-e", "-f", str(folder / "sshd_config")], folder / "sshd.log")
    try:
        eventually_blocking(lambda: _is_ready(socket, port, server, door), within_seconds=30)
        public = (folder / "hostkey.pub").read_text().split()
        known_hosts = folder / "known_hosts"
        known_hosts.write_text(f"[127.0.0.1]:{port} {public[0]} {public[1]}\n")
        yield NetconfdServer(port, getpass.getuser(), folder / "id", known_hosts, server, folder / "fault")
    finally:
        door.kill()
        server.kill()


def _is_ready(socket: Path, port: int, *processes: ChildProcess) -> bool:
    for process in processes:
        if process.exit_code is not None:
            pytest.fail(process.last_lines())
    return socket.exists() and not is_free(port)


def _sshd_config(folder: Path, port: int, socket: Path, fault_file: Path | None) -> str:
    subsystem = f"/usr/sbin/netconf-subsystem --ncxserver-sockname={port}@{socket}"
    if fault_file:
        subsystem = f"{sys.executable} {SPOILING} {fault_file} {subsystem}"
    lines = (
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder}/hostkey",
        f"PidFile {folder}/sshd.pid",
        f"AuthorizedKeysFile {folder}/authorized_keys",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin prohibit-password",
        f'Subsystem netconf "{subsystem}"',
    )
    return "\n".join(lines) + "\n"


def _program(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    if found is None:
        pytest.skip(f"there is no {name} here: apt-get install {NEEDED[name]}")
    return found
