"""What the model wants done in the world outside, at once and in this order."""

from dataclasses import dataclass
from typing import Any

from local.conversation.effects import Answer, BreakSocket, CloseSocket, SendFrame


@dataclass(frozen=True, slots=True)
class SendCallback:
    """Post this CloudEvent (as an array of one); say how it went with `CallbackAnswered`."""

    delivery_id: str
    url: str
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """Open a transcript socket with these two ids in its headers."""

    socket_id: str
    url: str
    call_connection_id: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class PublishEvent:
    """Publish this event (Event Grid schema) of the Communication Services topic."""

    event: dict[str, Any]


type Effect = Answer | SendCallback | OpenSocket | SendFrame | CloseSocket | BreakSocket | PublishEvent
