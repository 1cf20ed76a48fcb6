"""Somebody who follows the sessions: the topic for their events, over HTTP."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from azure.core.credentials import AzureKeyCredential

from functions.adapters.event_topic import EventGridTopic


@dataclass
class Topic:
    """Takes events, unless it is told to answer with another status; `adapter` is ours to it."""

    adapter: EventGridTopic
    status: int = 200
    tried: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        self.tried += 1
        if self.status == 200:
            self.taken.append(json.loads(await request.read()))
        return web.Response(status=self.status)

    def of(self, session_id: str) -> list[dict[str, Any]]:
        """The session's events by their times, each once; a repeat must be what came first."""
        events: dict[str, dict[str, Any]] = {}
        for event in self.taken:
            if event["source"] == f"/api/sessions/{session_id}":
                assert events.setdefault(event["id"], event) == event
        return sorted(events.values(), key=lambda event: str(event["time"]))

    def names(self, session_id: str) -> list[str]:
        return [str(event["type"]).removeprefix("Verbatim.") for event in self.of(session_id)]

    def repeated(self) -> list[str]:
        """The ids that came more than once."""
        return [name for name, times in Counter(event["id"] for event in self.taken).items() if times > 1]


@asynccontextmanager
async def listening_topic() -> AsyncIterator[Topic]:
    adapter = EventGridTopic("", AzureKeyCredential("a key"))
    topic = Topic(adapter)
    app = web.Application()
    app.router.add_post("/api/events", topic.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    adapter.endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}/api/events"
    try:
        async with adapter.http:
            yield topic
    finally:
        await runner.cleanup()
