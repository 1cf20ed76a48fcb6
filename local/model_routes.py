"""A model of calls over HTTP: its answers on the wire, and the `/sim` routes that steer any stand-in for calls."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web

from local.conversation.effects import Answer
from local.conversation.steering import (
    Answering,
    DescribeCall,
    DropSocket,
    EndCall,
    Leave,
    ListCalls,
    ListFaults,
    Ring,
    Speak,
)
from local.model_stage import ModelStage

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
type ToOperation = Callable[[web.Request], Awaitable[Any]]
type Kinds = tuple[type[msgspec.Struct], ...]
type Refuse = Callable[[str], web.Response]


def answered(answer: Answer) -> web.Response:
    """The model's answer on the wire."""
    if answer.body is None:
        return web.Response(status=answer.status, headers=answer.headers)
    return web.json_response(answer.body, status=answer.status, headers=answer.headers)


def steering_routes(stage: ModelStage, refuse: Refuse, own: Mapping[str, Kinds]) -> list[web.RouteDef]:
    """Every way to steer a stand-in: those that all have, and its own (to be posted).

    Of several kinds of operations on a route, it is the first that has a field of those given, else the last.
    `refuse` makes the answer to a body that is none of them.
    """

    def asking(*kinds: type[msgspec.Struct]) -> Handler:
        return _steering(stage, kinds, refuse)

    return [
        web.get("/sim/calls", asking(ListCalls)),
        web.get("/sim/calls/{simId}", asking(DescribeCall)),
        web.post("/sim/calls/{simId}/speak", asking(Speak)),
        web.post("/sim/calls/{simId}/leave", asking(Leave)),
        web.post("/sim/calls/{simId}/hangup", asking(EndCall)),
        web.post("/sim/calls/{simId}/drop-socket", asking(DropSocket)),
        web.get("/sim/faults", asking(ListFaults)),
        web.post("/sim/incoming", asking(Ring)),
        web.post("/sim/answering", asking(Answering)),
        *(web.post(path, asking(*kinds)) for path, kinds in own.items()),
    ]


def _steering(stage: ModelStage, kinds: Kinds, refuse: Refuse) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            given = _fields(await request.read())
            operation = msgspec.convert(given | request.match_info, type=_kind_of(kinds, given))
        except msgspec.DecodeError as refusal:
            return refuse(f"{refusal}.")
        return answered(await stage.ask(operation))

    return handle


def _fields(body: bytes) -> dict[str, Any]:
    return msgspec.json.decode(body, type=dict[str, Any]) if body else {}


def _kind_of(kinds: Kinds, given: dict[str, Any]) -> type[msgspec.Struct]:
    having = [kind for kind in kinds if given.keys() & set(kind.__struct_encode_fields__)]
    return having[0] if having else kinds[-1]
