"""Web PubSub's transcript hub in a simulated world: one event in flight per socket, four tries, then the socket drops."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from functions.services.transcript_sockets import close_socket, open_socket
from functions.services.transcript_stream import Socket, StreamPorts, receive_frame
from local.conversation.effects import SendFrame
from local.conversation.inputs import FrameReceived, SocketLost, SocketOpened, SocketRefused
from tests.simulation.hosts import OK, REFUSED, Hosts
from tests.simulation.mishaps import Mishaps
from tests.simulation.virtual_stage import Opener

ONE = "the only one"
"""The name of the Web PubSub resource."""
STRANGER = "stranger"
"""With this the words of those begin who have a socket's address, but not the ticket: none may be taken in."""
PAUSES = (1, 3, 5)


@dataclass
class Line:
    """One socket of a provider, and the connection that it names in its headers, if it does."""

    opener: Opener
    socket: Socket
    call_connection_id: str | None
    frames: asyncio.Queue[SendFrame | None] = field(default_factory=asyncio.Queue)
    state: str | None = None
    cut: asyncio.Event = field(default_factory=asyncio.Event)
    events: int = 1


class TranscriptHub:
    """Fills Sockets. `acknowledged` are the finals whose event was answered with success: (session, text)."""

    def __init__(self, hosts: Hosts, mishaps: Mishaps, ports: StreamPorts) -> None:
        self.hosts = hosts
        self.mishaps = mishaps
        self.ports = ports
        self.lines: dict[str, Line] = {}
        self.acknowledged: list[tuple[str, str]] = []
        self.tried: set[tuple[str, str]] = set()

    def open(self, opener: Opener, socket_id: str, session_id: str, connection: str | None) -> None:
        """Begin to open a socket."""
        line = Line(opener, Socket(socket_id, session_id, ONE), connection)
        self.lines[socket_id] = line
        self.hosts.world_task(self.live(line))

    def send(self, effect: SendFrame) -> None:
        """A frame joins its socket's queue."""
        self.lines[effect.socket_id].frames.put_nowait(effect)

    def close(self, socket_id: str) -> None:
        """A clean close comes after the frames."""
        if socket_id in self.lines:
            self.lines[socket_id].frames.put_nowait(None)

    def dismiss(self, session_id: str) -> None:
        """Every socket of a session is closed."""
        for line in self.lines.values():
            if line.socket.session_id == session_id:
                line.cut.set()

    def cut(self, socket_id: str) -> None:
        """Nothing more goes through."""
        if socket_id in self.lines:
            self.lines[socket_id].cut.set()

    async def live(self, line: Line) -> None:
        """A socket's life."""
        if not await self.connect(line):
            line.opener.happened(SocketRefused(line.socket.id, REFUSED))
            return
        line.opener.happened(SocketOpened(line.socket.id))
        carrying = asyncio.create_task(self.carry(line))
        breaking = asyncio.create_task(line.cut.wait())
        await asyncio.wait([carrying, breaking], return_when=asyncio.FIRST_COMPLETED)
        for task in (carrying, breaking):
            task.cancel()
        line.opener.happened(SocketLost(line.socket.id))
        await self.disconnected(line)

    async def connect(self, line: Line) -> bool:
        """Ask whether the socket may come in."""

        async def ask() -> str:
            return await open_socket(self.ports, line.socket, line.call_connection_id, "0")

        status, state = await self.tries(ask, line, "")
        line.state = state
        return status == OK

    async def disconnected(self, line: Line) -> None:
        """Tell that the socket is gone."""

        async def tell() -> None:
            await close_socket(self.ports, line.socket, "", str(line.events + 1))

        await self.tries(tell, line, "")

    async def carry(self, line: Line) -> None:
        """Carry frames, one at a time, until the close or a failure."""
        while (frame := await line.frames.get()) is not None:
            if frame.confirm is not None:
                line.opener.happened(FrameReceived(frame.confirm))
            if not await self.deliver(line, frame):
                return

    async def deliver(self, line: Line, frame: SendFrame) -> bool:
        """One frame's event; whether the socket may stay."""
        line.events += 1
        final = final_text(frame)

        async def take() -> str | None:
            return await receive_frame(self.ports, line.socket, line.state, frame.payload.encode())

        status, state = await self.tries(take, line, final)
        if status == OK:
            line.state = state or line.state
            if final and not final.startswith(STRANGER):
                self.acknowledged.append((line.socket.session_id, final))
        return status == OK

    async def tries(
        self, work: Callable[[], Coroutine[Any, Any, Any]], line: Line, final: str
    ) -> tuple[int | None, Any]:
        """Four tries of one event; a success may come twice, as the service allows."""
        for pause in (*PAUSES, None):
            await self.mishaps.network_delay(0.01)
            if final:
                self.tried.add((line.socket.session_id, final))
            status, answer = await self.hosts.invoke(work())
            if status == OK and self.mishaps.happens(0.02):
                status, answer = await self.hosts.invoke(work())  # the answer was lost: it is tried again
            if status in {OK, REFUSED} or pause is None:
                return status, answer
            await asyncio.sleep(pause)
        return None, None


def final_text(frame: SendFrame) -> str:
    """The text of a final, whosever frame it is, or nothing."""
    content = json.loads(frame.payload)
    if content.get("eventType") == "transcription":
        return "" if content["isPartial"] else str(content["transcript"])
    data = content.get("transcriptionData", {})
    return str(data["text"]) if data.get("resultStatus") == "Final" else ""
