"""Frames that nobody can read are dropped with 204 and noted once; the socket stays and the next words come."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.sessions import Session, journal, noted, stores, texts, transcribed
from tests.end_to_end.web_pubsub_events import MESSAGE, METADATA, frame, headers_of, post_event

MIB = 1_048_576
BAD_FRAMES: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"hello", "not-json"),
    "nothing": (b"", "not-json"),
    "half a frame": (frame("words")[:-20], "not-json"),
    "no UTF-8": (b'{"kind": "\xff"}', "not-json"),
    "a megabyte": (frame("m" * (MIB - 300)), "too-large"),
    "an unknown kind": (b'{"kind": "AudioData", "audioData": {}}', "unknown-kind"),
    "a list": (b"[]", "malformed"),
    "no content": (b'{"kind": "TranscriptionData"}', "malformed"),
    "a negative offset": (frame("words", offset=-1), "malformed"),
    "an offset beyond the calendar": (frame("words", offset=2**62), "malformed"),
    "a text for a number": (frame("words", offset="soon"), "malformed"),
    "an endless duration": (frame("words", duration=2**60), "malformed"),
}


@asynccontextmanager
async def open_socket(cloud: Cloud, session: Session) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A transcript socket of the session, as ACS opens one."""
    plan = cloud.stack.plan
    connection = f"Endpoint={plan.web_pubsub_url};AccessKey={plan.web_pubsub_key};Version=1.0;"
    async with WebPubSubServiceClient.from_connection_string(connection, hub="transcript") as service:
        token = await service.get_client_access_token(user_id=session["id"])
    headers = {"x-ms-call-connection-id": session["callConnectionId"]}
    async with cloud.http.ws_connect(token["url"], headers=headers) as socket:
        yield socket


async def rejected(cloud: Cloud, session: Session) -> list[str]:
    """The kinds of faults in the journal."""
    entries = await journal(cloud, session)
    return [entry["detail"]["fault"] for entry in entries if entry["event"] == "frame-rejected"]


@pytest.mark.parametrize("what", BAD_FRAMES)
async def test_is_answered_204_and_noted_once(cloud: Cloud, what: str) -> None:
    _, session = await transcribed(cloud)
    body, fault = BAD_FRAMES[what]
    headers = headers_of(cloud, session, MESSAGE, f"socket-of-{session['id']}")
    first = await post_event(cloud, headers, body)
    assert (first.status, first.text) == (204, "")
    state = {"ce-connectionState": first.headers["ce-connectionState"]}
    for _ in range(2):
        again = await post_event(cloud, headers | state, body)
        assert (again.status, again.text) == (204, "")
    assert await rejected(cloud, session) == [fault]
    assert await texts(cloud, session) == []


async def test_the_socket_is_kept_through_every_kind_of_fault(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    async with open_socket(cloud, session) as socket:
        await socket.send_str(METADATA.decode())
        for _ in range(2):
            for body, _ in BAD_FRAMES.values():
                await socket.send_bytes(body)
        await socket.send_str(frame("Still here.").decode())
        assert await stores(cloud, session, 1) == ["Still here."]
        assert not socket.closed
        assert sorted(await rejected(cloud, session)) == [
            "malformed",
            "not-json",
            "too-large",
            "unknown-kind",
        ]


async def test_each_socket_has_its_own_entries(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    for count in (1, 2):
        async with open_socket(cloud, session) as socket:
            await socket.send_str("hello")

            async def is_noted(count: int = count) -> bool:
                return len(await rejected(cloud, session)) == count

            await eventually(is_noted)


async def test_a_final_is_durable_when_its_frame_is_answered(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    headers = headers_of(cloud, session, MESSAGE, f"socket-of-{session['id']}")
    begun = await post_event(cloud, headers, METADATA)
    state = {"ce-connectionState": begun.headers["ce-connectionState"]}
    answer = await post_event(cloud, headers | state, frame("Written down."))
    assert (answer.status, answer.text) == (204, "")
    assert await texts(cloud, session) == ["Written down."]


async def test_the_same_final_posted_again_is_one_segment(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    headers = headers_of(cloud, session, MESSAGE, f"socket-of-{session['id']}")
    begun = await post_event(cloud, headers, METADATA)
    state = {"ce-connectionState": begun.headers["ce-connectionState"]}
    for _ in range(3):
        assert (await post_event(cloud, headers | state, frame("Once."))).status == 204
    assert await texts(cloud, session) == ["Once."]


async def test_binary_frames_are_read_like_text(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    async with open_socket(cloud, session) as socket:
        await socket.send_bytes(METADATA)
        await socket.send_bytes(frame("In bytes."))
        assert await stores(cloud, session, 1) == ["In bytes."]
    await noted(cloud, session, "socket-closed")
