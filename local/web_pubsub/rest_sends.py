"""REST operations that send."""

from http import HTTPStatus

from aiohttp import web

from local.web_pubsub.connection import Connection, Message
from local.web_pubsub.delivery import publish
from local.web_pubsub.errors import RequestRefused
from local.web_pubsub.hub import Hub, without
from local.web_pubsub.payload import MESSAGE_LIMIT, Payload, data_type_of
from local.web_pubsub.rest_answers import connection_of, invalid, number
from local.web_pubsub.service import Service
from local.web_pubsub.subprotocol import is_json

_LONGEST_TTL = 300  # seconds


async def send_to_all(service: Service, hub: Hub, request: web.Request) -> web.Response:
    """To every connection of the hub."""
    return await _send(service, hub, request, hub.everyone())


async def send_to_group(service: Service, hub: Hub, request: web.Request) -> web.Response:
    """To a group, which may be empty."""
    group = request.match_info["group"]
    return await _send(service, hub, request, hub.in_group(group), group)


async def send_to_user(service: Service, hub: Hub, request: web.Request) -> web.Response:
    """To all connections of a user, who may have none."""
    return await _send(service, hub, request, hub.of_user(request.match_info["user"]))


async def send_to_connection(service: Service, hub: Hub, request: web.Request) -> web.Response:
    """To one connection."""
    return await _send(service, hub, request, [connection_of(hub, request)])


async def _send(
    service: Service, hub: Hub, request: web.Request, receivers: list[Connection], group: str | None = None
) -> web.Response:
    payload = await _payload(request)
    if (status := service.faults.next_send()) is not None:
        raise RequestRefused(status, "Fault", "A fault was asked for.")
    hub.counters.rest_sends += 1
    hub.counters.rest_send_bytes += len(payload.body)
    excluded = request.query.getall("excluded", [])
    publish(service, without(receivers, excluded), Message(payload, group))
    return web.Response(status=HTTPStatus.ACCEPTED)


async def _payload(request: web.Request) -> Payload:
    _check_send(request)
    data_type = data_type_of(request.headers.get("Content-Type", ""))
    body = await request.read()
    if data_type == "json" and not is_json(body):
        raise RequestRefused(HTTPStatus.BAD_REQUEST, "BadRequest", "The body is not JSON.", "body")
    return Payload(data_type, body)


def _check_send(request: web.Request) -> None:
    if "filter" in request.query:
        raise RequestRefused(
            HTTPStatus.NOT_IMPLEMENTED, "NotImplemented", "Filters are not kept here.", "filter"
        )
    ttl = number(request, "messageTtlSeconds", 0)
    if not 0 <= ttl <= _LONGEST_TTL:
        raise invalid("messageTtlSeconds")
    if request.content_length is None:
        raise RequestRefused(HTTPStatus.LENGTH_REQUIRED, "LengthRequired", "Content-Length is required.")
    if request.content_length > MESSAGE_LIMIT:
        raise RequestRefused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "PayloadTooLarge", f"A message holds {MESSAGE_LIMIT} bytes."
        )
