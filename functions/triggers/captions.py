"""What a viewer gets: a captions connection, and reads with a token for one session."""

import azure.functions as func

from functions.errors import NotFound, Unauthorized
from functions.lifecycle.read_tokens import opens, write_read_token
from functions.lifecycle.session import Session
from functions.lifecycle.times import rfc3339
from functions.lifecycle.view import view
from functions.services import sessions
from functions.services.ports import group_of, viewers_of
from functions.services.wired import Services
from functions.triggers.answers import answer_json
from functions.triggers.transcripts import answer_transcript

DETAIL = "There is no read token that opens this session."
REMEDY = "Ask your own back end for a new captions access (POST /api/sessions/{id}/captions)."


async def open_captions(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """A Web PubSub connection and a read token for one viewer of one session; a back end hands it to a browser."""
    session = (await sessions.load(services.sessions, req.route_params["id"])).session
    minutes = services.settings.captions_access_minutes
    expires_at = services.now() // 1000 + minutes * 60
    access = {
        "url": await viewers_of(session, services.viewers).grant(session.id, minutes),
        "group": group_of(session.id),
        "readToken": write_read_token(session.secret, session.id, expires_at),
        "expiresAt": rfc3339(expires_at * 1000),
    }
    return answer_json(access)


async def read_captions_session(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The session, for a viewer."""
    return answer_json(view(await session_of_viewer(req, services)))


async def read_captions_transcript(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The transcript, for a viewer. Raises Unauthorized also if it is erased meanwhile."""
    session = await session_of_viewer(req, services)
    try:
        return await answer_transcript(req, services, session)
    except NotFound:
        raise Unauthorized(DETAIL, remedy=REMEDY) from None


async def session_of_viewer(req: func.HttpRequest, services: Services) -> Session:
    """The session that the read token opens. Raises Unauthorized, the same whatever is wrong."""
    scheme, _, token = req.headers.get("Authorization", "").partition(" ")
    try:
        session = (await sessions.load(services.sessions, req.route_params["id"])).session
    except NotFound:
        raise Unauthorized(DETAIL, remedy=REMEDY) from None
    right = opens(token.strip(), session.secret, session.id, services.now() // 1000)
    if scheme.casefold() != "bearer" or not right:
        raise Unauthorized(DETAIL, remedy=REMEDY)
    return session
