"""How every HTTP function answers: JSON, or a problem document (RFC 9457) with a code and a remedy."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple

import azure.functions as func
import msgspec

from functions.errors import (
    Conflict,
    InputRefused,
    KeyReused,
    NotAcceptable,
    NotFound,
    Unauthorized,
    Unavailable,
    VerbatimError,
)
from functions.services.wired import Services

LOG = logging.getLogger("verbatim.http")
ENCODER = msgspec.json.Encoder()
KEY_REMEDY = "Repeat a key only with the very same request, and send a new key with a new one."
NO_STORE = {"Cache-Control": "no-store"}
AS_IT_SAYS = {"X-Content-Type-Options": "nosniff"}
"""A browser takes what somebody said for text, whatever it looks like."""

type Handler = Callable[[func.HttpRequest, Services], Awaitable[func.HttpResponse]]


class Endpoint(NamedTuple):
    """A function with its route. Its name is the handler's, and with it that of its key.

    The level is that of a deployment with function keys alone. Where people sign in with Entra ID, their tokens take
    the place of keys; `for_services` are the endpoints whose callers are services, which keep their keys.
    """

    handler: Handler
    route: str
    methods: tuple[str, ...] = ("GET",)
    auth_level: func.AuthLevel = func.AuthLevel.FUNCTION
    for_services: bool = False


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem document."""

    title: str
    status: int
    detail: str
    code: str
    remedy: str
    field: str | None = None


def add_endpoints(app: func.Blueprint, services: Services, endpoints: tuple[Endpoint, ...]) -> None:
    """Declare each endpoint as a function of the app."""
    for declared in endpoints:
        endpoint = behind_door(declared, services)
        answer = answering(endpoint.handler, services)
        declare = app.route(endpoint.route, methods=list(endpoint.methods), auth_level=endpoint.auth_level)
        app.function_name(endpoint.handler.__name__)(declare(answer))


def behind_door(endpoint: Endpoint, services: Services) -> Endpoint:
    """The endpoint as this deployment guards it: by the host with keys, or by us with the tokens of Entra ID."""
    by_host = endpoint.auth_level != func.AuthLevel.FUNCTION or endpoint.for_services
    if by_host or services.settings.sign_in is None:
        return endpoint
    return endpoint._replace(handler=guarded(endpoint.handler), auth_level=func.AuthLevel.ANONYMOUS)


def guarded(handler: Handler) -> Handler:
    """The handler, behind a check of who asks. It raises Unauthorized, Unavailable."""

    @wraps(handler)
    async def check_first(req: func.HttpRequest, services: Services) -> func.HttpResponse:
        await services.check_person(req.headers.get("Authorization"))
        return await handler(req, services)

    return check_first


def answering(
    handler: Handler, services: Services
) -> Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]:
    """The handler as a function of the app: what it raises on purpose becomes a problem document."""

    async def answer(req: func.HttpRequest) -> func.HttpResponse:
        try:
            answered = await handler(req, services)
        except Unauthorized as error:
            answered = answer_problem(describe(error), {"WWW-Authenticate": error.challenge})
        except VerbatimError as error:
            answered = answer_problem(describe(error))
        answered.headers.update(AS_IT_SAYS)
        return answered

    answer.__name__ = handler.__name__
    return answer


def describe(error: VerbatimError) -> Problem:  # noqa: PLR0911 - one for each error
    """The error as a problem document. Raises it again if it is none that a caller can cause."""
    match error:
        case InputRefused():
            return Problem("Bad request", 400, str(error), error.code, error.remedy, error.field)
        case Unauthorized():
            return Problem("Unauthorized", 401, str(error), "unauthorized", error.remedy, error.field)
        case Conflict():
            return Problem("Conflict", 409, str(error), "conflict", error.remedy)
        case KeyReused():
            code = "idempotency-key-reused"
            return Problem("Unprocessable content", 422, str(error), code, KEY_REMEDY, "Idempotency-Key")
        case NotFound():
            return Problem("Not found", 404, str(error), "not-found", error.remedy, error.field)
        case NotAcceptable():
            return Problem("Not acceptable", 406, str(error), "not-acceptable", error.remedy, error.field)
        case Unavailable():
            LOG.warning("answered 503: %s", error)
            return Problem(
                "Service unavailable", 503, str(error), "unavailable", "Try again in a few seconds."
            )
        case _:
            raise error


def answer_problem(problem: Problem, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """The problem document as a response."""
    later = {"Retry-After": "5"} if problem.status == 503 else {}  # noqa: PLR2004 -- HTTP's
    body, told = ENCODER.encode(problem), NO_STORE | later | dict(headers or {})
    return func.HttpResponse(
        body, status_code=problem.status, headers=told, mimetype="application/problem+json"
    )


def answer_json(
    content: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """The content as JSON, which no cache keeps."""
    kept = NO_STORE | dict(headers or {})
    return func.HttpResponse(
        ENCODER.encode(content), status_code=status, headers=kept, mimetype="application/json"
    )


def answer_empty(status: int = 204, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """No content."""
    return func.HttpResponse(status_code=status, headers=dict(headers or {}))
