"""One transcript socket, opened as a provider opens it: a plain WebSocket client."""

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from local.conversation.effects import SendFrame
from local.conversation.inputs import FrameReceived, SocketInput, SocketLost, SocketOpened, SocketRefused

_log = logging.getLogger(__name__)
_HANDSHAKE_SECONDS = 20
_CONFIRM_SECONDS = 30
_CLOSE = aiohttp.ClientWSTimeout(ws_close=2)


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a socket is opened, and with which headers; `socket_id` is the model's name for it."""

    socket_id: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


class TranscriptSocket:
    """A socket and the queue of what goes out on it; None in the queue closes it."""

    def __init__(self, opening: Opening, happened: Callable[[SocketInput], None]) -> None:
        self._opening = opening
        self._happened = happened
        self._outgoing: asyncio.Queue[SendFrame | None] = asyncio.Queue()
        self._unconfirmed: set[str] = set()
        self._all_confirmed = asyncio.Event()
        self._connection: aiohttp.ClientWebSocketResponse | None = None

    def send(self, frame: SendFrame) -> None:
        """Send a frame after those before it."""
        self._outgoing.put_nowait(frame)

    def close(self) -> None:
        """Close cleanly after the last frame."""
        self._outgoing.put_nowait(None)

    def cut(self) -> None:
        """Break the TCP connection, without a close frame."""
        if self._connection is None:
            return
        tcp: socket.socket | None = self._connection.get_extra_info("socket")
        if tcp is not None:
            tcp.shutdown(socket.SHUT_RDWR)

    async def run(self, session: aiohttp.ClientSession) -> None:
        """Open, send, listen, until the socket is closed by either side or broken."""
        connection = await self._open(session)
        if connection is None:
            return
        self._connection = connection
        self._happened(SocketOpened(self._opening.socket_id))
        await self._use(connection)
        self._happened(SocketLost(self._opening.socket_id))

    async def _use(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        listening = asyncio.create_task(self._listen(connection))
        sending = asyncio.create_task(self._send_all(connection))
        try:
            await asyncio.wait({listening, sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            await connection.close()
            await asyncio.gather(listening, sending, return_exceptions=True)

    async def _open(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse | None:
        socket_id = self._opening.socket_id
        try:
            async with asyncio.timeout(_HANDSHAKE_SECONDS):
                return await session.ws_connect(
                    URL(self._opening.url, encoded=True),
                    headers=self._opening.headers,
                    autoping=False,
                    timeout=_CLOSE,
                )
        except aiohttp.WSServerHandshakeError as refusal:
            _log.warning("transcript socket refused with %s", refusal.status)
            self._happened(SocketRefused(socket_id, refusal.status))
        except (aiohttp.ClientError, OSError, ValueError) as error:  # ValueError: no such URL can be
            # Its text could hold the URL, and that a token.
            _log.warning("transcript socket not opened: %s", type(error).__name__)
            self._happened(SocketRefused(socket_id, None))
        return None

    async def _send_all(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        try:
            while (frame := await self._outgoing.get()) is not None:
                await self._send_one(connection, frame)
            await self._wait_for_confirmations()
        except (aiohttp.ClientError, ConnectionError) as error:
            _log.warning("transcript socket broke: %s", type(error).__name__)

    async def _send_one(self, connection: aiohttp.ClientWebSocketResponse, frame: SendFrame) -> None:
        if frame.binary:
            await connection.send_bytes(frame.payload.encode())
        else:
            await connection.send_str(frame.payload)
        if frame.confirm is not None:
            # The pong tells that the server has read everything before the ping.
            self._unconfirmed.add(frame.confirm)
            self._all_confirmed.clear()
            await connection.ping(frame.confirm.encode())

    async def _wait_for_confirmations(self) -> None:
        if not self._unconfirmed:
            return
        try:
            async with asyncio.timeout(_CONFIRM_SECONDS):
                await self._all_confirmed.wait()
        except TimeoutError:
            _log.warning("transcript socket closes with %s finals unread", len(self._unconfirmed))

    async def _listen(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        async for message in connection:
            if message.type is aiohttp.WSMsgType.PING:
                await connection.pong(message.data)
            elif message.type is aiohttp.WSMsgType.PONG:
                self._confirmed(bytes(message.data).decode())

    def _confirmed(self, frame_id: str) -> None:
        if frame_id not in self._unconfirmed:
            return  # an unasked pong is allowed, and means nothing
        self._unconfirmed.discard(frame_id)
        if not self._unconfirmed:
            self._all_confirmed.set()
        self._happened(FrameReceived(frame_id))
