"""Frames as Bandwidth's transcript socket brings them, in the documented shapes."""

import json
from typing import Any

from functions.transcript.frames import absolute_offset

TRANSCRIPTION = "s-2a913f94-93e372e2-60da-4c89-beb0-0d3a219b287c"
BEGINS = 1_795_222_424_101
METADATA: dict[str, Any] = {
    "accountId": "5555555",
    "callId": "c-2a913f94-7fa91773-a426-4118-8b8b-b691ab0a0ae1",
    "realtimeTranscriptionId": TRANSCRIPTION,
    "transcriptionName": "verbatim",
    "tracks": [{"name": "inbound"}, {"name": "outbound"}],
}
HELLO: dict[str, Any] = {
    "content": "hello",
    "startTime": "2026-11-21T00:53:44.101Z",
    "endTime": "2026-11-21T00:53:44.600Z",
    "confidence": 0.9,
    "stable": True,
    "type": "PRONUNCIATION",
}
WORLD = HELLO | {
    "content": "world",
    "startTime": "2026-11-21T00:53:44.700Z",
    "endTime": "2026-11-21T00:53:45.301Z",
    "confidence": 0.6,
}
MARK = HELLO | {"content": "!", "confidence": 0.1, "stable": False, "type": "PUNCTUATION"}
FINAL: dict[str, Any] = {
    "eventType": "transcription",
    "track": "inbound",
    "startTime": "2026-11-21T00:53:44.101Z",
    "endTime": "2026-11-21T00:53:45.301Z",
    "isPartial": False,
    "language": "en-US",
    "transcript": "hello world!",
    "items": [HELLO, WORLD, MARK],
}


def frame(**changes: Any) -> bytes:
    """A `transcription`; a change to `...` leaves the field out."""
    return json.dumps({name: value for name, value in (FINAL | changes).items() if value is not ...}).encode()


def start(**changes: Any) -> bytes:
    """A `start` with a ticket among its parameters."""
    content = {"eventType": "start", "metadata": METADATA, "customParams": {"ticket": "a-ticket"}} | changes
    return json.dumps({name: value for name, value in content.items() if value is not ...}).encode()


def stop() -> bytes:
    """The last frame of a socket."""
    return json.dumps({"eventType": "stop", "metadata": METADATA}).encode()


def after(milliseconds: int) -> int:
    """The offset of a moment so long after the words began."""
    return absolute_offset(BEGINS + milliseconds)
