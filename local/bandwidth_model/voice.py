"""The model's door: inputs and time go in, effects come out."""

from random import Random
from typing import get_args

from local.bandwidth_model import endings, faults, rest_replies, steering_replies, transcription, webhooks
from local.bandwidth_model.effects import Effect
from local.bandwidth_model.inputs import Input, WebhookAnswered
from local.bandwidth_model.requests import Refusal, RestOperation
from local.bandwidth_model.state import Reply, World
from local.bandwidth_model.steering import InjectFault, SteeringOperation
from local.conversation.effects import Answer
from local.conversation.inputs import FrameReceived, Request, SocketLost, SocketOpened, SocketRefused

type Asked = Request[RestOperation | SteeringOperation]

_REST = get_args(RestOperation.__value__)
_REPLIES = rest_replies.REPLIES | steering_replies.REPLIES


class Voice:
    """All calls of one account. The same seed, inputs and times give the same effects.

    `site` is what the URLs that it tells begin with.
    """

    def __init__(self, seed: int | str, account_id: str, site: str) -> None:
        self._world = World(Random(seed), account_id=account_id, site=site)

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
        case WebhookAnswered():
            webhooks.answered(world, event, endings.fail)


def _answer(world: World, request: Asked) -> None:
    """Answer a request, unless a fault takes its place or keeps its answer back."""
    if not isinstance(request.operation, _REST):
        _emit(world, request, _reply(world, request))
        return
    fault = faults.of_request(world, request.operation)
    if fault is not None and fault.do == "timeout-before":
        return
    if fault is not None and fault.do == "status":
        _emit(world, request, _asked_for(fault))
        return
    reply = _reply(world, request)
    if fault is None:
        _emit(world, request, reply)


def _reply(world: World, request: Asked) -> Reply:
    try:
        return _REPLIES[type(request.operation)](world, request.operation)
    except Refusal as refusal:
        return refused(refusal)


def _asked_for(fault: InjectFault) -> Reply:
    asked = Refusal(fault.status, "error", "This failure was asked for", retry_after=fault.retry_after)
    return refused(asked)


def refused(refusal: Refusal) -> Reply:
    """An error in the shape of Bandwidth [D]."""
    body = {"type": refusal.kind, "description": refusal.description, "id": None}
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return Reply(refusal.status, body, headers)


def _emit(world: World, request: Asked, reply: Reply) -> None:
    world.emit(Answer(request.request_id, reply.status, reply.body, reply.headers))
