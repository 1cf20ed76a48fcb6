"""The Call Automation stand-in for tests, with the ears of an application: callbacks and a transcript socket."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from azure.communication.callautomation import (
    CallConnectionProperties,
    CommunicationIdentifier,
    PhoneNumberIdentifier,
    StreamingTransportType,
    TranscriptionOptions,
)
from azure.communication.callautomation.aio import CallAutomationClient, CallConnectionClient
from azure.core.credentials import AzureKeyCredential

from local.call_automation.server import Settings, serving
from tests.waiting import until

ACCESS_KEY = base64.b64encode(b"an access key that signs requests").decode()
RESOURCE_ID = "6d889502-3d7a-41a8-befa-d21fd80e8767"
ADA = "8:acs:6d889502-3d7a-41a8-befa-d21fd80e8767_00000028-2f1d-00a7-e64a-5c3a0d006c74"
BEN = "8:acs:6d889502-3d7a-41a8-befa-d21fd80e8767_00000028-2f1d-00d2-e64a-5c3a0d006c75"
OUR_NUMBER = PhoneNumberIdentifier("+18005550100")
PEOPLE = [{"rawId": ADA, "displayName": "Ada"}]
QUICK = {"connected": 20, "started": 60, "stopped": 20, "disconnected": 20}


@dataclass(frozen=True, slots=True)
class Posted:
    """A callback as it arrived."""

    event: dict[str, Any]
    query: str
    token: str

    @property
    def name(self) -> str:
        return str(self.event["type"]).rsplit(".", 1)[1]


@dataclass(slots=True)
class Socket:
    """A transcript socket as it arrived."""

    headers: dict[str, str]
    query: str
    server: web.WebSocketResponse
    frames: list[dict[str, Any]] = field(default_factory=list)
    kinds: set[aiohttp.WSMsgType] = field(default_factory=set)
    close_code: int | None = None
    ended: bool = False

    @property
    def finals(self) -> list[str]:
        data = [frame["transcriptionData"] for frame in self.frames if "transcriptionData" in frame]
        return [content["text"] for content in data if content["resultStatus"] == "Final"]


@dataclass(slots=True)
class Application:
    """What ACS calls: answers as a test says, remembers everything."""

    url: str = ""
    callback_status: int = 200
    socket_status: int | None = None
    deaf: bool = False
    posted: list[Posted] = field(default_factory=list)
    sockets: list[Socket] = field(default_factory=list)
    sockets_refused: int = 0
    event_grid_statuses: list[int] = field(default_factory=list)
    published: list[dict[str, Any]] = field(default_factory=list)

    @property
    def event_grid_url(self) -> str:
        return f"{self.url}/event-grid"

    @property
    def callback_url(self) -> str:
        return f"{self.url}/callbacks?ticket=a%2Fb"

    @property
    def socket_url(self) -> str:
        return f"{self.url.replace('http', 'ws')}/transcript?access_token=a%2Bb"

    def names(self) -> list[str]:
        return [posted.name for posted in self.posted]

    def connected(self) -> set[str]:
        """The connections whose CallConnected has come."""
        events = [posted.event for posted in self.posted if posted.name == "CallConnected"]
        return {str(event["data"]["callConnectionId"]) for event in events}

    def named(self, name: str) -> Posted:
        return next(posted for posted in self.posted if posted.name == name)

    async def callback(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/json"
        (event,) = await request.json()
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.posted.append(Posted(event, request.raw_path.partition("?")[2], token))
        return web.Response(status=self.callback_status)

    async def event_grid(self, request: web.Request) -> web.Response:
        """Takes an event, unless it is told to answer with another status first."""
        assert request.content_type == "application/json"
        status = self.event_grid_statuses.pop(0) if self.event_grid_statuses else 200
        if status in range(200, 300):
            self.published += await request.json()
        return web.Response(status=status)

    def told(self) -> list[str]:
        return [str(event["eventType"]).rsplit(".", 1)[1] for event in self.published]

    async def transcript(self, request: web.Request) -> web.StreamResponse:
        if self.socket_status is not None:
            self.sockets_refused += 1
            return web.Response(status=self.socket_status)
        server = web.WebSocketResponse(autoping=not self.deaf)
        await server.prepare(request)
        socket = Socket(dict(request.headers), request.raw_path.partition("?")[2], server)
        self.sockets.append(socket)
        async for message in server:
            if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                socket.kinds.add(message.type)
                socket.frames.append(json.loads(message.data))
        socket.close_code = server.close_code
        socket.ended = True
        return server


@asynccontextmanager
async def running_application() -> AsyncIterator[Application]:
    application = Application()
    server = web.Application()
    server.router.add_post("/callbacks", application.callback)
    server.router.add_post("/event-grid", application.event_grid)
    server.router.add_get("/transcript", application.transcript)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    application.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield application
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Acs:
    """A running stand-in, its real client, and the application that it calls."""

    url: str
    http: aiohttp.ClientSession
    client: CallAutomationClient
    application: Application

    async def sim(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        async with self.http.request(method, f"{self.url}/sim/{path}", json=body) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def make_call(self, **settings: Any) -> dict[str, Any]:
        given = {"groupCallId": "group", "speakers": PEOPLE, "timings": QUICK, **settings}
        status, made = await self.sim("POST", "calls", given)
        assert status == 201, made
        return dict(made)

    async def ring(self, **settings: Any) -> dict[str, Any]:
        status, ringing = await self.sim("POST", "incoming", {"timings": QUICK, **settings})
        assert status == 201, ringing
        return dict(ringing)

    async def place(self, *targets: CommunicationIdentifier, **changes: Any) -> CallConnectionProperties:
        return await self.client.create_call(
            list(targets),
            self.application.callback_url,
            **{**self.set_up(), "source_caller_id_number": OUR_NUMBER, **changes},
        )

    async def answer(self, context: str, **changes: Any) -> CallConnectionProperties:
        return await self.client.answer_call(
            context, self.application.callback_url, **{**self.set_up(), **changes}
        )

    async def connected(self, properties: CallConnectionProperties) -> CallConnectionClient:
        """The connection, once its CallConnected has come."""
        wanted = properties.call_connection_id
        assert wanted is not None
        await until(lambda: wanted in self.application.connected())
        return self.client.get_call_connection(wanted)

    async def truth(self, sim_id: str) -> dict[str, Any]:
        _, told = await self.sim("GET", f"calls/{sim_id}")
        return dict(told)

    async def connect(self, **locator: str) -> CallConnectionClient:
        """Connect and wait for CallConnected."""
        before = self.application.names().count("CallConnected")
        connection = self.client.get_call_connection(await self.connect_only(**locator))
        await until(lambda: self.application.names().count("CallConnected") > before)
        return connection

    async def connect_only(self, **locator: Any) -> str:
        properties = await self.client.connect_call(
            self.application.callback_url,
            **self.set_up(),
            **(locator or {"group_call_id": "group"}),
        )
        assert properties.call_connection_id is not None
        return properties.call_connection_id

    def set_up(self) -> dict[str, Any]:
        """What every way into a call is given."""
        return {
            "cognitive_services_endpoint": "https://cs.example",
            "operation_context": "attempt-1",
            "transcription": self.options(),
        }

    def options(self, *, at_setup: bool = False) -> TranscriptionOptions:
        return TranscriptionOptions(
            transport_url=self.application.socket_url,
            transport_type=StreamingTransportType.WEBSOCKET,
            locale="en-US",
            start_transcription=at_setup,
            enable_intermediate_results=True,
        )

    async def start(self, connection: CallConnectionClient, **options: Any) -> Socket:
        """Start and wait for TranscriptionStarted; the socket."""
        before = self.application.names().count("TranscriptionStarted")
        await connection.start_transcription(**options)
        await until(lambda: self.application.names().count("TranscriptionStarted") > before)
        return self.application.sockets[-1]


@asynccontextmanager
async def acs_at(url: str, application: Application) -> AsyncIterator[Acs]:
    async with (
        aiohttp.ClientSession() as http,
        CallAutomationClient(url, AzureKeyCredential(ACCESS_KEY), retry_total=0) as client,
    ):
        yield Acs(url, http, client, application)


@asynccontextmanager
async def running_acs() -> AsyncIterator[Acs]:
    async with (
        running_application() as application,
        serving(Settings(ACCESS_KEY, RESOURCE_ID, 1, application.event_grid_url), 0) as url,
        acs_at(url, application) as acs,
    ):
        yield acs
