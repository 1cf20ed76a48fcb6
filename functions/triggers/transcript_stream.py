"""Web PubSub's upstream events of the transcript hub: CloudEvents over HTTP, one invocation per frame.

Why an HTTP trigger and not `webPubSubTrigger`: the answer's status drives the service's tries, the signature is
checked here, and nothing but this code is between a frame and its row.
"""

import azure.functions as func
import msgspec

from functions.errors import InputRefused, NotFound, StateDamaged, Unauthorized
from functions.lifecycle.identity import is_ulid
from functions.services.ports import TRANSCRIPT_HUB
from functions.services.transcript_sockets import close_socket, open_socket
from functions.services.transcript_stream import Socket, receive_frame
from functions.services.wired import Services
from functions.triggers.acs_events import LARGEST_BODY, READING_ERRORS
from functions.triggers.answers import answer_empty

CONNECT = "azure.webpubsub.sys.connect"
CONNECTED = "azure.webpubsub.sys.connected"
DISCONNECTED = "azure.webpubsub.sys.disconnected"
MESSAGE = "azure.webpubsub.user.message"
STATE = "ce-connectionState"
CALL_CONNECTION = "x-ms-call-connection-id"
SUBSCRIBE = "Subscribe to `message` and the system events of the transcript hub, and to nothing else."


class ConnectBody(msgspec.Struct, frozen=True):
    """What the service says of a client that wants in."""

    headers: dict[str, list[str]] = {}


class DisconnectedBody(msgspec.Struct, frozen=True):
    """Why a client is gone."""

    reason: str | None = None


async def web_pubsub_events(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Take in one event of ACS's transcript socket."""
    if req.method == "OPTIONS":
        return allow_origin(req, services)
    socket = await read_socket(req, services)
    kind = req.headers.get("ce-type", "")
    if kind == MESSAGE:
        return await take_frame(req, services, socket)
    if kind == CONNECT:
        return await admit(req, services, socket)
    if kind == DISCONNECTED:
        return await dismiss(req, services, socket)
    if kind == CONNECTED:
        return answer_empty()
    raise InputRefused("This event is not handled.", field="ce-type", remedy=SUBSCRIBE)


def allow_origin(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The handshake: whoever asks is told the host of ours that it may be; the service takes one host, no list."""
    hosts = [each.host for each in services.settings.web_pubsubs]
    asks = req.headers.get("WebHook-Request-Origin", "").casefold()
    return answer_empty(200, {"WebHook-Allowed-Origin": asks if asks in hosts else hosts[0]})


async def read_socket(req: func.HttpRequest, services: Services) -> Socket:
    """The socket that an event is about. Raises Unauthorized unless our Web PubSub sent it for our hub, Unavailable."""
    connection_id = req.headers.get("ce-connectionId", "")
    if not connection_id:
        raise Unauthorized("The event names no connection.", field="ce-connectionId", remedy=SUBSCRIBE)
    signature = req.headers.get("ce-signature", "")
    web_pubsub = await services.check_event(connection_id, signature, req.headers.get("Authorization"))
    if req.headers.get("ce-hub", "").casefold() != TRANSCRIPT_HUB:
        raise Unauthorized("Events of this hub are not taken in.", field="ce-hub", remedy=SUBSCRIBE)
    session_id = req.headers.get("ce-userId", "")
    if not is_ulid(session_id):
        raise Unauthorized("The socket's user is no session.", field="ce-userId", remedy=SUBSCRIBE)
    return Socket(connection_id, session_id, web_pubsub)


async def take_frame(req: func.HttpRequest, services: Services, socket: Socket) -> func.HttpResponse:
    """A frame: 204 when it is durable. A state that we did not write closes the socket; ACS opens another."""
    try:
        state = await receive_frame(services.stream, socket, req.headers.get(STATE), req.get_body())
    except StateDamaged as error:
        raise InputRefused(str(error), field=STATE, remedy="Open the socket again.") from error
    return answer_empty() if state is None else answer_empty(headers={STATE: state})


async def admit(req: func.HttpRequest, services: Services, socket: Socket) -> func.HttpResponse:
    """A new socket: let in if its session wants it."""
    try:
        connection = call_connection(req.get_body())
        state = await open_socket(services.stream, socket, connection, req.headers.get("ce-id", ""))
    except NotFound:
        raise Unauthorized("The socket's session does not exist.") from None
    return answer_empty(headers={STATE: state})


def call_connection(body: bytes) -> str | None:
    """The call connection that ACS names in the headers of its socket. Raises InputRefused."""
    try:
        headers = read_body(body, ConnectBody).headers
    except READING_ERRORS:
        raise InputRefused(
            "The connect event has no readable body.", field="body", remedy="Send its JSON."
        ) from None
    named = {name.casefold(): values for name, values in headers.items()}
    return next(iter(named.get(CALL_CONNECTION, [])), None)


async def dismiss(req: func.HttpRequest, services: Services, socket: Socket) -> func.HttpResponse:
    """A socket that is gone; its session may be gone as well."""
    event_id, state = req.headers.get("ce-id", ""), req.headers.get(STATE)
    try:
        await close_socket(services.stream, socket, reason_of(req.get_body()), event_id, state)
    except NotFound:
        return answer_empty()
    return answer_empty()


def reason_of(body: bytes) -> str:
    """Why the client is gone, as far as that can be read: an odd reason must not keep a socket open for us."""
    try:
        return read_body(body, DisconnectedBody).reason or ""
    except READING_ERRORS:
        return ""


def read_body[Form](body: bytes, form: type[Form]) -> Form:
    """What Web PubSub says of a socket; of a body that is too large only a part, which is no JSON.

    Raises one of READING_ERRORS.
    """
    return msgspec.json.decode(body[:LARGEST_BODY], type=form)
