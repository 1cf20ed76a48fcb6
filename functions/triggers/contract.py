"""The contract, made when it is first asked for: nothing of it is loaded before, so that a cold start stays short."""

import hashlib
from functools import cache

import azure.functions as func
import msgspec

from functions.services.wired import Services
from functions.settings import SignIn
from functions.transcript.versions import is_known


class Contract(msgspec.Struct, frozen=True):
    """The document as it is sent, and its ETag."""

    content: bytes
    etag: str


async def read_contract(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """What every operation takes and answers, in OpenAPI 3.1."""
    contract = written(services.settings.sign_in)
    headers = {"ETag": contract.etag, "Cache-Control": "no-cache"}
    if is_known(contract.etag, req.headers.get("If-None-Match", "")):
        return func.HttpResponse(status_code=304, headers=headers)
    return func.HttpResponse(contract.content, headers=headers, mimetype="application/json")


@cache
def written(sign_in: SignIn | None) -> Contract:
    """The contract of every endpoint of this deployment, written once."""
    from functions.triggers.endpoints import ALL  # noqa: PLC0415 -- loaded when it is asked for, and knows this file
    from functions.triggers.openapi.document import write_contract  # noqa: PLC0415 -- see above

    content = write_contract(ALL, sign_in)
    return Contract(content, f'"{hashlib.blake2b(content, digest_size=8).hexdigest()}"')
