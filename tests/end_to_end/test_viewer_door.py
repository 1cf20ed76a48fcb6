"""A viewer's access is for one session, only to receive, and for a short time."""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import jwt
import pytest
from yarl import URL

from functions.lifecycle.read_tokens import write_read_token
from tests.end_to_end.calls import held_back, make_call, speak
from tests.end_to_end.cloud import Answer, Cloud
from tests.end_to_end.rows import stored
from tests.end_to_end.sessions import Session, journal, reaches, read, start, stores, texts, transcribed
from tests.end_to_end.test_keys import GUARDED
from tests.end_to_end.web_pubsub_events import frame

SUBPROTOCOL = "json.webpubsub.azure.v1"
UNKNOWN = {"id": "01JGZ6S2G4ZT3Q5V8W9X0Y1Z2A"}


async def access(cloud: Cloud, session: Session) -> dict[str, str]:
    """What a back end hands to a viewer."""
    answer = await cloud.api("POST", f"/api/sessions/{session['id']}/captions")
    assert answer.status == 200, answer.text
    given: dict[str, str] = answer.body
    return given


@asynccontextmanager
async def viewing(cloud: Cloud, url: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A viewer's socket, once it is in its group."""
    async with cloud.http.ws_connect(url, protocols=[SUBPROTOCOL]) as socket:
        assert (await socket.receive_json())["event"] == "connected"
        yield socket


async def acknowledged(socket: aiohttp.ClientWebSocketResponse, **request: Any) -> dict[str, Any]:
    """The service's word on a request."""
    await socket.send_json(request | {"ackId": 1})
    while True:
        answer: dict[str, Any] = await socket.receive_json(timeout=20)
        if answer["type"] == "ack":
            return answer


async def reads(cloud: Cloud, session: Session, part: str, authorization: str | None) -> Answer:
    """A viewer's read."""
    url = f"{cloud.stack.plan.functions_url}/api/captions/{session['id']}/{part}"
    headers = {} if authorization is None else {"Authorization": authorization}
    return await cloud.ask("GET", url, headers=headers)


async def test_a_viewer_reads_the_session_and_its_transcript(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await speak(cloud, call, "To be read along.")
    await stores(cloud, session, 1)
    given = await access(cloud, session)
    assert given["group"] == f"session-{session['id']}"
    bearer = f"Bearer {given['readToken']}"
    assert (await reads(cloud, session, "session", bearer)).body == await read(cloud, session)
    page = (await reads(cloud, session, "transcript", bearer)).body
    assert [line["text"] for line in page["segments"]] == await texts(cloud, session)


async def test_every_token_that_does_not_open_gets_the_same_answer(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    _, other = await transcribed(cloud)
    secret = (await stored(cloud, session)).session.secret
    now = int(time.time())
    good = (await access(cloud, session))["readToken"]
    expiry, _, signature = good.partition(".")
    bad = [
        None,
        "",
        "Bearer ",
        f"Basic {good}",
        "Bearer garbage",
        "Bearer é",
        f"Bearer {(await access(cloud, other))['readToken']}",
        f"Bearer {write_read_token(secret, session['id'], now - 1)}",
        f"Bearer {write_read_token('another secret', session['id'], now + 60)}",
        f"Bearer {int(expiry) + 3600}.{signature}",
        f"Bearer {'9' * 400}.{signature}",
        f"Bearer {expiry}.{signature.upper()}",
    ]
    answers = [
        await reads(cloud, session, part, token) for token in bad for part in ("session", "transcript")
    ]
    answers += [await reads(cloud, UNKNOWN, part, f"Bearer {good}") for part in ("session", "transcript")]
    answers.append(await reads(cloud, {"id": "no-ulid"}, "session", f"Bearer {good}"))
    assert {answer.status for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert json.loads(answers[0].text)["remedy"].startswith("Ask your own back end")


async def test_a_viewer_cannot_publish(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    group = f"session-{session['id']}"
    given = await access(cloud, session)
    async with viewing(cloud, given["url"]) as one, viewing(cloud, given["url"]) as other:
        words = {"type": "sendToGroup", "group": group, "dataType": "json", "data": {"type": "caption"}}
        answer = await acknowledged(one, **words)
        assert (answer["success"], answer["error"]["name"]) == (False, "Forbidden")
        await other.send_json({"type": "ping"})
        assert (await other.receive_json(timeout=20))["type"] == "pong"


@pytest.mark.parametrize("kind", ["joinGroup", "leaveGroup"])
async def test_a_viewer_cannot_change_its_groups(cloud: Cloud, kind: str) -> None:
    _, session = await transcribed(cloud)
    _, other = await transcribed(cloud)
    async with viewing(cloud, (await access(cloud, session))["url"]) as socket:
        answer = await acknowledged(socket, type=kind, group=f"session-{other['id']}")
        assert (answer["success"], answer["error"]["name"]) == (False, "Forbidden")


async def test_a_viewer_hears_its_own_session_alone(cloud: Cloud) -> None:
    mine, session = await transcribed(cloud)
    theirs, other = await transcribed(cloud)
    async with viewing(cloud, (await access(cloud, session))["url"]) as socket:
        await speak(cloud, theirs, "Not for you.")
        assert await stores(cloud, other, 1) == ["Not for you."]
        await speak(cloud, mine, "For you.")
        final = False
        while not final:
            heard = (await socket.receive_json(timeout=20))["data"]
            assert heard["type"] == "session" or heard["text"] in "For you."
            final = heard.get("final", False)


async def test_an_event_that_a_viewer_raises_changes_nothing(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    before = await read(cloud, session), await journal(cloud, session)
    async with viewing(cloud, (await access(cloud, session))["url"]) as socket:
        for event in ("message", "connect", "disconnected"):
            words = {"kind": "TranscriptionData", "transcriptionData": {"text": "forged", "offset": 1}}
            await socket.send_json({"type": "event", "event": event, "dataType": "json", "data": words})
        await socket.send_json({"type": "ping"})
        while (await socket.receive_json(timeout=20))["type"] != "pong":
            pass
    assert (await read(cloud, session), await journal(cloud, session)) == before
    assert await texts(cloud, session) == []


async def test_a_viewers_access_does_not_open_the_transcript_socket(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    url = (await access(cloud, session))["url"].replace("/hubs/captions", "/hubs/transcript")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await cloud.http.ws_connect(url)
    assert refused.value.status == 401


def connection_token(cloud: Cloud, group: str, **changed: Any) -> str:
    """A token like that of a viewer's connection, but for what is changed."""
    plan = cloud.stack.plan
    audience, now = f"{plan.web_pubsub_url}/client/hubs/captions", int(time.time())
    claims = {"aud": audience, "iat": now, "exp": now + 60, "webpubsub.group": [group]} | changed
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, plan.web_pubsub_key, "HS256")


HOUR = 3600
BROKEN_CONNECTIONS: dict[str, Callable[[Cloud, str], str]] = {
    "no token": lambda *_: "",
    "garbage": lambda *_: "garbage",
    "a token that has expired": lambda cloud, group: connection_token(
        cloud, group, exp=int(time.time()) - HOUR
    ),
    "a token without an expiry": lambda cloud, group: connection_token(cloud, group, exp=None),
    "a token of another hub": lambda cloud, group: connection_token(
        cloud, group, aud=f"{cloud.stack.plan.web_pubsub_url}/client/hubs/transcript"
    ),
    "a token of another resource": lambda cloud, group: connection_token(
        cloud, group, aud="https://other.webpubsub.azure.com/client/hubs/captions"
    ),
    "a token that was changed": lambda cloud, group: connection_token(cloud, group)[:-6] + "AAAAAA",
    "a token of another key": lambda cloud, group: jwt.encode(
        jwt.decode(connection_token(cloud, group), options={"verify_signature": False}), "k" * 64, "HS256"
    ),
    "a token without a signature": lambda cloud, group: jwt.encode(
        jwt.decode(connection_token(cloud, group), options={"verify_signature": False}), "", "none"
    ),
}


@pytest.mark.parametrize("what", BROKEN_CONNECTIONS)
async def test_no_connection_is_made_with(cloud: Cloud, what: str) -> None:
    _, session = await transcribed(cloud)
    given = await access(cloud, session)
    good = URL(given["url"])
    broken = good.with_query(access_token=BROKEN_CONNECTIONS[what](cloud, given["group"]))
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await cloud.http.ws_connect(broken, protocols=[SUBPROTOCOL])
    assert refused.value.status == 401
    async with viewing(cloud, str(good.with_query(access_token=connection_token(cloud, given["group"])))):
        pass  # so it was what is broken, and nothing else


async def test_a_read_token_opens_no_other_door(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    plan, token = cloud.stack.plan, (await access(cloud, session))["readToken"]
    before = await read(cloud, session), await journal(cloud, session)
    for method, path in GUARDED:
        url = plan.functions_url + path.format(id=session["id"])
        given: list[dict[str, str]] = [{"Authorization": f"Bearer {token}"}, {"x-functions-key": token}]
        for headers in given:
            assert (await cloud.ask(method, url, {"call": {}}, headers)).status == 401
        assert (await cloud.ask(method, f"{url}?code={token}", {"call": {}})).status == 401
    assert (await read(cloud, session), await journal(cloud, session)) == before


async def test_no_function_key_opens_the_viewers_door(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    url = f"{cloud.stack.plan.functions_url}/api/captions/{session['id']}/session"
    assert (await cloud.ask("GET", url, headers=cloud.credentials)).status == 401
    assert (await reads(cloud, session, "session", f"Bearer {cloud.stack.plan.host_key}")).status == 401


async def test_a_client_that_knows_no_subprotocol_says_nothing_to_anybody(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    before = await read(cloud, session), await journal(cloud, session)
    url = (await access(cloud, session))["url"]
    async with viewing(cloud, url) as listener, cloud.http.ws_connect(url) as plain:
        await plain.send_str(frame("forged").decode())
        await plain.send_bytes(frame("forged"))
        await listener.send_json({"type": "ping"})
        assert (await listener.receive_json(timeout=20))["type"] == "pong"
    assert (await read(cloud, session), await journal(cloud, session)) == before
    assert await texts(cloud, session) == []


async def test_an_access_can_be_had_before_the_first_word(cloud: Cloud) -> None:
    call = await make_call(cloud)
    async with AsyncExitStack() as later:
        async with held_back(cloud, "CallConnected"):
            session = await start(cloud, call.by_group)
            url = (await access(cloud, session))["url"]
            socket = await later.enter_async_context(viewing(cloud, url))
        await reaches(cloud, session, "active")
        states = []
        while "active" not in states:
            states.append((await socket.receive_json(timeout=20))["data"]["state"])
        assert states == sorted(states, key=["connecting", "starting", "active"].index)
