"""What clients see: tokens, groups, roles, the JSON subprotocols and recovery."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import WSMsgType
from azure.messaging.webpubsubclient import WebPubSubClient as SyncWebPubSubClient
from azure.messaging.webpubsubclient.aio import WebPubSubClient
from azure.messaging.webpubsubclient.models import (
    CallbackType,
    OnGroupDataMessageArgs,
    OnServerDataMessageArgs,
    SendMessageError,
    WebPubSubDataType,
    WebPubSubProtocolType,
)

from tests.local_cloud.web_pubsub_process import (
    JSON,
    PRIMARY,
    RELIABLE,
    SECONDARY,
    EventHandler,
    WebPubSub,
    running_handler,
    served,
    until_async,
)
from tests.waiting import until

ALL_ROLES = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]


@pytest.fixture
async def pubsub() -> AsyncIterator[WebPubSub]:
    async with served() as running:
        yield running


@pytest.fixture
async def handler() -> AsyncIterator[EventHandler]:
    async with running_handler() as running:
        yield running


@pytest.fixture
async def with_handler(handler: EventHandler) -> AsyncIterator[WebPubSub]:
    async with served(handlers={"talk": handler.url}) as running:
        yield running


async def greeted(
    pubsub: WebPubSub, hub: str = "captions", subprotocol: str = JSON, more: str = "", **token: Any
) -> tuple[aiohttp.ClientWebSocketResponse, dict[str, Any]]:
    """A socket and the service's first message on it."""
    socket = await pubsub.connect(hub, subprotocol, more=more, **token)
    return socket, await socket.receive_json(timeout=20)


def token(pubsub: WebPubSub, key: str = PRIMARY, **claims: Any) -> str:
    given = {"aud": f"{pubsub.url}/client/hubs/captions", "exp": int(time.time()) + 60} | claims
    return jwt.encode({name: value for name, value in given.items() if value is not None}, key, "HS256")


async def status_with(pubsub: WebPubSub, query: str, **headers: str) -> int:
    """101, or the status that refuses the handshake."""
    try:
        socket = await pubsub.http.ws_connect(f"{pubsub.url}/client/hubs/captions{query}", headers=headers)
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status
    await socket.close()
    return 101


@pytest.mark.parametrize(
    ("key", "lifetime", "claims", "status"),
    [
        (PRIMARY, 60, {}, 101),
        (SECONDARY, 60, {}, 101),
        ("somebody else's key, which is long enough", 60, {}, 401),
        (PRIMARY, -200, {}, 101),
        (PRIMARY, -400, {}, 401),
        (PRIMARY, 60, {"exp": None}, 401),
        (PRIMARY, 60, {"aud": None}, 401),
        (PRIMARY, 60, {"aud": "http://127.0.0.1/client/hubs/captions"}, 401),
    ],
)
async def test_a_token_is_judged_by_key_audience_and_expiry(
    pubsub: WebPubSub, key: str, lifetime: int, claims: dict[str, Any], status: int
) -> None:
    given = {"exp": int(time.time()) + lifetime} | claims
    assert await status_with(pubsub, f"?access_token={token(pubsub, key, **given)}") == status


async def test_the_audience_is_compared_without_case_and_is_never_ws(pubsub: WebPubSub) -> None:
    shouted = token(pubsub, aud=f"{pubsub.url}/client/hubs/captions".upper())
    assert await status_with(pubsub, f"?access_token={shouted}") == 101
    socket_scheme = token(pubsub, aud=f"{pubsub.url}/client/hubs/captions".replace("http", "ws"))
    assert await status_with(pubsub, f"?access_token={socket_scheme}") == 401
    other_hub = token(pubsub, aud=f"{pubsub.url}/client/hubs/transcript")
    assert await status_with(pubsub, f"?access_token={other_hub}") == 401


