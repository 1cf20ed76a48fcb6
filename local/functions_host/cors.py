"""Cross-origin requests, answered as the host does it on Flex Consumption, before any function and any key.

There the host runs ASP.NET's CORS middleware with the app's allowed origins, any method and any header, credentials
off and no Max-Age (azure-functions-host, `CorsOptionsSetup.cs`; aspnetcore, `CorsMiddleware.cs`, `CorsService.cs`).
"""

from aiohttp import hdrs
from aiohttp.web import BaseRequest, Response
from yarl import URL

from .errors import OriginError

ANY_ORIGIN = "*"

type Origins = frozenset[str]


def read_origin(text: str) -> str:
    """`*`, or an origin as browsers send it: scheme, host, and a port that is not the scheme's. Raises OriginError."""
    if text == ANY_ORIGIN:
        return text
    try:
        origin = str(URL(text).origin())
    except ValueError:
        origin = ""
    if not origin or origin != text.lower():
        raise OriginError(f"{text!r} is no origin: write it like https://www.contoso.com, or *.")
    return origin


def answer_preflight(request: BaseRequest, origins: Origins) -> Response | None:
    """The answer to a browser's question whether it may send a request; None if this is none."""
    method = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD)
    if request.method != hdrs.METH_OPTIONS or hdrs.ORIGIN not in request.headers or method is None:
        return None
    answer = Response(status=204)
    if is_allowed(request, origins):
        answer.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = method
        if asked := request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS):
            answer.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = asked
    open_to_origin(request, answer, origins)
    return answer


def open_to_origin(request: BaseRequest, answer: Response, origins: Origins) -> None:
    """Let the page that asked read the answer, if its origin is allowed; else the app's own headers stand."""
    if not is_allowed(request, origins):
        return
    allowed = ANY_ORIGIN if ANY_ORIGIN in origins else request.headers[hdrs.ORIGIN]
    answer.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = allowed
    if allowed != ANY_ORIGIN and len(origins) > 1:
        answer.headers.add(hdrs.VARY, hdrs.ORIGIN)


def is_allowed(request: BaseRequest, origins: Origins) -> bool:
    """Whether the request comes from a page that may ask."""
    origin = request.headers.get(hdrs.ORIGIN)
    return origin is not None and (ANY_ORIGIN in origins or origin in origins)
