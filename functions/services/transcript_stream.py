"""The frame path: from the provider's transcript socket to the table and the screens, in as few steps as can be.

For a final: one insert, then one send, in this order, since a caption that is seen must be one that a fetch will
find. For an interim: one send at most. A stream's first words cost an insert more, for their anchor.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

from functions.errors import FrameRefused, StateDamaged, Unavailable, VerbatimError
from functions.lifecycle.events import Event, FrameRejected, StreamBegan
from functions.lifecycle.identity import ulid_time
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import Session
from functions.services.counts import Counts
from functions.services.ports import Clock, SegmentStore, Viewers
from functions.transcript.acs_frames import read_frame
from functions.transcript.captions import encode_final, encode_interim
from functions.transcript.frames import Data, Fault, Metadata, ticks_to_ms
from functions.transcript.segments import Segment, place, segment_id, words_of
from functions.transcript.streams import (
    StreamState,
    anchor_stream,
    begin_stream,
    count_final,
    count_unsent,
    hear_interim,
    note_fault,
    place_anchor,
    read_state,
    stream_id,
    write_state,
)

FRAME_SECONDS = 20
TRY_SECONDS = 2
SEND_SECONDS = 1
FIRST_PAUSE_SECONDS = 0.1
LOG = logging.getLogger("verbatim.frames")

type Tell = Callable[[str, Occurrence], Awaitable[Session]]
"""Lets the session's machine know of an event."""


type ReadFrame = Callable[[bytes, str, int], Metadata | Data | None]
"""A decoder: reads a message of a stream whose subscription is named, received at a time (ms since 1970).

None if there is nothing to take in.

Raises FrameRefused.
"""


def no_other_decoder(name: str) -> ReadFrame:
    """The decoders of a deployment that has ACS's only. Raises StateDamaged."""
    raise StateDamaged(f"There is no decoder {name!r}.")


class StreamPorts(NamedTuple):
    """What the frame path works with. `interim_ms` is the least time between a speaker's interims.

    `viewers` are by the name of their Web PubSub resource. `decoder` gives the decoder of a name, StateDamaged if there
    is none; ACS's is not asked for.
    """

    segments: SegmentStore
    viewers: Mapping[str, Viewers]
    tell: Tell
    find: Callable[[str], Awaitable[Session]]
    clock: Clock
    interim_ms: int
    counts: Counts
    decoder: Callable[[str], ReadFrame] = no_other_decoder


class Socket(NamedTuple):
    """A transcript socket: Web PubSub's connection id and the session whose words it carries.

    `web_pubsub` names the resource that it is at: its session's, so the viewers are there too.
    """

    id: str
    session_id: str
    web_pubsub: str


@asynccontextmanager
async def frame_time() -> AsyncIterator[None]:
    """The time that one event may take: Web PubSub does not repeat one that takes too long. Raises Unavailable."""
    try:
        async with asyncio.timeout(FRAME_SECONDS):
            yield
    except TimeoutError:
        raise Unavailable("The event could not be taken in in time.") from None


async def tell_machine(ports: StreamPorts, socket: Socket, event_id: str, event: Event) -> None:
    """An event of the socket; Web PubSub's event ids start again with every socket."""
    await ports.tell(socket.session_id, Occurrence(f"web-pubsub/{socket.id}", event_id, event))


class Heard(NamedTuple):
    """Words as they arrived: `received_at` in ms since 1970, `give_up_at` in seconds of the loop's clock."""

    socket: Socket
    data: Data
    received_at: int
    give_up_at: float

    @property
    def created_at(self) -> int:
        """When the session was created, ms since 1970: its id says so."""
        return ulid_time(self.socket.session_id)


async def receive_frame(ports: StreamPorts, socket: Socket, header: str | None, body: bytes) -> str | None:
    """Take in one message of the socket; returns the connection state to set, or none to keep the old one.

    When it returns, a final is durable. Raises Unavailable if that could not be had in time, StateDamaged.
    """
    state, received_at = read_state(header), ports.clock()
    ports.counts.tell(received_at)
    ports.counts.count("frames")
    try:
        frame = read_frame(body) if not state.decoder else read_other(ports, state, body, received_at)
    except FrameRefused as refused:
        return await drop_frame(ports, socket, state, refused.fault)
    if frame is None:
        return None
    if isinstance(frame, Metadata):
        return await take_metadata(ports, socket, state, frame)
    heard = Heard(socket, frame, received_at, asyncio.get_running_loop().time() + FRAME_SECONDS)
    if state.anchor is None:
        return await begin_words(ports, state, heard)
    return await pass_on(ports, state, heard)


async def take_metadata(
    ports: StreamPorts, socket: Socket, state: StreamState, frame: Metadata
) -> str | None:
    """Begin a stream. Where the socket's opening proved nothing, this frame must; without it no words are taken in."""
    if state.decoder:
        session = await ports.find(socket.session_id)
        if not frame.belongs_to(session.call_connection_id, session.ticket):
            return await drop_frame(ports, socket, state, Fault.NOT_OURS)
    return write_state(begin_stream(state, frame))


def read_other(
    ports: StreamPorts, state: StreamState, body: bytes, received_at: int
) -> Metadata | Data | None:
    """The frame of another provider's socket. Raises FrameRefused, StateDamaged."""
    return ports.decoder(state.decoder)(body, state.subscription, received_at)


