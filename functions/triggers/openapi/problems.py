"""The problem documents that operations share: each with the answer to a real error as its example."""

import msgspec

from functions.errors import Conflict, InputRefused, KeyReused, NotAcceptable, NotFound, Unauthorized
from functions.lifecycle.raw_ids import NUMBER_FORM
from functions.transcript.formats.choice import FORMATS
from functions.triggers.answers import Problem, describe

MEDIA = "application/problem+json"


class Shared(msgspec.Struct, frozen=True):
    """A problem document's name in the contract, when it comes, and one of them."""

    name: str
    description: str
    example: Problem
    headers: tuple[str, ...] = ()


PROBLEMS: dict[int, Shared] = {
    400: Shared(
        "BadRequest",
        "`field` is wrong; fields and parameters that do not exist are refused, not ignored. Nothing was changed.",
        describe(InputRefused("A phone is rung from a number.", field="call.from", remedy=NUMBER_FORM)),
    ),
    401: Shared(
        "Unauthorized",
        "What was sent proves nothing; unknown, erased and expired look the same.",
        describe(Unauthorized("There is no read token that opens this session.")),
        ("WWW-Authenticate",),
    ),
    404: Shared(
        "NotFound",
        "There is no such thing, or it was erased.",
        describe(NotFound("There is no session '01M7Y72E7FWQKJV6FYMCBBQBV5'.")),
    ),
    406: Shared(
        "NotAcceptable",
        "There is no such format; `remedy` has the list.",
        describe(
            NotAcceptable(
                "'docx' is no format of a transcript.",
                field="format",
                remedy=f"Send one of {FORMATS}; or leave format out, for json.",
            )
        ),
    ),
    409: Shared(
        "Conflict",
        "It cannot be had in this state; `detail` has the reason.",
        describe(
            Conflict(
                "The session cannot go on. Its call is over.",
                remedy="Start a new session: POST /api/sessions.",
            )
        ),
    ),
    422: Shared(
        "KeyReused",
        "The Idempotency-Key came with another request before.",
        describe(KeyReused("This Idempotency-Key came with another request before.")),
    ),
    503: Shared(
        "Unavailable",
        "Storage or another service did not answer in time.",
        Problem(
            "Service unavailable",
            503,
            "Table Storage did not answer.",
            "unavailable",
            "Try again in a few seconds.",
        ),
        ("Retry-After",),
    ),
}


def reference(status: int) -> dict[str, str]:
    """Where the contract describes the problem document of a status."""
    return {"$ref": f"#/components/responses/{PROBLEMS[status].name}"}
