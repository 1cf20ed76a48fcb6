"""What the frames of a transcript socket say, whosever it is: one decoder for each provider makes it.

`offset` and `duration` are ticks of 100 ns. ACS's frames decode straight into these forms, whence their names on
the wire; other decoders fill them in.
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
    BEFORE_START = "before-start"
    NOT_OURS = "not-ours"


class Word(msgspec.Struct, frozen=True, gc=False):
    """A word with its place in ticks."""

    text: str
    offset: int
    duration: int | None = None


class Metadata(msgspec.Struct, frozen=True, rename="camel"):
    """The first frame of a stream."""

    subscription_id: str = ""
    locale: str = ""

    def belongs_to(self, call_connection_id: str | None, ticket: str) -> bool:
        """Whether it is of the session with this connection and ticket; ACS proves that before its socket is open."""
        del call_connection_id, ticket
        return True


class Data(msgspec.Struct, frozen=True, rename="camel"):
    """Words that somebody says (`Intermediate`) or has said (`Final`).

    `offset` is ticks from the stream's anchor, or a moment (`absolute_offset`).
    """

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

    def identity(self, stream: str) -> tuple[str | int, ...]:
        """What makes these words of a stream this segment and no other."""
        return (stream, self.offset, self.participant, self.text)


def decode[Form](decoder: msgspec.json.Decoder[Form], body: bytes) -> Form:
    """A message's JSON in its form. Raises FrameRefused with what is wrong with it."""
    if len(body) > LARGEST_FRAME:
        raise FrameRefused(Fault.TOO_LARGE)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise FrameRefused(Fault.MALFORMED) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise FrameRefused(Fault.NOT_JSON) from None


def is_offset(ticks: int) -> bool:
    """Whether ticks can be an offset, counted from a moment in the call or down from the calendar's end."""
    return is_duration(ticks) or SMALLEST_ABSOLUTE < ticks <= LARGEST_TICKS


def is_duration(ticks: int) -> bool:
    """Whether ticks can be a stretch of a call."""
    return 0 <= ticks <= LONGEST_TICKS


def is_absolute(offset: int) -> bool:
    """Whether an offset is a moment: such count down from the end of .NET's calendar, as ACS's older frames do."""
    return offset > SMALLEST_ABSOLUTE


def absolute_offset(moment: int) -> int:
    """The offset that stands for a moment (ms since 1970)."""
    return LARGEST_TICKS - UNIX_EPOCH_TICKS - moment * TICKS_PER_MS


def absolute_ms(offset: int) -> int:
    """The moment of an absolute offset, ms since 1970."""
    return (LARGEST_TICKS - offset - UNIX_EPOCH_TICKS) // TICKS_PER_MS


def ticks_to_ms(ticks: int) -> int:
    """Milliseconds, rounded down."""
    return ticks // TICKS_PER_MS
