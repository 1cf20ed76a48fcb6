"""The REST API, as the real service client calls it."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import WSMsgType
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.messaging.webpubsubservice import WebPubSubServiceClient as SyncServiceClient
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

from tests.local_cloud.web_pubsub_process import (
    JSON,
    PRIMARY,
    SECONDARY,
    WebPubSub,
    running_handler,
    served,
)
from tests.waiting import until


@pytest.fixture
async def pubsub() -> AsyncIterator[WebPubSub]:
    async with served() as running:
        yield running


@pytest.fixture
async def service(pubsub: WebPubSub) -> AsyncIterator[WebPubSubServiceClient]:
    async with pubsub.service("captions", retry_total=0) as client:
        yield client


async def viewer(pubsub: WebPubSub, **token: Any) -> tuple[aiohttp.ClientWebSocketResponse, str]:
    """A JSON client's socket and its connection id."""
    socket = await pubsub.connect("captions", JSON, **token)
    return socket, (await socket.receive_json(timeout=20))["connectionId"]


async def test_a_message_reaches_a_group_a_user_a_connection_or_all(
    pubsub: WebPubSub, service: WebPubSubServiceClient
) -> None:
    ann, ann_id = await viewer(pubsub, user_id="ann", groups=["room"])
    bob, _ = await viewer(pubsub, user_id="bob")
    async with ann, bob:
        await service.send_to_group("room", {"to": "group"})
        await service.send_to_user("bob", "to user", content_type="text/plain")
        await service.send_to_connection(ann_id, {"to": "connection"})
        await service.send_to_all({"to": "all"}, excluded=[ann_id])
        to_ann = [await ann.receive_json(timeout=20) for _ in range(2)]
        to_bob = [await bob.receive_json(timeout=20) for _ in range(2)]
    assert to_ann == [
        {
            "type": "message",
            "from": "group",
            "group": "room",
            "fromUserId": None,
            "dataType": "json",
            "data": {"to": "group"},
        },
        {"type": "message", "from": "server", "dataType": "json", "data": {"to": "connection"}},
    ]
    assert [message["data"] for message in to_bob] == ["to user", {"to": "all"}]


async def test_the_three_kinds_of_data_reach_simple_and_json_clients(
    pubsub: WebPubSub, service: WebPubSubServiceClient
) -> None:
    ann, _ = await viewer(pubsub, groups=["room"])
    async with ann, await pubsub.connect("captions", groups=["room"]) as simple:
        # As bytes: for a str, the asynchronous SDK counts characters into Content-Length.
        await service.send_to_group("room", in_bytes("tëxt".encode()), content_type="text/plain")
        await service.send_to_group("room", {"a": 1}, content_type="application/json")
        await service.send_to_group("room", in_bytes(b"\x00\xff"), content_type="application/octet-stream")
        json_frames = [await ann.receive_json(timeout=20) for _ in range(3)]
        bare = [await simple.receive(timeout=20) for _ in range(3)]
    kinds = [(message["dataType"], message["data"]) for message in json_frames]
    assert kinds == [("text", "tëxt"), ("json", {"a": 1}), ("binary", "AP8=")]
    assert [message.type for message in bare] == [WSMsgType.TEXT, WSMsgType.TEXT, WSMsgType.BINARY]
    assert bare[2].data == b"\x00\xff"


def in_bytes(body: bytes) -> Any:
    """What the SDK takes and sends as it is, although its types do not say so."""
    return body


async def test_a_group_without_members_takes_a_message_and_an_unknown_connection_does_not(
    service: WebPubSubServiceClient,
) -> None:
    await service.send_to_group("nobody", {"a": 1})
    with pytest.raises(ResourceNotFoundError):
        await service.send_to_connection("unknown", {"a": 1})


async def test_names_with_slashes_blanks_and_umlauts_are_names(
    pubsub: WebPubSub, service: WebPubSubServiceClient
) -> None:
    ann, _ = await viewer(pubsub, user_id="ann/ö 1", groups=["session-1/ä b"])
    async with ann:
        assert await service.group_exists("session-1/ä b")
        assert await service.user_exists("ann/ö 1")
        await service.send_to_group("session-1/ä b", {"a": 1})
        assert (await ann.receive_json(timeout=20))["group"] == "session-1/ä b"


async def test_connections_and_users_are_put_into_groups_and_taken_out(
    pubsub: WebPubSub, service: WebPubSubServiceClient
) -> None:
    ann, ann_id = await viewer(pubsub, user_id="ann")
    async with ann:
        await service.add_connection_to_group("a", ann_id)
        await service.add_user_to_group("b", "ann")
        await service.add_user_to_group("c", "ann")
        assert (await pubsub.connections("captions"))[0]["groups"] == ["a", "b", "c"]
        await service.remove_connection_from_group("a", ann_id)
        await service.remove_user_from_group("b", "ann")
        assert (await pubsub.connections("captions"))[0]["groups"] == ["c"]
        await service.remove_user_from_all_groups("ann")
        assert not await service.group_exists("c")
        await service.add_connection_to_group("d", ann_id)
        await service.remove_connection_from_all_groups(ann_id)
        assert (await pubsub.connections("captions"))[0]["groups"] == []
    with pytest.raises(ResourceNotFoundError):
        await service.add_user_to_group("a", "nobody")
    with pytest.raises(ResourceNotFoundError):
        await service.add_connection_to_group("a", "unknown")


