"""Somebody who embeds captions: a site of another origin with a strict policy, and a back end that holds the key."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from playwright.async_api import Browser, Page

from local.stack import Stack
from tests.browser.network import Network, running_network
from tests.browser.simulated_call import Call, Said
from tests.browser.tab import eventually

SCRIPT = Path(__file__).with_name("embedder_page.js").read_text()
HTML = '<!doctype html><meta charset="utf-8"><title>Ours</title><body><script type="module" src="/page.js"></script>'

A_SECOND = "new Promise(done => setTimeout(done, 1000))"

type Access = dict[str, Any]
type Doctor = Callable[[int, Access], Access]


def unchanged(_asked: int, access: Access) -> Access:
    """Hand on what the service gave."""
    return access


@dataclass
class Embedder:
    """The site and its back end, which answers `POST /captions-access/{id}` to its own pages.

    `doctor` may change the access that is handed out; it gets the number of those before.
    """

    stack: Stack
    client: aiohttp.ClientSession
    origin: str
    doctor: Doctor = unchanged
    handed_out: int = 0

    @contextmanager
    def doctoring(self, doctor: Doctor) -> Iterator[None]:
        """From now on access is changed before it is handed out; in the end it is so no more."""
        self.doctor, self.handed_out = doctor, 0
        yield
        self.doctor = unchanged

    def policy(self) -> str:
        """Scripts and connections of nobody but ours and the service's."""
        functions = self.stack.plan.functions_url
        sockets = self.stack.plan.web_pubsub_url.replace("http", "ws", 1)
        return f"default-src 'none'; script-src 'self' {functions}; connect-src 'self' {functions} {sockets}"

    async def page(self, _request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": self.policy()}
        return web.Response(text=HTML, content_type="text/html", headers=headers)

    async def script(self, _request: web.Request) -> web.Response:
        declared = f"const CAPTIONS_SERVICE = {json.dumps(self.stack.plan.functions_url)};\n"
        return web.Response(text=declared + SCRIPT, content_type="text/javascript")

    async def access(self, request: web.Request) -> web.Response:
        answer = await self.ask("POST", f"/api/sessions/{request.match_info['id']}/captions")
        if answer.status != 200:
            return web.Response(
                status=answer.status, body=await answer.read(), content_type=answer.content_type
            )
        access = self.doctor(self.handed_out, await answer.json())
        self.handed_out += 1
        return web.json_response(access)

    async def gateway(self, request: web.Request) -> web.Response:
        """The service's captions under a path of our own."""
        url = f"{self.stack.plan.functions_url}/{request.match_info['rest']}?{request.query_string}"
        headers = {"Authorization": request.headers["Authorization"]}
        async with self.client.get(url, headers=headers) as answer:
            return web.Response(
                status=answer.status, body=await answer.read(), content_type=answer.content_type
            )

    async def ask(self, method: str, path: str, body: object = None) -> aiohttp.ClientResponse:
        """Ask the service, with the key."""
        headers = {"x-functions-key": self.stack.plan.host_key}
        url = self.stack.plan.functions_url + path
        answer = await self.client.request(method, url, headers=headers, json=body)
        await answer.read()
        return answer

    async def start(self, call: Call, **more: object) -> str:
        """Have a call transcribed. Returns the session's id once it is."""
        answer = await self.ask("POST", "/api/sessions", {"call": {"groupCallId": call.group}, **more})
        session_id: str = (await answer.json())["id"]
        await eventually(lambda: self.is_(session_id, "active"))
        return session_id

    async def is_(self, session_id: str, state: str) -> bool:
        """Whether the session is in this state."""
        answer = await self.ask("GET", f"/api/sessions/{session_id}")
        return bool((await answer.json())["state"] == state)


@dataclass
class Viewer:
    """A tab with the embedder's page, behind a network of its own."""

    page: Page
    network: Network
    complaints: list[str] = field(default_factory=list)

    async def watch(self, session_id: str, **options: str) -> None:
        """Read a session along."""
        await self.page.evaluate("([id, options]) => watch(id, options)", [session_id, options])

    async def reload(self) -> None:
        """Load the page anew: it knows nothing any more."""
        await self.page.reload()
        await self.page.locator("[data-ready]").wait_for(state="attached")

    async def said(self, name: str) -> Said:
        """The finals that the page has, in its order."""
        return [(speaker, text) for speaker, text in await self.page.evaluate("name => said(name)", name)]

    async def told(self, name: str) -> dict[str, Any]:
        """What the client has told the page."""
        told: dict[str, Any] = await self.page.evaluate("name => told(name)", name)
        return told

    async def hears(self, name: str, call: Call, count: int, seconds: float = 60) -> None:
        """Waits until the page has so many finals, which must be what was said, in order, each told once."""

        async def agrees() -> bool:
            said = await self.said(name)
            return len(said) == count and said == await call.spoken()

        await eventually(agrees, seconds)
        finals = (await self.told(name))["finals"]
        assert len(finals) == len(set(finals)) == count

    async def has_told(
        self, name: str, what: Callable[[dict[str, Any]], object], seconds: float = 30
    ) -> None:
        """Waits until something was told."""

        async def holds() -> bool:
            return bool(what(await self.told(name)))

        await eventually(holds, seconds)

    async def quiet(self) -> None:
        """Waits until nothing was asked for a second, by the page's own timers: those that were to read have run then."""

        async def is_quiet() -> bool:
            before = len(self.network.carried)
            await self.page.evaluate(A_SECOND)
            return len(self.network.carried) == before and not self.network.waiting

        await eventually(is_quiet)

    def reads(self) -> int:
        """How often the transcript was read."""
        return sum("/transcript" in url for url in self.network.carried)


@asynccontextmanager
async def serving(embedder: Embedder, *ports: int) -> AsyncIterator[None]:
    """The embedder's site, at each of the ports."""
    app = web.Application()
    app.add_routes(
        [
            web.get("/", embedder.page),
            web.get("/page.js", embedder.script),
            web.post("/captions-access/{id}", embedder.access),
            web.get("/verbatim/{rest:api/captions/.+}", embedder.gateway),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    for port in ports:
        await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def open_viewer(browser: Browser, origin: str) -> AsyncIterator[Viewer]:
    """A tab on the embedder's page."""
    async with AsyncExitStack() as stack:
        network = await stack.enter_async_context(running_network())
        proxy = {"server": f"http://127.0.0.1:{network.port}", "bypass": "<-loopback>"}
        context = await browser.new_context(proxy=proxy)  # type: ignore[arg-type] # its keys are those of ProxySettings
        stack.push_async_callback(context.close)
        viewer = Viewer(await context.new_page(), network)
        viewer.page.on("console", lambda message: viewer.complaints.append(message.text))
        viewer.page.on("pageerror", lambda error: viewer.complaints.append(f"uncaught: {error}"))
        await viewer.page.goto(origin)
        await viewer.page.locator("[data-ready]").wait_for(state="attached")
        yield viewer
