"""What the model wants done in the world outside; answers and frames are as for any calls."""

from dataclasses import dataclass
from typing import Any

from local.bandwidth_model.verbs import Hook
from local.conversation.effects import Answer, BreakSocket, CloseSocket, SendFrame


@dataclass(frozen=True, slots=True)
class SendWebhook:
    """Send this event within so many seconds; say how it went with `WebhookAnswered`.

    Credentials of the hook are sent when they are asked for (401), not before.
    """

    delivery_id: str
    hook: Hook
    event: dict[str, Any]
    seconds: float


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """Open a transcript socket: it has no credentials but what is in its URL."""

    socket_id: str
    url: str


type Effect = Answer | SendWebhook | OpenSocket | SendFrame | CloseSocket | BreakSocket
