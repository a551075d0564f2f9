"""One node of a local Kafka: broker and controller in one Java process (KRaft, combined mode), on loopback alone."""

import contextlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.kafka.not_usable import NotUsable
from pipeline.local_kafka.distribution import java
from pipeline.processes.child_process import ChildProcess
from schemas.topics import MAX_PRODUCE_BYTES

HOST = "127.0.0.1"
JVM_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseG1GC",
    "-XX:TieredStopAtLevel=1",  # starts faster; the code is not hot for long enough to gain from C2
    "-XX:+ExitOnOutOfMemoryError",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)


@dataclass(frozen=True)
class Cluster:
    """What all nodes of a cluster agree on. `ports` and `controller_ports` by node id; `listeners` are further ones of
    a single node, as Kafka writes them (`SASL_SSL://127.0.0.1:9093`), which `properties` give their protocols."""

    id: str
    ports: Mapping[int, int]
    controller_ports: Mapping[int, int]
    properties: Mapping[str, str] = field(default_factory=dict)
    listeners: tuple[str, ...] = ()

    @property
    def voters(self) -> str:
        return ",".join(f"{node}@{HOST}:{port}" for node, port in self.controller_ports.items())


class Node:
    """A node, its folder, and the process while it runs."""

    def __init__(self, number: int, folder: Path, jars: Path, cluster: Cluster) -> None:
        self.number = number
        self.port = cluster.ports[number]
        self._folder = folder
        self._jars = jars
        self._cluster = cluster
        self._settings = folder / "server.properties"
        self._process: ChildProcess | None = None

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def accepts_connections(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), timeout=1):
            return True
        return False

    @property
    def is_formatted(self) -> bool:
        return (self._folder / "data" / "meta.properties").exists()

    def format(self) -> ChildProcess:
        """Begins to write the cluster's id and metadata version into the node's folder."""
        self._write_settings()
        arguments = (
            "format",
            f"--cluster-id={self._cluster.id}",
            "--config",
            str(self._settings),
        )  # an id may begin with -
        return ChildProcess(
            java_command(self._jars, "kafka.tools.StorageTool", *arguments), self._folder / "format.log"
        )

    def start(self) -> None:
        """Begins to run; the node is not ready yet when this returns."""
        self._write_settings()
        command = java_command(self._jars, "kafka.Kafka", str(self._settings))
        self._process = ChildProcess(command, self._folder / "kafka.log")

    def kill(self) -> None:
        """Ends it at once, wherever it is."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    @property
    def is_started(self) -> bool:
        return self._process is not None

    @property
    def process(self) -> ChildProcess:
        """The process of a started node, which may have ended of itself."""
        if self._process is None:
            raise NotUsable(f"Kafka node {self.number} is not started")
        return self._process

    def _write_settings(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        lines = (f"{name}={value}\n" for name, value in self._properties().items())
        self._settings.write_text("".join(lines))

    def _properties(self) -> dict[str, str]:
        clients = (f"PLAINTEXT://{self.address}", *self._cluster.listeners)
        copies, in_sync = ("3", "2") if len(self._cluster.ports) >= 3 else ("1", "1")
        return {
            "process.roles": "broker,controller",
            "node.id": str(self.number),
            "controller.quorum.voters": self._cluster.voters,
            "listeners": ",".join((*clients, f"CONTROLLER://{HOST}:{self._cluster.controller_ports[self.number]}")),
            "advertised.listeners": ",".join(clients),
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self._folder / "data"),
            "default.replication.factor": copies,
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "transaction.state.log.min.isr": in_sync,
            "offsets.topic.num.partitions": "4",  # 50 by default, which takes seconds to create
            "transaction.state.log.num.partitions": "4",
            "group.initial.rebalance.delay.ms": "0",  # 3 s by default, which every first consumer would wait
            # 9 s by default, which the partitions of a killed broker wait, and its own return: 12 s against 4.5 s.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            "auto.create.topics.enable": "false",
            "message.max.bytes": str(MAX_PRODUCE_BYTES),
            **self._cluster.properties,
        }


def java_command(jars: Path, main_class: str, *arguments: str) -> list[str]:
    """The command that runs a class of Kafka's jars."""
    return [java(), *JVM_OPTIONS, "-cp", f"{jars}/*", main_class, *arguments]
