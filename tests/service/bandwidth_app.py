"""The app's own doors over HTTP, with a Web PubSub whose transcript hub comes back to it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import azure.functions as func
from aiohttp import web

from functions.lifecycle.session import Session, State
from functions.services import sessions
from functions.settings import read_settings
from functions.triggers import bandwidth, transcript_stream
from functions.triggers import sessions as api
from functions.triggers.answers import Handler, answering
from functions.wiring import Wiring
from tests.local_cloud.web_pubsub_process import served, until_async
from tests.service.bed import all_of
from tests.service.test_settings import GOOD

RULES: list[dict[str, Any]] = [
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

    async def until_state(self, session_id: str, state: State) -> Session:
        async def is_so() -> bool:
            return (await self.session(session_id)).state is state

        await until_async(is_so)
        return await self.session(session_id)

    async def words(self, session_id: str) -> list[tuple[str, str]]:
        """The finals: who, and what."""
        found = await all_of(self.wiring.segments.segments(session_id, ""))
        return [(one.speaker, one.text) for one in found]

    async def journal(self, session_id: str) -> list[str]:
        return [entry.name for entry in await self.wiring.sessions.store.journal(session_id)]


ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/api/sessions", api.start_session),
    ("GET", "/api/sessions", api.list_sessions),
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
            answer = await answering(lambda: handler, self.wiring)(
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


@dataclass(frozen=True)
class AtBandwidth:
    """What opens an account, and where it is."""

    url: str
    account: str
    client: tuple[str, str]
    webhooks: tuple[str, str]
    application: str = "an-application"


def settings_of(azurite: str, app_url: str, told: AtBandwidth) -> dict[str, str]:
    return GOOD | {
        "TABLES_CONNECTION_STRING": azurite,
        "PUBLIC_URL": app_url,
        "ANSWER_RULES": json.dumps(RULES),
        "BANDWIDTH_ACCOUNT_ID": told.account,
        "BANDWIDTH_APPLICATION_ID": told.application,
        "BANDWIDTH_CLIENT_ID": told.client[0],
        "BANDWIDTH_CLIENT_SECRET": told.client[1],
        "BANDWIDTH_WEBHOOK_USER": told.webhooks[0],
        "BANDWIDTH_WEBHOOK_PASSWORD": told.webhooks[1],
        "BANDWIDTH_API_URL": f"{told.url}/api/v2",
        "BANDWIDTH_TOKEN_URL": f"{told.url}/api/v1/oauth2/token",
    }


@asynccontextmanager
async def running_app(azurite: str, told: AtBandwidth) -> AsyncIterator[App]:
    doors = Doors()
    async with (
        aiohttp.ClientSession() as http,
        listening(doors) as url,
        served(
            hubs=("captions", "transcript"), handlers={"transcript": f"{url}/api/callbacks/web-pubsub"}
        ) as web_pubsub,
    ):
        settings = settings_of(azurite, url, told)
        settings["WEB_PUBSUB_CONNECTION_STRING"] = web_pubsub.connection_string
        doors.wiring = Wiring(read_settings(settings))
        try:
            yield App(url, doors.wiring, http)
        finally:
            await doors.wiring.tables.close()
            for viewers in doors.wiring.viewers.values():
                await viewers.client.close()  # type: ignore[attr-defined]  # the adapter, not the port
            await doors.wiring.bandwidth.api.close()
