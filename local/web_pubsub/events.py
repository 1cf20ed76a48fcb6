"""What a connection tells its hub's event handler, and what comes of the answer."""

import logging
import uuid
from datetime import UTC, datetime

import msgspec

from local.web_pubsub.cloud_events import (
    Category,
    ConnectAnswer,
    Event,
    Reply,
    connect_answer,
    user_event_answer,
)
from local.web_pubsub.connection import Connection
from local.web_pubsub.errors import EventFailed
from local.web_pubsub.payload import Payload
from local.web_pubsub.permissions import permissions_of
from local.web_pubsub.service import Service
from local.web_pubsub.upstream import Handler

_log = logging.getLogger(__name__)


async def ask_to_connect(service: Service, connection: Connection, body: bytes) -> ConnectAnswer:
    """The handler's word on a client that wants in. Raises EventFailed."""
    event = _event(connection, "connect", "sys", Payload("json", body))
    handler = service.handler(connection.hub)
    if handler is None:
        return ConnectAnswer()
    reply = await _deliver(service, handler, event, connection)
    answer = connect_answer(reply)
    _keep_state(connection, reply)
    return answer


def admit(connection: Connection, answer: ConnectAnswer) -> None:
    """Make the connection what the handler's answer says it is."""
    if answer.user_id is not None:
        connection.user_id = answer.user_id or None
    if answer.groups:  # `[]` keeps the token's groups, `roles: []` removes the token's roles
        connection.groups = set(answer.groups)
    if answer.roles is not None:
        connection.permissions = permissions_of(answer.roles)


async def tell_user_event(
    service: Service, connection: Connection, name: str, payload: Payload
) -> Payload | None:
    """The handler's answer to a client's event. Raises EventFailed."""
    counters = service.hub(connection.hub).counters
    try:
        reply = await _tell(service, connection, name, payload)
        answer = user_event_answer(reply)
    except EventFailed:
        counters.events_failed += 1
        raise
    _keep_state(connection, reply)
    counters.events_delivered += 1
    connection.events_delivered += 1
    return answer


def tell_connected(service: Service, connection: Connection) -> None:
    """Tell that the client is in; nobody waits for the answer."""
    _notify(service, connection, "connected", b"{}")


def tell_disconnected(service: Service, connection: Connection, reason: str) -> None:
    """Tell that the client is gone; nobody waits for the answer."""
    _notify(service, connection, "disconnected", msgspec.json.encode({"reason": reason}))


async def _tell(service: Service, connection: Connection, name: str, payload: Payload) -> Reply:
    event = _event(connection, name, "user", payload)
    handler = service.handler(connection.hub)
    if handler is None:
        raise EventFailed("The hub has no event handler.")
    return await _deliver(service, handler, event, connection)


def _notify(service: Service, connection: Connection, name: str, body: bytes) -> None:
    event = _event(connection, name, "sys", Payload("json", body))
    handler = service.handler(connection.hub)
    if handler is not None:
        service.beside(_deliver_or_log(service, handler, event, connection))


async def _deliver_or_log(service: Service, handler: Handler, event: Event, connection: Connection) -> None:
    try:
        reply = await _deliver(service, handler, event, connection)
    except EventFailed as error:
        _log.warning("%s of %s was not delivered: %s", event.name, event.connection_id, error)
        return
    if not reply.succeeded:
        _log.warning("%s of %s was answered with %s.", event.name, event.connection_id, reply.status)


async def _deliver(service: Service, handler: Handler, event: Event, connection: Connection) -> Reply:
    reply = await service.upstream.deliver(handler, event, service.hub(event.hub).counters)
    if reply.succeeded and reply.cookies:
        connection.cookies.update(reply.cookies)  # affinity [E]
    return reply


def _event(connection: Connection, name: str, category: Category, payload: Payload) -> Event:
    # Ids count up whether or not anybody listens [E].
    number, connection.events = connection.events, connection.events + 1
    return Event(
        id=number,
        hub=connection.hub,
        name=name,
        category=category,
        connection_id=connection.id,
        payload=payload,
        origin=connection.origin,
        request_id=str(uuid.uuid4()),
        time=datetime.now(UTC),
        user_id=connection.user_id,
        subprotocol=connection.subprotocol,
        state=connection.state,
        cookie="; ".join(f"{name}={value}" for name, value in connection.cookies.items()),
    )


def _keep_state(connection: Connection, reply: Reply) -> None:
    # No header keeps the old state, an empty one empties it.
    if reply.state is not None:
        connection.state = reply.state
