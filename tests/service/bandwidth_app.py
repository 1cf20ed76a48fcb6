"""The app's own doors over HTTP, with an account at Bandwidth and a Web PubSub whose transcript hub comes back to it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import azure.functions as func
from aiohttp import web

from functions.lifecycle.session import Session
from functions.services import sessions
from functions.settings import read_settings
from functions.triggers import bandwidth, transcript_stream
from functions.triggers import sessions as api
from functions.triggers.answers import Handler, answering
from functions.wiring import Wiring
from tests.local_cloud.web_pubsub_process import served
from tests.service.bandwidth_account import ACCOUNT, APPLICATION, CLIENT, WEBHOOKS, Account, Call
from tests.service.test_settings import GOOD

RULES = [
    {
        "to": "+15550000001",
        "continueWith": '<Redirect redirectUrl="https://app.example/next?a=1&amp;b=2"/>',
        "tag": "hotline",
    },
    {"to": "+15550000002", "answerAlone": True, "interimResults": False, "locale": "fr-FR"},
    {"to": "+15550000003", "connectTo": "8:acs:somebody"},
]


@dataclass(frozen=True)
class App:
    """The running app."""

    url: str
    wiring: Wiring
    account: Account
    http: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        async with self.http.request(method, f"{self.url}/api/{path}", json=body) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else {}

    async def start(self, call: dict[str, Any], **more: Any) -> dict[str, Any]:
        status, session = await self.ask("POST", "sessions", {"call": {"bandwidth": call}, **more})
        assert status in (200, 202), session
        return session

    async def session(self, session_id: str) -> Session:
        return (await sessions.load(self.wiring.sessions, session_id)).session

    async def journal(self, session_id: str) -> list[str]:
        return [entry.name for entry in await self.wiring.sessions.store.journal(session_id)]

    async def open_socket(self, call: Call) -> aiohttp.ClientWebSocketResponse:
        """Bandwidth opens the transcript socket and says whose it is."""
        started = call.verb("StartTranscription")
        socket = await self.http.ws_connect(started.get("destination", ""))
        params = {one.get("name", ""): one.get("value", "") for one in started.findall("CustomParam")}
        about = {"callId": call.id, "realtimeTranscriptionId": f"t-{started.get('name')}"}
        await socket.send_json({"eventType": "start", "metadata": about, "customParams": params})
        return socket


ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/api/sessions", api.start_session),
    ("GET", "/api/sessions/{id}", api.read_session),
    ("PATCH", "/api/sessions/{id}", api.change_session),
    ("POST", "/api/sessions/{id}/stop", api.stop_session),
    ("POST", "/api/sessions/{id}/start", api.restart_session),
    ("POST", "/api/callbacks/bandwidth/{id}", bandwidth.receive_bandwidth_events),
    ("POST", "/api/callbacks/bandwidth", bandwidth.receive_bandwidth_call),
    ("POST", "/api/callbacks/web-pubsub", transcript_stream.web_pubsub_events),
    ("OPTIONS", "/api/callbacks/web-pubsub", transcript_stream.web_pubsub_events),
)


class Doors:
    """Serves the handlers as the Functions host does."""

    wiring: Wiring

    def serve(self, handler: Handler) -> Any:
        async def handle(request: web.Request) -> web.Response:
            answer = await answering(handler, self.wiring)(
                func.HttpRequest(
                    method=request.method,
                    url=str(request.url),
                    headers=dict(request.headers),
                    params=dict(parse_qsl(request.query_string)),
                    route_params=dict(request.match_info),
                    body=await request.read(),
                )
            )
            headers = dict(answer.headers)
            if answer.mimetype and answer.get_body():
                headers["Content-Type"] = answer.mimetype
            return web.Response(status=answer.status_code, body=answer.get_body(), headers=headers)

        return handle


@asynccontextmanager
async def listening(doors: Doors) -> AsyncIterator[str]:
    app = web.Application()
    for method, path, handler in ROUTES:
        app.router.add_route(method, path, doors.serve(handler))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def settings_of(azurite: str, app_url: str, account: Account) -> dict[str, str]:
    return GOOD | {
        "TABLES_CONNECTION_STRING": azurite,
        "PUBLIC_URL": app_url,
        "ANSWER_RULES": json.dumps(RULES),
        "BANDWIDTH_ACCOUNT_ID": ACCOUNT,
        "BANDWIDTH_APPLICATION_ID": APPLICATION,
        "BANDWIDTH_CLIENT_ID": CLIENT[0],
        "BANDWIDTH_CLIENT_SECRET": CLIENT[1],
        "BANDWIDTH_WEBHOOK_USER": WEBHOOKS[0],
        "BANDWIDTH_WEBHOOK_PASSWORD": WEBHOOKS[1],
        "BANDWIDTH_API_URL": f"{account.url}/api/v2",
        "BANDWIDTH_TOKEN_URL": f"{account.url}/api/v1/oauth2/token",
    }


@asynccontextmanager
async def running_app(azurite: str, account: Account) -> AsyncIterator[App]:
    doors = Doors()
    async with (
        listening(doors) as url,
        served(
            hubs=("captions", "transcript"), handlers={"transcript": f"{url}/api/callbacks/web-pubsub"}
        ) as web_pubsub,
    ):
        told = settings_of(azurite, url, account)
        told["WEB_PUBSUB_CONNECTION_STRING"] = web_pubsub.connection_string
        doors.wiring = Wiring(read_settings(told))
        try:
            yield App(url, doors.wiring, account, account.http)
        finally:
            await doors.wiring.tables.close()
            await doors.wiring.viewers.client.close()  # type: ignore[attr-defined]  # the adapter, not the port
            await doors.wiring.bandwidth.api.close()
