"""Streams: the stretches of a session whose offsets count from one moment, their anchor.

A stream begins with each TranscriptionMetadata frame; its id is the socket's and the frame's count there. What
the next frame must know travels with the socket as Web PubSub's connection state, so no frame needs a read.
"""

import base64
import binascii
import zlib

import msgspec
from msgspec.structs import replace

from functions.errors import StateDamaged
from functions.transcript.frames import Data, Metadata, is_absolute, ticks_to_ms
from functions.transcript.segments import place

OFFSETS_GO_ON_WITHIN_MS = 10_000
"""How far a repeated subscription's anchor may stray and still be the old one."""


class LastStream(msgspec.Struct, frozen=True, array_like=True):
    """The stream before: its subscription, its anchor and the end of its newest final (ms from `createdAt`).

    `same_socket` says that it came on this socket.
    """

    subscription: str
    anchor: int
    end: int
    same_socket: bool = False


class Anchor(msgspec.Struct, frozen=True):
    """A stream's row: where its offset 0 lies, where its words start and which gap is before them.

    Places are ms from the session's `createdAt`; `gap_from` is none where no stream came before.
    """

    stream: str
    subscription: str
    locale: str
    anchor: int
    starts_at: int
    gap_from: int | None = None


class StreamState(msgspec.Struct, frozen=True, array_like=True):
    """What one socket carries from frame to frame. Places are ms from the session's `createdAt`.

    `count` is the number of metadata frames, `seq` that of the stream's finals, `end` the end of the newest;
    `heard` maps a speaker (hashed) to the moment of the last interim, ms since `createdAt`; `faults` are the
    kinds of bad frames already noted; `unsent` counts the captions that could not be sent; `decoder` names who
    reads the frames, empty for ACS's own decoder.
    """

    count: int = 0
    subscription: str = ""
    locale: str = ""
    anchor: int | None = None
    seq: int = 0
    end: int = 0
    last: LastStream | None = None
    heard: dict[str, int] = {}
    faults: tuple[str, ...] = ()
    unsent: int = 0
    decoder: str = ""


DECODER = msgspec.json.Decoder(StreamState)
ENCODER = msgspec.json.Encoder()


def read_state(header: str | None) -> StreamState:
    """The state in a `ce-connectionState` header. Raises StateDamaged."""
    if not header:
        return StreamState()
    try:
        return DECODER.decode(base64.b64decode(header))
    except (msgspec.MsgspecError, binascii.Error, ValueError, RecursionError) as error:
        raise StateDamaged("The connection state cannot be read.") from error


def write_state(state: StreamState) -> str:
    """The state as a header's value: ASCII, as Web PubSub asks."""
    return base64.b64encode(ENCODER.encode(state)).decode()


def stream_id(socket: str, state: StreamState) -> str:
    """The id of the socket's current stream."""
    return f"{socket}.{state.count}"


def begin_stream(state: StreamState, metadata: Metadata) -> StreamState:
    """The state after a metadata frame: a new stream, which remembers the one before.

    Where the frame names no locale, the one that was asked for stays.
    """
    return StreamState(
        count=state.count + 1,
        subscription=metadata.subscription_id,
        locale=metadata.locale or state.locale,
        last=ended_stream(state) or state.last,
        faults=state.faults,
        unsent=state.unsent,
        decoder=state.decoder,
    )


def ended_stream(state: StreamState) -> LastStream | None:
    """The socket's current stream as the one before, if it had any words."""
    if state.anchor is None:
        return None
    return LastStream(state.subscription, state.anchor, state.end, same_socket=True)


def place_anchor(socket: str, state: StreamState, data: Data, received_at: int, created_at: int) -> Anchor:
    """The anchor of the socket's current stream, from its first data frame. Moments are ms since 1970.

    The words were over when the frame came, so offset 0 was at its receive time less offset and duration.
    """
    last = state.last
    if is_absolute(data.offset):
        return anchored(socket, state, 0, place(data.offset, 0, created_at))
    offset = ticks_to_ms(data.offset)
    anchor = received_at - created_at - offset - ticks_to_ms(data.duration or 0)
    if last is not None and offsets_went_on(state, last, anchor):
        anchor = last.anchor
    elif last is not None:
        anchor = max(anchor, last.end - offset)
    return anchored(socket, state, anchor, place(data.offset, anchor, created_at))


def offsets_went_on(state: StreamState, last: LastStream, anchor: int) -> bool:
    """Whether the new stream counts from the same moment as the one before."""
    return is_subscription_of(state, last) and abs(anchor - last.anchor) <= OFFSETS_GO_ON_WITHIN_MS


def anchored(socket: str, state: StreamState, anchor: int, starts_at: int) -> Anchor:
    """The anchor with the gap before it."""
    return Anchor(
        stream=stream_id(socket, state),
        subscription=state.subscription,
        locale=state.locale,
        anchor=anchor,
        starts_at=starts_at,
        gap_from=gap_before(state, starts_at),
    )


def gap_before(state: StreamState, starts_at: int) -> int | None:
    """Where the gap before a stream begins; none where nothing came before, or only the locale changed.

    Then ACS sends its metadata anew, on the same socket and for the same subscription, and hears on all the while.
    """
    last = state.last
    if last is None or (last.same_socket and is_subscription_of(state, last)):
        return None
    return min(last.end, starts_at)


def is_subscription_of(state: StreamState, last: LastStream) -> bool:
    """Whether the new stream is of the same subscription as the one before."""
    return bool(state.subscription) and state.subscription == last.subscription


def hear_interim(state: StreamState, participant: str, now: int, interval_ms: int) -> StreamState | None:
    """The state after an interim that may be sent, or none if the speaker's last one is too fresh.

    `now` is ms from `createdAt`. Speakers who were not heard within the interval are forgotten.
    """
    speaker = speaker_key(participant)
    heard_at = state.heard.get(speaker)
    if heard_at is not None and 0 <= now - heard_at < interval_ms:
        return None
    fresh = {key: at for key, at in state.heard.items() if 0 <= now - at < interval_ms}
    return replace(state, heard=fresh | {speaker: now})


def count_final(state: StreamState, end_ms: int) -> StreamState:
    """The state after a final that ends there."""
    return replace(state, seq=state.seq + 1, end=max(state.end, end_ms))


def count_unsent(state: StreamState) -> StreamState:
    """The state after a caption that could not be sent."""
    return replace(state, unsent=state.unsent + 1)


def note_fault(state: StreamState, fault: str) -> StreamState | None:
    """The state after the first bad frame of a kind, or none if the socket had one before."""
    return None if fault in state.faults else replace(state, faults=(*state.faults, fault))


def speaker_key(participant: str) -> str:
    """A speaker in few characters; a clash thins an interim too many, never a final."""
    return f"{zlib.crc32(participant.encode()):x}"


def anchor_stream(state: StreamState, anchor: Anchor) -> StreamState:
    """The state with the stream's stored anchor; what follows it may not come before what was said already."""
    last_end = 0 if state.last is None else state.last.end
    return replace(state, anchor=anchor.anchor, end=max(anchor.starts_at, last_end))
