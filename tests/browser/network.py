"""The network between a browser and everything else: an HTTP proxy that can be cut or fall silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

CHUNK = 65_536
CONNECT_ANSWER = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Network:
    """Carries connections while it is up. `carried` are the URLs of the plain HTTP requests, `waiting` those under way."""

    def __init__(self) -> None:
        self.port = 0
        self.carried: list[str] = []
        self.waiting: list[str] = []
        self._up = open_gate()
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """Break every connection with a reset; new ones work."""
        for writer in self._open:
            writer.transport.abort()

    def fall_silent(self) -> None:
        """From now on nothing gets through, and nobody is told: the Wi-Fi is out of reach."""
        self._up.clear()

    def come_back(self) -> None:
        """New connections work again; those of before are dead."""
        self.cut()
        self._up.set()

    def come_back_elsewhere(self) -> None:
        """New connections work again; those of before stay silent, and nobody says that they are dead."""
        self._up = open_gate()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the browser."""
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._open.add(writer)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._carry(reader, writer)
        finally:
            self._open.discard(writer)
            self._serving.discard(task)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up = self._up
        head = await reader.readuntil(b"\r\n\r\n")
        await up.wait()
        method, target, _ = head.split(b" ", 2)
        address = urlsplit(f"//{target.decode()}" if method == b"CONNECT" else target.decode())
        far_reader, far_writer = await asyncio.open_connection(address.hostname, address.port)
        self._open.add(far_writer)
        try:
            if method == b"CONNECT":
                writer.write(CONNECT_ANSWER)
            else:
                self.carried.append(target.decode())
                self.waiting.append(target.decode())
                far_writer.write(to_origin_form(head, target, address.path, address.query))
            await asyncio.gather(pipe(reader, far_writer, up), pipe(far_reader, writer, up))
        finally:
            if method != b"CONNECT":
                self.waiting.remove(target.decode())
            self._open.discard(far_writer)
            far_writer.close()

    async def close(self) -> None:
        """End all connections."""
        self.come_back()
        for task in list(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)


def open_gate() -> asyncio.Event:
    """What connections wait for before they pass anything on."""
    gate = asyncio.Event()
    gate.set()
    return gate


async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter, up: asyncio.Event) -> None:
    """Pass on what comes while the network is up."""
    while chunk := await source.read(CHUNK):
        await up.wait()
        sink.write(chunk)
        await sink.drain()
    sink.close()


def to_origin_form(head: bytes, target: bytes, path: str, query: str) -> bytes:
    """The head as a server expects it, and for this one request alone: the next may be for another server."""
    origin_form = (path + (f"?{query}" if query else "")).encode()
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"proxy-", b"connection:"))]
    kept[0] = kept[0].replace(target, origin_form, 1)
    kept[1:1] = [b"Connection: close"]
    return b"\r\n".join(kept)


@asynccontextmanager
async def running_network() -> AsyncIterator[Network]:
    """A network that is up."""
    network = Network()
    server = await asyncio.start_server(network.serve, "127.0.0.1", 0)
    network.port = server.sockets[0].getsockname()[1]
    try:
        yield network
    finally:
        server.close()
        await network.close()
