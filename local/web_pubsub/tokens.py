"""Judges and mints the JWTs of clients and REST callers. Pure: the clock is an argument."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import jwt

from local.web_pubsub.errors import TokenRefused

SLACK = 300  # seconds that an expired token is still taken for [E]
_ONLY_SIGNATURE = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_sub": False,
    "verify_jti": False,
    "verify_iss": False,
}


@dataclass(frozen=True, slots=True)
class ClientClaims:
    """Who a client is and may do; `claims` is the whole token, each value a list of strings."""

    user_id: str | None
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    claims: Mapping[str, list[str]]


def judge_client_token(token: str, keys: Sequence[str], audiences: Iterable[str], now: float) -> ClientClaims:
    """The claims of a client's token; `now` in seconds. Raises TokenRefused.

    The audience is compared without case [E].
    """
    claims = _judge(token, keys, now)
    wanted = {audience.lower() for audience in audiences}
    if not any(audience.lower() in wanted for audience in strings(claims.get("aud"))):
        raise TokenRefused("The token is meant for another audience.")
    return ClientClaims(
        user_id=next(iter(strings(claims.get("sub"))), None) or None,
        roles=tuple(strings(claims.get("role"))),
        groups=tuple(strings(claims.get("webpubsub.group"))),
        claims={name: strings(value) for name, value in claims.items()},
    )


def judge_rest_token(token: str, keys: Sequence[str], host: str, path: str, now: float) -> None:
    """Raises TokenRefused unless the token was minted for this host and (decoded) path.

    Scheme and query do not count [E].
    """
    for audience in strings(_judge(token, keys, now).get("aud")):
        parts = urlsplit(audience)
        if parts.netloc.lower() == host.lower() and unquote(parts.path) == path:
            return
    raise TokenRefused("The token is meant for another audience.")


def is_of_entra(token: str) -> bool:
    """Whether the token says that Entra signed it, and no access key."""
    try:
        return jwt.get_unverified_header(token).get("alg") == "RS256"
    except jwt.InvalidTokenError:
        return False


def mint(claims: Mapping[str, Any], key: str) -> str:
    """A signed token with these claims."""
    return jwt.encode(dict(claims), key, algorithm="HS256")


def strings(value: Any) -> list[str]:
    """A claim as a list of strings: a lone one counts as a list of one [E]."""
    if value is None:
        return []
    if isinstance(value, list):
        return [str(item) for item in value]
    return [str(value)]


def _judge(token: str, keys: Sequence[str], now: float) -> dict[str, Any]:
    claims = _signed(token, keys)
    expiry = claims.get("exp")
    if not isinstance(expiry, int | float):
        raise TokenRefused("The token bears no expiry.")
    if now > expiry + SLACK:
        raise TokenRefused("The token has expired.")
    if now < _seconds(claims.get("nbf")) - SLACK:
        raise TokenRefused("The token is not valid yet.")
    return claims


def _signed(token: str, keys: Sequence[str]) -> dict[str, Any]:
    for key in keys:
        try:
            return jwt.decode(token, key, algorithms=["HS256"], options=_ONLY_SIGNATURE)  # type: ignore[arg-type]  # PyJWT types its options as a closed TypedDict
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidTokenError as error:
            raise TokenRefused("The token cannot be read.") from error
    raise TokenRefused("The token is signed with another key.")


def _seconds(value: Any) -> float:
    return value if isinstance(value, int | float) else 0.0
