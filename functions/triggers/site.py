"""The page and health: open to all, and without any data of a call."""

from pathlib import Path

import azure.functions as func

from functions.errors import NotFound, Unavailable
from functions.services.wired import Services
from functions.triggers.answers import Endpoint, answer_json

WEB = Path(__file__).parent.parent / "web"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws: wss:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


async def page(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The page."""
    del req, services
    return answer_file("index.html")


async def page_asset(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """A part of the page. Raises NotFound."""
    del services
    return answer_file(req.route_params["file"])


def answer_file(name: str) -> func.HttpResponse:
    """A file of the page's folder, and of no other. Raises NotFound."""
    files = {path.name: path for path in WEB.iterdir()}
    path = files.get(name)
    if path is None or path.suffix not in TYPES:
        raise NotFound(
            f"There is no file {name[:64]!r}.", field="file", remedy="Load the page again: GET /app."
        )
    return func.HttpResponse(path.read_bytes(), headers=HEADERS, mimetype=TYPES[path.suffix], charset="utf-8")


async def health(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Whether the app can work: 200 `up`, or 503 `down`."""
    del req
    is_up = await storage_answers(services)
    return answer_json({"status": "up" if is_up else "down"}, 200 if is_up else 503)


async def health_details(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Each dependency's readiness."""
    del req
    storage = await storage_answers(services)
    return answer_json({"status": "up" if storage else "down", "tables": storage}, 200 if storage else 503)


async def storage_answers(services: Services) -> bool:
    """Whether Table Storage answers a read."""
    try:
        await services.sessions.store.load("health")
    except Unavailable:
        return False
    return True


ENDPOINTS = (
    Endpoint(page, "app", auth_level=func.AuthLevel.ANONYMOUS),
    Endpoint(page_asset, "app/{file}", auth_level=func.AuthLevel.ANONYMOUS),
    Endpoint(health, "api/health", auth_level=func.AuthLevel.ANONYMOUS),
    Endpoint(health_details, "api/health/details"),
)