async def test_the_query_s_token_is_judged_alone_and_the_header_s_only_without_it(pubsub: WebPubSub) -> None:
    good, bad = token(pubsub), token(pubsub, "somebody else's key, which is long enough")
    assert await status_with(pubsub, f"?access_token={good}", Authorization=f"Bearer {bad}") == 101
    assert await status_with(pubsub, f"?access_token={bad}", Authorization=f"Bearer {good}") == 401
    assert await status_with(pubsub, "", Authorization=f"Bearer {good}") == 101
    assert await status_with(pubsub, "") == 401


async def test_a_lone_role_and_group_may_be_bare_strings(pubsub: WebPubSub) -> None:
    given = token(pubsub, role="webpubsub.sendToGroup.a", **{"webpubsub.group": "a"})
    url = f"{pubsub.url}/client/hubs/captions?access_token={given}"
    async with pubsub.http.ws_connect(url, protocols=[JSON]) as socket:
        await socket.receive_json(timeout=20)
        await socket.send_json({"type": "sendToGroup", "group": "a", "data": 1})
        assert (await socket.receive_json(timeout=20))["data"] == 1


async def test_a_request_that_is_no_websocket_is_refused(pubsub: WebPubSub) -> None:
    async with pubsub.http.get(f"{pubsub.url}/client/hubs/captions") as response:
        assert response.status == 400


@pytest.mark.parametrize("protocol", [WebPubSubProtocolType.JSON, WebPubSubProtocolType.JSON_RELIABLE])
async def test_the_python_client_joins_sends_receives_and_leaves(
    pubsub: WebPubSub, protocol: WebPubSubProtocolType
) -> None:
    url = await pubsub.client_url("captions", user_id="ann", roles=ALL_ROLES)
    got: list[OnGroupDataMessageArgs] = []

    async def keep(message: OnGroupDataMessageArgs) -> None:
        got.append(message)

    async with WebPubSubClient(url, protocol_type=protocol) as client:
        await client.subscribe(CallbackType.GROUP_MESSAGE, keep)
        await client.join_group("room")
        await client.send_to_group("room", "tëxt", WebPubSubDataType.TEXT)
        await client.send_to_group("room", {"a": [1]}, WebPubSubDataType.JSON)
        await client.send_to_group("room", memoryview(b"\x00\xff"), WebPubSubDataType.BINARY)
        await client.send_to_group("room", "not for me", WebPubSubDataType.TEXT, no_echo=True)
        await client.leave_group("room")
        await client.send_to_group("room", "I have left", WebPubSubDataType.TEXT)
        await until(lambda: len(got) == 3)
    assert [message.data for message in got] == ["tëxt", {"a": [1]}, b"\x00\xff"]
    assert {message.from_user_id for message in got} == {"ann"}
    numbered = protocol == WebPubSubProtocolType.JSON_RELIABLE
    assert [message.sequence_id for message in got] == ([1, 2, 3] if numbered else [None] * 3)


async def test_a_client_without_roles_is_forbidden_to_join_leave_and_send_but_hears_its_groups(
    pubsub: WebPubSub,
) -> None:
    url = await pubsub.client_url("captions", user_id="ann", groups=["room"])
    got: list[Any] = []

    async def keep(message: OnGroupDataMessageArgs) -> None:
        got.append(message.data)

    async with WebPubSubClient(url, message_retry_total=0) as client:
        await client.subscribe(CallbackType.GROUP_MESSAGE, keep)
        for asked in (
            client.join_group("room"),
            client.leave_group("room"),
            client.send_to_group("room", "x", WebPubSubDataType.TEXT),
        ):
            with pytest.raises(SendMessageError) as refused:
                await asked
            assert refused.value.error_detail is not None
            assert refused.value.error_detail.name == "Forbidden"
        async with pubsub.service("captions") as service:
            await service.send_to_group("room", {"from": "service"})
        await until(lambda: got == [{"from": "service"}])


