"""The Web PubSub stand-in for tests, and an event handler that does as a test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

from local.child_process import ChildProcess, python_command
from local.ports import free_ports
from local.web_pubsub.server import serving
from local.web_pubsub.service import Settings

PRIMARY = "the primary key which is long enough for HS256"
SECONDARY = "the secondary key, which is long enough for HS256"
JSON = "json.webpubsub.azure.v1"
RELIABLE = "json.reliable.webpubsub.azure.v1"

type Answer = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that the event handler got."""

    name: str
    headers: dict[str, str]
    body: bytes
    query: str


@dataclass(slots=True)
class EventHandler:
    """Answers 204, or what a test put into `answers` for the event's name."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    cut_off: int = 0
    allowed_origin: str | None = "*"
    has_no_options: bool = False
    validations: list[str] = field(default_factory=list)

    def named(self, name: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.name == name]

    def answer(self, name: str, status: int = 204, **response: Any) -> None:
        async def given(_: web.Request) -> web.Response:
            return web.Response(status=status, **response)

        self.answers[name] = given

    def answer_in_turn(self, name: str, *statuses: int) -> None:
        left = list(statuses)

        async def given(_: web.Request) -> web.Response:
            return web.Response(status=left.pop(0) if left else 204)

        self.answers[name] = given

    def hold(self, name: str) -> asyncio.Event:
        """Answers wait until the event given back is set."""
        go_on = asyncio.Event()

        async def given(_: web.Request) -> web.Response:
            await go_on.wait()
            return web.Response(status=204)

        self.answers[name] = given
        return go_on

    async def handle(self, request: web.Request) -> web.Response:
        if request.method != "POST":
            return self._validated(request)
        name = request.headers["ce-eventName"]
        body = await request.read()
        self.seen.append(Seen(name, dict(request.headers), body, request.query_string))
        if name not in self.answers:
            return web.Response(status=204)
        try:
            return await self.answers[name](request)
        except asyncio.CancelledError:
            self.cut_off += 1
            raise

    def _validated(self, request: web.Request) -> web.Response:
        self.validations.append(
            f"{request.method} {request.path} {request.headers['WebHook-Request-Origin']}"
        )
        if request.method == "OPTIONS" and self.has_no_options:
            return web.Response(status=404)
        if self.allowed_origin is None:
            return web.Response()
        return web.Response(headers={"WebHook-Allowed-Origin": self.allowed_origin})


@asynccontextmanager
async def running_handler() -> AsyncIterator[EventHandler]:
    handler = EventHandler()
    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", handler.handle)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    handler.url = f"http://127.0.0.1:{runner.addresses[0][1]}/events/{{event}}?code=a%2Bb"
    try:
        yield handler
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class WebPubSub:
    """A running stand-in."""

    url: str
    http: aiohttp.ClientSession

    @property
    def connection_string(self) -> str:
        return f"Endpoint={self.url};AccessKey={PRIMARY};Version=1.0;"

    def service(self, hub: str, **options: Any) -> WebPubSubServiceClient:
        return WebPubSubServiceClient.from_connection_string(self.connection_string, hub, **options)

    async def client_url(self, hub: str, **token: Any) -> str:
        async with self.service(hub) as service:
            return str((await service.get_client_access_token(**token))["url"])

    async def connect(
        self, hub: str, *subprotocols: str, more: str = "", **token: Any
    ) -> aiohttp.ClientWebSocketResponse:
        url = await self.client_url(hub, **token)
        return await self.http.ws_connect(url + more, protocols=subprotocols)

    async def sim(self, method: str, path: str, body: Any = None) -> Any:
        async with self.http.request(method, f"{self.url}/sim/{path}", json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def connections(self, hub: str) -> list[dict[str, Any]]:
        return list(await self.sim("GET", f"connections?hub={hub}"))

    async def counters(self, hub: str) -> dict[str, int]:
        return dict((await self.sim("GET", "counters"))[hub])


@asynccontextmanager
async def served(**settings: Any) -> AsyncIterator[WebPubSub]:
    """The stand-in inside the test's process, with a test's own waiting times."""
    with_keys = {"keys": (PRIMARY, SECONDARY)} | settings
    async with serving(Settings(**with_keys), 0) as url, aiohttp.ClientSession() as http:
        yield WebPubSub(url, http)


@asynccontextmanager
async def running_web_pubsub(folder: Path, *options: str) -> AsyncIterator[WebPubSub]:
    """The stand-in as a process of its own."""
    (port,) = free_ports(1)
    arguments = ("--port", str(port), "--access-key", PRIMARY, "--secondary-access-key", SECONDARY, *options)
    process = ChildProcess(
        python_command("web-pubsub", "local.web_pubsub", *arguments), folder / f"web-pubsub-{port}.log"
    )
    await process.start()
    try:
        async with aiohttp.ClientSession() as http:
            yield WebPubSub(f"http://127.0.0.1:{port}", http)
    finally:
        await process.stop()


async def until_async(holds: Callable[[], Awaitable[object]], seconds: float = 20.0) -> None:
    """Waits for a condition that takes a request to see."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)
