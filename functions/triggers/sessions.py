"""The API's sessions: start, list, read, change, stop, start again, erase, journal."""

from typing import Annotated

import azure.functions as func
import msgspec
from msgspec import Meta

from functions.lifecycle.journal import PLACE, EntryView, view_entry
from functions.lifecycle.locales import read_locale
from functions.lifecycle.session import Session, State
from functions.lifecycle.view import SessionView, view
from functions.services import erasure, sessions
from functions.services.session_journal import read_journal
from functions.services.session_list import Filters, list_newest
from functions.services.wired import Services
from functions.triggers.answers import answer_empty, answer_json
from functions.triggers.input import SpeakerChanges, Speakers, read_body, read_changes, read_speakers
from functions.triggers.query import Query, read_query
from functions.triggers.start_input import Locale, read_idempotency_key, read_start

ACCEPTED = 202
Cursor = Annotated[
    str,
    Meta(
        description="`next` of the page before.",
        pattern=r"^[0-9A-HJKMNP-TV-Z-]+$(?!\n)",
        extra={"wrong": "is not one of ours", "remedy": "Send `next` of the page before."},
    ),
]


JournalCursor = Annotated[
    str,
    Meta(
        description="`next` of the page before.",
        pattern=rf"^{PLACE.pattern}$(?!\n)",
        extra={"wrong": "is not one of ours", "remedy": "Send `next` of the page before."},
    ),
]


class ListQuery(Query, frozen=True):
    """Which sessions a list shows."""

    state: Annotated[State | None, Meta(description="The state that they are in now.")] = None
    call_connection_id: Annotated[str | None, Meta(description="ACS's connection to the call.")] = None
    server_call_id: Annotated[str | None, Meta(description="ACS's id of the call.")] = None
    group_call_id: Annotated[str | None, Meta(description="The group that they were started with.")] = None
    room_id: Annotated[str | None, Meta(description="The room that they were started with.")] = None
    tag: Annotated[str | None, Meta(description="The tag that they were started with.")] = None
    limit: Annotated[int, Meta(ge=1, le=100, description="The most sessions of a page.")] = 20
    cursor: Cursor | None = None


class JournalQuery(Query, frozen=True):
    """Which part of a journal."""

    limit: Annotated[int, Meta(ge=1, le=1000, description="The most entries of a page.")] = 1000
    cursor: JournalCursor | None = None


class SessionPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some of the sessions, newest first."""

    sessions: list[SessionView]
    next: Annotated[str, Meta(description="The `cursor` for older ones, if there may be some.")] | None = None


class Journal(msgspec.Struct, frozen=True, omit_defaults=True):
    """What happened to a session, oldest first."""

    events: list[EntryView]
    next: Annotated[str, Meta(description="The `cursor` for later ones, if there are some.")] | None = None


class ChangeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a change."""

    locale: Locale


async def start_session(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Transcribe a call: 202 and its session, or 200 and the session that does so already."""
    request, key = read_start(req, services.sessions.other_calls), read_idempotency_key(req)
    session, moved = await sessions.start(services.sessions, request, key)
    return answer_session(session, moved=moved)


async def list_sessions(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The sessions, newest first."""
    query = read_query(req, ListQuery)
    filters = Filters(
        state=query.state,
        call_connection_id=query.call_connection_id,
        server_call_id=query.server_call_id,
        group_call_id=query.group_call_id,
        room_id=query.room_id,
        tag=query.tag,
    )
    store = services.sessions.store
    found, behind = await list_newest(store, filters, query.limit, query.cursor)
    return answer_json(SessionPage([view(session) for session in found], behind))


async def read_session(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """One session."""
    stored = await sessions.load(services.sessions, req.route_params["id"])
    return answer_json(view(stored.session))


async def stop_session(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Stop: 202 if that set something in motion, 200 if there was nothing left to do."""
    session, moved = await sessions.stop(services.sessions, req.route_params["id"])
    return answer_session(session, moved=moved)


async def restart_session(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Start again while the call lives: 202 if that set something in motion, 200 if it goes on anyhow."""
    session, moved = await sessions.restart(services.sessions, req.route_params["id"])
    return answer_session(session, moved=moved)


async def change_session(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Change the locale: 202 if that set something in motion, 200 if it is so already."""
    body: ChangeBody = read_body(req, ChangeBody)
    locale = read_locale(body.locale)
    session, moved = await sessions.change_locale(services.sessions, req.route_params["id"], locale)
    return answer_session(session, moved=moved)


async def name_speakers(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Name the speakers, by raw id, in place of all names that were given before."""
    speakers = read_speakers(read_body(req, Speakers))
    return answer_json(
        view(await sessions.name_speakers(services.sessions, req.route_params["id"], speakers))
    )


async def change_speakers(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Name some of the speakers, or take their names back; other names stay."""
    changes = read_changes(read_body(req, SpeakerChanges))
    changed = await sessions.change_speakers(services.sessions, req.route_params["id"], changes)
    return answer_json(view(changed))


async def erase_session(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Erase everything about a session: 202 while that is under way, 204 once nothing is left."""
    under_way = await erasure.erase(services.sessions, req.route_params["id"])
    return answer_empty(ACCEPTED if under_way else 204)


async def list_session_events(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The session's journal, oldest first."""
    query = read_query(req, JournalQuery)
    stored = await sessions.load(services.sessions, req.route_params["id"])
    page = await read_journal(services.sessions.store, stored.session.id, query.cursor or "", query.limit)
    return answer_json(Journal([view_entry(entry) for entry in page.entries], page.next))


def answer_session(session: Session, *, moved: bool) -> func.HttpResponse:
    """The session, with 202 if something was set in motion."""
    location = {"Location": f"/api/sessions/{session.id}"}
    return answer_json(view(session), ACCEPTED if moved else 200, location)
