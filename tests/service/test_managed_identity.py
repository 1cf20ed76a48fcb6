"""The managed identity through azure-identity, against the endpoint's stand-in and against broken ones."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import jwt
import msgspec
import pytest
from aiohttp import web

from functions.adapters.event_topic import EventGridTopic
from functions.adapters.managed_identity import ManagedIdentity
from functions.errors import CallRefused, Unavailable
from local.entra_callers import EntraCallers
from local.event_grid.server import serving
from local.event_grid.service import Settings
from tests.local_cloud.entra_process import FIRST, IDENTITY_HEADER, SECOND, TENANT, Entra, served_entra
from tests.service.cloud import silent_service

SCOPE = "https://storage.azure.com/.default"
GOOD = {"access_token": "eyJ", "expires_on": "9999999999", "resource": "r", "token_type": "Bearer"}
EVENT = msgspec.json.encode(
    {"specversion": "1.0", "id": "1", "source": "/verbatim", "type": "Verbatim.Session.Started", "data": {}}
)


@pytest.fixture
async def entra(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Entra]:
    async with served_entra() as running:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{running.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
        yield running


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


@pytest.mark.parametrize(("client_id", "found"), [("", FIRST), (SECOND.client_id, SECOND)])
async def test_the_identity_that_is_named_or_else_the_apps_own_gets_a_token_once(
    entra: Entra, client_id: str, found: Any
) -> None:
    async with ManagedIdentity(client_id) as identity:
        token = await identity.get_token(SCOPE)
        assert (await identity.get_token_info(SCOPE)).token == token.token
    claims = claims_of(token.token)
    assert (claims["oid"], claims["aud"]) == (found.object_id, "https://storage.azure.com")
    assert len((await entra.get("/sim/granted"))["granted"]) == 1


@pytest.mark.usefixtures("entra")
async def test_an_identity_that_the_app_does_not_have_is_an_outage_that_names_its_setting() -> None:
    async with ManagedIdentity(TENANT) as identity:
        for ask in (identity.get_token, identity.get_token_info):
            with pytest.raises(Unavailable, match="AZURE_CLIENT_ID"):
                await ask(SCOPE)


@asynccontextmanager
async def endpoint(monkeypatch: pytest.MonkeyPatch, status: int, content: Any) -> AsyncIterator[None]:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(content, status=status)

    app = web.Application()
    app.router.add_get("/msi/token", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{runner.addresses[0][1]}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    try:
        yield
    finally:
        await runner.cleanup()


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in GOOD.items() if key != name}


ODD: dict[str, tuple[int, Any]] = {
    "an error": (400, {"statusCode": 400, "message": "No managed identity found."}),
    "a failure": (500, {}),
    "no token": (200, without("access_token")),
    "no end": (200, without("expires_on")),
    "no resource": (200, without("resource")),
    "an end that is no time": (200, GOOD | {"expires_on": "soon"}),
    "nothing": (200, {}),
    "a list": (200, [1]),
    "null": (200, None),
}


@pytest.mark.parametrize("kind", ODD)
async def test_an_endpoint_that_answers_oddly_is_an_outage_without_what_it_said(
    kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with endpoint(monkeypatch, *ODD[kind]), ManagedIdentity("") as identity:
        with pytest.raises(Unavailable) as outage:
            await identity.get_token_info(SCOPE)
    assert "eyJ" not in str(outage.value) + caplog.text
    assert IDENTITY_HEADER not in str(outage.value) + caplog.text


async def test_an_endpoint_that_never_answers_is_an_outage_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ManagedIdentity.__init__.__globals__["LIMITS"], "read_timeout", 0.2)
    async with silent_service() as url:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
        begun = time.monotonic()
        async with ManagedIdentity("") as identity:
            with pytest.raises(Unavailable):
                await asyncio.wait_for(identity.get_token_info(SCOPE), 10)
        assert time.monotonic() - begun < 5


@asynccontextmanager
async def topic_for(entra: Entra, *with_role: str) -> AsyncIterator[tuple[str, EventGridTopic]]:
    """Event Grid without a key, which those may publish to; its address, and our adapter with the identity."""
    keys_url = f"{entra.authority}/discovery/v2.0/keys"
    callers = EntraCallers(keys_url, ("https://eventgrid.azure.net",), with_role)
    async with (
        serving(Settings(None, callers=callers), 0) as url,
        ManagedIdentity(FIRST.client_id) as identity,
    ):
        topic = EventGridTopic(f"{url}/topics/verbatim/api/events", identity)
        async with topic.http:
            yield url, topic


async def test_a_topic_without_a_key_takes_the_identitys_events(entra: Entra) -> None:
    async with topic_for(entra, FIRST.object_id) as (url, topic), aiohttp.ClientSession() as http:
        await topic.publish(EVENT)
        async with http.get(f"{url}/sim/topics/verbatim/events") as response:
            assert [one["event"]["id"] for one in (await response.json())["events"]] == ["1"]


async def test_a_topic_that_the_identity_may_not_publish_to_names_the_role(entra: Entra) -> None:
    async with topic_for(entra, SECOND.object_id) as (_, topic):
        with pytest.raises(CallRefused, match="EventGrid Data Sender") as refusal:
            await topic.publish(EVENT)
    assert refusal.value.code == 403


async def test_a_topic_whose_identity_is_gone_is_an_outage(
    entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "another")
    async with topic_for(entra, FIRST.object_id) as (_, topic):
        with pytest.raises(Unavailable):
            await topic.publish(EVENT)
