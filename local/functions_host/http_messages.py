"""HTTP requests as functions see them, and their responses as clients see them."""

from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

from aiohttp import hdrs
from aiohttp.web import BaseRequest, Response
from multidict import CIMultiDict

from .messages import SAME_SITE, TypedData

# The server sets these itself.
FRAMING_HEADERS = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})
SAME_SITE_TEXT = {SAME_SITE["Lax"]: "lax", SAME_SITE["Strict"]: "strict", SAME_SITE["ExplicitNone"]: "none"}


async def request_value(request: BaseRequest, route_parameters: dict[str, str]) -> TypedData:
    """The trigger's value: names of headers in lower case and repeated ones joined, as the real host does."""
    if hdrs.EXPECT in request.headers:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    return TypedData(
        http=SimpleNamespace(
            method=request.method,
            url=f"{request.scheme}://{request.host}{request.raw_path}",
            headers=_joined(request.headers.items(), str.lower),
            params=route_parameters,
            query=_joined(request.query.items(), str) if request.query_string else {},
            body=TypedData(bytes=await request.read()),
        )
    )


def _joined(pairs: Any, spelled: Any) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        key = spelled(name)
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined


def response(returned: Any) -> Response:
    """The response for what a function returned: an HttpResponse, or a str as plain text."""
    kind = returned.WhichOneof("data") if returned is not None else None
    if kind is None:
        return Response(status=204)
    if kind != "http":
        return Response(text=str(getattr(returned, kind)))
    return _http_response(returned.http)


def _http_response(http: Any) -> Response:
    headers: CIMultiDict[str] = CIMultiDict(
        (name, value) for name, value in http.headers.items() if name.lower() not in FRAMING_HEADERS
    )
    for cookie in http.cookies or ():
        headers.add(hdrs.SET_COOKIE, _set_cookie(cookie))
    return Response(status=int(http.status_code), headers=headers, body=http.body.bytes)


def _set_cookie(cookie: Any) -> str:
    parts = [f"{cookie.name}={cookie.value}"]
    if cookie.expires:
        parts.append(f"expires={formatdate(cookie.expires.value.seconds, usegmt=True)}")
    if cookie.max_age is not None:
        parts.append(f"max-age={cookie.max_age.value:.0f}")
    for name, given in (("domain", cookie.domain), ("path", cookie.path)):
        if given and given.value:
            parts.append(f"{name}={given.value}")
    if cookie.secure and cookie.secure.value:
        parts.append("secure")
    if cookie.same_site in SAME_SITE_TEXT:
        parts.append(f"samesite={SAME_SITE_TEXT[cookie.same_site]}")
    if cookie.http_only and cookie.http_only.value:
        parts.append("httponly")
    return "; ".join(parts)