async def begin_words(ports: StreamPorts, state: StreamState, heard: Heard) -> str:
    """Take in the first words of a stream: they fix its anchor and prove that the provider transcribes."""
    anchor = place_anchor(heard.socket.id, state, heard.data, heard.received_at, heard.created_at)
    insert = partial(ports.segments.insert_anchor, heard.socket.session_id, anchor)
    anchored = anchor_stream(state, await until_stored(ports, insert, heard.give_up_at))
    changed = await pass_on(ports, anchored, heard)
    await prove_active(ports, heard, stream_id(heard.socket.id, anchored))
    return changed or write_state(anchored)


async def pass_on(ports: StreamPorts, state: StreamState, heard: Heard) -> str | None:
    """Words of a stream with an anchor: store and show a final, show an interim."""
    if heard.data.is_final:
        return await keep_final(ports, state, heard)
    return await show_interim(ports, state, heard)


async def keep_final(ports: StreamPorts, state: StreamState, heard: Heard) -> str:
    """Store the final, then show it. One that is there already is shown again: its caption may have been lost."""
    segment = make_segment(state, heard)
    session_id = heard.socket.session_id
    await until_stored(ports, partial(ports.segments.insert_segment, session_id, segment), heard.give_up_at)
    ports.counts.count("finals")
    shown = await show(ports, heard.socket, encode_final(segment))
    if shown:
        ports.counts.count_caption(ports.clock() - heard.received_at)
    counted = count_final(state, segment.end_ms)
    return write_state(counted if shown else count_unsent(counted))


async def show_interim(ports: StreamPorts, state: StreamState, heard: Heard) -> str | None:
    """Show the interim, unless the speaker's last one is too fresh."""
    data, created_at = heard.data, heard.created_at
    changed = hear_interim(state, data.participant, heard.received_at - created_at, ports.interim_ms)
    if changed is None:
        ports.counts.count("thinned")
        return None
    ports.counts.count("interims")
    offset_ms = place(data.offset, state.anchor or 0, created_at)
    stream = stream_id(heard.socket.id, state)
    caption = encode_interim(stream, state.seq, data.participant, data.text, offset_ms)
    shown = await show(ports, heard.socket, caption)
    return write_state(changed if shown else count_unsent(changed))


def make_segment(state: StreamState, heard: Heard) -> Segment:
    """The final as it is stored."""
    data, anchor, created_at = heard.data, state.anchor or 0, heard.created_at
    stream = stream_id(heard.socket.id, state)
    offset_ms = place(data.offset, anchor, created_at)
    return Segment(
        segment_id=segment_id(stream, data, offset_ms),
        stream=stream,
        seq=state.seq + 1,
        speaker=data.participant,
        text=data.text,
        offset_ms=offset_ms,
        received_at=heard.received_at,
        duration_ms=ticks_to_ms(data.duration or 0),
        confidence=data.confidence,
        words=words_of(data, anchor, created_at),
    )


async def until_stored[Row](
    ports: StreamPorts, insert: Callable[[], Awaitable[Row]], give_up_at: float
) -> Row:
    """The insert's answer, tried until the frame's time is up: a short outage must not cost a word.

    `give_up_at` is in seconds of the loop's clock, which is cheaper than a time-out around everything.
    Raises Unavailable.
    """
    loop, pause = asyncio.get_running_loop(), FIRST_PAUSE_SECONDS
    while True:
        try:
            async with asyncio.timeout_at(min(loop.time() + TRY_SECONDS, give_up_at)):
                return await insert()
        except (TimeoutError, Unavailable) as error:
            LOG.warning("an insert failed, next try in %.1f s: %s", pause, error or "no answer in time")
        left = give_up_at - loop.time()
        if left <= 0:
            ports.counts.count("givenUp")
            raise Unavailable("The frame could not be stored in time.")
        ports.counts.count("retries")
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 2, TRY_SECONDS)


async def show(ports: StreamPorts, socket: Socket, caption: bytes) -> bool:
    """Send a caption; one that cannot be sent is fetched by its viewers later, and must not hold up the next.

    False if it was not sent.
    """
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await ports.viewers[socket.web_pubsub].send(socket.session_id, caption)
    except (TimeoutError, Unavailable) as error:
        ports.counts.count("unsent")
        LOG.info("session %s: a caption was not sent: %s", socket.session_id, error or "no answer in time")
        return False
    return True


async def prove_active(ports: StreamPorts, heard: Heard, stream: str) -> None:
    """Tell the machine that words come; if that fails, TranscriptionStarted or a question to the provider will."""
    socket = heard.socket
    try:
        async with asyncio.timeout_at(heard.give_up_at):
            await tell_machine(ports, socket, f"stream/{stream}", StreamBegan(socket.id, stream))
    except (TimeoutError, VerbatimError) as error:
        LOG.warning("session %s: the machine was not told of its words: %s", socket.session_id, error)


async def drop_frame(ports: StreamPorts, socket: Socket, state: StreamState, fault: str) -> str | None:
    """Drop a frame that is not understood; the journal has one line per socket and kind of fault.

    A line that cannot be written is left to the next such frame: it must not cost the socket.
    """
    ports.counts.count("dropped")
    noted = note_fault(state, fault)
    if noted is None:
        return None
    LOG.warning("session %s: a frame was dropped: %s", socket.session_id, fault)
    try:
        async with frame_time():
            await tell_machine(ports, socket, f"fault/{fault}", FrameRejected(socket.id, fault))
    except VerbatimError as error:
        LOG.warning("session %s: that a frame was dropped is not noted: %s", socket.session_id, error)
        return None
    return write_state(noted)
