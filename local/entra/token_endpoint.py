"""`/oauth2/v2.0/token`: codes, refresh tokens and secrets become tokens [v2-oauth2-auth-code-flow]."""

import base64
import hashlib
import secrets
import time
from typing import Any

from aiohttp import web

from local.entra.directory import SCOPE, Platform
from local.entra.errors import GrantRefused
from local.entra.scopes import opens_api, read_scopes
from local.entra.service import REFRESH_SECONDS, Refresh, Service, SignIn
from local.entra.tokens import access_claims, app_claims, id_claims, signed

type Form = dict[str, str]


def grant(service: Service, form: Form, origin: str | None) -> dict[str, Any]:
    """The tokens that the form asks for. Raises GrantRefused."""
    if form.get("client_id") != service.settings.registration.client_id:
        raise GrantRefused("unauthorized_client", 700016, "The application is not in the directory.")
    match form.get("grant_type"):
        case "authorization_code":
            return _by_code(service, form, origin)
        case "refresh_token":
            return _by_refresh_token(service, form, origin)
        case "client_credentials":
            return _by_secret(service, form)
    raise GrantRefused("unsupported_grant_type", 70003, "The grant type is not supported.")


def _by_code(service: Service, form: Form, origin: str | None) -> dict[str, Any]:
    code = form.get("code", "")
    if code in service.redeemed:
        raise GrantRefused("invalid_grant", 54005, "The code was already redeemed.")
    sign_in = service.codes.pop(code, None)
    if sign_in is None or sign_in.ends < time.time():
        raise GrantRefused("invalid_grant", 70008, "The code is expired or was never given.")
    service.redeemed.add(code)
    if form.get("redirect_uri") != sign_in.redirect_uri:
        raise GrantRefused("invalid_grant", 500112, "The redirect URI is not that of the code.")
    _check_origin(sign_in.platform, origin)
    _check_verifier(sign_in, form.get("code_verifier"))
    service.note("authorization_code", sign_in.name)
    refresh = Refresh(sign_in.platform, sign_in.name, sign_in.scopes, time.time() + REFRESH_SECONDS)
    return _tokens(service, refresh, sign_in.nonce)


def _check_verifier(sign_in: SignIn, verifier: str | None) -> None:
    if sign_in.challenge is None and verifier is None:
        return
    digest = hashlib.sha256((verifier or "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if verifier is None or not secrets.compare_digest(challenge, sign_in.challenge or ""):
        raise GrantRefused("invalid_grant", 501481, "The code verifier does not match the code challenge.")


def _check_origin(platform: Platform, origin: str | None) -> None:
    """A single-page app's codes and refresh tokens are for browsers, and no others are."""
    if platform == "spa" and origin is None:
        raise GrantRefused(
            "invalid_request", 9002327, "A single-page app's tokens are redeemed by cross-origin requests."
        )
    if platform != "spa" and origin is not None:
        raise GrantRefused(
            "invalid_request", 9002326, "Cross-origin redemption is for single-page apps alone."
        )


def _by_refresh_token(service: Service, form: Form, origin: str | None) -> dict[str, Any]:
    refresh = service.refreshes.get(form.get("refresh_token", ""))
    if refresh is None or refresh.ends < time.time():
        raise GrantRefused("invalid_grant", 700084, "The refresh token is expired or was revoked.")
    _check_origin(refresh.platform, origin)
    if "scope" in form:
        read_scopes(form["scope"], service.settings.registration)
    service.note("refresh_token", refresh.name)
    return _tokens(service, refresh, None)


def _tokens(service: Service, agreed: Refresh, nonce: str | None) -> dict[str, Any]:
    settings, seconds = service.settings, service.access_seconds
    key, scopes = service.keys.current, agreed.scopes
    if not opens_api(scopes):
        raise GrantRefused("invalid_scope", 70011, "Only the app's own API is known here.")
    claims = access_claims(settings, service.address, agreed.name, SCOPE, seconds)
    found = {
        "token_type": "Bearer",
        "scope": f"{settings.registration.client_id}/{SCOPE}",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": signed(claims, key),
    }
    if "openid" in scopes:
        found["id_token"] = signed(id_claims(settings, service.address, agreed.name, nonce, seconds), key)
    if "offline_access" in scopes:
        found["refresh_token"] = service.new_refresh_token(agreed)
    return found


def _by_secret(service: Service, form: Form) -> dict[str, Any]:
    registration = service.settings.registration
    given = form.get("client_secret", "").encode()
    if registration.secret is None or not secrets.compare_digest(given, registration.secret.encode()):
        raise GrantRefused("invalid_client", 7000215, "Invalid client secret provided.")
    if not form.get("scope", "").endswith("/.default"):
        raise GrantRefused("invalid_scope", 1002012, "The scope of an app is its resource with /.default.")
    read_scopes(form["scope"], registration)
    service.note("client_credentials", registration.client_id)
    seconds = service.access_seconds
    token = signed(app_claims(service.settings, service.address, seconds), service.keys.current)
    return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}


def cors_headers(service: Service, request: web.Request) -> dict[str, str]:
    """What lets a single-page app read the answer; nothing for other origins."""
    origin = request.headers.get("Origin")
    if origin is None or not service.settings.registration.has_origin(origin):
        return {}
    return {"Access-Control-Allow-Origin": "*"}