async def test_the_python_client_raises_events_and_hears_the_handler(
    with_handler: WebPubSub, handler: EventHandler
) -> None:
    handler.answer("question", 200, text='{"answer": 42}', content_type="application/json")
    got: list[Any] = []

    async def keep(message: OnServerDataMessageArgs) -> None:
        got.append(message.data)

    async with WebPubSubClient(await with_handler.client_url("talk")) as client:
        await client.subscribe(CallbackType.SERVER_MESSAGE, keep)
        await client.send_event("question", {"what": "?"}, WebPubSubDataType.JSON)
        await until(lambda: got == [{"answer": 42}])
    (seen,) = handler.named("question")
    assert (json.loads(seen.body), seen.headers["Content-Type"]) == (
        {"what": "?"},
        "application/json; charset=utf-8",
    )
    assert seen.headers["ce-type"] == "azure.webpubsub.user.question"
    assert seen.headers["ce-subprotocol"] == RELIABLE


async def test_a_failed_event_is_an_error_ack_and_the_json_client_stays(
    with_handler: WebPubSub, handler: EventHandler
) -> None:
    handler.answer("question", 400)
    socket, _ = await greeted(with_handler, "talk")
    async with socket:
        await socket.send_json({"type": "event", "event": "question", "data": 1, "ackId": 7})
        ack = await socket.receive_json(timeout=20)
        await socket.send_json({"type": "ping"})
        assert await socket.receive_json(timeout=20) == {"type": "pong"}
    assert (ack["ackId"], ack["success"], ack["error"]["name"]) == (7, False, "InternalServerError")


async def test_the_first_message_tells_user_and_connection(pubsub: WebPubSub) -> None:
    socket, greeting = await greeted(pubsub, user_id="ann")
    async with socket:
        (connection,) = await pubsub.connections("captions")
    expected = {"type": "system", "event": "connected", "userId": "ann"}
    assert greeting == expected | {"connectionId": connection["connectionId"]}


async def test_a_used_ack_id_is_a_duplicate_and_a_refused_one_may_be_used_again(pubsub: WebPubSub) -> None:
    socket, _ = await greeted(pubsub, roles=["webpubsub.joinLeaveGroup.mine"])
    acks = []
    async with socket:
        for group in ("other", "mine", "mine"):
            await socket.send_json({"type": "joinGroup", "group": group, "ackId": 1})
            acks.append(await socket.receive_json(timeout=20))
    assert [ack["success"] for ack in acks] == [False, True, False]
    assert [ack.get("error", {}).get("name") for ack in acks] == ["Forbidden", None, "Duplicate"]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"{}", 1003),
        ("no json", 1007),
        ("[]", 1007),
        ('{"type":"unknown"}', 1007),
        ('{"type":"joinGroup"}', 1007),
        ('{"type":"joinGroup","group":""}', 1007),
        ('{"type":"sendToGroup","group":"a"}', 1007),
        ('{"type":"sendToGroup","group":"a","dataType":"text","data":1}', 1007),
        ('{"type":"event","event":"e","dataType":"binary","data":"?"}', 1007),
    ],
)
async def test_a_frame_that_is_no_message_closes_the_json_client(
    pubsub: WebPubSub, frame: str | bytes, code: int
) -> None:
    socket, _ = await greeted(pubsub)
    async with socket:
        await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_str(frame))
        message = await socket.receive(timeout=20)
        assert (message.type, message.data) == (WSMsgType.CLOSE, code)


async def test_patterns_need_the_plural_role(pubsub: WebPubSub) -> None:
    roles = ["webpubsub.sendToGroups.room.*", "webpubsub.sendToGroup.hall.*"]
    socket, _ = await greeted(pubsub, roles=roles)
    allowed = []
    async with socket:
        for number, group in enumerate(("room.1", "room.1.2", "hall.1", "hall.*")):
            await socket.send_json({"type": "sendToGroup", "group": group, "data": 1, "ackId": number})
            allowed.append((await socket.receive_json(timeout=20))["success"])
    assert allowed == [True, False, False, True]


