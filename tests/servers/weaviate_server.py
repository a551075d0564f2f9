"""A Weaviate for the tests: the one at an address that is given, else a container's, else one of this machine.

NEPHORAN_TEST_WEAVIATE names a server (`http://host:port,grpc-host:port`). The program for a start of its own is built
once (Go, some minutes) into the user's cache folder; where neither can be had the test is skipped, which in CI is a
failure.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from pipeline.local_kafka.free_ports import find_free_ports, is_free
from pipeline.processes.child_process import ChildProcess
from tests.servers.containers import container_engine_answers
from tests.servers.eventually import eventually_blocking
from tests.servers.programs import GO_TOOL, answers, run_script

ADDRESS_VARIABLE = "NEPHORAN_TEST_WEAVIATE"
PACKAGE, VERSION = "github.com/weaviate/weaviate/cmd/weaviate-server", "v1.35.2"
IMAGE = "cr.weaviate.io/semitechnologies/weaviate:1.35.2"
START_SECONDS = 60


@dataclass(frozen=True)
class WeaviateAddress:
    """Where a server answers."""

    url: str
    grpc_address: str


def weaviate_program() -> str:
    """The program. Skips the test where it cannot be had."""
    return run_script(GO_TOOL, "weaviate-server", PACKAGE, VERSION).strip()


class WeaviateProcess:
    """A server of a test's own, which may be killed and started again over the same folder.

    `backups` is where its copies lie, to be given to another server, too.
    """

    def __init__(self, folder: Path, backups: Path | None = None) -> None:
        self._program = weaviate_program()
        self._folder = folder
        self.backups = backups or folder / "backups"
        self._http, self._grpc, *self._further = _ports()
        self._process: ChildProcess | None = None
        self.address = WeaviateAddress(f"http://127.0.0.1:{self._http}", f"127.0.0.1:{self._grpc}")

    def start(self) -> None:
        """Returns once it is ready."""
        command = [self._program, "--host", "127.0.0.1", "--port", str(self._http), "--scheme", "http"]
        process = ChildProcess(command, self._folder / "log", os.environ | self._variables())
        self._process = process
        ready = f"{self.address.url}/v1/.well-known/ready"
        eventually_blocking(lambda: answers(ready, process, "weaviate") and not is_free(self._grpc), START_SECONDS)

    def kill(self) -> None:
        """As kill -9 does."""
        if self._process is not None:
            self._process.kill()

    def _variables(self) -> dict[str, str]:
        gossip, raft = self._further
        return {
            "PERSISTENCE_DATA_PATH": str(self._folder / "data"),
            "ENABLE_MODULES": "backup-filesystem",
            "BACKUP_FILESYSTEM_PATH": str(self.backups),
            "DEFAULT_VECTORIZER_MODULE": "none",
            "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": "true",
            "CLUSTER_HOSTNAME": "node1",
            "CLUSTER_IN_LOCALHOST": "true",
            "CLUSTER_BIND_ADDR": "127.0.0.1",
            "CLUSTER_ADVERTISE_ADDR": "127.0.0.1",
            "CLUSTER_GOSSIP_BIND_PORT": str(gossip),
            "CLUSTER_DATA_BIND_PORT": str(gossip + 1),
            "RAFT_PORT": str(raft),
            "RAFT_INTERNAL_RPC_PORT": str(raft + 1),
            "RAFT_JOIN": "node1",
            "RAFT_BOOTSTRAP_EXPECT": "1",
            "RAFT_BOOTSTRAP_TIMEOUT": "10",
            "RAFT_TIMEOUTS_MULTIPLIER": "1",
            "GRPC_PORT": str(self._grpc),
            "DISABLE_TELEMETRY": "true",
            "GO_PROFILING_DISABLE": "true",
            "ENABLE_API_BASED_MODULES": "false",
            "DISK_USE_READONLY_PERCENTAGE": "0",
            "DISK_USE_WARNING_PERCENTAGE": "0",
            "LOG_LEVEL": "warning",
        }


def _ports() -> list[int]:
    """Four, of which the last two have a free neighbour: a node is taken to listen there, too."""
    while True:
        ports = find_free_ports(4)
        if all(is_free(port + 1) and port + 1 not in ports for port in ports[2:]):
            return ports


@contextmanager
def weaviate_for_tests() -> Iterator[WeaviateAddress]:
    """A server that may be used by many tests: each takes collections of its own."""
    if given := os.environ.get(ADDRESS_VARIABLE):
        url, grpc_address = given.split(",")
        yield WeaviateAddress(url, grpc_address)
    elif container_engine_answers():
        yield from _container()
    else:
        with tempfile.TemporaryDirectory(prefix="nephoran-weaviate-") as folder:
            server = WeaviateProcess(Path(folder))
            try:
                server.start()
                yield server.address
            finally:
                server.kill()


def _container() -> Iterator[WeaviateAddress]:
    from testcontainers.core.container import DockerContainer

    container = (
        DockerContainer(IMAGE)
        .with_exposed_ports(8080, 50051)
        .with_envs(
            AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED="true",
            PERSISTENCE_DATA_PATH="/var/lib/weaviate",
            ENABLE_MODULES="backup-filesystem",
            BACKUP_FILESYSTEM_PATH="/var/lib/backups",
            DEFAULT_VECTORIZER_MODULE="none",
            DISABLE_TELEMETRY="true",
        )
    )
    with container:
        host = container.get_container_host_ip()
        http, grpc = container.get_exposed_port(8080), container.get_exposed_port(50051)
        eventually_blocking(lambda: _is_ready(f"http://{host}:{http}"), START_SECONDS)
        yield WeaviateAddress(f"http://{host}:{http}", f"{host}:{grpc}")


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/.well-known/ready", timeout=2).status_code == 200
    except httpx.TransportError:
        return False
