"""The data-plane REST API (2024-12-01), as far as the service SDK calls it."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from local.entra_callers import CallerRefused
from local.web_pubsub import rest_members as members
from local.web_pubsub import rest_sends as sends
from local.web_pubsub.errors import RequestRefused, TokenRefused, UnsupportedContentType
from local.web_pubsub.hub import Hub
from local.web_pubsub.rest_answers import invalid, json_answer, number
from local.web_pubsub.service import Service, now
from local.web_pubsub.tokens import is_of_entra, judge_rest_token, mint

_DEFAULT_TOKEN_LIFE = 60  # minutes

type Operation = Callable[[Service, Hub, web.Request], Awaitable[web.Response]]


def rest_routes(service: Service) -> list[web.RouteDef]:
    """Every REST operation, its caller's token checked first."""
    bound = [
        web.route(method, f"/api/hubs/{{hub}}{path}", _checked(service, operation))
        for method, path, operation in _OPERATIONS
    ]
    return [
        web.route("HEAD", "/api/health", _healthy),
        web.get("/api/health", _healthy, allow_head=False),
        *bound,
    ]


async def _healthy(_: web.Request) -> web.Response:
    return web.Response()


def _checked(service: Service, operation: Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            await _check(service, request)
            return await operation(service, service.hub(request.match_info["hub"].lower()), request)
        except TokenRefused as refusal:
            return _error(HTTPStatus.UNAUTHORIZED, "Unauthorized", str(refusal))
        except CallerRefused as refusal:
            return _error(refusal.status, HTTPStatus(refusal.status).phrase, str(refusal))
        except UnsupportedContentType as refusal:
            return _error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", str(refusal))
        except RequestRefused as refusal:
            return _error(refusal.status, refusal.code, str(refusal), refusal.target)

    return answer


async def _check(service: Service, request: web.Request) -> None:
    """Raises TokenRefused, CallerRefused."""
    token, callers = _bearer(request), service.settings.callers
    if callers is not None and is_of_entra(token):
        await callers.check(request.headers["Authorization"])
        return
    judge_rest_token(token, service.settings.keys, request.host, request.path, now())


async def _generate_token(service: Service, hub: Hub, request: web.Request) -> web.Response:
    minutes = number(request, "minutesToExpire", _DEFAULT_TOKEN_LIFE)
    if minutes < 1 or request.query.get("clientType", "Default").lower() != "default":
        raise invalid("minutesToExpire" if minutes < 1 else "clientType")
    issued = int(now())
    claims: dict[str, Any] = {
        "aud": f"{request.scheme}://{request.host}/client/hubs/{hub.name}",
        "iat": issued,
        "exp": issued + 60 * minutes,
        "sub": request.query.get("userId"),
        "role": request.query.getall("role", []),
        "webpubsub.group": request.query.getall("group", []),
    }
    given = {name: value for name, value in claims.items() if value}
    return json_answer({"token": mint(given, service.client_keys[0])})


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise TokenRefused("The request bears no token.")
    return token.strip()


def _error(status: int, code: str, message: str, target: str = "") -> web.Response:
    body = msgspec.json.encode({"code": code, "message": message, "target": target})
    return web.Response(status=status, body=body, content_type="application/json")


_OPERATIONS: list[tuple[str, str, Operation]] = [
    ("POST", "/:send", sends.send_to_all),
    ("POST", "/:closeConnections", members.close_all),
    ("POST", "/:generateToken", _generate_token),
    ("HEAD", "/connections/{connection}", members.connection_exists),
    ("DELETE", "/connections/{connection}", members.close_connection),
    ("POST", "/connections/{connection}/:send", sends.send_to_connection),
    ("DELETE", "/connections/{connection}/groups", members.remove_connection_everywhere),
    ("HEAD", "/groups/{group}", members.group_exists),
    ("POST", "/groups/{group}/:send", sends.send_to_group),
    ("POST", "/groups/{group}/:closeConnections", members.close_group),
    ("GET", "/groups/{group}/connections", members.list_group),
    ("PUT", "/groups/{group}/connections/{connection}", members.add_connection),
    ("DELETE", "/groups/{group}/connections/{connection}", members.remove_connection),
    ("HEAD", "/users/{user}", members.user_exists),
    ("POST", "/users/{user}/:send", sends.send_to_user),
    ("POST", "/users/{user}/:closeConnections", members.close_user),
    ("PUT", "/users/{user}/groups/{group}", members.add_user),
    ("DELETE", "/users/{user}/groups/{group}", members.remove_user),
    ("DELETE", "/users/{user}/groups", members.remove_user_everywhere),
    ("PUT", "/permissions/{permission}/connections/{connection}", members.grant),
    ("DELETE", "/permissions/{permission}/connections/{connection}", members.revoke),
    ("HEAD", "/permissions/{permission}/connections/{connection}", members.has_permission),
]
