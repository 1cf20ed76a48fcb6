"""`/oauth2/v2.0/authorize`: who signs in here goes back to the app with a code [v2-oauth2-auth-code-flow]."""

import html
import secrets
from http import HTTPStatus
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from local.entra.directory import Platform, Registration
from local.entra.errors import GrantRefused, PageRefused
from local.entra.scopes import read_scopes
from local.entra.service import Service, SignIn, code_ends

COOKIE = "local-entra"
NAME_LENGTH = 64
RESPONSE_MODES = {"query": "?", "fragment": "#"}


class Wish(msgspec.Struct, frozen=True):
    """The query of an authorization request."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    response_mode: str = "query"
    scope: str = ""
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    prompt: str = ""
    login_hint: str = ""


async def show(service: Service, request: web.Request) -> web.Response:
    """The form; whoever signed in before in this browser goes back at once. Raises PageRefused."""
    wish = msgspec.convert(dict(request.query), Wish)
    platform = check_return(wish, service.settings.registration)
    try:
        scopes = check_wish(wish, platform, service.settings.registration)
        name = signed_in_before(service, request, wish)
    except GrantRefused as refusal:
        raise _go_back(wish, _told(refusal)) from refusal
    if name is None:
        return page("Sign in", _form(wish.login_hint))
    raise _go_back(wish, {"code": _code(service, wish, platform, name, scopes)})


def signed_in_before(service: Service, request: web.Request, wish: Wish) -> str | None:
    """Who signed in before in this browser, if that is enough. Raises GrantRefused where nobody may be asked."""
    name = service.signed_in.get(request.cookies.get(COOKIE, ""))
    if wish.prompt == "none" and name is None:
        raise GrantRefused("login_required", 50058, "Nobody is signed in.")
    return name if wish.prompt in {"", "none"} else None


async def sign_in(service: Service, request: web.Request) -> web.Response:
    """The filled-in form, sent to the address of the request. Raises PageRefused."""
    wish = msgspec.convert(dict(request.query), Wish)
    platform = check_return(wish, service.settings.registration)
    given = await request.post()
    name = str(given.get("name", "")).strip()[:NAME_LENGTH]
    if "cancel" in given:
        raise _go_back(wish, _told(GrantRefused("access_denied", 65004, "The user declined.")))
    if not name:
        return page("Sign in", _form(""))
    try:
        scopes = check_wish(wish, platform, service.settings.registration)
    except GrantRefused as refusal:
        raise _go_back(wish, _told(refusal)) from refusal
    back = _go_back(wish, {"code": _code(service, wish, platform, name, scopes)})
    back.set_cookie(
        COOKIE, _remember(service, name), path=f"/{service.settings.tenant}", httponly=True, samesite="Lax"
    )
    raise back


def check_return(wish: Wish, registration: Registration) -> Platform:
    """Where the address to return to is registered. Raises PageRefused."""
    if wish.client_id != registration.client_id:
        raise PageRefused("unauthorized_client", 700016, "The application is not in the directory.")
    platform = registration.platform_of(wish.redirect_uri)
    if platform is None:
        raise PageRefused(
            "invalid_request", 50011, f"The redirect URI '{wish.redirect_uri}' is not registered."
        )
    return platform


def check_wish(wish: Wish, platform: Platform, registration: Registration) -> frozenset[str]:
    """The scopes that are asked for. Raises GrantRefused."""
    if wish.response_type != "code":
        raise GrantRefused("unsupported_response_type", 700054, "Only 'code' is enabled.")
    if wish.response_mode not in RESPONSE_MODES:
        raise GrantRefused("invalid_request", 900561, "The response mode is not known.")
    if wish.code_challenge is not None and wish.code_challenge_method != "S256":
        raise GrantRefused("invalid_request", 501491, "The code challenge's method is not S256.")
    if wish.code_challenge is None and platform == "spa":
        raise GrantRefused("invalid_request", 9002325, "Cross-origin redemption of a code needs PKCE.")
    return read_scopes(wish.scope, registration)


def _code(service: Service, wish: Wish, platform: Platform, name: str, scopes: frozenset[str]) -> str:
    agreed = SignIn(
        platform, wish.redirect_uri, name, scopes, wish.nonce, wish.code_challenge, code_ends(platform)
    )
    return service.new_code(agreed)


def _remember(service: Service, name: str) -> str:
    cookie = secrets.token_urlsafe(16)
    service.signed_in[cookie] = name
    return cookie


def _told(refusal: GrantRefused) -> dict[str, str]:
    return {"error": refusal.error, "error_description": str(refusal)}


def _go_back(wish: Wish, content: dict[str, str]) -> web.HTTPFound:
    sign = RESPONSE_MODES.get(wish.response_mode, "?")
    returned = content | ({} if wish.state is None else {"state": wish.state})
    return web.HTTPFound(wish.redirect_uri + sign + urlencode(returned))


async def sign_out(service: Service, request: web.Request) -> web.Response:
    """`/oauth2/v2.0/logout`: forgets who signed in, and goes back where that is registered."""
    service.signed_in.pop(request.cookies.get(COOKIE, ""), None)
    target = request.query.get("post_logout_redirect_uri", "")
    if service.settings.registration.platform_of(target) is None:
        return page("Signed out", "<p>You signed out of your account.</p>")
    raise web.HTTPFound(target)


def page(title: str, content: str, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """A page of the stand-in."""
    head = f'<!doctype html><html lang="en"><title>{title} - local Entra ID</title><link rel="icon" href="data:,">'
    return web.Response(text=f"{head}<h1>{title}</h1>{content}", content_type="text/html", status=status)


def _form(hint: str) -> str:
    field = f'<label>Account <input name="name" required autofocus value="{html.escape(hint)}"></label>'
    buttons = '<button>Sign in</button> <button name="cancel" value="1" formnovalidate>Cancel</button>'
    return f'<form method="post"><p>{field}</p><p>{buttons}</p></form>'
