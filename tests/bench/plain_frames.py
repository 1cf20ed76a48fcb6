"""The frames, rows and captions of the plain handler: the shapes of the product's, made in the plainest way."""

from datetime import UTC, datetime
from typing import Any

import msgspec

TICKS_PER_MS = 10_000


class Word(msgspec.Struct):
    """A word; times are ticks of 100 ns."""

    text: str
    offset: int
    duration: int


class Data(msgspec.Struct, rename="camel"):
    """What somebody says; times are ticks of 100 ns."""

    text: str
    offset: int
    participant: str = msgspec.field(name="participantRawID")
    result_status: str
    duration: int = 0
    confidence: float | None = None
    words: list[Word] = []


class Frame(msgspec.Struct, rename="camel"):
    """A frame of ACS; one without data is metadata."""

    kind: str
    transcription_data: Data | None = None


DECODER = msgspec.json.Decoder(Frame)


class Speaker(msgspec.Struct):
    """Who speaks."""

    id: str


class Caption(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True, tag="caption"):
    """What viewers get."""

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


def row(session: str, key: str, connection: str, data: Data, now: int) -> dict[str, Any]:
    """The row of a final, with the columns of the product's. `now` is ms since 1970."""
    words = [(word.text, word.offset // TICKS_PER_MS, word.duration // TICKS_PER_MS) for word in data.words]
    return {
        "PartitionKey": session,
        "RowKey": key,
        "stream": connection,
        "seq": 0,
        "speaker": data.participant,
        "received_at": str(now),
        "duration_ms": str(data.duration // TICKS_PER_MS),
        "confidence": data.confidence,
        "words": msgspec.json.encode(words).decode(),
        "text": data.text,
    }


def caption(key: str, connection: str, data: Data, now: int) -> Caption:
    """The caption of an interim, or of a final with what only finals have. `now` is ms since 1970."""
    speaker, offset_ms = Speaker(data.participant), data.offset // TICKS_PER_MS
    if data.result_status != "Final":
        return Caption(
            final=False,
            stream=connection,
            seq=0,
            speaker=speaker,
            text=data.text,
            offset_ms=offset_ms,
        )
    return Caption(
        final=True,
        stream=connection,
        seq=0,
        speaker=speaker,
        text=data.text,
        offset_ms=offset_ms,
        segment_id=key,
        duration_ms=data.duration // TICKS_PER_MS,
        confidence=data.confidence,
        received_at=datetime.fromtimestamp(now / 1000, UTC).isoformat(),
    )
