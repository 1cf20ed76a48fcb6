"""What comes in at the model's door, and what it does."""

from collections.abc import Callable
from random import Random
from typing import Any

from local.acs_model import callbacks, faults, rest_replies, steering_replies, transcription
from local.acs_model.effects import Effect
from local.acs_model.inputs import CallbackAnswered, Input
from local.acs_model.requests import RestOperation
from local.acs_model.state import Reply, World
from local.acs_model.steering import SteeringOperation
from local.conversation import sockets
from local.conversation.effects import Answer
from local.conversation.inputs import FrameReceived, Request, SocketLost, SocketOpened, SocketRefused
from local.conversation.model import Model
from local.conversation.refusals import Refusal

type Asked = Request[RestOperation | SteeringOperation]

_REPLIES = rest_replies.REPLIES | steering_replies.REPLIES


class Calls(Model[World, Input, Effect]):
    """All calls of one Communication Services resource."""

    def __init__(self, seed: int | str) -> None:
        super().__init__(World(Random(seed)), _HAPPENS)


def _answer(world: World, request: Asked) -> None:
    """Answer a request, unless a fault takes its place or keeps its answer back."""
    fault = faults.of_request(world, request.operation)
    if fault is None:
        _emit(world, request, _once(world, request))
    elif fault.do == "status":
        _emit(world, request, _error(fault.status, str(fault.status), "This failure was asked for."))
    elif fault.do == "timeout-after":
        _once(world, request)


def _once(world: World, request: Asked) -> Reply:
    """Carry a repeatable request out once; its repeat gets the same reply."""
    repeatability_id = getattr(request.operation, "repeatability_id", None)
    if repeatability_id is None:
        return _reply(world, request)
    key = (type(request.operation).__name__, repeatability_id)
    if key in world.replies:
        return world.replies[key]
    reply = world.replies[key] = _reply(world, request)
    return reply


def _reply(world: World, request: Asked) -> Reply:
    try:
        return _REPLIES[type(request.operation)](world, request.operation)
    except Refusal as refusal:
        return _error(refusal.status, refusal.code, refusal.message)


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}})


def _emit(world: World, request: Asked, reply: Reply) -> None:
    answer = Answer(request.request_id, reply.status, reply.body)
    if reply.after is None or reply.after.announced:
        world.emit(answer)
    else:
        reply.after.withheld.append(answer)


_HAPPENS: dict[type, Callable[[World, Any], None]] = {
    Request: _answer,
    SocketOpened: transcription.socket_opened,
    SocketRefused: transcription.socket_refused,
    SocketLost: transcription.socket_lost,
    FrameReceived: sockets.received,
    CallbackAnswered: callbacks.answered,
}
