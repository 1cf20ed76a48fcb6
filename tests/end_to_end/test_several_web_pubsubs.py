"""Two Web PubSub resources share the sessions, and each is closed to the sessions of the other."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import aiohttp
import pytest
from yarl import URL

from tests.end_to_end.calls import Call, hang_up_everywhere, make_call, speak
from tests.end_to_end.cloud import Answer, Cloud, eventually, running_cloud
from tests.end_to_end.identity import post_as, token
from tests.end_to_end.sessions import Session, journal, reaches, start, stores, transcribed
from tests.end_to_end.test_two_calls import watching
from tests.end_to_end.test_viewer_door import SUBPROTOCOL, access, viewing
from tests.end_to_end.web_pubsub_events import CONNECT, headers_of, post_event
from tests.waiting import until

MOST_CALLS = 40


@dataclass(frozen=True)
class Met:
    """A call that is transcribed, and the port of the Web PubSub at which its viewers are."""

    call: Call
    session: Session
    url: URL

    @property
    def port(self) -> int | None:
        return self.url.port


@pytest.fixture(scope="module", params=["keys", "identity"])
async def lasting_pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Cloud]:
    """The whole local cloud with two Web PubSubs, opened by their keys or by the app's identity."""
    folder = tmp_path_factory.mktemp(f"pair-{request.param}")
    async with running_cloud(folder, hosts=2, web_pubsubs=2, identity=request.param == "identity") as running:
        yield running


@pytest.fixture
async def pair(lasting_pair: Cloud) -> AsyncIterator[Cloud]:
    yield lasting_pair
    await hang_up_everywhere(lasting_pair)


async def meet(cloud: Cloud) -> Met:
    call, session = await transcribed(cloud)
    return Met(call, session, URL((await access(cloud, session))["url"], encoded=True))


async def one_at_each(cloud: Cloud) -> tuple[Met, Met]:
    """Two calls at different Web PubSubs; which one a call comes to is drawn from its id."""
    first = await meet(cloud)
    for _ in range(MOST_CALLS):
        other = await meet(cloud)
        if other.port != first.port:
            return first, other
    raise AssertionError(f"{MOST_CALLS + 1} calls are at one Web PubSub")


async def sockets_of(cloud: Cloud, session: Session) -> list[list[str]]:
    """The session's sockets at each Web PubSub: by their hubs."""
    found = []
    for each in cloud.stack.plan.web_pubsubs:
        hubs = []
        for hub in ("transcript", "captions"):
            answer = await cloud.ask("GET", f"{each.url}/sim/connections?hub={hub}")
            hubs += [hub for one in answer.body if session["id"] in str(one)]
        found.append(hubs)
    return found


async def test_calls_are_shared_out_and_each_screen_shows_its_own(pair: Cloud) -> None:
    met = await one_at_each(pair)
    for one in met:
        async with watching(pair, one.session) as (viewer, _):
            await speak(pair, one.call, f"Said in {one.session['id']}.")
            await until(partial(bool, viewer.live))
            assert await stores(pair, one.session, 1) == [f"Said in {one.session['id']}."]
            sockets = await sockets_of(pair, one.session)
            assert sorted(sockets) == [[], ["transcript", "captions"]]


async def test_an_access_to_one_opens_nothing_at_the_other(pair: Cloud) -> None:
    first, other = await one_at_each(pair)
    for mine, foreign in ((first, other), (other, first)):
        moved = mine.url.with_port(foreign.port)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with pair.http.ws_connect(moved, protocols=[SUBPROTOCOL]):
                pass
        assert refused.value.status == 401
        async with viewing(pair, str(mine.url)) as socket:
            await speak(pair, foreign.call, "Not for you.")
            await stores(pair, foreign.session, 1)
            await speak(pair, mine.call, "For you.")
            heard = await message(socket)
            while not heard.get("final"):
                heard = await message(socket)
            assert heard["text"] == "For you."


