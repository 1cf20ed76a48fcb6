"""`/sim/...`: keys that rotate, tokens of every quality, what was granted; for tests, no part of the real service."""

from typing import Any, Literal

import msgspec
from aiohttp import web

from local.entra import tokens
from local.entra.directory import SCOPE, Identity
from local.entra.errors import OrderRefused
from local.entra.service import Service


class Rotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /sim/keys/rotate`."""

    withdraw: bool = False


class TokenOrder(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The body of `POST /sim/tokens`: a token as it is given, but for what is said here.

    `claims` win over the usual ones; null leaves one out. `key_id` is what the token says about its key.
    """

    of: Literal["person", "app", "identity", "idToken"] = "person"
    name: str = "ada"
    resource: str = ""
    lifetime: int = 3600
    claims: dict[str, Any] = {}
    signing: Literal["published", "unpublished", "none", "public-key-as-secret"] = "published"
    key_id: str | None = None


class Lifetime(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The body of `POST /sim/lifetime`: seconds that access tokens hold from now on."""

    access_token: int


def read_order[T](body: bytes, kind: type[T]) -> T:
    """The body as this kind; an empty one is the default. Raises OrderRefused."""
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.MsgspecError as error:
        raise OrderRefused(f"{error}.") from error


async def rotate_keys(service: Service, request: web.Request) -> web.Response:
    """A new key signs; the old ones stay published unless withdrawn."""
    order = read_order(await request.read(), Rotation)
    return web.json_response({"keyId": service.keys.rotate(withdraw=order.withdraw).key_id})


async def mint_token(service: Service, request: web.Request) -> web.Response:
    """A token to order."""
    order = read_order(await request.read(), TokenOrder)
    wanted = usual_claims(service, order) | order.claims
    claims = {name: value for name, value in wanted.items() if value is not None}
    return web.json_response({"token": sign(service, order, claims)})


def usual_claims(service: Service, order: TokenOrder) -> tokens.Claims:
    """What such a token says."""
    settings, address, seconds = service.settings, service.address, order.lifetime
    match order.of:
        case "person":
            return tokens.access_claims(settings, address, order.name, SCOPE, seconds)
        case "idToken":
            return tokens.id_claims(settings, address, order.name, None, seconds)
        case "app":
            return tokens.app_claims(settings, address, seconds)
        case "identity":
            identity = next(iter(settings.identities), Identity(order.name, order.name))
            return tokens.identity_claims(settings, identity, order.resource, seconds)


def sign(service: Service, order: TokenOrder, claims: tokens.Claims) -> str:
    """The token, signed or not as ordered."""
    keys = service.keys
    match order.signing:
        case "published":
            return tokens.signed(claims, keys.current, order.key_id)
        case "unpublished":
            return tokens.signed(claims, keys.unpublished, order.key_id)
        case "none":
            return tokens.unsigned(claims, order.key_id or keys.current.key_id)
        case "public-key-as-secret":
            return tokens.signed_with_public_key(claims, keys.current)


async def set_lifetime(service: Service, request: web.Request) -> web.Response:
    """How long access tokens hold from now on."""
    service.access_seconds = read_order(await request.read(), Lifetime).access_token
    return web.json_response({"accessToken": service.access_seconds})


async def revoke(service: Service, _: web.Request) -> web.Response:
    """Forget every refresh token and every sign-in."""
    service.refreshes.clear()
    service.signed_in.clear()
    return web.json_response({})


async def list_granted(service: Service, _: web.Request) -> web.Response:
    """What was granted, oldest first."""
    return web.json_response({"granted": service.granted})
