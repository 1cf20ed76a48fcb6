"""Frames of the transcript socket as ACS sends them, and finals as they are stored."""

import itertools
import json
from typing import Any

from functions.transcript.segments import Segment, SpokenWord

ADA = "8:acs:ada"
NUMBERS = itertools.count(1)


def metadata(subscription: str = "subscription-1", locale: str = "en-US") -> bytes:
    content = {
        "subscriptionId": subscription,
        "locale": locale,
        "callConnectionId": "c",
        "correlationId": "x",
    }
    return frame("TranscriptionMetadata", "transcriptionMetadata", content)


def words(
    text: str, offset_ms: int = 0, *, final: bool = True, duration_ms: int = 500, speaker: str = ADA
) -> bytes:
    content = {
        "text": text,
        "format": "display",
        "confidence": 0.5,
        "offset": offset_ms * 10_000,
        "duration": duration_ms * 10_000,
        "words": [
            {"text": word, "offset": offset_ms * 10_000, "duration": 10_000 * duration_ms}
            for word in text.split()
        ],
        "participantRawID": speaker,
        "resultStatus": "Final" if final else "Intermediate",
    }
    return frame("TranscriptionData", "transcriptionData", content)


def frame(kind: str, name: str, content: dict[str, Any]) -> bytes:
    return json.dumps({"kind": kind, name: content}, ensure_ascii=False).encode()


def final(text: str = "Hello.", offset_ms: int = 1_000, stream: str = "socket.1", **more: Any) -> Segment:
    given: dict[str, Any] = {
        "segment_id": f"{offset_ms:010d}-{next(NUMBERS):016x}",
        "stream": stream,
        "seq": 1,
        "speaker": ADA,
        "text": text,
        "offset_ms": offset_ms,
        "received_at": 1_790_000_000_000,
        "duration_ms": 500,
        "confidence": 0.75,
        "words": (SpokenWord(text, offset_ms, 500),),
    }
    return Segment(**given | more)
