"""A transcript socket between ACS and the frame path."""

from dataclasses import dataclass
from typing import Any

from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import Session
from functions.services import sessions
from functions.services.applying import apply
from functions.services.counts import Counts
from functions.services.ports import SessionPorts
from functions.services.transcript_sockets import open_socket
from functions.services.transcript_stream import Socket, StreamPorts, receive_frame
from functions.transcript.segments import Segment
from tests.service.bed import Tables, all_of


def stream_ports(ports: SessionPorts, tables: Tables) -> StreamPorts:
    async def tell(session_id: str, happened: Occurrence) -> Session:
        return await apply(ports, session_id, happened)

    async def find(session_id: str) -> Session:
        return (await sessions.load(ports, session_id)).session

    return StreamPorts(
        tables.segments, ports.viewers, tell, find, ports.clock, interim_ms=500, counts=Counts()
    )


@dataclass
class Line:
    """A transcript socket, which carries its state from frame to frame as Web PubSub does."""

    ports: StreamPorts
    socket: Socket
    state: str | None = None

    async def open(self, call_connection_id: str | None = "connection") -> None:
        self.state = await open_socket(self.ports, self.socket, call_connection_id, "0")

    async def say(self, body: bytes) -> bool:
        """Whether the frame set a new state."""
        state = await receive_frame(self.ports, self.socket, self.state, body)
        self.state = state or self.state
        return state is not None


async def finals(tables: Tables, session: Session) -> list[Segment]:
    return await all_of(tables.segments.segments(session.id, ""))


async def noted(ports: SessionPorts, session: Session, name: str) -> list[dict[str, Any]]:
    return [entry.detail for entry in await ports.store.journal(session.id) if entry.name == name]
