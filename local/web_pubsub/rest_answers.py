"""What the REST operations share: their arguments and their answers."""

from http import HTTPStatus

import msgspec
from aiohttp import web

from local.web_pubsub.connection import Connection
from local.web_pubsub.errors import RequestRefused
from local.web_pubsub.hub import Hub


def connection_of(hub: Hub, request: web.Request) -> Connection:
    """The connection that the path names. Raises RequestRefused."""
    connection = hub.connections.get(request.match_info["connection"])
    if connection is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "NotFound", "There is no such connection.", "connectionId")
    return connection


def number(request: web.Request, name: str, default: int) -> int:
    """A number from the query. Raises RequestRefused."""
    given = request.query.get(name)
    if given is None:
        return default
    if not given.isdecimal():
        raise invalid(name)
    return int(given)


def invalid(target: str) -> RequestRefused:
    """The refusal of an argument."""
    return RequestRefused(HTTPStatus.BAD_REQUEST, "BadRequest", f"{target} is not valid.", target)


def found(it: object) -> web.Response:
    """200 for what is there, else 404."""
    return web.Response(status=HTTPStatus.OK if it else HTTPStatus.NOT_FOUND)


def done() -> web.Response:
    """204."""
    return web.Response(status=HTTPStatus.NO_CONTENT)


def json_answer(body: object) -> web.Response:
    """200 with a body."""
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")
