"""Calls and viewers for service tests: both stand-ins, their real clients, and an ear for the callbacks."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from aiohttp import web
from azure.core.credentials import AzureKeyCredential

from functions.adapters import web_pubsub as adapter
from functions.adapters.call_automation import AcsCalls, CallSettings
from functions.adapters.web_pubsub import WebPubSubViewers
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import Session
from functions.services.applying import apply
from functions.services.ports import SessionPorts
from functions.triggers.call_events import CloudEvent, read_callbacks, read_event
from local.call_automation.server import Settings, serving
from tests.local_cloud.call_automation_process import ACCESS_KEY, PEOPLE, QUICK, RESOURCE_ID
from tests.local_cloud.web_pubsub_process import PRIMARY, WebPubSub, served
from tests.waiting import until


@dataclass
class Callbacks:
    """Takes ACS's callbacks and lets the sessions know, unless it is deaf.

    Each test has an address of its own, so that the calls of one do not keep the next one busy.
    """

    url: str = ""
    ports: SessionPorts | None = None
    deaf: bool = False
    test: int = 0
    busy: int = 0
    heard: list[tuple[str, CloudEvent]] = field(default_factory=list)

    @property
    def public_url(self) -> str:
        return f"{self.url}/{self.test}"

    async def receive(self, request: web.Request) -> web.Response:
        if request.match_info["test"] != str(self.test):
            return web.Response()
        self.busy += 1
        try:
            await self.take_in_all(request.match_info["id"], await request.read())
        finally:
            self.busy -= 1
        return web.Response()

    async def take_in_all(self, session_id: str, body: bytes) -> None:
        for callback in read_callbacks(body):
            self.heard.append((session_id, callback))
            if not self.deaf and self.ports is not None:
                await take_in(self.ports, session_id, callback)

    def named(self, session_id: str, name: str) -> list[CloudEvent]:
        return [event for owner, event in self.heard if owner == session_id and event.type.endswith(name)]


async def take_in(ports: SessionPorts, session_id: str, callback: CloudEvent) -> Session:
    happened = Occurrence(callback.source, callback.id, read_event(callback))
    return await apply(ports, session_id, happened)


IMPATIENT_SECONDS = 2
"""A total time-out for a request whose answer gets lost: its test waits it out, and a busy machine still sends it."""
HERE = "the one"
"""The name of its Web PubSub."""


@dataclass(frozen=True)
class Cloud:
    """ACS and Web PubSub, and our adapters for them."""

    acs_url: str
    web_pubsub: WebPubSub
    callbacks: Callbacks
    calls: AcsCalls
    viewers: WebPubSubViewers

    async def sim(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.acs_url}/sim/{path}"
        async with self.web_pubsub.http.request(method, url, json=body) as response:
            text = await response.text()
            assert response.status < 400, text
            return json.loads(text) if text else None

    def begin(self, ports: SessionPorts) -> None:
        """From now on only callbacks of new connections are heard, for these ports."""
        self.callbacks.test += 1
        self.calls.settings = replace(self.calls.settings, public_url=self.callbacks.public_url)
        self.callbacks.ports = ports
        self.callbacks.deaf = False

    async def end(self) -> None:
        """Until nothing is under way any more."""
        self.callbacks.deaf = True
        await until(lambda: not self.callbacks.busy)

    async def make_call(self, group: str, **settings: Any) -> dict[str, Any]:
        given = {"groupCallId": group, "speakers": PEOPLE, "timings": QUICK, **settings}
        return dict(await self.sim("POST", "calls", given))

    async def connections(self, sim_id: str) -> list[dict[str, Any]]:
        return list((await self.sim("GET", f"calls/{sim_id}"))["connections"])


async def swallow(request: web.Request) -> web.Response:
    """Admits every transcript socket and takes every frame."""
    return web.Response(status=204, headers={"WebHook-Allowed-Origin": "*"})


@asynccontextmanager
async def listening(callbacks: Callbacks) -> AsyncIterator[str]:
    """Serves the callbacks; gives the address for the transcript sockets' events."""
    app = web.Application()
    app.router.add_post("/{test}/api/callbacks/calls/{id}", callbacks.receive)
    app.router.add_route("*", "/api/callbacks/web-pubsub", swallow)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    callbacks.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield f"{callbacks.url}/api/callbacks/web-pubsub"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running_cloud() -> AsyncIterator[Cloud]:
    callbacks = Callbacks()
    async with (
        listening(callbacks) as events,
        served(hubs=("captions", "transcript"), handlers={"transcript": events}) as web_pubsub,
        serving(Settings(ACCESS_KEY, RESOURCE_ID, seed=1), 0) as acs_url,
    ):
        calls = AcsCalls(call_settings(acs_url, callbacks.public_url, web_pubsub.url))
        viewers = WebPubSubViewers(opened_by_key(web_pubsub.url))
        async with calls.client, calls.client_of_one_try, viewers.client:
            yield Cloud(acs_url, web_pubsub, callbacks, calls, viewers)


@asynccontextmanager
async def silent_service() -> AsyncIterator[str]:
    """A service that takes every request and never answers."""
    go_on = asyncio.Event()

    async def wait(_: web.Request) -> web.Response:
        await go_on.wait()
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", wait)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        go_on.set()
        await runner.cleanup()


def call_settings(acs_url: str, public_url: str, web_pubsub: str) -> CallSettings:
    return CallSettings(
        endpoint=acs_url,
        credential=AzureKeyCredential(ACCESS_KEY),
        cognitive_services_endpoint="https://speech.example",
        public_url=public_url,
        web_pubsubs={HERE: opened_by_key(web_pubsub)},
    )


def opened_by_key(url: str) -> adapter.WebPubSub:
    """A Web PubSub with its access key."""
    return adapter.WebPubSub(url, AzureKeyCredential(PRIMARY))


async def watch(cloud: Cloud, session_id: str) -> aiohttp.ClientWebSocketResponse:
    """A viewer of the session's captions."""
    url = await cloud.viewers.grant(session_id, 5)
    return await cloud.web_pubsub.http.ws_connect(url, protocols=["json.webpubsub.azure.v1"])


async def next_message(viewer: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """The next message to the viewer's group."""
    while True:
        message = await viewer.receive_json(timeout=20)
        if message["type"] == "message":
            return dict(message["data"])
