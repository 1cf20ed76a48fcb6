"""The page, health, and whose calls are served: nothing here holds data of a call."""

from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import azure.functions as func

from functions.errors import NotFound
from functions.services.health import check_all
from functions.services.wired import Services
from functions.settings import Settings
from functions.triggers.answers import answer_json

WEB = Path(__file__).parent.parent / "web"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".ts": "application/typescript",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {}; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
EMBEDDABLE = {"captions.js", "captions.d.ts"}
FROM_ANYWHERE = {"Access-Control-Allow-Origin": "*"}
"""Pages of other origins may import these files; they hold no data."""


async def page(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The page."""
    del req
    return answer_file("index.html", services.settings)


async def page_asset(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """A part of the page. Raises NotFound."""
    return answer_file(req.route_params["file"], services.settings)


async def how_to_sign_in(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """What the page asks a person for: a function key, or to sign in with Entra ID."""
    del req
    sign_in = services.settings.sign_in
    if sign_in is None:
        return answer_json({"kind": "key"})
    asked = {"authority": sign_in.authority, "tenantId": sign_in.tenant, "clientId": sign_in.client_id}
    return answer_json({"kind": "entra", **asked, "scope": sign_in.scope})


@cache
def page_files() -> dict[str, bytes]:
    """The page's files by their names, read once."""
    return {path.name: path.read_bytes() for path in WEB.iterdir() if path.suffix in TYPES}


def answer_file(name: str, settings: Settings) -> func.HttpResponse:
    """A file of the page's folder, and of no other. Raises NotFound."""
    content = page_files().get(name)
    if content is None:
        raise NotFound(
            f"There is no file {name[:64]!r}.", field="file", remedy="Load the page again: GET /app."
        )
    kind = TYPES[Path(name).suffix]
    headers = (
        HEADERS
        | (FROM_ANYWHERE if name in EMBEDDABLE else {})
        | {"Content-Security-Policy": policy_of(settings)}
    )
    return func.HttpResponse(content, headers=headers, mimetype=kind, charset="utf-8")


def policy_of(settings: Settings) -> str:
    """What the page may load and call: its own, our Web PubSubs, and Entra where people sign in with it."""
    sockets = [each.sockets for each in settings.web_pubsubs]
    authority = [] if settings.sign_in is None else [origin_of(settings.sign_in.authority)]
    return POLICY.format(" ".join(["'self'", *sockets, *authority]))


def origin_of(address: str) -> str:
    """The origin of an http or https address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


async def health(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Whether the app can work: 200 `up`, or 503 `down`."""
    del req
    ready = (await services.storage_check.check()).ready
    return answer_json({"status": status_of(ready)}, 200 if ready else 503)


async def health_details(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Each dependency's readiness, and the reason where one is not ready."""
    del req
    calls = {"callAutomation": services.sessions.calls} | dict(services.sessions.other_calls)
    opened = {name: provider() for name, provider in calls.items()}
    found = await check_all(services.storage_check, services.viewers, opened)
    ready = all(one.ready for one in found.values())
    return answer_json({"status": status_of(ready), "dependencies": found}, 200 if ready else 503)


async def list_providers(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Whose calls can be started here: ACS's, and those of each other provider that the settings have."""
    del req
    return answer_json({"providers": ["acs", *services.sessions.other_calls]})


def status_of(ready: bool) -> str:  # noqa: FBT001 -- it is what is put into words
    """The word for it."""
    return "up" if ready else "down"
