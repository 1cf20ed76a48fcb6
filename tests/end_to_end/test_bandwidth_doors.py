"""Bandwidth's doors: name and password, the session's ticket, and the ticket in a socket's first frame."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

from local.stack_bandwidth import APPLICATION_ID, WEBHOOK_USER
from tests.end_to_end.bandwidth_calls import ALONE, OURS, placed, plan_of
from tests.end_to_end.cloud import Answer, Cloud, eventually
from tests.end_to_end.rows import stored
from tests.end_to_end.sessions import Session, journal, read, texts
from tests.end_to_end.test_bad_input import assert_problem

WRONG_LOGINS = {
    "none": {},
    "an empty one": {"Authorization": "Basic"},
    "no base64": {"Authorization": "Basic !"},
    "a wrong password": {"Authorization": aiohttp.encode_basic_auth(WEBHOOK_USER, "wrong")},
    "a wrong name": {"Authorization": aiohttp.encode_basic_auth("somebody", "wrong")},
    "a bearer token": {"Authorization": "Bearer a.b.c"},
}


def login(cloud: Cloud) -> dict[str, str]:
    """What Bandwidth comes with."""
    return {"Authorization": aiohttp.encode_basic_auth(WEBHOOK_USER, plan_of(cloud).webhook_password)}


def now() -> str:
    """The moment, as Bandwidth writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def webhook(session: Session, kind: str = "disconnect", **more: Any) -> dict[str, Any]:
    """A webhook about a session's call; this one would end the session."""
    return {
        "eventType": kind,
        "eventTime": now(),
        "accountId": "9900001",
        "applicationId": APPLICATION_ID,
        "callId": session["callConnectionId"],
        "direction": "outbound",
        "from": OURS,
        "to": session["call"]["to"][0].removeprefix("4:"),
        "answerTime": now(),
        "cause": "hangup",
        **more,
    }


async def post(cloud: Cloud, path: str, body: Any, headers: Mapping[str, str], **query: str) -> Answer:
    """A webhook to one of our addresses."""
    url = f"{cloud.stack.plan.functions_url}/api/callbacks/bandwidth{path}?{urlencode(query)}"
    return await cloud.ask("POST", url, body, headers)


async def ticket_of(cloud: Cloud, session: Session) -> str:
    """The ticket in the session's callback address."""
    return (await stored(cloud, session)).session.ticket


async def untouched(cloud: Cloud, session: Session) -> tuple[object, ...]:
    """All that a stranger could change."""
    return await read(cloud, session), await journal(cloud, session), await texts(cloud, session)


@pytest.mark.parametrize("what", WRONG_LOGINS)
async def test_a_webhook_is_asked_for_its_login_and_changes_nothing_with(
    at_bandwidth: Cloud, what: str
) -> None:
    session = await placed(at_bandwidth)
    ticket = await ticket_of(at_bandwidth, session)
    before = await untouched(at_bandwidth, session)
    for path in (f"/{session['id']}", ""):
        answer = await post(at_bandwidth, path, webhook(session), WRONG_LOGINS[what], ticket=ticket)
        assert_problem(answer, 401, "Authorization")
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert await untouched(at_bandwidth, session) == before


async def test_a_call_that_rings_is_not_taken_without_the_login(at_bandwidth: Cloud) -> None:
    ringing = {
        "eventType": "initiate",
        "eventTime": now(),
        "callId": "c-stranger",
        "direction": "inbound",
        "from": "+15557770000",
        "to": ALONE,
    }
    answer = await post(at_bandwidth, "", ringing, {})
    assert_problem(answer, 401, "Authorization")
    found = await at_bandwidth.api("GET", "/api/sessions?callConnectionId=c-stranger")
    assert found.body["sessions"] == []


async def test_a_ticket_opens_its_own_session_alone(at_bandwidth: Cloud) -> None:
    session, other = await placed(at_bandwidth), await placed(at_bandwidth)
    before = await untouched(at_bandwidth, session)
    strangers: list[dict[str, str]] = [{"ticket": await ticket_of(at_bandwidth, other)}, {"ticket": ""}, {}]
    for query in strangers:
        answer = await post(at_bandwidth, f"/{session['id']}", webhook(session), login(at_bandwidth), **query)
        assert_problem(answer, 401, "ticket")
        assert (
            "Basic" not in answer.headers["WWW-Authenticate"]
        )  # the login was right: it is not asked for again
    assert await untouched(at_bandwidth, session) == before


