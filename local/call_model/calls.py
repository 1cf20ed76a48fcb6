"""The model's door: inputs and time go in, effects come out."""

from random import Random
from typing import get_args

from local.call_model import callbacks, faults, rest_replies, steering_replies, transcription
from local.call_model.effects import Answer, Effect
from local.call_model.inputs import (
    CallbackAnswered,
    FrameReceived,
    Input,
    Request,
    SocketLost,
    SocketOpened,
    SocketRefused,
)
from local.call_model.requests import RestOperation
from local.call_model.result_codes import Refusal
from local.call_model.state import Reply, World
from local.call_model.steering import SteeringOperation

type Asked = Request[RestOperation | SteeringOperation]

_REST = get_args(RestOperation.__value__)
_REPLIES = rest_replies.REPLIES | steering_replies.REPLIES


class Calls:
    """All calls of one Communication Services resource. The same seed, inputs and times give the same effects."""

    def __init__(self, seed: int | str) -> None:
        self._world = World(Random(seed))

    def next_due(self) -> int | None:
        """When something happens by itself next (ms), or None."""
        return self._world.next_due()

    def advance(self, now: int) -> list[Effect]:
        """Let everything happen that is due by `now` (ms), each thing at its own time."""
        self._world.advance(now)
        return self._world.drain()

    def handle(self, event: Input, now: int) -> list[Effect]:
        """Let `event` happen at `now` (ms), after everything that was due before it."""
        effects = self.advance(now)
        _take_in(self._world, event)
        return effects + self._world.drain()


def _take_in(world: World, event: Input) -> None:
    match event:
        case Request():
            _answer(world, event)
        case SocketOpened():
            transcription.socket_opened(world, event)
        case SocketRefused():
            transcription.socket_refused(world, event)
        case SocketLost():
            transcription.socket_lost(world, event)
        case FrameReceived():
            world.awaited.pop(event.frame_id).received = True
        case CallbackAnswered():
            callbacks.answered(world, event)


def _answer(world: World, request: Asked) -> None:
    """Answer a request, unless a fault takes its place or keeps its answer back."""
    if not isinstance(request.operation, _REST):
        _emit(world, request, _reply(world, request))
        return
    fault = faults.before_and_after(world, request.operation)
    if fault is not None and fault.do == "timeout-before":
        return
    if fault is not None and fault.do == "status":
        _emit(world, request, _error(fault.status, str(fault.status), "This failure was asked for."))
        return
    reply = _once(world, request)
    if fault is None:
        _emit(world, request, reply)


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
