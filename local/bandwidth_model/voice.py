"""What comes in at the model's door, and what it does."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from local.bandwidth_model import endings, faults, rest_replies, steering_replies, transcription, webhooks
from local.bandwidth_model.effects import Effect
from local.bandwidth_model.inputs import Input, WebhookAnswered
from local.bandwidth_model.requests import RestOperation
from local.bandwidth_model.state import Reply, World
from local.bandwidth_model.steering import InjectFault, SteeringOperation
from local.conversation import sockets
from local.conversation.effects import Answer
from local.conversation.inputs import FrameReceived, Request, SocketLost, SocketOpened, SocketRefused
from local.conversation.model import Model
from local.conversation.refusals import Refusal

type Asked = Request[RestOperation | SteeringOperation]

_REPLIES = rest_replies.REPLIES | steering_replies.REPLIES


class Voice(Model[World, Input, Effect]):
    """All calls of one account. `site` is what the URLs that it tells begin with."""

    def __init__(self, seed: int | str, account_id: str, site: str) -> None:
        super().__init__(World(Random(seed), account_id=account_id, site=site), _HAPPENS)


def _answer(world: World, request: Asked) -> None:
    """Answer a request, unless a fault takes its place or keeps its answer back."""
    fault = faults.of_request(world, request.operation)
    if fault is None:
        _emit(world, request, _reply(world, request))
    elif fault.do == "status":
        _emit(world, request, _asked_for(fault))
    elif fault.do == "timeout-after":
        _reply(world, request)


def _reply(world: World, request: Asked) -> Reply:
    try:
        return _REPLIES[type(request.operation)](world, request.operation)
    except Refusal as refusal:
        return _refused(refusal)


def _asked_for(fault: InjectFault) -> Reply:
    asked = Refusal(fault.status, "error", "This failure was asked for", retry_after=fault.retry_after)
    return _refused(asked)


def _refused(refusal: Refusal) -> Reply:
    """An error in the shape of Bandwidth [D]."""
    body = {"type": refusal.code, "description": refusal.message, "id": None}
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return Reply(refusal.status, body, headers)


def _emit(world: World, request: Asked, reply: Reply) -> None:
    world.emit(Answer(request.request_id, reply.status, reply.body, reply.headers))


_HAPPENS: dict[type, Callable[[World, Any], None]] = {
    Request: _answer,
    SocketOpened: transcription.socket_opened,
    SocketRefused: transcription.socket_refused,
    SocketLost: transcription.socket_lost,
    FrameReceived: sockets.received,
    WebhookAnswered: partial(webhooks.answered, fail=endings.fail),
}
