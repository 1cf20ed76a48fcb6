"""The contract of `triggers/transcripts.py` and `triggers/captions.py`."""

from typing import Annotated

import msgspec
from msgspec import Meta

from functions.lifecycle.times import Moment
from functions.lifecycle.view import SessionView
from functions.triggers.openapi import examples
from functions.triggers.openapi.operation import READ_TOKEN, Answer, Operation
from functions.triggers.transcript_answers import SearchPage, TranscriptPage
from functions.triggers.transcript_query import TranscriptQuery


class CaptionsAccess(msgspec.Struct, frozen=True, rename="camel"):
    """A Web PubSub connection and a read token, for one viewer of one session."""

    url: Annotated[
        str, Meta(description="Opened with the subprotocol json.webpubsub.azure.v1; it only receives.")
    ]
    group: Annotated[str, Meta(description="The group that the connection is in.")]
    read_token: Annotated[str, Meta(description="Opens the two reads under /api/captions for this session.")]
    expires_at: Moment


READ = Answer(
    "JSON page by page, with `q` a search; any other format whole.",
    (TranscriptPage, SearchPage),
    {"page": examples.TRANSCRIPT, "search": examples.HITS},
    examples.TEXTS,
    headers=("ETag", "Vary", "Content-Disposition"),
)
TRANSCRIPT = {200: READ, 304: Answer("It has not changed since it ended.", headers=("ETag", "Vary"))}
DESCRIPTION = (
    "The format is that of `format`, else the one that `Accept` likes best, else JSON. `limit`, `cursor`, `since` and "
    "`q` go with json alone, `origin` with vtt and srt; `since` goes with neither `cursor` nor `q`."
)

OPERATIONS = {
    "GET /api/sessions/{id}/transcript": Operation(
        tag="transcripts",
        summary="Read or search a session's transcript",
        description=DESCRIPTION,
        query=TranscriptQuery,
        headers=("If-None-Match",),
        answers=TRANSCRIPT,
        problems=(400, 404, 406, 503),
    ),
    "POST /api/sessions/{id}/captions": Operation(
        tag="captions",
        summary="Get access to live captions for a viewer",
        description="For a back end, which hands it to a browser: a browser never gets a function key.",
        answers={200: Answer("The access.", (CaptionsAccess,), {"access": examples.CAPTIONS_ACCESS})},
        problems=(404, 503),
    ),
    "GET /api/captions/{id}/session": Operation(
        tag="captions",
        summary="Read the session, as a viewer",
        answers={200: Answer("The session.", (SessionView,), {"session": examples.ACTIVE})},
        problems=(401, 503),
        doors=READ_TOKEN,
    ),
    "GET /api/captions/{id}/transcript": Operation(
        tag="captions",
        summary="Read or search the transcript, as a viewer",
        description=DESCRIPTION,
        query=TranscriptQuery,
        headers=("If-None-Match",),
        answers=TRANSCRIPT,
        problems=(400, 401, 406, 503),
        doors=READ_TOKEN,
    ),
}
