"""A real Apache Kafka on this machine, for the demo, for tests and for development; nobody else can reach it."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pipeline.kafka.admin import brokers_seen_by
from pipeline.kafka.not_usable import NotUsable
from pipeline.local_kafka.data_folder import DataFolder
from pipeline.local_kafka.distribution import Report, kafka_jars
from pipeline.local_kafka.free_ports import FindPorts, find_free_ports, is_free
from pipeline.local_kafka.node import Cluster, Node
from pipeline.processes.child_process import ChildProcess

START_SECONDS = 90
"""Thirty times what one node takes on an idle machine of two cores."""
STOP_SECONDS = 5
POLL_SECONDS = 0.05
WATCH_SECONDS = 0.5
REVIVE_SECONDS = 10.0
"""Time enough for people to see what its death does, and for a port to be free again."""
TRIES_FOR_PORTS = 3
ADDRESS_IN_USE = "Address already in use"


class LocalKafka:
    """Kafka of one or more nodes, with three copies of everything from three nodes on.

    `async with LocalKafka() as kafka: kafka.bootstrap_servers`, or `start()` and `stop()` where no event loop runs.
    With `data` the records outlive it; else they lie in a temporary folder which goes at the end. Node n listens on
    `port` + n - 1 where a port is given. `properties` are broker settings that go over the built-in ones;
    `listeners` are further ones of a single node.
    """

    def __init__(
        self,
        nodes: int = 1,
        data: Path | None = None,
        port: int | None = None,
        *,
        report: Report = lambda _: None,
        properties: Mapping[str, str] | None = None,
        listeners: tuple[str, ...] = (),
        find_ports: FindPorts = find_free_ports,
    ) -> None:
        self._count = nodes
        self._data = data
        self._port = port
        self._report = report
        self._properties = dict(properties or {})
        self._listeners = listeners
        self._find_ports = find_ports
        self._folder: DataFolder | None = None
        self.nodes: dict[int, Node] = {}

    @property
    def bootstrap_servers(self) -> str:
        return ",".join(node.address for node in self.nodes.values())

    def start(self) -> None:
        """Returns when all nodes answer. Raises: NotUsable."""
        asyncio.run(self.launch())

    async def launch(self) -> None:
        """Like `start`, in the running event loop. Its thread must outlive this Kafka. Raises: NotUsable."""
        jars = await asyncio.to_thread(kafka_jars, self._report)
        self._folder = DataFolder(self._data, self._count)
        try:
            await self._launch_on_free_ports(jars, self._folder)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends every node, in order where its records are kept. Returns when no process is left."""
        if self._data is not None:
            _stop_in_order([node.process for node in self.running])
        for node in self.running:
            node.kill()
        self.nodes = {}
        if self._folder is not None:
            self._folder.close()

    def kill(self, number: int) -> None:
        """Ends node `number` as a power cut would (SIGKILL)."""
        self.nodes[number].kill()

    async def restart(self, number: int) -> None:
        """Starts node `number` again on its records, and returns when all running nodes see each other."""
        self.nodes[number].kill()
        self.nodes[number].start()
        await self._until_ready()

    async def keep_up(self) -> None:
        """Waits while it serves. A node that ends while most others run is started again after `REVIVE_SECONDS`; if
        most have ended, the rest keep running, until `revive`.

        Raises: NotUsable with the end of a log where none is left.
        """
        noticed: dict[int, float] = {}
        while True:
            dead = [node for node in self.running if node.process.exit_code is not None]
            if len(dead) == len(self.nodes):
                _require_alive(dead)
            noticed = {node.number: noticed.get(node.number) or self._notice(node) for node in dead}
            is_due = any(time.monotonic() - at > REVIVE_SECONDS for at in noticed.values())
            if is_due and len(dead) * 2 < len(self.nodes):
                self.revive()
            await asyncio.sleep(WATCH_SECONDS)

    def _notice(self, node: Node) -> float:
        self._report(f"Kafka node {node.number} stopped unexpectedly; the others carry on")
        return time.monotonic()

    def revive(self) -> None:
        """Starts every node again that has ended, on its records; they are ready some seconds later."""
        for node in self.running:
            if node.process.exit_code is not None:
                self._report(f"Kafka node {node.number} is being restarted")
                node.kill()
                node.start()

    @property
    def running(self) -> list[Node]:
        """The nodes that were started and not killed."""
        return [node for node in self.nodes.values() if node.is_started]

    async def __aenter__(self) -> Self:
        await self.launch()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _launch_on_free_ports(self, jars: Path, folder: DataFolder) -> None:
        for attempt in range(1, TRIES_FOR_PORTS + 1):
            self.nodes = self._nodes(jars, folder)
            try:
                await _format([node for node in self.nodes.values() if not node.is_formatted])
                for node in self.nodes.values():
                    node.start()
                return await self._until_ready()
            except NotUsable as error:
                # Somebody may have taken a port between our look at it and the node's.
                if attempt == TRIES_FOR_PORTS or ADDRESS_IN_USE not in error.message:
                    raise
                for node in self.running:
                    node.kill()

    def _nodes(self, jars: Path, folder: DataFolder) -> dict[int, Node]:
        numbers = range(1, self._count + 1)
        ports = self._find_ports(self._count) if self._port is None else _require_free(self._port, self._count)
        controller_ports = find_free_ports(self._count, ports)
        cluster = Cluster(
            folder.cluster_id(),
            dict(zip(numbers, ports, strict=True)),
            dict(zip(numbers, controller_ports, strict=True)),
            self._properties,
            self._listeners,
        )
        return {number: Node(number, folder.of_node(number), jars, cluster) for number in numbers}

    async def _until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        expected = {node.number for node in self.running}
        for node in self.running:
            while not (node.accepts_connections and await brokers_seen_by(node.address) >= expected):
                _require_alive(self.running)
                if time.monotonic() > deadline:
                    raise NotUsable(f"Kafka was not ready within {START_SECONDS} s:\n{node.process.last_lines()}")
                await asyncio.sleep(POLL_SECONDS)


def _require_free(first: int, count: int) -> list[int]:
    ports = list(range(first, first + count))
    if taken := [str(port) for port in ports if not is_free(port)]:
        raise NotUsable(f"port {', '.join(taken)} of this machine is in use; choose another")
    return ports


async def _format(nodes: list[Node]) -> None:
    formatting = [node.format() for node in nodes]
    try:
        for process in formatting:
            await asyncio.to_thread(process.wait, START_SECONDS)
    finally:
        for process in formatting:
            process.kill()
    for process in formatting:
        if process.exit_code != 0:
            raise NotUsable(f"Kafka could not prepare its folder:\n{process.last_lines()}")


def _require_alive(nodes: list[Node]) -> None:
    for node in nodes:
        if node.process.exit_code is not None:
            raise NotUsable(f"Kafka node {node.number} stopped unexpectedly:\n{node.process.last_lines()}")


def _stop_in_order(processes: list[ChildProcess]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        process.wait(max(0.0, deadline - time.monotonic()))
