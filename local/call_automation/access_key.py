"""HMAC-SHA256 of a resource's access key, as every Communication Services REST request bears it."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from aiohttp import web

_SCHEME = "HMAC-SHA256 "
_SIGNED = {"x-ms-date", "host", "x-ms-content-sha256"}
_SLACK = timedelta(minutes=5)


class Unauthorized(Exception):
    """The request is not signed as it must be; says why in one sentence."""


async def check(request: web.Request, access_key: str | None) -> None:
    """Check date, body hash and signature. Raises Unauthorized."""
    if access_key is None:
        raise Unauthorized("The resource has no access key: local authentication is off.")
    signed_headers, signature = _authorization(request)
    _check_date(request.headers.get("x-ms-date", ""))
    body_hash = base64.b64encode(hashlib.sha256(await request.read()).digest()).decode()
    if request.headers.get("x-ms-content-sha256") != body_hash:
        raise Unauthorized("x-ms-content-sha256 is not the hash of the body.")
    values = ";".join(request.headers.get(name, "") for name in signed_headers)
    texts = [f"{request.method}\n{path}\n{values}" for path in _paths(request.raw_path)]
    if not any(hmac.compare_digest(_sign(text, access_key), signature) for text in texts):
        raise Unauthorized("The signature does not match the request.")


def _paths(path: str) -> list[str]:
    """The path as sent, and as the SDK signs it: a raw id's `:` as `%3A`, which aiohttp then sends bare [V]."""
    before, participants, raw_id = path.partition("/participants/")
    return [path, before + participants + raw_id.replace(":", "%3A")] if raw_id else [path]


def _authorization(request: web.Request) -> tuple[list[str], str]:
    header = request.headers.get("Authorization", "")
    if not header.startswith(_SCHEME):
        raise Unauthorized("Authorization must be HMAC-SHA256 with SignedHeaders and Signature.")
    parts = dict(part.split("=", 1) for part in header.removeprefix(_SCHEME).split("&") if "=" in part)
    names = parts.get("SignedHeaders", "").split(";")
    if set(names) != _SIGNED or "Signature" not in parts:
        raise Unauthorized("Signed must be x-ms-date, host and x-ms-content-sha256.")
    return names, parts["Signature"]


def _check_date(text: str) -> None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError as error:
        raise Unauthorized("x-ms-date is not a date.") from error
    if date.tzinfo is None or abs(datetime.now(UTC) - date) > _SLACK:
        raise Unauthorized("x-ms-date is more than five minutes off.")


def _sign(text: str, access_key: str) -> str:
    digest = hmac.new(base64.b64decode(access_key), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
