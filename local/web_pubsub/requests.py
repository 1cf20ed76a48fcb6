"""What clients ask for, one thing at a time per connection."""

import logging

from aiohttp import WSCloseCode

from local.web_pubsub import subprotocol
from local.web_pubsub.connection import Connection, Message
from local.web_pubsub.delivery import break_off, publish
from local.web_pubsub.errors import EventFailed
from local.web_pubsub.events import tell_user_event
from local.web_pubsub.hub import without
from local.web_pubsub.payload import Payload
from local.web_pubsub.service import Service
from local.web_pubsub.sockets import text
from local.web_pubsub.subprotocol import (
    ClientMessage,
    JoinGroup,
    LeaveGroup,
    SendToGroup,
    UserEvent,
    payload_of,
)

_log = logging.getLogger(__name__)

type _Refusal = tuple[subprotocol.AckError, str] | None


async def work(service: Service, connection: Connection) -> None:
    """Carry out what was read from the connection until it has ended or an event has failed."""
    while (asked := await connection.inbox.get()) is not None:
        if not isinstance(asked, Payload):
            await _acknowledged(service, connection, asked)
        elif connection.sends_to is not None:
            _send_bare(service, connection, connection.sends_to, asked)
        elif not await _raise_message(service, connection, asked):
            break_off(service, connection, WSCloseCode.INTERNAL_ERROR, "Internal server error")
            return


async def _raise_message(service: Service, connection: Connection, payload: Payload) -> bool:
    try:
        answer = await tell_user_event(service, connection, "message", payload)
    except EventFailed as error:
        _log.warning("A message of %s failed: %s", connection.id, error)
        return False
    if answer is not None:
        publish(service, [connection], Message(answer))
    return True


def _send_bare(service: Service, connection: Connection, group: str, payload: Payload) -> None:
    if not connection.permissions.send.allows(group):
        break_off(service, connection, WSCloseCode.POLICY_VIOLATION, "Sending to the group is not permitted.")
        return
    message = Message(payload, group, connection.user_id)
    publish(service, service.hub(connection.hub).in_group(group), message)


async def _acknowledged(service: Service, connection: Connection, asked: ClientMessage) -> None:
    ack_id: int | None = getattr(asked, "ack_id", None)
    if connection.acks.used(ack_id):
        refusal: _Refusal = ("Duplicate", f"The message with ackId {ack_id} has been processed.")
    else:
        refusal = await _do(service, connection, asked)
    if ack_id is None:
        return
    if refusal is not None:
        connection.send(text(subprotocol.refused(ack_id, *refusal)))
        return
    # Only what was done is remembered: what was refused may be tried again under its id [E].
    connection.acks.remember(ack_id)
    connection.send(text(subprotocol.acknowledged(ack_id)))


async def _do(service: Service, connection: Connection, asked: ClientMessage) -> _Refusal:
    match asked:
        case JoinGroup(group=group) | LeaveGroup(group=group):
            return _change_group(service, connection, asked, group)
        case SendToGroup():
            return _send_to_group(service, connection, asked)
        case UserEvent():
            return await _raise_event(service, connection, asked)
        case _:
            return None  # pings and sequence acks are answered where they are read


def _change_group(service: Service, connection: Connection, asked: ClientMessage, group: str) -> _Refusal:
    if not connection.permissions.join_leave.allows(group):
        return "Forbidden", f"Joining or leaving the group {group} is not permitted."
    hub = service.hub(connection.hub)
    if isinstance(asked, LeaveGroup):
        hub.leave(connection, group)
    elif connection.end is None:
        hub.join(connection, group)
    return None


def _send_to_group(service: Service, connection: Connection, asked: SendToGroup) -> _Refusal:
    if not connection.permissions.send.allows(asked.group):
        return "Forbidden", f"Sending to the group {asked.group} is not permitted."
    receivers = service.hub(connection.hub).in_group(asked.group)
    spared = [connection.id] if asked.no_echo else []
    message = Message(payload_of(asked), asked.group, connection.user_id)
    publish(service, without(receivers, spared), message)
    return None


async def _raise_event(service: Service, connection: Connection, asked: UserEvent) -> _Refusal:
    try:
        answer = await tell_user_event(service, connection, asked.event, payload_of(asked))
    except EventFailed as error:
        _log.warning("An event of %s failed: %s", connection.id, error)
        return "InternalServerError", "Internal server error"
    if answer is not None:
        publish(service, [connection], Message(answer))
    return None
