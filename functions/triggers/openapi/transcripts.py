"""The contract of `triggers/transcripts.py` and `triggers/captions.py`."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from functions.lifecycle.times import Moment
from functions.lifecycle.view import SessionView
from functions.triggers.openapi import examples
from functions.triggers.openapi.operation import READ_TOKEN, Answer, Operation

SEGMENTS = {
    "items": {
        "oneOf": [
            {"$ref": "#/components/schemas/Segment"},
            {"$ref": "#/components/schemas/Gap", "required": ["gap"]},
        ]
    }
}


class TranscriptPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some of a transcript, in order."""

    session: SessionView
    segments: Annotated[list[Any], Meta(extra_json_schema=SEGMENTS)]
    next: Annotated[str, Meta(description="The `cursor` for what follows, if something does.")] | None = None


class CaptionsAccess(msgspec.Struct, frozen=True, rename="camel"):
    """A Web PubSub connection and a read token, for one viewer of one session."""

    url: Annotated[
        str, Meta(description="Opened with the subprotocol json.webpubsub.azure.v1; it only receives.")
    ]
    group: Annotated[str, Meta(description="The group that the connection is in.")]
    read_token: Annotated[str, Meta(description="Opens the two reads under /api/captions for this session.")]
    expires_at: Moment


TRANSCRIPT = Answer(
    "JSON page by page, WebVTT whole.", TranscriptPage, examples.TRANSCRIPT, {"text/vtt": examples.VTT}
)

OPERATIONS = {
    "GET /api/sessions/{id}/transcript": Operation(
        tag="transcripts",
        summary="Read a session's transcript",
        answers={200: TRANSCRIPT},
        problems=(400, 404, 503),
    ),
    "POST /api/sessions/{id}/captions": Operation(
        tag="captions",
        summary="Get access to live captions for a viewer",
        description="For a back end, which hands it to a browser: a browser never gets a function key.",
        answers={200: Answer("The access.", CaptionsAccess, examples.CAPTIONS_ACCESS)},
        problems=(404, 503),
    ),
    "GET /api/captions/{id}/session": Operation(
        tag="captions",
        summary="Read the session, as a viewer",
        answers={200: Answer("The session.", SessionView, examples.ACTIVE)},
        problems=(401, 503),
        doors=READ_TOKEN,
    ),
    "GET /api/captions/{id}/transcript": Operation(
        tag="captions",
        summary="Read the transcript, as a viewer",
        answers={200: TRANSCRIPT},
        problems=(400, 401, 503),
        doors=READ_TOKEN,
    ),
}
