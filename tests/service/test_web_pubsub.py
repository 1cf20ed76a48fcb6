"""Web PubSub through its real SDK: who may receive, what arrives, whose signature counts."""

import pytest
from aiohttp import WSMsgType

from functions.adapters.web_pubsub import WebPubSubViewers, open_transcript_url, sign, signer_of
from functions.errors import Unavailable
from tests.local_cloud.web_pubsub_process import PRIMARY, SECONDARY, until_async
from tests.service.bed import new_session
from tests.service.cloud import Cloud, next_message, opened_by_key, watch


async def test_a_message_arrives_at_the_sessions_viewers_as_json_and_at_nobody_else(cloud: Cloud) -> None:
    mine, other = new_session(), new_session()
    viewer, stranger = await watch(cloud, mine.id), await watch(cloud, other.id)
    await cloud.viewers.send(mine.id, '{"text": "𝄞 שלום", "n": 1}'.encode())
    await cloud.viewers.send(other.id, b'{"text": "for the stranger"}')
    assert await next_message(viewer) == {"text": "𝄞 שלום", "n": 1}
    assert await next_message(stranger) == {"text": "for the stranger"}
    await viewer.close()
    await stranger.close()


async def test_a_viewer_may_receive_and_nothing_else(cloud: Cloud) -> None:
    session = new_session()
    viewer = await watch(cloud, session.id)
    group = f"session-{session.id}"
    for ack, kind in enumerate(("sendToGroup", "joinGroup", "leaveGroup"), start=1):
        asked = {"type": kind, "group": group, "ackId": ack, "data": "x", "dataType": "text"}
        if kind == "joinGroup":
            asked["group"] = "session-of-another"
        await viewer.send_json(asked)
    refused: dict[int, bool] = {}
    while len(refused) < 3:
        message = await viewer.receive_json(timeout=20)
        assert message["type"] != "message"
        if message["type"] == "ack":
            refused[message["ackId"]] = message["success"]
    assert set(refused.values()) == {False}
    await viewer.close()


async def test_the_transcript_socket_comes_in_as_its_session(cloud: Cloud) -> None:
    session = new_session()
    url = await open_transcript_url(opened_by_key(cloud.web_pubsub.url), session.id, 5)
    socket = await cloud.web_pubsub.http.ws_connect(url)

    async def is_there() -> bool:
        return session.id in [one["userId"] for one in await cloud.web_pubsub.connections("transcript")]

    await until_async(is_there)
    await socket.send_str("{}")
    await socket.close()
    assert (await socket.receive()).type in {WSMsgType.CLOSED, WSMsgType.CLOSE}


async def test_a_send_is_tried_once_and_its_failure_is_an_outage(cloud: Cloud) -> None:
    await cloud.web_pubsub.sim("POST", "faults", {"sends": {"status": 503, "times": 1}})
    with pytest.raises(Unavailable):
        await cloud.viewers.send("session", b"{}")
    await cloud.viewers.send("session", b"{}")


async def test_everybody_of_a_dismissed_session_is_put_out_and_nobody_else(cloud: Cloud) -> None:
    mine, other = new_session(), new_session()
    web_pubsub = opened_by_key(cloud.web_pubsub.url)
    out = [await watch(cloud, mine.id) for _ in range(2)]
    staying = [await watch(cloud, other.id)]
    for sockets, session in ((out, mine), (staying, other)):
        socket_url = await open_transcript_url(web_pubsub, session.id, 5)
        sockets.append(await cloud.web_pubsub.http.ws_connect(socket_url))
    await cloud.viewers.dismiss(mine.id)
    for socket in out:
        async for _ in socket:  # what it was told before the end
            pass
        assert socket.close_code is not None

    async def users() -> list[str]:
        return [one["userId"] for one in await cloud.web_pubsub.connections("transcript")]

    async def is_out() -> bool:
        return mine.id not in await users()

    await until_async(is_out)
    assert other.id in await users()
    await cloud.viewers.send(other.id, b'{"still": "there"}')
    assert await next_message(staying[0]) == {"still": "there"}
    for socket in staying:
        await socket.close()


async def test_a_session_without_sockets_can_be_dismissed(cloud: Cloud) -> None:
    await cloud.viewers.dismiss(new_session().id)


async def test_a_service_that_is_not_there_is_an_outage() -> None:
    viewers = WebPubSubViewers(opened_by_key("http://127.0.0.1:9"))
    async with viewers.client:
        with pytest.raises(Unavailable):
            await viewers.send("session", b"{}")
        with pytest.raises(Unavailable):
            await viewers.dismiss("session")


def test_a_signature_tells_whose_it_is_if_one_of_ours_is_among_those_given() -> None:
    keys = {"first": PRIMARY, "second": SECONDARY}
    right = sign(PRIMARY, "connection")
    assert signer_of(right, "connection", keys) == "first"
    assert signer_of(f"sha256=00, {right}", "connection", keys) == "first"
    assert signer_of(sign(SECONDARY, "connection"), "connection", keys) == "second"


@pytest.mark.parametrize(
    "signature",
    ["", ",", "sha256=", sign(PRIMARY, "another"), sign("another key", "connection"), "é💥", PRIMARY],
)
def test_any_other_signature_does_not(signature: str) -> None:
    assert signer_of(signature, "connection", {"first": PRIMARY}) is None
