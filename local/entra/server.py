"""Puts the service together and serves it on the machine itself."""

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from aiohttp import web

from local.entra import authorize, managed_identity, steering
from local.entra.directory import Settings
from local.entra.errors import GrantRefused, OrderRefused, PageRefused
from local.entra.service import Service
from local.entra.token_endpoint import cors_headers, grant
from local.entra.tokens import issuer_v2

_HANDLERS_END_WITHIN = 1.0  # seconds, when the server stops

type Door = Callable[[Service, web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def serving(settings: Settings, port: int) -> AsyncIterator[str]:
    """Serves until the block ends; gives the address. Port 0 takes a free one."""
    service = Service(settings)
    runner = web.AppRunner(_application(service), access_log=None, shutdown_timeout=_HANDLERS_END_WITHIN)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        service.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield service.address
    finally:
        await runner.cleanup()


def _application(service: Service) -> web.Application:
    tenant = f"/{service.settings.tenant}"
    places: list[tuple[str, str, Door]] = [
        ("GET", f"{tenant}/v2.0/.well-known/openid-configuration", _describe),
        ("GET", f"{tenant}/discovery/v2.0/keys", _publish_keys),
        ("GET", f"{tenant}/discovery/keys", _publish_keys),
        ("GET", f"{tenant}/oauth2/v2.0/authorize", authorize.show),
        ("POST", f"{tenant}/oauth2/v2.0/authorize", authorize.sign_in),
        ("GET", f"{tenant}/oauth2/v2.0/logout", authorize.sign_out),
        ("POST", f"{tenant}/oauth2/v2.0/token", _give_tokens),
        ("GET", "/msi/token", managed_identity.give_token),
        ("POST", "/sim/keys/rotate", steering.rotate_keys),
        ("POST", "/sim/tokens", steering.mint_token),
        ("POST", "/sim/lifetime", steering.set_lifetime),
        ("POST", "/sim/revoke", steering.revoke),
        ("GET", "/sim/granted", steering.list_granted),
    ]
    application = web.Application()
    for method, path, door in places:
        application.router.add_route(method, path, _bound(service, door))
    return application


def _bound(service: Service, door: Door) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            return await door(service, request)
        except PageRefused as refusal:
            return authorize.page("Sorry", f"<p>{refusal.error}</p>", HTTPStatus.BAD_REQUEST)
        except OrderRefused as refusal:
            return web.json_response({"error": str(refusal)}, status=HTTPStatus.BAD_REQUEST)

    return answer


async def _describe(service: Service, _: web.Request) -> web.Response:
    issuer = issuer_v2(service.settings, service.address)
    flow = f"{service.address}/{service.settings.tenant}/oauth2/v2.0"
    about: dict[str, Any] = {
        "issuer": issuer,
        "authorization_endpoint": f"{flow}/authorize",
        "token_endpoint": f"{flow}/token",
        "end_session_endpoint": f"{flow}/logout",
        "jwks_uri": f"{service.address}/{service.settings.tenant}/discovery/v2.0/keys",
        "response_types_supported": ["code"],
        "response_modes_supported": list(authorize.RESPONSE_MODES),
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    }
    return web.json_response(about)


async def _publish_keys(service: Service, _: web.Request) -> web.Response:
    issuer = issuer_v2(service.settings, service.address)
    return web.json_response({"keys": [key.published(issuer) for key in service.keys.all]})


async def _give_tokens(service: Service, request: web.Request) -> web.Response:
    form = {name: str(value) for name, value in (await request.post()).items()}
    headers = {"Cache-Control": "no-store"} | cors_headers(service, request)
    try:
        found = grant(service, form, request.headers.get("Origin"))
    except GrantRefused as refusal:
        return web.json_response(_error(refusal), status=HTTPStatus.BAD_REQUEST, headers=headers)
    return web.json_response(found, headers=headers)


def _error(refusal: GrantRefused) -> dict[str, Any]:
    """The form of an error [reference-error-codes]."""
    return {
        "error": refusal.error,
        "error_description": str(refusal),
        "error_codes": [refusal.number],
        "timestamp": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%SZ}",
        "trace_id": str(uuid.uuid4()),
        "correlation_id": str(uuid.uuid4()),
    }
