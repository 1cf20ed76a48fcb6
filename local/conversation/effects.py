"""What every model of calls wants done in the world outside, at once and in this order."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request; `body` is JSON, None for an empty one."""

    request_id: str
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SendFrame:
    """Send one frame; where `confirm` names it, say with `FrameReceived` when it has been read."""

    socket_id: str
    payload: str
    binary: bool
    confirm: str | None = None


@dataclass(frozen=True, slots=True)
class CloseSocket:
    """Close with 1000, after the frames that were sent; a socket that is still opening is given up."""

    socket_id: str


@dataclass(frozen=True, slots=True)
class BreakSocket:
    """Break the connection without a close frame."""

    socket_id: str
