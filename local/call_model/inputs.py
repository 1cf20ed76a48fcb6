"""What can happen to the model from outside."""

from dataclasses import dataclass

from local.call_model.requests import RestOperation
from local.call_model.steering import SteeringOperation


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


@dataclass(frozen=True, slots=True)
class CallbackAnswered:
    """A callback was posted; `status` is None where no HTTP answer came."""

    delivery_id: str
    status: int | None


type SocketInput = SocketOpened | SocketRefused | SocketLost | FrameReceived
type Input = Request[RestOperation | SteeringOperation] | SocketInput | CallbackAnswered