async def test_a_reliable_python_client_loses_nothing_when_its_socket_breaks(pubsub: WebPubSub) -> None:
    url = await pubsub.client_url("captions", user_id="ann", groups=["room"])
    got: list[int] = []

    async def keep(message: OnGroupDataMessageArgs) -> None:
        got.append(message.data["n"])

    async with pubsub.service("captions") as service, WebPubSubClient(url) as client:
        await client.subscribe(CallbackType.GROUP_MESSAGE, keep)
        (before,) = await pubsub.connections("captions")
        for number in range(60):
            if number in (10, 40):
                await pubsub.sim("POST", f"connections/{before['connectionId']}/drop")
                await until_async(lambda: _has_socket(client))
            await service.send_to_group("room", {"n": number})
        await until(lambda: len(got) >= 60)
        (after,) = await pubsub.connections("captions")
    assert got == list(range(60))
    assert after["connectionId"] == before["connectionId"]


async def _has_socket(client: WebPubSubClient) -> bool:
    return bool(client.is_connected())


async def test_the_synchronous_python_client_hears_its_group_and_recovers(pubsub: WebPubSub) -> None:
    url = await pubsub.client_url("captions", groups=["room"])
    got: list[int] = []
    client = SyncWebPubSubClient(url)
    client.subscribe(CallbackType.GROUP_MESSAGE, lambda message: got.append(message.data["n"]))
    await asyncio.to_thread(client.open)
    try:
        async with pubsub.service("captions") as service:
            await service.send_to_group("room", {"n": 1})
            await until(lambda: got == [1])
            await pubsub.sim("POST", "connections/drop?hub=captions")
            await service.send_to_group("room", {"n": 2})
            await until(lambda: got == [1, 2])
    finally:
        await asyncio.to_thread(client.close)


async def test_what_was_sent_while_the_socket_was_gone_is_replayed_in_order_and_acked_is_not(
    pubsub: WebPubSub,
) -> None:
    socket, greeting = await greeted(pubsub, subprotocol=RELIABLE, user_id="ann", groups=["room"])
    async with socket, pubsub.service("captions") as service:
        for number in range(4):
            await service.send_to_group("room", {"n": number})
            await socket.receive_json(timeout=20)
        await socket.send_json({"type": "sequenceAck", "sequenceId": 2})
        await until_async(lambda: _read_from(pubsub, 1))
        await pubsub.sim("POST", "connections/drop?hub=captions")
        await socket.receive(timeout=20)
        await service.send_to_group("room", {"n": 4})
    again, second = await recovered(pubsub, greeting)
    async with again:
        replayed = [await again.receive_json(timeout=20) for _ in range(3)]
    assert second["connectionId"] == greeting["connectionId"]
    assert [(message["data"]["n"], message["sequenceId"]) for message in replayed] == [(2, 3), (3, 4), (4, 5)]


async def _read_from(pubsub: WebPubSub, frames: int) -> bool:
    (connection,) = await pubsub.connections("captions")
    return bool(connection["framesReceived"] == frames)


async def recovering(pubsub: WebPubSub, greeting: dict[str, Any]) -> aiohttp.ClientWebSocketResponse:
    connection_id, token = greeting["connectionId"], greeting["reconnectionToken"]
    query = f"?awps_connection_id={connection_id}&awps_reconnection_token={token}"
    return await pubsub.http.ws_connect(f"{pubsub.url}/client/hubs/captions{query}", protocols=[RELIABLE])


async def recovered(
    pubsub: WebPubSub, greeting: dict[str, Any]
) -> tuple[aiohttp.ClientWebSocketResponse, dict[str, Any]]:
    socket = await recovering(pubsub, greeting)
    return socket, await socket.receive_json(timeout=20)


async def refused_recovery(pubsub: WebPubSub, greeting: dict[str, Any]) -> int:
    """The code with which the service closes a socket that it accepted."""
    async with await recovering(pubsub, greeting) as socket:
        message = await socket.receive(timeout=20)
        assert message.type is WSMsgType.CLOSE
        return int(message.data)


@pytest.mark.parametrize("change", [{"connectionId": "unknown"}, {"reconnectionToken": "wrong"}])
async def test_a_failed_recovery_is_accepted_and_then_closed_with_1008(
    pubsub: WebPubSub, change: dict[str, str]
) -> None:
    socket, greeting = await greeted(pubsub, subprotocol=RELIABLE)
    async with socket:
        assert await refused_recovery(pubsub, greeting | change) == 1008
        await socket.send_json({"type": "ping"})
        assert await socket.receive_json(timeout=20) == {"type": "pong"}


