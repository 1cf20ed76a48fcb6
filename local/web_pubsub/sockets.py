"""One WebSocket's way out: a bounded queue and a writer, so that a slow reader delays nobody else."""

import asyncio
from collections import deque
from dataclasses import dataclass

from aiohttp import web
from aiohttp.http import WSMsgType

from local.web_pubsub.reliable import BYTES, MESSAGES

# A whole replay, and room for acks and pongs [E].
QUEUED_MESSAGES = MESSAGES + 32
QUEUED_BYTES = BYTES + 1024 * 1024
CLOSED_WITHIN = 5.0  # seconds
_REASON = 123  # bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole message on the wire."""

    opcode: WSMsgType
    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """The close frame that ends a socket."""

    code: int
    reason: str


def text(data: bytes) -> Frame:
    """A text frame."""
    return Frame(WSMsgType.TEXT, data)


class Socket:
    """A client's socket after the handshake."""

    def __init__(self, response: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self.response = response
        self.closing = False
        self._transport = transport
        self._queue: deque[Frame | Close] = deque()
        self._size = 0
        self._wake = asyncio.Event()

    def send(self, frame: Frame) -> bool:
        """Queue a message; False when the reader is too far behind. A closing socket takes none."""
        if self.closing:
            return True
        if len(self._queue) >= QUEUED_MESSAGES or self._size + len(frame.data) > QUEUED_BYTES:
            return False
        self._queue.append(frame)
        self._size += len(frame.data)
        self._wake.set()
        return True

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued has gone out."""
        if self.closing:
            return
        self.closing = True
        self._queue.append(Close(code, reason))
        self._wake.set()
        # A client that reads no more must not hold its socket open.
        asyncio.get_running_loop().call_later(CLOSED_WITHIN, self.drop)

    def drop(self) -> None:
        """Break the connection without a close frame."""
        self._transport.abort()

    async def write(self) -> None:
        """Send what is queued until the socket is closed or broken."""
        try:
            while not await self._flush():
                self._wake.clear()
                await self._wake.wait()
        except ConnectionError:
            return  # the reader sees the broken socket too, and tells

    async def _flush(self) -> bool:
        while self._queue:
            item = self._queue.popleft()
            if isinstance(item, Close):
                await self.response.close(code=item.code, message=_cut(item.reason))
                return True
            self._size -= len(item.data)
            await self.response.send_frame(item.data, item.opcode)
        return False


def _cut(reason: str) -> bytes:
    """As much of a close reason as fits a close frame (RFC 6455, 5.5)."""
    return reason.encode()[:_REASON].decode(errors="ignore").encode()
