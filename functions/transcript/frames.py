"""The frames of ACS's transcript socket, decoded and checked.

Shapes: Microsoft's real-time transcription how-to, and the service's own test fixtures; `offset` and `duration`
are ticks of 100 ns. Intermediate frames may lack `words`, `confidence` and `duration`.
"""

from enum import StrEnum

import msgspec

from functions.errors import FrameRefused

LARGEST_FRAME = 256 * 1024
"""Bytes. Minutes of speech take a few KiB; what is larger than this is no transcript."""
TICKS_PER_MS = 10_000
LARGEST_TICKS = 3_155_378_975_999_999_999
"""`DateTime.MaxValue.Ticks`, from which the absolute form of an offset counts down."""
SMALLEST_ABSOLUTE = 1 << 53
UNIX_EPOCH_TICKS = 621_355_968_000_000_000
LONGEST_PARTICIPANT = 512
LONGEST_TICKS = 30 * 24 * 3600 * 1000 * TICKS_PER_MS


class Fault(StrEnum):
    """Why a frame is dropped."""

    NOT_JSON = "not-json"
    TOO_LARGE = "too-large"
    UNKNOWN_KIND = "unknown-kind"
    MALFORMED = "malformed"


class Word(msgspec.Struct, frozen=True, gc=False):
    """A word with its place in ticks."""

    text: str
    offset: int
    duration: int | None = None


class Metadata(msgspec.Struct, frozen=True, rename="camel"):
    """The first frame of a stream."""

    subscription_id: str = ""
    locale: str = ""


class Data(msgspec.Struct, frozen=True, rename="camel"):
    """Words that somebody says (`Intermediate`) or has said (`Final`). `offset` and `duration` are ticks."""

    text: str
    offset: int
    participant: str = msgspec.field(name="participantRawID", default="")
    result_status: str = ""
    result_state: str = ""
    duration: int | None = None
    confidence: float | None = None
    words: tuple[Word, ...] | None = None

    @property
    def is_final(self) -> bool:
        """Whether these words will not change any more; the field has two names and no fixed case."""
        return (self.result_status or self.result_state).casefold() == "final"


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """Every frame's outer form."""

    kind: str
    transcription_metadata: Metadata | None = None
    transcription_data: Data | None = None


DECODER = msgspec.json.Decoder(Envelope)


def read_frame(body: bytes) -> Metadata | Data:
    """The frame in a message of the socket. Raises FrameRefused with what is wrong with it."""
    if len(body) > LARGEST_FRAME:
        raise FrameRefused(Fault.TOO_LARGE)
    try:
        envelope = DECODER.decode(body)
    except msgspec.ValidationError:
        raise FrameRefused(Fault.MALFORMED) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise FrameRefused(Fault.NOT_JSON) from None
    return checked(envelope)


def checked(envelope: Envelope) -> Metadata | Data:
    """The envelope's content, if it is of a kind that is known and makes sense."""
    if envelope.kind == "TranscriptionData":
        if envelope.transcription_data is None or not is_plausible(envelope.transcription_data):
            raise FrameRefused(Fault.MALFORMED)
        return envelope.transcription_data
    if envelope.kind == "TranscriptionMetadata":
        if envelope.transcription_metadata is None:
            raise FrameRefused(Fault.MALFORMED)
        return envelope.transcription_metadata
    raise FrameRefused(Fault.UNKNOWN_KIND)


def is_plausible(data: Data) -> bool:
    """Whether the times are times (none negative, none beyond the calendar or a month into the call), and the id one."""
    return (
        len(data.participant) <= LONGEST_PARTICIPANT
        and is_offset(data.offset)
        and is_duration(data.duration or 0)
    )


def is_offset(ticks: int) -> bool:
    """Whether ticks can be an offset, counted from a moment in the call or down from the calendar's end."""
    return is_duration(ticks) or SMALLEST_ABSOLUTE < ticks <= LARGEST_TICKS


def is_duration(ticks: int) -> bool:
    """Whether ticks can be a stretch of a call."""
    return 0 <= ticks <= LONGEST_TICKS


def is_absolute(offset: int) -> bool:
    """Whether an offset counts down from the end of .NET's calendar, as the older documented frames do."""
    return offset > SMALLEST_ABSOLUTE


def absolute_ms(offset: int) -> int:
    """The moment of an absolute offset, ms since 1970."""
    return (LARGEST_TICKS - offset - UNIX_EPOCH_TICKS) // TICKS_PER_MS


def ticks_to_ms(ticks: int) -> int:
    """Milliseconds, rounded down."""
    return ticks // TICKS_PER_MS