async def test_a_connection_that_is_not_recovered_in_time_is_gone_and_disconnected_says_so(
    handler: EventHandler,
) -> None:
    async with served(handlers={"captions": handler.url}, recovery=0.2) as pubsub:
        socket, greeting = await greeted(pubsub, subprotocol=RELIABLE)
        async with socket:
            await pubsub.sim("POST", "connections/drop?hub=captions")
            await until(lambda: handler.named("disconnected"))
        assert await refused_recovery(pubsub, greeting) == 1008
    reason = json.loads(handler.named("disconnected")[0].body)["reason"]
    assert reason == "The connection recovery timeout expired."


async def test_close_1000_of_a_reliable_client_is_final_and_any_other_is_not(pubsub: WebPubSub) -> None:
    final, first = await greeted(pubsub, subprotocol=RELIABLE)
    await final.close(code=1000)
    assert await refused_recovery(pubsub, first) == 1008
    going_away, second = await greeted(pubsub, subprotocol=RELIABLE)
    await going_away.close(code=1001)
    again, third = await recovered(pubsub, second)
    await again.close()
    assert third["connectionId"] == second["connectionId"]


async def test_a_reliable_client_that_acknowledges_nothing_is_dropped_without_a_close_frame(
    pubsub: WebPubSub,
) -> None:
    socket, greeting = await greeted(pubsub, subprotocol=RELIABLE, roles=ALL_ROLES)
    async with socket:
        await socket.send_json({"type": "joinGroup", "group": "room", "ackId": 1})
        await socket.receive_json(timeout=20)
        for _ in range(1_001):
            await socket.send_json({"type": "sendToGroup", "group": "room", "data": 1})
        received = 0
        while (message := await socket.receive(timeout=20)).type is WSMsgType.TEXT:
            received += 1
        assert message.type in (WSMsgType.CLOSED, WSMsgType.ERROR)
    assert received <= 1_000
    assert await refused_recovery(pubsub, greeting) == 1008


async def test_a_viewer_that_reads_nothing_does_not_delay_the_others_and_is_dropped(
    pubsub: WebPubSub,
) -> None:
    stuck = await pubsub.connect("captions", JSON, user_id="stuck", groups=["room"])
    assert stuck._conn is not None
    assert stuck._conn.transport is not None
    stuck._conn.transport.pause_reading()
    socket, _ = await greeted(pubsub, user_id="quick", groups=["room"])
    message = {"text": "x" * 100_000}
    async with socket, pubsub.service("captions") as service:
        async with asyncio.timeout(30):
            for _ in range(250):
                await service.send_to_group("room", message)
                assert (await socket.receive_json(timeout=20))["data"] == message
        await until_async(lambda: _only(pubsub, "quick"))
    stuck._conn.transport.abort()
    await stuck.close()


async def _only(pubsub: WebPubSub, user_id: str) -> bool:
    return [connection["userId"] for connection in await pubsub.connections("captions")] == [user_id]


async def test_a_simple_client_in_group_mode_talks_to_its_group_and_gets_bare_data(pubsub: WebPubSub) -> None:
    more = "&webpubsub_mode=sendToGroup&group=room"
    token: dict[str, Any] = {"user_id": "ann", "roles": ALL_ROLES, "groups": ["room"]}
    listener, _ = await greeted(pubsub, groups=["room"])
    async with listener, await pubsub.connect("captions", more=more, **token) as simple:
        await simple.send_str("hello")
        assert await simple.receive_str(timeout=20) == "hello"
        message = await listener.receive_json(timeout=20)
    expected = {"type": "message", "from": "group", "group": "room", "fromUserId": "ann"}
    assert message == expected | {"dataType": "text", "data": "hello"}


async def test_hub_names_have_no_case_and_a_hub_that_nobody_configured_is_a_hub(pubsub: WebPubSub) -> None:
    async with await pubsub.connect("Elsewhere", user_id="ann"):
        (connection,) = await pubsub.connections("elsewhere")
    assert connection["userId"] == "ann"
