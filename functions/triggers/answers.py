"""How every HTTP function answers: JSON, or a problem document (RFC 9457) with a code and a remedy."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from functions.services.wired import Services

LOG = logging.getLogger("verbatim.http")
ENCODER = msgspec.json.Encoder()
KEY_REMEDY = "Repeat a key only with the very same request, and send a new key with a new one."
NO_STORE = {"Cache-Control": "no-store"}
NO_CONTENT = 204
AS_IT_SAYS = {"X-Content-Type-Options": "nosniff"}
"""A browser takes what somebody said for text, whatever it looks like."""

type Handler = Callable[[func.HttpRequest, Services], Awaitable[func.HttpResponse]]


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem document."""

    title: str
    status: int
    detail: str
    code: str
    remedy: str
    field: str | None = None


def answering(
    find: Callable[[], Handler], services: "Services"
) -> Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]:
    """The handler that is found, as a function of the app: what it raises on purpose becomes a problem document."""

    async def answer(req: func.HttpRequest) -> func.HttpResponse:
        try:
            answered = await find()(req, services)
        except Unauthorized as error:
            answered = answer_problem(describe(error), {"WWW-Authenticate": error.challenge})
        except VerbatimError as error:
            answered = answer_problem(describe(error))
        if answered.status_code != NO_CONTENT:  # each frame is answered so, and there is nothing to guess at
            answered.headers.update(AS_IT_SAYS)
        return answered

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


def answer_empty(status: int = NO_CONTENT, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """No content."""
    return func.HttpResponse(status_code=status, headers=dict(headers or {}))
