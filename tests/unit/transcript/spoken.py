"""Frames and finals as a transcript socket brings them."""

import json
from typing import Any

from functions.transcript.frames import Data, Metadata, ticks_to_ms
from functions.transcript.segments import Segment, place, segment_id, words_of
from functions.transcript.streams import (
    Anchor,
    StreamState,
    anchor_stream,
    begin_stream,
    count_final,
    place_anchor,
    stream_id,
)

CREATED_AT = 1_795_222_417_874
ADA = "8:acs:6d889502-3d7a-41a8-befa-d21fd80e8767_00000028-2f1d-00a7-e64a-5c3a0d006c74"
BEN = "4:+15551230000"
TICKS = 10_000
FINAL: dict[str, Any] = {
    "text": "Hello there.",
    "format": "display",
    "confidence": 0.9,
    "offset": 309_058_340,
    "duration": 12_000_000,
    "words": [
        {"text": "hello", "offset": 309_058_340, "duration": 6_000_000},
        {"text": "there", "offset": 315_058_340, "duration": 6_000_000},
    ],
    "participantRawID": ADA,
    "resultStatus": "Final",
}


def frame(**changes: Any) -> bytes:
    """A data frame; a change to `...` leaves the field out."""
    content = {name: value for name, value in (FINAL | changes).items() if value is not ...}
    return json.dumps({"kind": "TranscriptionData", "transcriptionData": content}).encode()


def said(at: int, text: str = "Hello.", duration: int = 1000, who: str = ADA) -> Data:
    """A final `at` ms after its stream's offset 0, `duration` ms long."""
    return Data(text, at * TICKS, participant=who, result_status="Final", duration=duration * TICKS)


def segment(at: int, stream: str = "socket.1", text: str = "Hello.", **changes: Any) -> Segment:
    """A final at its place (ms from `createdAt`)."""
    data = said(at, text)
    identity = segment_id(stream, data, at)
    given: dict[str, Any] = {"seq": 1, "speaker": ADA, "received_at": CREATED_AT + at, "duration_ms": 1000}
    return Segment(segment_id=identity, stream=stream, text=text, offset_ms=at, **given | changes)


class Transcriber:
    """A transcript socket whose frames come one after another; `heard` are its finals, `anchors` its streams."""

    def __init__(self, socket: str, state: StreamState | None = None) -> None:
        self.socket = socket
        self.state = state or StreamState()
        self.heard: list[Segment] = []
        self.anchors: list[Anchor] = []

    def begin(self, subscription: str, locale: str = "en-US") -> None:
        self.state = begin_stream(self.state, Metadata(subscription, locale))

    def hear(self, data: Data, received_at: int) -> Segment:
        """Take in a final; `received_at` is ms from `createdAt`."""
        if self.state.anchor is None:
            anchor = place_anchor(self.socket, self.state, data, CREATED_AT + received_at, CREATED_AT)
            self.anchors.append(anchor)
            self.state = anchor_stream(self.state, anchor)
        final = self.segment(data, received_at)
        self.state = count_final(self.state, final.end_ms)
        self.heard.append(final)
        return final

    def segment(self, data: Data, received_at: int) -> Segment:
        anchor, stream = self.state.anchor or 0, stream_id(self.socket, self.state)
        at = place(data.offset, anchor, CREATED_AT)
        return Segment(
            segment_id=segment_id(stream, data, at),
            stream=stream,
            seq=self.state.seq + 1,
            speaker=data.participant,
            text=data.text,
            offset_ms=at,
            received_at=CREATED_AT + received_at,
            duration_ms=ticks_to_ms(data.duration or 0),
            words=words_of(data, anchor, CREATED_AT),
        )
