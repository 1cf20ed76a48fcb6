"""A transcript socket's life: it opens for a session that waits for words, and closes.

What its frames need for every one of them is looked up here, once.
"""

import logging
from collections.abc import Collection

from msgspec.structs import replace

from functions.errors import Unauthorized
from functions.lifecycle.events import SocketClosed, SocketOpened
from functions.lifecycle.identity import is_ulid
from functions.lifecycle.session import Session
from functions.lifecycle.sharding import web_pubsub_of
from functions.services.transcript_stream import Socket, StreamPorts, frame_time, tell_machine
from functions.transcript.segments import PLACE_DIGITS
from functions.transcript.streams import LastStream, StreamState, read_state, write_state

FIRST_WINDOW_MS = 120_000
LOG = logging.getLogger("verbatim.frames")


async def open_socket(
    ports: StreamPorts, socket: Socket, call_connection_id: str | None, event_id: str
) -> str:
    """Admit the provider's socket; returns its first connection state. Raises Unauthorized, NotFound, Unavailable.

    The last stream's end comes along, so that no frame has to look for it.
    """
    if not is_ulid(socket.session_id):
        raise Unauthorized("The socket's user is no session.")
    async with frame_time():
        session = await ports.find(socket.session_id)
        refuse_stranger(session, call_connection_id)
        refuse_elsewhere(session, socket, ports.viewers)
        last = await last_stream(ports, session)
        await tell_machine(ports, socket, event_id, SocketOpened(socket.id))
    state = StreamState(last=last, decoder=session.request.provider)
    return write_state(replace(state, locale=session.asked_locale or "") if state.decoder else state)


def refuse_stranger(session: Session, call_connection_id: str | None) -> None:
    """Raise Unauthorized for a session that has ended, and for another connection's socket of the provider."""
    if session.ended_at is not None:
        raise Unauthorized("The session has ended.")
    known = session.call_connection_id
    if session.request.provider:
        return  # its first frame has to prove whose it is
    if known is not None and call_connection_id != known:
        raise Unauthorized("The socket does not belong to the session's connection.")


def refuse_elsewhere(session: Session, socket: Socket, listed: Collection[str]) -> None:
    """Raise Unauthorized for a socket at another Web PubSub than its session's: nobody would see its captions."""
    if socket.web_pubsub != web_pubsub_of(session, listed):
        raise Unauthorized("The session's sockets are at another Web PubSub.")


async def last_stream(ports: StreamPorts, session: Session) -> LastStream | None:
    """The session's newest stream with the end of its newest final, or none."""
    anchors = await ports.segments.anchors(session.id)
    if not anchors:
        return None
    newest = max(anchors, key=lambda anchor: anchor.starts_at)
    end = await newest_end(ports, session, newest.starts_at)
    return LastStream(newest.subscription, newest.anchor, end)


async def newest_end(ports: StreamPorts, session: Session, starts_at: int) -> int:
    """Where the newest final ends (ms from `createdAt`), looked for from now backwards in growing windows."""
    now = ports.clock() - session.created_at
    window = FIRST_WINDOW_MS
    while True:
        begin = max(starts_at, now - window)
        found = ports.segments.segments(session.id, f"{begin:0{PLACE_DIGITS}d}", frozenset({"duration_ms"}))
        ends = [segment.end_ms async for segment in found]
        if ends or begin == starts_at:
            return max(ends, default=starts_at)
        window *= 4


async def close_socket(
    ports: StreamPorts, socket: Socket, reason: str, event_id: str, header: str | None = None
) -> None:
    """Let the machine know that a socket is gone, and the log how many captions did not go out on it.

    Raises NotFound, Unavailable, StateDamaged.
    """
    unsent = read_state(header).unsent
    if unsent:
        LOG.warning("session %s: %d captions of a socket were not sent", socket.session_id, unsent)
    async with frame_time():
        await tell_machine(ports, socket, event_id, SocketClosed(socket.id, reason[:200]))
