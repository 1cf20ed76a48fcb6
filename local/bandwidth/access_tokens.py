"""OAuth2 client credentials: tokens given for a client's id and secret, and checked until they expire."""

import base64
import hmac
import secrets
import time
from dataclasses import dataclass, field

from aiohttp import web

GRANT = "client_credentials"


class Unauthorized(Exception):
    """The request bears no token that is valid; says why in one sentence."""


@dataclass(slots=True)
class AccessTokens:
    """The tokens of one client; `lifetime` in seconds, `issued` has the moment when each expires (monotonic)."""

    client_id: str
    client_secret: str
    lifetime: float
    issued: dict[str, float] = field(default_factory=dict)
    asked: int = 0

    async def give(self, request: web.Request) -> web.Response:
        """The token endpoint."""
        self.asked += 1
        if not self._is_client(request.headers.get("Authorization", "")):
            return _refusal(401, "invalid_client", {"WWW-Authenticate": "Basic"})
        if (await request.post()).get("grant_type") != GRANT:
            return _refusal(400, "unsupported_grant_type", {})
        token = secrets.token_urlsafe(32)
        self.issued[token] = time.monotonic() + self.lifetime
        body = {"access_token": token, "token_type": "Bearer", "expires_in": int(self.lifetime)}
        return web.json_response(body, headers={"Cache-Control": "no-store"})

    def check(self, authorization: str) -> None:
        """Raise Unauthorized unless the header bears a token of ours that has not expired."""
        scheme, _, token = authorization.partition(" ")
        if scheme.casefold() != "bearer" or token not in self.issued:
            raise Unauthorized("The credentials provided were invalid")
        if self.issued[token] <= time.monotonic():
            raise Unauthorized("The token has expired")

    def revoke(self) -> None:
        """Forget every token."""
        self.issued.clear()

    def _is_client(self, authorization: str) -> bool:
        login, secret = _credentials(authorization)
        known = hmac.compare_digest(login.encode(), self.client_id.encode())
        return hmac.compare_digest(secret.encode(), self.client_secret.encode()) and known


def _credentials(authorization: str) -> tuple[str, str]:
    """Login and password of HTTP Basic, empty where there are none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.casefold() != "basic":
        return "", ""
    try:
        login, _, password = base64.b64decode(encoded).decode().partition(":")
    except ValueError:  # no base64, or no UTF-8
        return "", ""
    return login, password


def _refusal(status: int, code: str, headers: dict[str, str]) -> web.Response:
    return web.json_response({"error": code}, status=status, headers=headers)
