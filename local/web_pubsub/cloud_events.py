"""An upstream event as CloudEvents in HTTP binary mode, and how its answer is judged. Pure."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from local.web_pubsub.errors import EventFailed, UnsupportedContentType
from local.web_pubsub.payload import Payload, data_type_of

type Category = Literal["sys", "user"]
type SystemEvent = Literal["connect", "connected", "disconnected"]

_HIDDEN_HEADERS = ("authorization", "x-asrs-internal-")  # never shown to the handler [E]


@dataclass(frozen=True, slots=True)
class Event:
    """One upstream event; all tries of it are the same, `ce-id` and `request_id` included."""

    id: int
    hub: str
    name: str
    category: Category
    connection_id: str
    payload: Payload
    origin: str
    request_id: str
    time: datetime
    user_id: str | None
    subprotocol: str | None
    state: str
    cookie: str


class ConnectAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """What the handler makes of a client; None leaves what the token says."""

    user_id: str | None = None
    groups: list[str] | None = None
    roles: list[str] | None = None
    subprotocol: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The handler's HTTP answer to one try; `status` is None when the network failed."""

    status: int | None
    content_type: str = ""
    body: bytes = b""
    state: str | None = None
    cookies: Mapping[str, str] | None = None
    allowed_origins: tuple[str, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether the status is one of 2xx."""
        return self.status in range(200, 300)


def headers_of(event: Event, signature: str) -> dict[str, str]:
    """The request's headers. Raises EventFailed when the connection's state is not ASCII [E]."""
    if not event.state.isascii():
        raise EventFailed("The connection state cannot travel in a header: it is not ASCII.")
    wanted = {
        "Content-Type": event.payload.content_type,
        "WebHook-Request-Origin": event.origin,
        "x-ms-client-request-id": event.request_id,
        "ce-specversion": "1.0",
        "ce-awpsversion": "1.0",
        "ce-type": f"azure.webpubsub.{event.category}.{event.name}",
        "ce-source": f"/hubs/{event.hub}/client/{event.connection_id}",
        "ce-id": str(event.id),
        "ce-time": event.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ce-signature": signature,
        "ce-hub": event.hub,
        "ce-eventName": event.name,
        "ce-connectionId": event.connection_id,
        "ce-userId": event.user_id,
        "ce-subprotocol": event.subprotocol,
        "ce-connectionState": event.state,
        "Cookie": event.cookie,
    }
    return {name: value for name, value in wanted.items() if value}


def signature_of(connection_id: str, keys: Sequence[str]) -> str:
    """`ce-signature`: an HMAC of the connection's id under each access key's text."""
    digests = (hmac.new(key.encode(), connection_id.encode(), hashlib.sha256).hexdigest() for key in keys)
    return ",".join(f"sha256={digest}" for digest in digests)


def handler_url(template: str, hub: str, event: str) -> str:
    """The handler's address for one event."""
    return template.replace("{hub}", quote(hub, safe="")).replace("{event}", quote(event, safe=""))


def connect_body(
    claims: Mapping[str, list[str]],
    query: Mapping[str, list[str]],
    headers: Mapping[str, list[str]],
    subprotocols: Sequence[str],
) -> bytes:
    """What the handler is told about a client that wants in; its credentials are left out [E]."""
    shown = {name: values for name, values in headers.items() if not name.lower().startswith(_HIDDEN_HEADERS)}
    body: dict[str, Any] = {
        "claims": claims,
        "query": {name: values for name, values in query.items() if name != "access_token"},
        "headers": shown,
        "subprotocols": list(subprotocols),
        "clientCertificates": [],
    }
    return msgspec.json.encode(body)


def worth_retrying(status: int | None) -> bool:
    """Network faults (None), 408 and 5xx are; 429 and other 4xx are not [E]."""
    return (
        status is None or status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def allows(reply: Reply, origin: str) -> bool:
    """Whether a validation's answer lets this origin send events."""
    return reply.succeeded and any(given in ("*", origin) for given in reply.allowed_origins)


def connect_answer(reply: Reply) -> ConnectAnswer:
    """What the handler says to a connect. Raises EventFailed with the status for the client."""
    if not reply.succeeded:
        raise EventFailed("The connect event was refused.", reply.status or 500)
    if not reply.body:
        return ConnectAnswer()
    try:
        return msgspec.json.decode(reply.body, type=ConnectAnswer)
    except msgspec.MsgspecError as error:
        raise EventFailed("The connect event's answer is not the JSON expected.") from error


def user_event_answer(reply: Reply) -> Payload | None:
    """What the handler sends back to the client, if anything. Raises EventFailed."""
    if not reply.succeeded:
        raise EventFailed("The event handler did not take the event.")
    if not reply.body:
        return None
    if not reply.content_type:
        return Payload("binary", reply.body)
    try:
        return Payload(data_type_of(reply.content_type), reply.body)
    except UnsupportedContentType as error:
        raise EventFailed("The event handler's answer is of an unsupported type.") from error
