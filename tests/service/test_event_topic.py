"""The topic of life cycle events, as its stand-in takes them, and as a server with other answers does."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from azure.core.credentials import AzureKeyCredential

from functions.adapters.event_topic import EventGridTopic
from functions.errors import CallRefused, Unavailable
from local.event_grid.server import serving
from local.event_grid.service import Settings
from local.ports import free_ports
from tests.service.cloud import silent_service

KEY = "a key that opens the topic"
EVENT = {
    "specversion": "1.0",
    "id": "session/revision",
    "source": "/verbatim",
    "type": "Verbatim.Session.Started",
    "time": "2026-01-01T00:00:00Z",
    "data": {"text": "𝄞 שלום"},
}
BODY = msgspec.json.encode(EVENT)


@dataclass
class Answering:
    """A server that answers as a test says and remembers who asked."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        self.bodies.append(await request.read())
        return web.Response(status=self.status, headers=self.headers)


@pytest.fixture
async def server() -> AsyncIterator[Answering]:
    answering = Answering()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answering.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    answering.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield answering
    await runner.cleanup()


@asynccontextmanager
async def topic_at(url: str, key: str = KEY) -> AsyncIterator[EventGridTopic]:
    topic = EventGridTopic(url, AzureKeyCredential(key))
    async with topic.http:
        yield topic


@asynccontextmanager
async def event_grid() -> AsyncIterator[tuple[str, str]]:
    """Event Grid's stand-in: its address, and the topic's."""
    async with serving(Settings(KEY), 0) as url:
        yield url, f"{url}/topics/verbatim/api/events"


async def published(url: str) -> list[dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{url}/sim/topics/verbatim/events") as response,
    ):
        return [one["event"] for one in (await response.json())["events"]]


async def test_an_event_arrives_at_the_topic_as_it_is() -> None:
    async with event_grid() as (url, endpoint), topic_at(endpoint) as topic:
        await topic.publish(BODY)
        await topic.publish(BODY)
        arrived = await published(url)
    assert [{name: one[name] for name in EVENT} for one in arrived] == [EVENT, EVENT]


async def test_what_the_topic_will_never_take_is_a_refusal() -> None:
    async with event_grid() as (url, endpoint):
        for key, body, status in (("another key", BODY, 401), (KEY, b"{}", 400)):
            async with topic_at(endpoint, key) as topic:
                with pytest.raises(CallRefused) as refusal:
                    await topic.publish(body)
            assert refusal.value.code == status
        assert await published(url) == []


async def test_the_request_is_the_one_that_event_grid_documents(server: Answering) -> None:
    async with topic_at(f"{server.url}/api/events") as topic:
        await topic.publish(BODY)
    (request,) = server.asked
    assert (request.method, request.path_qs) == ("POST", "/api/events?api-version=2018-01-01")
    assert request.headers["aeg-sas-key"] == KEY
    assert request.headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    assert server.bodies == [BODY]


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_every_success_is_one(status: int, server: Answering) -> None:
    server.status = status
    async with topic_at(server.url) as topic:
        await topic.publish(BODY)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
async def test_what_a_repeat_will_not_change_is_a_refusal(status: int, server: Answering) -> None:
    server.status = status
    async with topic_at(server.url) as topic:
        with pytest.raises(CallRefused) as refusal:
            await topic.publish(BODY)
    assert (refusal.value.code, refusal.value.sub_code) == (status, 0)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
async def test_anything_else_is_an_outage_after_one_try(status: int, server: Answering) -> None:
    server.status = status
    async with topic_at(server.url) as topic:
        with pytest.raises(Unavailable):
            await topic.publish(BODY)
    assert len(server.asked) == 1


async def test_the_key_does_not_follow_a_redirection(server: Answering) -> None:
    server.status, server.headers = 307, {"Location": f"{server.url}/elsewhere"}
    async with topic_at(f"{server.url}/api/events") as topic:
        with pytest.raises(Unavailable):
            await topic.publish(BODY)
    assert [request.path for request in server.asked] == ["/api/events"]


async def test_a_topic_that_is_not_there_is_an_outage() -> None:
    async with topic_at(f"http://127.0.0.1:{free_ports(1)[0]}") as topic:
        with pytest.raises(Unavailable):
            await topic.publish(BODY)


async def test_a_topic_that_never_answers_is_an_outage_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.adapters.event_topic.TOTAL_SECONDS", 0.2)
    async with silent_service() as url, topic_at(url) as topic:
        with pytest.raises(Unavailable):
            await topic.publish(BODY)


async def test_no_log_and_no_error_holds_the_key(server: Answering, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for server.status in (200, 401, 500):
        async with topic_at(server.url) as topic:
            try:
                await topic.publish(BODY)
            except (CallRefused, Unavailable) as error:
                told.append(str(error))
    assert len(told) == 2
    assert KEY not in caplog.text + "".join(told)
