"""What can happen to every model of calls from outside."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request[Operation]:
    """Somebody asks; at most one `Answer` with this id follows, now or later."""

    request_id: str
    operation: Operation


@dataclass(frozen=True, slots=True)
class SocketOpened:
    """The server accepted the transcript socket."""

    socket_id: str


@dataclass(frozen=True, slots=True)
class SocketRefused:
    """The transcript socket could not be opened; `status` is None where no HTTP answer came."""

    socket_id: str
    status: int | None


@dataclass(frozen=True, slots=True)
class SocketLost:
    """An open transcript socket was closed by the server, or broke."""

    socket_id: str


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """The server is known to have read everything up to this frame."""

    frame_id: str


type SocketInput = SocketOpened | SocketRefused | SocketLost | FrameReceived
