"""The frames of Bandwidth's transcript socket, decoded and checked.

Shapes: Bandwidth's StartTranscription page. A `transcription` names its track and its times, which are moments, but
neither its transcription nor an id; those come with the `start` before it. The page spells the transcription's id
in two ways, and its reference for the webhooks in a third.
"""

import hmac
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from functions.errors import FrameRefused
from functions.transcript.frames import (
    LONGEST_PARTICIPANT,
    Data,
    Fault,
    Metadata,
    Word,
    absolute_offset,
    decode,
    is_absolute,
    is_duration,
)

MOMENT = Annotated[datetime, msgspec.Meta(tz=True)]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
NO_OFFSET = -1
"""For a word whose time cannot be read: it is taken at its segment's own."""


class Start(Metadata, frozen=True):
    """The first frame of a socket. `subscription_id` is the transcription's id, `custom_params` what came with it."""

    call_id: str = ""
    custom_params: dict[str, str] = msgspec.field(default_factory=dict)

    def belongs_to(self, call_connection_id: str | None, ticket: str) -> bool:
        """Whether it bears the session's ticket and, once the call is known, comes from that."""
        given = self.custom_params.get("ticket", "")
        is_call = call_connection_id is None or self.call_id == call_connection_id
        return hmac.compare_digest(given.encode(), ticket.encode()) and is_call


class Words(Data, frozen=True):
    """Words on a track (`participant`); `offset` is a moment. A final and its partials share their start.

    `unread` is a start that is no moment; `offset` is then that of the words' arrival.
    """

    transcription: str = ""
    unread: str | None = None

    def identity(self, stream: str) -> tuple[str | int, ...]:  # noqa: ARG002 -- see below
        """What makes these words this segment: where they start on which track of which transcription.

        The stream does not count, since a track is the same however its socket is named.
        A start that cannot be read may lack what tells it from others, so the words themselves count, too.
        """
        if self.unread is not None:
            return (self.transcription, self.participant, self.unread, self.text)
        return (self.transcription, self.participant, self.offset)


class Item(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A word, or a mark between words."""

    content: str
    type: str = "PRONUNCIATION"
    start_time: str | None = None
    end_time: str | None = None
    confidence: float | None = None


class Transcription(msgspec.Struct, frozen=True, rename="camel"):
    """What a `start` says of its transcription; the first id that is there counts."""

    call_id: str = ""
    real_time_transcription_id: str = ""
    realtime_transcription_id: str = ""
    all_lower_id: str = msgspec.field(name="realtimetranscriptionId", default="")

    @property
    def id(self) -> str:
        """The transcription's id, however it is spelt."""
        return self.real_time_transcription_id or self.realtime_transcription_id or self.all_lower_id


class Message(msgspec.Struct, frozen=True, rename="camel"):
    """Every frame's outer form."""

    event_type: str
    metadata: Transcription | None = None
    custom_params: dict[str, str] | None = None
    track: str = ""
    start_time: str | None = None
    end_time: str | None = None
    is_partial: bool | None = None
    transcript: str | None = None
    items: tuple[Item, ...] | None = None


DECODER = msgspec.json.Decoder(Message)


def read_frame(body: bytes, transcription: str, received_at: int) -> Start | Words | None:
    """The frame in a message of the socket, received at that time (ms since 1970); none for `stop`, the last one.

    `transcription` is the id in the socket's `start`, empty before it. Raises FrameRefused with what is wrong.
    """
    message = decode(DECODER, body)
    if message.event_type == "start":
        return read_start(message)
    if message.event_type not in ("transcription", "stop"):
        raise FrameRefused(Fault.UNKNOWN_KIND)
    if not transcription:
        raise FrameRefused(Fault.BEFORE_START)
    return read_words(message, transcription, received_at) if message.event_type == "transcription" else None


def read_start(message: Message) -> Start:
    """The `start` in a message. Raises FrameRefused where it does not say of which transcription."""
    if message.metadata is None or not message.metadata.id:
        raise FrameRefused(Fault.MALFORMED)
    return Start(
        subscription_id=message.metadata.id,
        call_id=message.metadata.call_id,
        custom_params=message.custom_params or {},
    )


def read_words(message: Message, transcription: str, received_at: int) -> Words:
    """The words in a message. Raises FrameRefused where text or track make no sense.

    A start that is no moment costs no words, since the documentation's own is none: they lie where they arrived.
    """
    if message.transcript is None or message.is_partial is None or not is_track(message.track):
        raise FrameRefused(Fault.MALFORMED)
    start = offset_of(message.start_time)
    offset = absolute_offset(received_at) if start == NO_OFFSET else start
    spoken = () if message.is_partial else [item for item in message.items or () if is_word(item)]
    return Words(
        text=message.transcript,
        offset=offset,
        participant=message.track,
        result_status="Intermediate" if message.is_partial else "Final",
        duration=ticks_between(start, offset_of(message.end_time)),
        confidence=mean_confidence(spoken),
        words=tuple(map(word, spoken)),
        transcription=transcription,
        unread=(message.start_time or "") if start == NO_OFFSET else None,
    )


def is_track(name: str) -> bool:
    """Whether a track has a name; `inbound` and `outbound` are documented."""
    return 0 < len(name) <= LONGEST_PARTICIPANT


def is_word(item: Item) -> bool:
    """Whether an item is spoken; the others are punctuation."""
    return item.type == "PRONUNCIATION"


def word(item: Item) -> Word:
    """The word in an item."""
    offset = offset_of(item.start_time)
    return Word(item.content, offset, ticks_between(offset, offset_of(item.end_time)))


def mean_confidence(items: Iterable[Item]) -> float | None:
    """The mean of the words' confidences, of those that have one between 0 and 1."""
    known = [item.confidence for item in items if item.confidence is not None and 0 <= item.confidence <= 1]
    return sum(known) / len(known) if known else None


def offset_of(time: str | None) -> int:
    """The offset of a moment in RFC 3339, NO_OFFSET if it is none, as in the page's own examples, which lack a part."""
    try:
        moment: datetime = msgspec.convert(time, MOMENT)
    except msgspec.ValidationError:
        return NO_OFFSET
    offset = absolute_offset((moment - EPOCH) // MILLISECOND)
    return offset if is_absolute(offset) else NO_OFFSET


def ticks_between(begin: int, end: int) -> int | None:
    """Ticks from one moment's offset to another's, which count down; none where that makes no sense."""
    if NO_OFFSET in (begin, end) or not is_duration(begin - end):
        return None
    return begin - end


def party_names(direction: str, caller: str, called: str) -> dict[str, str]:
    """Who is heard on which track, by a call's `direction`, `from` and `to`.

    `inbound` is what Bandwidth hears from the call's own party: who called us, or whom we called.
    """
    own, other = (caller, called) if direction == "inbound" else (called, caller)
    return {"inbound": own, "outbound": other}
