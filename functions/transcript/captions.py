"""The messages that viewers get."""

import msgspec

from functions.lifecycle.times import rfc3339
from functions.transcript.segments import Segment


class Speaker(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who speaks: ACS's raw id, and the name where one is known."""

    id: str
    name: str | None = None


class Caption(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, tag="caption"):
    """Words on their way to the screen; an interim has no id, and is replaced by its speaker's next words."""

    final: bool
    stream: str
    seq: int
    speaker: Speaker
    text: str
    offset_ms: int
    segment_id: str | None = None
    duration_ms: int | None = None
    confidence: float | None = None
    received_at: str | None = None


ENCODER = msgspec.json.Encoder()


def encode_final(segment: Segment) -> bytes:
    """The caption of a final, without its words and its speaker's name: Web PubSub bills in 2 KB steps."""
    return ENCODER.encode(
        Caption(
            final=True,
            segment_id=segment.segment_id,
            stream=segment.stream,
            seq=segment.seq,
            speaker=Speaker(segment.speaker),
            text=segment.text,
            offset_ms=segment.offset_ms,
            duration_ms=segment.duration_ms,
            confidence=segment.confidence,
            received_at=rfc3339(segment.received_at),
        )
    )


def encode_interim(stream: str, seq: int, participant: str, text: str, offset_ms: int) -> bytes:
    """The caption of words still being said; `seq` is the number of the stream's finals so far."""
    return ENCODER.encode(
        Caption(
            final=False, stream=stream, seq=seq, speaker=Speaker(participant), text=text, offset_ms=offset_ms
        )
    )
