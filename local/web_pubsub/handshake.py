"""What a client brings to its handshake: its token, its subprotocols, its way in."""

import secrets
from collections.abc import Iterator, Mapping

from aiohttp import web

from local.web_pubsub import subprotocol
from local.web_pubsub.cloud_events import ConnectAnswer, connect_body
from local.web_pubsub.connection import Connection
from local.web_pubsub.errors import TokenRefused
from local.web_pubsub.payload import MESSAGE_LIMIT
from local.web_pubsub.permissions import permissions_of
from local.web_pubsub.sockets import Socket
from local.web_pubsub.tokens import ClientClaims

_CLOSE_WITHIN = 2.0  # seconds for a client to answer a close frame


async def accept(request: web.Request, chosen: str | None) -> Socket:
    """The socket after a 101 with this subprotocol. Raises ConnectionResetError if the client has gone."""
    response = web.WebSocketResponse(
        protocols=(chosen,) if chosen else (),
        max_msg_size=MESSAGE_LIMIT + 1,  # aiohttp refuses what is as large as its limit
        compress=False,
        autoclose=False,
        timeout=_CLOSE_WITHIN,
    )
    await response.prepare(request)
    if request.transport is None:
        raise ConnectionResetError("The client has gone during its handshake.")
    return Socket(response, request.transport)


def newcomer(request: web.Request, claims: ClientClaims) -> Connection:
    """A connection that is in no hub yet."""
    return Connection(
        id=secrets.token_urlsafe(16),
        hub=request.match_info["hub"].lower(),
        user_id=claims.user_id,
        groups=set(claims.groups),
        permissions=permissions_of(claims.roles),
        origin=request.url.host or "",
        sends_to=_sends_to(request),
    )


def _sends_to(request: web.Request) -> str | None:
    if request.query.get("webpubsub_mode", "").lower() != "sendtogroup":
        return None
    return request.query.get("group")


def body_of_connect(request: web.Request, claims: ClientClaims) -> bytes:
    """The body of the connect event."""
    return connect_body(claims.claims, _lists(request.query), _lists(request.headers), list(offered(request)))


def _lists(values: Mapping[str, str]) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for name, value in values.items():
        lists.setdefault(name, []).append(value)
    return lists


def token_of(request: web.Request) -> str:
    """The client's token. Raises TokenRefused if there is none."""
    # The query's token is judged alone when there is one [E].
    if query := request.query.get("access_token"):
        return query
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise TokenRefused("The client bears no token.")
    return token.strip()


def audiences(request: web.Request) -> Iterator[str]:
    """What the token's audience may be."""
    for scheme in ("http", "https"):  # never ws or wss [E]
        yield f"{scheme}://{request.host}/client/hubs/{request.match_info['hub']}"


def offered(request: web.Request) -> Iterator[str]:
    """The subprotocols that the client offers, best first."""
    for header in request.headers.getall("Sec-WebSocket-Protocol", []):
        yield from (name.strip() for name in header.split(",") if name.strip())


def chosen_subprotocol(request: web.Request, answer: ConnectAnswer) -> str | None:
    """The handler's choice, else the first offered one that the service speaks."""
    names = list(offered(request))
    if answer.subprotocol in names:
        return answer.subprotocol  # it may be the application's own: then the client is a simple one
    return next((name for name in names if name in subprotocol.SUPPORTED), None)
