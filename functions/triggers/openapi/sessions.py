"""The contract of `triggers/sessions.py`."""

from functions.lifecycle.view import SessionView
from functions.triggers.input import SpeakerChanges, Speakers
from functions.triggers.openapi import examples
from functions.triggers.openapi.operation import Answer, Operation
from functions.triggers.sessions import ChangeBody, Journal, JournalQuery, ListQuery, SessionPage
from functions.triggers.start_input import StartBody

LOCATION = ("Location",)


GOES_ON_WITH = (
    "read_session",
    "read_transcript",
    "list_session_events",
    "open_captions",
    "name_speakers",
    "change_speakers",
    "change_session",
    "stop_session",
    "restart_session",
    "erase_session",
)


def the_session(description: str, example: object, links: tuple[str, ...] = ()) -> Answer:
    """An answer that is a session."""
    return Answer(description, (SessionView,), {"session": example}, headers=LOCATION, links=links)


OPERATIONS = {
    "POST /api/sessions": Operation(
        tag="sessions",
        summary="Transcribe a call",
        description=(
            "A call that exists is joined, and has one session: a second start of it answers 200 with the same one. "
            "With `to` a call is placed; without an Idempotency-Key a repeat rings people twice. What came of the "
            "start shows in the session's `state`."
        ),
        headers=("Idempotency-Key",),
        forms=(StartBody,),
        bodies=examples.STARTS,
        answers={
            202: the_session(
                "A new session, or one that is wanted again.", examples.CONNECTING, GOES_ON_WITH
            ),
            200: the_session(
                "The session that has this call, or this key, already.", examples.ACTIVE, GOES_ON_WITH
            ),
        },
        problems=(400, 409, 422, 503),
    ),
    "GET /api/sessions": Operation(
        tag="sessions",
        summary="List sessions, newest first",
        description=(
            "A page looks at 400 sessions at the most, so that with a rare filter it can hold few and still have a "
            "`next`."
        ),
        query=ListQuery,
        answers={
            200: Answer(
                "A page.", (SessionPage,), {"page": {"sessions": [examples.ACTIVE], "next": "7ZZ-01"}}
            )
        },
        problems=(400, 503),
    ),
    "GET /api/sessions/{id}": Operation(
        tag="sessions",
        summary="Read a session",
        answers={200: Answer("The session.", (SessionView,), {"session": examples.ACTIVE})},
        problems=(404, 503),
    ),
    "PATCH /api/sessions/{id}": Operation(
        tag="sessions",
        summary="Change the locale",
        description=(
            "On a call that was placed or answered in place; on one that was joined the transcription stops and "
            "starts, with a gap in the transcript."
        ),
        forms=(ChangeBody,),
        bodies={"german": {"locale": "de-DE"}},
        answers={
            202: the_session("The change is under way.", examples.STARTING),
            200: the_session("It is so already.", examples.ACTIVE),
        },
        problems=(400, 404, 409, 503),
    ),
    "DELETE /api/sessions/{id}": Operation(
        tag="sessions",
        summary="Erase everything about a session",
        description=(
            "From then on every read answers 404. A session that still runs stops first. Repeat it until it answers "
            "204."
        ),
        answers={202: Answer("It is under way."), 204: Answer("Nothing is left.")},
        problems=(404, 503),
    ),
    "POST /api/sessions/{id}/stop": Operation(
        tag="sessions",
        summary="Stop the transcription",
        description="Whenever you like: it will be carried out. It never hangs up on people.",
        answers={
            202: the_session("It is under way.", examples.STOPPING),
            200: the_session("There was nothing left to do.", examples.STOPPED),
        },
        problems=(404, 503),
    ),
    "POST /api/sessions/{id}/start": Operation(
        tag="sessions",
        summary="Go on with the transcription",
        description="While the call lives, in the same session and transcript.",
        answers={
            202: the_session("It is under way.", examples.STARTING),
            200: the_session("It goes on anyhow.", examples.ACTIVE),
        },
        problems=(404, 409, 503),
    ),
    "PUT /api/sessions/{id}/speakers": Operation(
        tag="sessions",
        summary="Name the speakers",
        description="In place of all names that users gave before; those that ACS told stay.",
        forms=(Speakers,),
        bodies={"one": {examples.ADA: "Ada L."}, "none": {}},
        answers={200: Answer("The session.", (SessionView,), {"session": examples.ACTIVE})},
        problems=(400, 404, 503),
    ),
    "PATCH /api/sessions/{id}/speakers": Operation(
        tag="sessions",
        summary="Name some of the speakers",
        description=(
            "All other names stay; `null` takes back a name that a user gave. Two who do so at once lose nothing."
        ),
        forms=(SpeakerChanges,),
        bodies={"one": {examples.ADA: "Ada L."}, "taken back": {examples.ADA: None}},
        answers={200: Answer("The session.", (SessionView,), {"session": examples.ACTIVE})},
        problems=(400, 404, 503),
    ),
    "GET /api/sessions/{id}/events": Operation(
        tag="sessions",
        summary="Read a session's journal, oldest first",
        description=(
            "Requests, commands and their outcome, callbacks, sockets, time. It holds names of people, but no words "
            "of the call."
        ),
        query=JournalQuery,
        answers={200: Answer("What happened.", (Journal,), {"journal": examples.JOURNAL})},
        problems=(400, 404, 503),
    ),
}