async def test_existence_is_told(pubsub: WebPubSub, service: WebPubSubServiceClient) -> None:
    ann, ann_id = await viewer(pubsub, user_id="ann", groups=["room"])
    async with ann:
        assert await service.connection_exists(ann_id)
        assert await service.user_exists("ann")
        assert await service.group_exists("room")
    assert not await service.connection_exists(ann_id)
    assert not await service.user_exists("ann")
    assert not await service.group_exists("room")


async def test_a_group_s_connections_are_listed_page_by_page(
    pubsub: WebPubSub, service: WebPubSubServiceClient
) -> None:
    sockets = [await viewer(pubsub, user_id="ann", groups=["room"]) for _ in range(5)]
    listed = service.list_connections(group="room", maxpagesize=2)
    members = [member async for member in listed]
    first_three = [member async for member in service.list_connections(group="room", top=3, maxpagesize=2)]
    for socket, _ in sockets:
        await socket.close()
    assert sorted(member.connection_id for member in members) == sorted(each for _, each in sockets)
    assert {member.user_id for member in members} == {"ann"}
    assert len(first_three) == 3


async def test_closing_tells_the_json_client_and_the_event_handler_why() -> None:
    async with running_handler() as handler, served(handlers={"captions": handler.url}) as pubsub:
        ann, ann_id = await viewer(pubsub, user_id="ann")
        async with ann, pubsub.service("captions") as service:
            await service.close_connection(ann_id, reason="ö" * 100)
            last = await ann.receive_json(timeout=20)
            close = await ann.receive(timeout=20)
            await until(lambda: handler.named("disconnected"))
    assert last == {"type": "system", "event": "disconnected", "message": "ö" * 100}
    assert (close.type, close.extra) == (WSMsgType.CLOSE, "ö" * 61)
    said = json.loads(handler.named("disconnected")[0].body)["reason"]
    assert said == "Application server closed the connection. Reason: " + "ö" * 100


@pytest.mark.parametrize("way", ["all", "group", "user"])
async def test_many_are_closed_at_once_but_the_excluded(
    pubsub: WebPubSub, service: WebPubSubServiceClient, way: str
) -> None:
    token: dict[str, Any] = {"user_id": "ann", "groups": ["room"]}
    one, _ = await viewer(pubsub, **token)
    two, two_id = await viewer(pubsub, **token)
    async with one, two:
        if way == "all":
            await service.close_all_connections(excluded=[two_id])
        elif way == "group":
            await service.close_group_connections("room", excluded=[two_id])
        else:
            await service.close_user_connections("ann", excluded=[two_id])
        assert (await one.receive_json(timeout=20))["event"] == "disconnected"
        assert (await one.receive(timeout=20)).type is WSMsgType.CLOSE
        assert [left["connectionId"] for left in await pubsub.connections("captions")] == [two_id]


async def test_permissions_are_granted_checked_and_revoked(
    pubsub: WebPubSub, service: WebPubSubServiceClient
) -> None:
    ann, ann_id = await viewer(pubsub)

    async def may_send(group: str) -> bool:
        await ann.send_json({"type": "sendToGroup", "group": group, "data": 1, "ackId": next(ids)})
        return bool((await ann.receive_json(timeout=20))["success"])

    ids = iter(range(100))
    async with ann:
        assert not await service.has_permission("sendToGroup", ann_id, target_name="room")
        await service.grant_permission("sendToGroup", ann_id, target_name="room")
        assert await service.has_permission("sendToGroup", ann_id, target_name="room")
        assert (await may_send("room"), await may_send("hall")) == (True, False)
        await service.grant_permission("sendToGroup", ann_id)
        assert await may_send("hall")
        await service.revoke_permission("sendToGroup", ann_id, target_name="hall")
        assert (await may_send("room"), await may_send("hall")) == (True, False)
        await service.revoke_permission("sendToGroup", ann_id)
        assert not await may_send("room")
        with pytest.raises(HttpResponseError) as refused:
            await service.grant_permission("fly", ann_id)
    assert refused.value.status_code == 400


async def test_a_token_by_the_sync_sdk_lets_a_client_in(pubsub: WebPubSub) -> None:
    with SyncServiceClient.from_connection_string(pubsub.connection_string, "captions") as service:
        url = service.get_client_access_token(user_id="ann", groups=["room"], minutes_to_expire=5)["url"]
    async with pubsub.http.ws_connect(url):
        (connection,) = await pubsub.connections("captions")
    assert (connection["userId"], connection["groups"]) == ("ann", ["room"])


async def test_a_token_that_the_service_generates_lets_a_client_in(pubsub: WebPubSub) -> None:
    path = f"{pubsub.url}/api/hubs/captions/:generateToken"
    query = "userId=ann&role=webpubsub.sendToGroup&group=a&group=b&minutesToExpire=5"
    async with pubsub.http.post(f"{path}?{query}", headers=bearer(path)) as response:
        token = (await response.json())["token"]
    async with pubsub.http.ws_connect(f"{pubsub.url}/client/hubs/captions?access_token={token}"):
        (connection,) = await pubsub.connections("captions")
    assert (connection["userId"], connection["groups"]) == ("ann", ["a", "b"])


