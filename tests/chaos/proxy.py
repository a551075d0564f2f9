"""A way to the brokers that can be cut: what is sent then is neither delivered nor refused, as on a broken network."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

CHUNK_BYTES = 64 << 10


class Proxy:
    """Listens on loopback for one worker, a port for each broker."""

    def __init__(self, brokers: list[int]) -> None:
        self._brokers = brokers
        self._servers: list[asyncio.Server] = []
        self._pumps: set[asyncio.Task[None]] = set()
        self._whole = asyncio.Event()
        self._whole.set()
        self.ports: dict[int, int] = {}
        """By the port of the broker the one to take instead."""

    async def start(self) -> Mapping[int, int]:
        """Returns the ports."""
        for broker in self._brokers:
            server = await asyncio.start_server(self._accept(broker), "127.0.0.1", 0)
            self._servers.append(server)
            self.ports[broker] = server.sockets[0].getsockname()[1]
        return self.ports

    def cut(self) -> None:
        """Nothing gets through any more, in either direction."""
        self._whole.clear()

    def heal(self) -> None:
        """What was sent meanwhile arrives, as TCP has it."""
        self._whole.set()

    def _accept(self, broker: int):  # type: ignore[no-untyped-def]  # a callback of asyncio's
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self._whole.wait()
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", broker)
            except (OSError, asyncio.CancelledError):
                writer.close()
                return
            for source, sink in ((reader, far_writer), (far_reader, writer)):
                pump = asyncio.create_task(self._pump(source, sink))
                self._pumps.add(pump)
                pump.add_done_callback(self._pumps.discard)

        return accept

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await source.read(CHUNK_BYTES):
                await self._whole.wait()
                sink.write(chunk)
                await sink.drain()
        sink.close()

    async def stop(self) -> None:
        """Close everything."""
        self.heal()
        for server in self._servers:
            server.close()
        for pump in list(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