async def message(socket: aiohttp.ClientWebSocketResponse) -> dict[str, object]:
    while (told := await socket.receive_json(timeout=20))["type"] != "message":
        pass
    return dict(told["data"])


async def connect_at_first(cloud: Cloud, met: Met) -> Answer:
    """A new socket of a session at the first Web PubSub, proven by its key or its identity."""
    call_connection = met.session["callConnectionId"]
    body = json.dumps({"headers": {"x-ms-call-connection-id": [call_connection]}}).encode()
    if cloud.stack.plan.keyless:
        return await post_as(cloud, met.session, CONNECT, f"Bearer {await token(cloud)}", body)
    return await post_event(cloud, headers_of(cloud, met.session, CONNECT, uuid4().hex), body)


async def test_a_socket_at_one_is_none_for_a_session_of_the_other(pair: Cloud) -> None:
    here = (await web_pubsub_names(pair))[0]
    mine, foreign = sorted(await one_at_each(pair), key=lambda met: f"127.0.0.1:{met.port}" != here)
    before = await journal(pair, foreign.session)
    refused = await connect_at_first(pair, foreign)
    assert (refused.status, refused.body["detail"]) == (
        401,
        "The session's sockets are at another Web PubSub.",
    )
    assert await journal(pair, foreign.session) == before
    assert (await connect_at_first(pair, mine)).status == 204


async def test_an_erased_session_is_closed_where_it_was(pair: Cloud) -> None:
    met = await one_at_each(pair)
    for one in met:
        async with watching(pair, one.session):
            assert (await pair.api("DELETE", f"/api/sessions/{one.session['id']}")).status == 202

            async def gone(session: Session = one.session) -> bool:
                return await sockets_of(pair, session) == [[], []]

            await eventually(gone)


async def test_health_names_the_one_that_does_not_answer(pair: Cloud) -> None:
    first, second = pair.stack.web_pubsubs
    name = (await web_pubsub_names(pair))[1]
    second.pause()
    try:
        answer = await pair.api("GET", "/api/health/details")
    finally:
        second.resume()
    told = answer.body["dependencies"]["webPubSub"]
    assert (answer.status, told["ready"]) == (503, False)
    assert told["reason"].startswith(f"{name}: ")
    assert told["reason"].count("127.0.0.1") == 1
    assert first.pid != second.pid


async def web_pubsub_names(cloud: Cloud) -> list[str]:
    plan = cloud.stack.plan
    ports = plan.keyless.web_pubsub_ports if plan.keyless else [each.port for each in plan.web_pubsubs]
    return [f"127.0.0.1:{port}" for port in ports]


async def test_while_one_is_away_the_calls_of_the_other_go_on(pair: Cloud) -> None:
    first, other = await one_at_each(pair)
    names = await web_pubsub_names(pair)
    away = pair.stack.web_pubsubs[names.index(f"127.0.0.1:{other.port}")]
    async with watching(pair, first.session) as (viewer, _):
        away.pause()
        try:
            await speak(pair, first.call, "Still here.")
            await until(lambda: len(viewer.live) == 1)
        finally:
            away.resume()


def test_programs_are_told_where_each_of_them_is(lasting_pair: Cloud) -> None:
    told = lasting_pair.stack.endpoints()
    assert told["webPubSubs"] == [each.url for each in lasting_pair.stack.plan.web_pubsubs]
    assert told["webPubSub"] == told["webPubSubs"][0]
    assert {"web-pubsub", "web-pubsub-2"} <= set(told["pids"])


async def test_many_calls_at_once_lose_nothing(pair: Cloud) -> None:
    calls = [await make_call(pair) for _ in range(6)]
    begun = await asyncio.gather(*(start(pair, call.by_group) for call in calls))
    sessions = await asyncio.gather(*(reaches(pair, session, "active") for session in begun))
    await asyncio.gather(*(speak(pair, call, call.sim_id) for call in calls))
    found = await asyncio.gather(*(stores(pair, session, 1) for session in sessions))
    assert found == [[call.sim_id] for call in calls]
