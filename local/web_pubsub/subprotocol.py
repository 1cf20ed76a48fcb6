"""The messages of json.webpubsub.azure.v1 and json.reliable.webpubsub.azure.v1. Pure."""

import base64
import binascii
from typing import Any, Final, Literal

import msgspec

from local.web_pubsub.errors import MalformedMessage
from local.web_pubsub.payload import DataType, Payload

JSON: Final = "json.webpubsub.azure.v1"
RELIABLE: Final = "json.reliable.webpubsub.azure.v1"
SUPPORTED: Final = (JSON, RELIABLE)

type AckError = Literal["Forbidden", "Duplicate", "InternalServerError"]


class JoinGroup(msgspec.Struct, frozen=True, tag="joinGroup", rename="camel"):
    """A client wants to be in a group."""

    group: str
    ack_id: int | None = None


class LeaveGroup(msgspec.Struct, frozen=True, tag="leaveGroup", rename="camel"):
    """A client wants to be out of a group."""

    group: str
    ack_id: int | None = None


class SendToGroup(msgspec.Struct, frozen=True, tag="sendToGroup", rename="camel"):
    """A client says something to a group; `no_echo` spares itself."""

    group: str
    data: msgspec.Raw
    data_type: DataType = "json"  # [E]
    no_echo: bool = False
    ack_id: int | None = None


class UserEvent(msgspec.Struct, frozen=True, tag="event", rename="camel"):
    """A client says something to the event handler."""

    event: str
    data: msgspec.Raw
    data_type: DataType = "json"  # [E]
    ack_id: int | None = None


class SequenceAck(msgspec.Struct, frozen=True, tag="sequenceAck", rename="camel"):
    """A reliable client has everything up to `sequence_id`."""

    sequence_id: int


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """A client asks whether the service is there."""


type ClientMessage = JoinGroup | LeaveGroup | SendToGroup | UserEvent | SequenceAck | Ping

_DECODER: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(
    JoinGroup | LeaveGroup | SendToGroup | UserEvent | SequenceAck | Ping
)
_TEXT = msgspec.json.Decoder(str)
_ANY = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()

PONG: Final = b'{"type":"pong"}'


def decode(frame: bytes) -> ClientMessage:
    """A client's text frame as a message. Raises MalformedMessage."""
    try:
        message = _DECODER.decode(frame)
    except msgspec.MsgspecError as error:
        raise MalformedMessage(str(error)) from error
    if isinstance(message, JoinGroup | LeaveGroup | SendToGroup) and not message.group:
        raise MalformedMessage("The group's name is empty.")
    return message


def payload_of(message: SendToGroup | UserEvent) -> Payload:
    """The data that a client's message carries. Raises MalformedMessage."""
    if message.data_type == "json":
        return Payload("json", bytes(message.data))
    try:
        text = _TEXT.decode(message.data)
        if message.data_type == "text":
            return Payload("text", text.encode())
        return Payload("binary", base64.b64decode(text, validate=True))
    except (msgspec.MsgspecError, binascii.Error) as error:
        raise MalformedMessage(f"The data is not {message.data_type}.") from error


def connected(connection_id: str, user_id: str | None, reconnection_token: str | None) -> bytes:
    """The first message on a socket; only reliable clients get a token."""
    message = {"type": "system", "event": "connected", "userId": user_id, "connectionId": connection_id}
    if reconnection_token is not None:
        message["reconnectionToken"] = reconnection_token
    return _ENCODER.encode(message)


def disconnected(reason: str) -> bytes:
    """The last message before the service closes a socket."""
    return _ENCODER.encode({"type": "system", "event": "disconnected", "message": reason})


def acknowledged(ack_id: int) -> bytes:
    """What was asked under this id is done."""
    return b'{"type":"ack","ackId":%d,"success":true}' % ack_id


def refused(ack_id: int, name: AckError, message: str) -> bytes:
    """What was asked under this id is not done, and why."""
    error = {"name": name, "message": message}
    return _ENCODER.encode({"type": "ack", "ackId": ack_id, "success": False, "error": error})


def group_message(group: str, from_user: str | None, payload: Payload) -> bytes:
    """A message to a group's members; `from_user` is None for REST sends [E]."""
    head = {"type": "message", "from": "group", "group": group, "fromUserId": from_user}
    return _ENCODER.encode(head | _data(payload))


def server_message(payload: Payload) -> bytes:
    """A message from the event handler or from REST, to a connection, a user or all."""
    return _ENCODER.encode({"type": "message", "from": "server"} | _data(payload))


def with_sequence_id(message: bytes, sequence_id: int) -> bytes:
    """An encoded message, numbered for a reliable client."""
    return b'%b,"sequenceId":%d}' % (message[:-1], sequence_id)


def is_json(body: bytes) -> bool:
    """Whether a body can stand in a message as it is."""
    try:
        _ANY.decode(body)
    except msgspec.MsgspecError:
        return False
    return True


def _data(payload: Payload) -> dict[str, Any]:
    return {"dataType": payload.data_type, "data": _value(payload)}


def _value(payload: Payload) -> Any:
    if payload.data_type == "json":
        return msgspec.Raw(payload.body)
    if payload.data_type == "text":
        return payload.body.decode("utf-8", "replace")
    return base64.b64encode(payload.body).decode()
