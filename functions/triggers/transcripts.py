"""The API's transcripts."""

import azure.functions as func

from functions.lifecycle.session import Session
from functions.lifecycle.view import view
from functions.services import sessions
from functions.services.transcripts import key_of_news, read_page, write_whole
from functions.services.wired import Services
from functions.transcript.formats.choice import MEDIA_TYPES, Format, choose_format
from functions.transcript.formats.heading import file_name
from functions.transcript.formats.origins import read_origin
from functions.transcript.reading import read_cursor
from functions.transcript.versions import etag_of, is_known
from functions.triggers.answers import ENCODER, NO_STORE, answer_empty
from functions.triggers.query import read_query
from functions.triggers.transcript_answers import SearchPage, TranscriptPage
from functions.triggers.transcript_query import (
    DEFAULT_HITS,
    DEFAULT_LINES,
    TranscriptQuery,
    check_fitting,
)

ASK_AGAIN = {"Cache-Control": "private, no-cache"}
"""It may be kept by those who asked for it, if they ask each time whether it still holds."""
VARY = {"Vary": "Accept"}


async def read_transcript(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """A session's transcript."""
    stored = await sessions.load(services.sessions, req.route_params["id"])
    return await answer_transcript(req, services, stored.session)


async def answer_transcript(req: func.HttpRequest, services: Services, session: Session) -> func.HttpResponse:
    """The transcript in the format that was asked for: JSON page by page, any other whole.

    Raises NotFound if the session was erased meanwhile: what is left of a transcript must not pass for all of it.
    """
    query = read_query(req, TranscriptQuery)
    form = choose_format(query.format, req.headers.get("Accept"))
    check_fitting(query, form)
    etag = etag_of(session, form)
    headers = VARY | (NO_STORE if etag is None else ASK_AGAIN | {"ETag": etag})
    if etag is not None and is_known(etag, req.headers.get("If-None-Match", "")):
        return answer_empty(304, headers)
    content = await read_content(services, session, query, form)
    await sessions.load(services.sessions, session.id)
    named = headers if form is Format.JSON else headers | of_file(session, form)
    return func.HttpResponse(content, headers=named, mimetype=MEDIA_TYPES[form], charset="utf-8")


async def read_content(services: Services, session: Session, query: TranscriptQuery, form: Format) -> bytes:
    """What is asked for, in its format. Raises InputRefused, Unavailable."""
    if form is not Format.JSON:
        origin_ms = 0 if query.origin is None else read_origin(query.origin) - session.created_at
        return await write_whole(services.segments, session, form, origin_ms)
    if query.q is not None:
        return ENCODER.encode(await hits(services, session, query, query.q))
    return ENCODER.encode(await page(services, session, query))


async def page(services: Services, session: Session, query: TranscriptQuery) -> TranscriptPage:
    """A page of the transcript."""
    after = await first_key(services, session, query)
    read = await read_page(services.segments, session, after, query.limit or DEFAULT_LINES)
    return TranscriptPage(view(session), read.lines, read.next)


async def hits(services: Services, session: Session, query: TranscriptQuery, q: str) -> SearchPage:
    """A page of what a search found."""
    # Here, since most processes see frames and no search: each import costs their cold start.
    from functions.services.transcript_search import search  # noqa: PLC0415
    from functions.transcript.search import read_terms  # noqa: PLC0415

    behind = "" if query.cursor is None else read_cursor(session.id, query.cursor)
    terms, limit = read_terms(q), query.limit or DEFAULT_HITS
    found = await search(services.segments, session, terms, behind, limit)
    return SearchPage(view(session), found.hits, found.next)


async def first_key(services: Services, session: Session, query: TranscriptQuery) -> str:
    """The row key behind which to read. Raises InputRefused, Unavailable."""
    if query.cursor is not None:
        return read_cursor(session.id, query.cursor)
    if query.since is not None:
        return await key_of_news(services.segments, session, query.since)
    return ""


def of_file(session: Session, form: Format) -> dict[str, str]:
    """What a browser calls the file when it is kept, and how to read it: the host says it only of `text/…`."""
    return {
        "Content-Disposition": f'inline; filename="{file_name(session, form)}"',
        "Content-Type": f"{MEDIA_TYPES[form]}; charset=utf-8",
    }
