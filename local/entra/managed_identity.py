"""`/msi/token`: App Service's endpoint for the tokens of an app's managed identities.

[overview-managed-identity: `resource`, `api-version=2019-08-01`, one of `client_id`, `principal_id`, `mi_res_id`; the
header `X-IDENTITY-HEADER` keeps out requests that were forged from outside.]
"""

import secrets
import time
from http import HTTPStatus

from aiohttp import web

from local.entra.directory import Identity, Settings
from local.entra.service import Service
from local.entra.tokens import identity_claims, signed

API_VERSION = "2019-08-01"


async def give_token(service: Service, request: web.Request) -> web.Response:
    """A token of the identity for the resource."""
    settings = service.settings
    shown = request.headers.get("X-IDENTITY-HEADER", "").encode()
    if not settings.identity_header or not secrets.compare_digest(shown, settings.identity_header.encode()):
        return _refused(HTTPStatus.UNAUTHORIZED, "The header X-IDENTITY-HEADER is not right.")
    if request.query.get("api-version") != API_VERSION:
        return _refused(HTTPStatus.BAD_REQUEST, "The api-version is not supported.")
    resource = request.query.get("resource", "")
    identity = identity_of(settings, request)
    if not resource or identity is None:
        return _refused(HTTPStatus.BAD_REQUEST, "No managed identity was found for this request.")
    service.note("managed_identity", f"{identity.client_id} for {resource}")
    return _answer(service, identity, resource)


def identity_of(settings: Settings, request: web.Request) -> Identity | None:
    """The identity that is asked for, or the first if none is."""
    client_id = request.query.get("client_id")
    object_id = request.query.get("principal_id") or request.query.get("object_id")
    found = (
        each
        for each in settings.identities
        if client_id in {None, each.client_id} and object_id in {None, each.object_id}
    )
    return next(found, None)


def _answer(service: Service, identity: Identity, resource: str) -> web.Response:
    claims = identity_claims(service.settings, identity, resource, service.access_seconds)
    answer = {
        "access_token": signed(claims, service.keys.current),
        "expires_on": str(int(time.time()) + service.access_seconds),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": identity.client_id,
    }
    return web.json_response(answer)


def _refused(status: HTTPStatus, message: str) -> web.Response:
    return web.json_response({"statusCode": status, "message": message}, status=status)
