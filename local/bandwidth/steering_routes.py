"""The `/sim` routes: the stand-in is steered, and asked what really happened."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from local.bandwidth.access_tokens import AccessTokens
from local.bandwidth.rest import answered, error
from local.bandwidth.stage import Stage
from local.bandwidth_model.steering import Application, DisturbWebhooks, InjectFault
from local.conversation.steering import (
    Answering,
    DescribeCall,
    DropSocket,
    EndCall,
    Leave,
    ListCalls,
    Ring,
    Speak,
)

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes(stage: Stage, tokens: AccessTokens) -> list[web.RouteDef]:
    """Every way to steer."""

    def asking(operation: Any) -> Handler:
        return _steering(stage, operation)

    async def revoke(_: web.Request) -> web.Response:
        tokens.revoke()
        return web.Response(status=204)

    return [
        web.post("/sim/applications", asking(Application)),
        web.post("/sim/answering", asking(Answering)),
        web.post("/sim/incoming", asking(Ring)),
        web.get("/sim/calls", asking(ListCalls)),
        web.get("/sim/calls/{simId}", asking(DescribeCall)),
        web.post("/sim/calls/{simId}/speak", asking(Speak)),
        web.post("/sim/calls/{simId}/leave", asking(Leave)),
        web.post("/sim/calls/{simId}/hangup", asking(EndCall)),
        web.post("/sim/calls/{simId}/drop-socket", asking(DropSocket)),
        web.post("/sim/faults", asking(InjectFault | DisturbWebhooks)),
        web.post("/sim/tokens/revoke", revoke),
    ]


def _steering(stage: Stage, kind: Any) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            given = _fields(await request.read())
            operation = msgspec.convert(given | request.match_info, type=_kind_of(kind, given))
        except msgspec.DecodeError as refusal:
            return error(400, "validation", f"{refusal}.")
        return answered(await stage.ask(operation))

    return handle


def _fields(body: bytes) -> dict[str, Any]:
    return msgspec.json.decode(body, type=dict[str, Any]) if body else {}


def _kind_of(kind: Any, given: dict[str, Any]) -> Any:
    """Faults come in two kinds, told by their fields."""
    if kind == InjectFault | DisturbWebhooks:
        return DisturbWebhooks if "webhooks" in given else InjectFault
    return kind
