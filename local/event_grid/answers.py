"""What the doors share: JSON in, JSON out, and errors in Event Grid's form."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec
from aiohttp import web

from local.event_grid.errors import RequestRefused
from local.event_grid.service import Service

type Door = Callable[[Service, web.Request], Awaitable[web.Response]]
type Handler = Callable[[web.Request], Awaitable[web.Response]]


def bound(service: Service, door: Door) -> Handler:
    """A door as aiohttp wants it; what it refuses is told in Event Grid's form."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return await door(service, request)
        except RequestRefused as refusal:
            return _error(refusal)

    return answer


async def body_of(request: web.Request) -> bytes:
    """The body. Raises RequestRefused when it is too large."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise RequestRefused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "RequestEntityTooLarge",
            "Events of one request take up at most 1 MB together.",
        ) from error


async def order_of[T](request: web.Request, kind: type[T]) -> T:
    """The body as JSON of this kind. Raises RequestRefused."""
    try:
        return msgspec.json.decode(await body_of(request), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise refused_input(f"{error}.") from error


def refused_input(message: str) -> RequestRefused:
    """The refusal of a body."""
    return RequestRefused(HTTPStatus.BAD_REQUEST, "BadRequest", message)


def json_answer(body: object, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """An answer with a body."""
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json")


def _error(refusal: RequestRefused) -> web.Response:
    error = {"code": refusal.code, "message": str(refusal)}
    # The details say the same once more [E].
    return json_answer({"error": {**error, "details": [error]}}, HTTPStatus(refusal.status))