BAD_WEBHOOKS: dict[str, tuple[Any, str]] = {
    "nothing": (b"", "body"),
    "no JSON": (b"eventType=disconnect", "body"),
    "a list": ([], "body"),
    "no event": ({}, "body"),
    "too much": (b" " * 70_000 + b"{}", "body"),
    "a name over 255 characters": ({"transcription": {"name": "n" * 256}}, "realTimeTranscription.name"),
    "an endless number": ({"from": "+" + "1" * 300}, "from"),
}


@pytest.mark.parametrize("what", BAD_WEBHOOKS)
async def test_a_webhook_is_refused_and_changes_nothing_with(at_bandwidth: Cloud, what: str) -> None:
    session = await placed(at_bandwidth)
    ticket = await ticket_of(at_bandwidth, session)
    before = await untouched(at_bandwidth, session)
    body, field = BAD_WEBHOOKS[what]
    sent = webhook(session) | body if isinstance(body, dict) and body else body
    answer = await post(at_bandwidth, f"/{session['id']}", sent, login(at_bandwidth), ticket=ticket)
    assert_problem(answer, 400, field)
    assert await untouched(at_bandwidth, session) == before


# --- the transcript socket


def begin(session: Session, ticket: str, call_id: str = "") -> str:
    """The first frame of a socket."""
    metadata = {
        "callId": call_id or session["callConnectionId"],
        "realtimeTranscriptionId": "s-stranger",
        "transcriptionName": "stranger",
        "tracks": [{"name": "inbound"}],
    }
    return json.dumps({"metadata": metadata, "customParams": {"ticket": ticket}, "eventType": "start"})


def said(text: str) -> str:
    """A final."""
    moment = now()
    frame = {
        "track": "inbound",
        "startTime": moment,
        "endTime": moment,
        "isPartial": False,
        "language": "en-US",
        "transcript": text,
        "items": [],
        "eventType": "transcription",
    }
    return json.dumps(frame)


@asynccontextmanager
async def open_socket(cloud: Cloud, session: Session) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A socket with a token for this session, as one would have who stole Bandwidth's address of it."""
    connection = cloud.stack.plan.web_pubsubs[0].connection_string
    async with WebPubSubServiceClient.from_connection_string(connection, hub="transcript") as service:
        token = await service.get_client_access_token(user_id=session["id"])
    async with cloud.http.ws_connect(token["url"]) as socket:
        yield socket


async def rejected(cloud: Cloud, session: Session, count: int) -> list[str]:
    """The kinds of faults in the journal, as soon as there are so many."""

    async def look() -> list[str]:
        entries = await journal(cloud, session)
        found = [entry["detail"]["fault"] for entry in entries if entry["event"] == "frame-rejected"]
        return found if len(found) >= count else []

    return await eventually(look)


async def test_a_socket_without_a_token_is_not_let_in(at_bandwidth: Cloud) -> None:
    url = f"{at_bandwidth.stack.plan.web_pubsub_url}/client/hubs/transcript"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with at_bandwidth.http.ws_connect(url):
            pass
    assert refused.value.status == 401


async def test_words_before_start_are_dropped_and_noted(at_bandwidth: Cloud) -> None:
    session = await placed(at_bandwidth)
    async with open_socket(at_bandwidth, session) as socket:
        await socket.send_str(said("Too early."))
        assert await rejected(at_bandwidth, session, 1) == ["before-start"]
        await socket.send_str(begin(session, await ticket_of(at_bandwidth, session)))
        await socket.send_str(said("In time."))

        async def is_stored() -> bool:
            return await texts(at_bandwidth, session) == ["In time."]

        await eventually(is_stored)


@pytest.mark.parametrize("what", ["no ticket", "another session's ticket", "another call"])
async def test_a_socket_brings_no_words_with(at_bandwidth: Cloud, what: str) -> None:
    session, other = await placed(at_bandwidth), await placed(at_bandwidth)
    ticket = await ticket_of(at_bandwidth, session)
    starts = {
        "no ticket": begin(session, ""),
        "another session's ticket": begin(session, await ticket_of(at_bandwidth, other)),
        "another call": begin(session, ticket, call_id=other["callConnectionId"]),
    }
    async with open_socket(at_bandwidth, session) as socket:
        await socket.send_str(starts[what])
        await socket.send_str(said("I was never there."))
        assert sorted(await rejected(at_bandwidth, session, 2)) == ["before-start", "not-ours"]
    assert await texts(at_bandwidth, session) == []
