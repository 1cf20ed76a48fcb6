"""The frames of ACS's transcript socket, decoded and checked.

Shapes: Microsoft's real-time transcription how-to, and the service's own test fixtures. Intermediate frames may lack
`words`, `confidence` and `duration`.
"""

import msgspec

from functions.errors import FrameRefused
from functions.transcript.frames import (
    LONGEST_PARTICIPANT,
    Data,
    Fault,
    Metadata,
    decode,
    is_duration,
    is_offset,
)


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """Every frame's outer form."""

    kind: str
    transcription_metadata: Metadata | None = None
    transcription_data: Data | None = None


DECODER = msgspec.json.Decoder(Envelope)


def read_frame(body: bytes) -> Metadata | Data:
    """The frame in a message of the socket. Raises FrameRefused with what is wrong with it."""
    return checked(decode(DECODER, body))


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
    """Whether the times are times (not negative, within the calendar and a month of the call), and the id an id."""
    return (
        len(data.participant) <= LONGEST_PARTICIPANT
        and is_offset(data.offset)
        and is_duration(data.duration or 0)
    )