def bearer(audience: str, key: str = PRIMARY) -> dict[str, str]:
    claims = {"aud": audience, "exp": 4_000_000_000}
    return {"Authorization": f"Bearer {jwt.encode(claims, key, 'HS256')}"}


async def test_the_secondary_key_opens_the_rest_api_and_a_foreign_one_does_not(pubsub: WebPubSub) -> None:
    async with WebPubSubServiceClient(pubsub.url, "captions", AzureKeyCredential(SECONDARY)) as service:
        await service.send_to_group("room", {"a": 1})
    stranger = AzureKeyCredential("somebody else's key, which is long enough")
    async with WebPubSubServiceClient(pubsub.url, "captions", stranger) as service:
        with pytest.raises(HttpResponseError) as refused:
            await service.send_to_group("room", {"a": 1})
    assert refused.value.status_code == 401


@pytest.mark.parametrize(
    ("audience", "status"),
    [
        ("{url}/api/hubs/captions/groups/room/:send?api-version=1", 202),
        ("{url}/api/hubs/captions/groups/room/:send", 202),
        ("https://{host}/api/hubs/captions/groups/room/:send", 202),
        ("{url}/api/hubs/captions/groups/other/:send", 401),
        ("http://elsewhere/api/hubs/captions/groups/room/:send", 401),
    ],
)
async def test_the_audience_of_a_rest_token_is_compared_by_host_and_path(
    pubsub: WebPubSub, audience: str, status: int
) -> None:
    named = audience.format(url=pubsub.url, host=pubsub.url.removeprefix("http://"))
    path = f"{pubsub.url}/api/hubs/captions/groups/room/:send"
    async with pubsub.http.post(path, data="x", headers=bearer(named)) as response:
        assert response.status == status


@pytest.mark.parametrize(
    ("content_type", "body", "query", "status"),
    [
        ("text/html", b"<p>", "", 415),
        ("application/json", b"{", "", 400),
        ("text/plain", bytes(1_048_576), "", 202),
        ("text/plain", bytes(1_048_577), "", 413),
        ("text/plain", b"x", "?messageTtlSeconds=301", 400),
        ("text/plain", b"x", "?filter=userId%20eq%20null", 501),
    ],
)
async def test_a_send_out_of_bounds_is_refused_with_code_message_and_target(
    pubsub: WebPubSub, content_type: str, body: bytes, query: str, status: int
) -> None:
    path = f"{pubsub.url}/api/hubs/captions/groups/room/:send"
    headers = bearer(path) | {"Content-Type": content_type}
    async with pubsub.http.post(path + query, data=io.BytesIO(body), headers=headers) as response:
        assert response.status == status
        if status != 202:
            assert set(await response.json()) == {"code", "message", "target"}


async def test_a_send_without_content_length_is_refused(pubsub: WebPubSub) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"

    path = f"{pubsub.url}/api/hubs/captions/groups/room/:send"
    headers = bearer(path) | {"Content-Type": "text/plain"}
    async with pubsub.http.post(path, data=chunks(), headers=headers) as response:
        assert response.status == 411


async def test_health_is_open_to_all(pubsub: WebPubSub) -> None:
    for method in ("HEAD", "GET"):
        async with pubsub.http.request(method, f"{pubsub.url}/api/health") as response:
            assert response.status == 200


async def test_sends_fail_as_often_as_asked_and_reach_nobody(
    pubsub: WebPubSub, service: WebPubSubServiceClient
) -> None:
    await pubsub.sim("POST", "faults", {"sends": {"status": 503, "times": 1}})
    ann, _ = await viewer(pubsub, groups=["room"])
    async with ann:
        with pytest.raises(HttpResponseError) as refused:
            await service.send_to_group("room", {"n": 1})
        await service.send_to_group("room", {"n": 2})
        assert (await ann.receive_json(timeout=20))["data"] == {"n": 2}
    assert refused.value.status_code == 503


async def test_what_goes_out_is_counted_in_steps_of_two_kilobytes(
    pubsub: WebPubSub, service: WebPubSubServiceClient
) -> None:
    ann, _ = await viewer(pubsub, groups=["room"])
    async with ann:
        await service.send_to_group("room", "x" * 10, content_type="text/plain")
        await service.send_to_group("room", "x" * 3_000, content_type="text/plain")
        for _ in range(2):
            await ann.receive(timeout=20)
    counted = await pubsub.counters("captions")
    assert (counted["restSends"], counted["restSendBytes"]) == (2, 3_010)
    assert (counted["messagesSent"], counted["billedMessages"]) == (2, 3)


async def test_an_order_of_faults_that_makes_no_sense_is_refused(pubsub: WebPubSub) -> None:
    async with pubsub.http.post(f"{pubsub.url}/sim/faults", json={"upstreem": {}}) as response:
        assert response.status == 400
