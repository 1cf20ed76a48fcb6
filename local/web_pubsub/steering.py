"""`/sim/...`: faults, broken sockets and counts, for tests and the demo; no part of the real API."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from local.web_pubsub.connection import Connection
from local.web_pubsub.faults import FaultOrder, Faults
from local.web_pubsub.hub import Hub
from local.web_pubsub.service import Service

type Steer = Callable[[Service, web.Request], Awaitable[web.Response]]


def steering_routes(service: Service) -> list[web.RouteDef]:
    """The steering, unprotected: this service only listens on the machine itself."""
    return [
        web.post("/sim/faults", _bound(service, _order_faults)),
        web.get("/sim/connections", _bound(service, _list_connections)),
        web.post("/sim/connections/drop", _bound(service, _drop_selected)),
        web.post("/sim/connections/{connection}/drop", _bound(service, _drop_one)),
        web.get("/sim/counters", _bound(service, _count)),
    ]


def _bound(service: Service, steer: Steer) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        return await steer(service, request)

    return answer


async def _order_faults(service: Service, request: web.Request) -> web.Response:
    try:
        order = msgspec.json.decode(await request.read(), type=FaultOrder)
    except msgspec.MsgspecError as error:
        return _json({"message": str(error)}, HTTPStatus.BAD_REQUEST)
    service.faults.order(order)
    return _json(_shown(service.faults))


def _shown(faults: Faults) -> dict[str, Any]:
    upstream = [fault for fault in faults.upstream.values() if fault.times > 0]
    return {"repeatEvents": faults.repeat_events, "upstream": upstream, "sends": faults.sends}


async def _list_connections(service: Service, request: web.Request) -> web.Response:
    return _json([_described(connection) for connection in _selected(service, request)])


async def _drop_selected(service: Service, request: web.Request) -> web.Response:
    dropped = [connection.id for connection in _selected(service, request) if _drop(connection)]
    return _json({"dropped": dropped})


async def _drop_one(service: Service, request: web.Request) -> web.Response:
    for hub in service.hubs.values():
        connection = hub.connections.get(request.match_info["connection"])
        if connection is not None:
            return _json({"dropped": [connection.id] if _drop(connection) else []})
    return _json({"message": "There is no such connection."}, HTTPStatus.NOT_FOUND)


def _drop(connection: Connection) -> bool:
    if connection.socket is None:
        return False
    connection.socket.drop()
    return True


async def _count(service: Service, _: web.Request) -> web.Response:
    return _json({hub.name: _counted(hub) for hub in service.hubs.values()})


def _counted(hub: Hub) -> dict[str, int]:
    return {_camel(name): count for name, count in asdict(hub.counters).items()}


def _selected(service: Service, request: web.Request) -> list[Connection]:
    name, user = request.query.get("hub"), request.query.get("userId")
    hubs = [hub for hub in service.hubs.values() if name is None or hub.name == name.lower()]
    found = [connection for hub in hubs for connection in hub.everyone()]
    return [connection for connection in found if user is None or connection.user_id == user]


def _described(connection: Connection) -> dict[str, Any]:
    return {
        "hub": connection.hub,
        "connectionId": connection.id,
        "userId": connection.user_id,
        "groups": sorted(connection.groups),
        "subprotocol": connection.subprotocol,
        "framesReceived": connection.frames_received,
        "eventsDelivered": connection.events_delivered,
    }


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _json(body: object, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json")
