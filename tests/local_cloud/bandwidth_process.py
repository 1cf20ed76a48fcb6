"""The Bandwidth stand-in for tests, with the ears of an application: webhooks and a transcript socket."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from local.bandwidth.server import Settings, serving
from local.http_site import serving_here
from tests.waiting import until

ACCOUNT, CLIENT, SECRET = "5555555", "a-client", "its secret: ü"
THEIRS, OURS = "+15553334444", "+15551112222"
USER, PASSWORD = "verbatim", "pass:wörd"
QUICK = {"connected": 20, "started": 40, "disconnected": 20}


@dataclass(frozen=True, slots=True)
class Posted:
    """A webhook as it arrived."""

    event: dict[str, Any]
    path: str
    authorization: str | None


@dataclass(slots=True)
class Socket:
    """A transcript socket as it arrived."""

    query: str
    server: web.WebSocketResponse
    frames: list[dict[str, Any]] = field(default_factory=list)
    ended: bool = False
    close_code: int | None = None

    def words(self, *, partial: bool = False) -> list[tuple[str, str]]:
        """Track and text of the finals, or of the partials."""
        said = [frame for frame in self.frames if frame["eventType"] == "transcription"]
        return [(frame["track"], frame["transcript"]) for frame in said if frame["isPartial"] == partial]


@dataclass(slots=True)
class Application:
    """What Bandwidth calls: answers `documents` by event type, remembers everything."""

    url: str = ""
    documents: dict[str, str] = field(default_factory=dict)
    status: int = 200
    socket_status: int | None = None
    guarded: bool = False
    posted: list[Posted] = field(default_factory=list)
    sockets: list[Socket] = field(default_factory=list)

    @property
    def socket_url(self) -> str:
        return f"{self.url.replace('http', 'ws')}/transcript?access_token=a%2Bb"

    def bxml(self, *verbs: str) -> str:
        return f'<?xml version="1.0" encoding="UTF-8"?><Response>{"".join(verbs)}</Response>'

    def start(self, name: str = "verbatim", **changes: str) -> str:
        """A StartTranscription of both tracks whose words come here."""
        given = {
            "name": name,
            "tracks": "both",
            "destination": self.socket_url,
            "transcriptionEventUrl": f"{self.url}/events?ticket=a%2Fb",
        } | changes
        attributes = "".join(f' {key}="{value}"' for key, value in given.items())
        return f'<StartTranscription{attributes}><CustomParam name="ticket" value="a ticket"/></StartTranscription>'

    def types(self) -> list[str]:
        return [str(posted.event["eventType"]) for posted in self.posted]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [posted.event for posted in self.posted if posted.event["eventType"] == kind]

    async def webhook(self, request: web.Request) -> web.Response:
        event = dict(request.query) if request.method == "GET" else await request.json()
        authorization = request.headers.get("Authorization")
        self.posted.append(Posted(event, request.raw_path, authorization))
        if self.guarded and authorization is None:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="calls"'})
        if self.guarded and authorization != aiohttp.encode_basic_auth(USER, PASSWORD):
            return web.Response(status=403)
        document = self.documents.get(event["eventType"])
        return web.Response(status=self.status, text=document, content_type="application/xml")

    async def transcript(self, request: web.Request) -> web.StreamResponse:
        if self.socket_status is not None:
            return web.Response(status=self.socket_status)
        server = web.WebSocketResponse()
        await server.prepare(request)
        socket = Socket(request.raw_path.partition("?")[2], server)
        self.sockets.append(socket)
        async for message in server:
            assert message.type is aiohttp.WSMsgType.TEXT
            socket.frames.append(json.loads(message.data))
        socket.close_code = server.close_code
        socket.ended = True
        return server


@asynccontextmanager
async def running_application() -> AsyncIterator[Application]:
    application = Application()
    server = web.Application()
    server.router.add_route("*", "/{kind:answer|events|disconnect|elsewhere}", application.webhook)
    server.router.add_get("/transcript", application.transcript)
    async with serving_here(server, 0) as application.url:
        yield application


@dataclass(slots=True)
class Bandwidth:
    """A running stand-in, an HTTP client with a token, and the application that it calls."""

    url: str
    http: aiohttp.ClientSession
    application: Application
    token: str = ""

    @property
    def calls_url(self) -> str:
        return f"{self.url}/api/v2/accounts/{ACCOUNT}/calls"

    async def sim(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        async with self.http.request(method, f"{self.url}/sim/{path}", json=body) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def take_token(self) -> dict[str, Any]:
        sent = {"Authorization": aiohttp.encode_basic_auth(CLIENT, SECRET)}
        form = {"grant_type": "client_credentials"}
        url = f"{self.url}/api/v1/oauth2/token"
        async with self.http.post(url, data=form, headers=sent) as response:
            given = await response.json()
        self.token = given["access_token"]
        return dict(given)

    async def ask(
        self, method: str, path: str = "", body: Any = None, xml: str | None = None
    ) -> tuple[int, Any, Any]:
        """Status, JSON and headers of an answer over REST."""
        sent: dict[str, Any] = {"headers": {"Authorization": f"Bearer {self.token}"}}
        if xml is not None:
            sent["data"] = xml.encode()
            sent["headers"]["Content-Type"] = "application/xml"
        elif body is not None:
            sent["json"] = body
        async with self.http.request(method, f"{self.calls_url}{path}", **sent) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None, response.headers

    async def answering(self, **settings: Any) -> None:
        status, told = await self.sim("POST", "answering", {"target": THEIRS, "timings": QUICK, **settings})
        assert status == 204, told

    async def place(self, *verbs: str, **changes: Any) -> str:
        """A placed call whose answer webhook is answered with these verbs; its id."""
        self.application.documents["answer"] = self.application.bxml(*verbs)
        status, made, _ = await self.ask("POST", "", self.creation(**changes))
        assert status == 201, made
        return str(made["callId"])

    def creation(self, **changes: Any) -> dict[str, Any]:
        return {
            "from": OURS,
            "to": THEIRS,
            "applicationId": "an-application",
            "answerUrl": f"{self.application.url}/answer?ticket=a%2Fb",
            "disconnectUrl": f"{self.application.url}/disconnect",
            **changes,
        }

    async def truth(self, call_id: str) -> dict[str, Any]:
        _, told = await self.sim("GET", f"calls/{call_id}")
        return dict(told)

    async def told(self, kind: str, times: int = 1) -> dict[str, Any]:
        """The webhook of this type, once it has come so often."""
        await until(lambda: len(self.application.of(kind)) >= times)
        return self.application.of(kind)[-1]


@asynccontextmanager
async def running_bandwidth(token_seconds: float = 3600, seed: int = 1) -> AsyncIterator[Bandwidth]:
    """The same seed gives calls the same ids."""
    async with (
        running_application() as application,
        serving(Settings(ACCOUNT, CLIENT, SECRET, seed, token_seconds), 0) as url,
        aiohttp.ClientSession() as http,
    ):
        bandwidth = Bandwidth(url, http, application)
        await bandwidth.take_token()
        await bandwidth.answering()
        yield bandwidth
