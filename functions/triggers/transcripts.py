"""The API's transcripts."""

import azure.functions as func

from functions.lifecycle.session import Session
from functions.lifecycle.view import view
from functions.services import sessions
from functions.services.transcripts import read_page, read_whole
from functions.services.wired import Services
from functions.transcript.formats.webvtt import write_webvtt
from functions.transcript.reading import key_before_late_finals, read_cursor
from functions.triggers.answers import NO_STORE, Endpoint, answer_json
from functions.triggers.input import one_of, read_number

DEFAULT_LIMIT = 500
MOST_LINES = 1000
FORMATS = ("json", "vtt")


async def read_transcript(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """A session's transcript."""
    stored = await sessions.load(services.sessions, req.route_params["id"])
    return await answer_transcript(req, services, stored.session)


async def answer_transcript(req: func.HttpRequest, services: Services, session: Session) -> func.HttpResponse:
    """The transcript in the format that was asked for: JSON page by page, WebVTT whole."""
    if asked_format(req) == "vtt":
        text = write_webvtt(await read_whole(services.segments, session))
        name = {"Content-Disposition": f'inline; filename="{session.id}.vtt"'}
        return func.HttpResponse(text, headers=NO_STORE | name, mimetype="text/vtt", charset="utf-8")
    page = await read_page(
        services.segments,
        session,
        first_key(req, session),
        read_number(req, "limit", DEFAULT_LIMIT, MOST_LINES),
    )
    content = {"session": view(session), "segments": page.lines}
    return answer_json(content if page.next is None else content | {"next": page.next})


def asked_format(req: func.HttpRequest) -> str:
    """The format in the query, else the one that `Accept` asks for. Raises InputRefused."""
    asked = one_of(req.params.get("format"), "format", FORMATS)
    return asked or ("vtt" if "text/vtt" in req.headers.get("Accept", "") else "json")


def first_key(req: func.HttpRequest, session: Session) -> str:
    """The row key behind which to read. Raises InputRefused."""
    cursor, since = req.params.get("cursor"), req.params.get("since")
    if cursor is not None:
        return read_cursor(session.id, cursor)
    return "" if since is None else key_before_late_finals(since)


ENDPOINTS = (Endpoint(read_transcript, "api/sessions/{id}/transcript"),)
