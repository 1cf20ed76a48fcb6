"""The Event Grid stand-in for tests, and a subscriber that does as a test says."""

import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from local.child_process import ChildProcess, python_command
from local.event_grid.server import serving
from local.event_grid.service import Settings
from local.ports import free_ports

TOPIC_KEY = "dGhlIGtleSBvZiB0aGUgdG9waWM="
QUICK = 1000.0  # the first retry after 10 ms, the last after 43 s

type Answer = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that the subscriber got."""

    method: str
    headers: dict[str, str]
    body: Any
    query: str


@dataclass(slots=True)
class Subscriber:
    """Agrees to every validation and answers 200 to events, unless a test says otherwise."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)  # of events, in turn; then 200
    answer: Answer | None = None
    allowed_origin: str | None = "*"
    code_from: Callable[[str], Any] = lambda code: {"validationResponse": code}
    validation_status: int = 200
    asked: list[Seen] = field(default_factory=list)
    notified: list[Seen] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """Of the events that came, in the order in which they came."""
        return [(seen.body[0] if isinstance(seen.body, list) else seen.body)["id"] for seen in self.notified]

    async def handle(self, request: web.Request) -> web.Response:
        text = await request.text()
        seen = Seen(
            request.method, dict(request.headers), json.loads(text) if text else None, request.query_string
        )
        if request.method == "OPTIONS":
            return self._permitted(seen)
        if request.headers["aeg-event-type"] == "SubscriptionValidation":
            return self._gives_code_back(seen)
        self.notified.append(seen)
        if self.answer is not None:
            return await self.answer(request)
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    def _permitted(self, seen: Seen) -> web.Response:
        self.asked.append(seen)
        allowed = {} if self.allowed_origin is None else {"WebHook-Allowed-Origin": self.allowed_origin}
        return web.Response(status=self.validation_status, headers=allowed)

    def _gives_code_back(self, seen: Seen) -> web.Response:
        self.asked.append(seen)
        code = seen.body[0]["data"]["validationCode"]
        return web.json_response(self.code_from(code), status=self.validation_status)


@asynccontextmanager
async def running_subscriber(port: int = 0) -> AsyncIterator[Subscriber]:
    subscriber = Subscriber()
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", subscriber.handle)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    subscriber.url = f"http://127.0.0.1:{runner.addresses[0][1]}/events?code=a%2Bb"
    try:
        yield subscriber
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class EventGrid:
    """A running stand-in."""

    url: str
    http: aiohttp.ClientSession

    @property
    def topic_endpoint(self) -> str:
        return f"{self.url}/topics/verbatim/api/events"

    async def sim(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        async with self.http.request(method, f"{self.url}/sim/{path}", json=body) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def subscribe(self, topic: str, endpoint: str, schema: str, **more: Any) -> dict[str, Any]:
        body = {"topic": topic, "endpoint": endpoint, "schema": schema, **more}
        status, answer = await self.sim("POST", "subscriptions", body)
        assert status == 201, answer
        return dict(answer)

    async def subscriptions(self) -> list[dict[str, Any]]:
        _, answer = await self.sim("GET", "subscriptions")
        return list(answer["subscriptions"])

    async def post_calls(self, *events: dict[str, Any]) -> None:
        status, answer = await self.sim("POST", "topics/acs/events", list(events))
        assert status == 200, answer

    async def publish(
        self,
        body: Any,
        content_type: str = "application/cloudevents+json",
        key: str | None = TOPIC_KEY,
        query: str = "?api-version=2018-01-01",
    ) -> tuple[int, Any]:
        headers = {"Content-Type": content_type} | ({} if key is None else {"aeg-sas-key": key})
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.http.post(
            self.topic_endpoint + query, data=io.BytesIO(data), headers=headers
        ) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def deliveries(self, topic: str, event_id: str) -> list[dict[str, Any]]:
        """Of the event's last publication."""
        _, answer = await self.sim("GET", f"topics/{topic}/events")
        found = [published for published in answer["events"] if published["event"]["id"] == event_id]
        return list(found[-1]["deliveries"])

    async def delivery(self, topic: str, event_id: str) -> dict[str, Any]:
        (only,) = await self.deliveries(topic, event_id)
        return dict(only)


@asynccontextmanager
async def served(**settings: Any) -> AsyncIterator[EventGrid]:
    """The stand-in inside the test's process, with a test's own waiting times."""
    with_key: dict[str, Any] = {"topic_key": TOPIC_KEY, "retry_speed": QUICK} | settings
    async with serving(Settings(**with_key), 0) as url, aiohttp.ClientSession() as http:
        yield EventGrid(url, http)


@asynccontextmanager
async def running_event_grid(folder: Path, *options: str) -> AsyncIterator[tuple[EventGrid, ChildProcess]]:
    """The stand-in as a process of its own."""
    (port,) = free_ports(1)
    arguments = ("--port", str(port), "--topic-key", TOPIC_KEY, *options)
    process = ChildProcess(
        python_command("event-grid", "local.event_grid", *arguments), folder / f"event-grid-{port}.log"
    )
    await process.start()
    try:
        async with aiohttp.ClientSession() as http:
            yield EventGrid(f"http://127.0.0.1:{port}", http), process
    finally:
        await process.stop()


def call_started(event_id: str = "1", **more: Any) -> dict[str, Any]:
    """An event of Communication Services as it is posted to the system topic."""
    return {
        "id": event_id,
        "topic": "/subscriptions/x/resourceGroups/y/providers/microsoft.communication/communicationservices/z",
        "subject": "call/startedBy/8:acs:ada",
        "data": {"serverCallId": "aHR0cHM6Ly8", "isTwoParty": False},
        "eventType": "Microsoft.Communication.CallStarted",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": "2026-01-02T03:04:05.1234567Z",
        **more,
    }


def cloud_event(event_id: str = "1", **more: Any) -> dict[str, Any]:
    """An event as the functions publish it."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "/verbatim/sessions",
        "type": "Verbatim.Session.Started",
        "subject": "sessions/01J",
        "time": "2026-01-02T03:04:05Z",
        "data": {"state": "active"},
        **more,
    }
