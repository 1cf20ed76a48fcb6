"""What reaches the event handler, and what its answers do."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from local.web_pubsub.cloud_events import worth_retrying
from local.web_pubsub.upstream import Retries
from tests.local_cloud.web_pubsub_process import (
    JSON,
    PRIMARY,
    SECONDARY,
    EventHandler,
    WebPubSub,
    running_handler,
    served,
    until_async,
)
from tests.waiting import until

QUICK = Retries(after=(0.01, 0.01, 0.01))


@pytest.fixture
async def handler() -> AsyncIterator[EventHandler]:
    async with running_handler() as running:
        yield running


@pytest.fixture
async def pubsub(handler: EventHandler) -> AsyncIterator[WebPubSub]:
    async with served(handlers={"transcript": handler.url}, retries=QUICK) as running:
        yield running


async def closed_with(socket: aiohttp.ClientWebSocketResponse) -> tuple[int | None, str | None]:
    """The code and reason with which the service closes a socket."""
    message = await socket.receive(timeout=20)
    assert message.type is WSMsgType.CLOSE, message
    return message.data, message.extra


def signature(key: str, connection_id: str) -> str:
    return "sha256=" + hmac.new(key.encode(), connection_id.encode(), hashlib.sha256).hexdigest()


async def test_a_text_frame_reaches_the_handler_as_a_cloud_event_with_every_header(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    async with await pubsub.connect("transcript", user_id="session-1") as socket:
        await socket.send_str("grüß dich")
        await until(lambda: handler.named("message"))
    (message,) = handler.named("message")
    (connect,) = handler.named("connect")
    connection_id = message.headers["ce-connectionId"]
    assert message.body == "grüß dich".encode()
    assert message.query == "code=a%2Bb"
    assert message.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert message.headers["WebHook-Request-Origin"] == "127.0.0.1"
    assert message.headers["ce-specversion"] == "1.0"
    assert message.headers["ce-awpsversion"] == "1.0"
    assert message.headers["ce-type"] == "azure.webpubsub.user.message"
    assert message.headers["ce-source"] == f"/hubs/transcript/client/{connection_id}"
    assert message.headers["ce-time"].endswith("Z")
    assert message.headers["ce-userId"] == "session-1"
    assert message.headers["ce-hub"] == "transcript"
    assert message.headers["ce-signature"] == ",".join(
        signature(key, connection_id) for key in (PRIMARY, SECONDARY)
    )
    assert message.headers["x-ms-client-request-id"] != connect.headers["x-ms-client-request-id"]
    assert "ce-subprotocol" not in message.headers
    assert "ce-connectionState" not in message.headers
    assert connect.headers["ce-type"] == "azure.webpubsub.sys.connect"


async def test_a_binary_frame_arrives_as_octets_and_a_client_without_user_has_no_user_header(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    async with await pubsub.connect("transcript") as socket:
        await socket.send_bytes(b"\x00\xff")
        await until(lambda: handler.named("message"))
    (message,) = handler.named("message")
    assert (message.body, message.headers["Content-Type"]) == (b"\x00\xff", "application/octet-stream")
    assert "ce-userId" not in message.headers


async def test_event_ids_of_a_connection_count_from_connect_as_zero(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("first")
        await socket.send_str("second")
    await until(lambda: handler.named("disconnected"))
    ids = {(seen.name, seen.body): seen.headers["ce-id"] for seen in handler.seen if seen.name == "message"}
    assert handler.named("connect")[0].headers["ce-id"] == "0"
    assert handler.named("connected")[0].headers["ce-id"] == "1"
    assert ids == {("message", b"first"): "2", ("message", b"second"): "3"}


@pytest.mark.parametrize(
    ("content_type", "frame"),
    [
        ("text/plain", (WSMsgType.TEXT, "{}")),
        ("application/json; charset=utf-8", (WSMsgType.TEXT, "{}")),
        ("application/octet-stream", (WSMsgType.BINARY, b"{}")),
        ("", (WSMsgType.BINARY, b"{}")),
    ],
)
async def test_a_body_in_the_answer_goes_back_to_the_client(
    pubsub: WebPubSub, handler: EventHandler, content_type: str, frame: tuple[WSMsgType, Any]
) -> None:
    handler.answer("message", 200, body=b"{}", headers={"Content-Type": content_type})
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("hello")
        message = await socket.receive(timeout=20)
        assert (message.type, message.data) == frame


@pytest.mark.parametrize("status", [400, 401, 404, 429])
async def test_a_refused_message_closes_a_simple_client_without_another_try(
    pubsub: WebPubSub, handler: EventHandler, status: int
) -> None:
    handler.answer("message", status)
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("first")
        await socket.send_str("never delivered")
        assert await closed_with(socket) == (1011, "Internal server error")
    await until(lambda: handler.named("disconnected"))
    assert [seen.body for seen in handler.named("message")] == [b"first"]
    assert json.loads(handler.named("disconnected")[0].body) == {"reason": "The connection ended."}


@pytest.mark.parametrize("content_type", ["text/html", "application/problem+json"])
async def test_an_answer_of_an_unsupported_type_closes_a_simple_client(
    pubsub: WebPubSub, handler: EventHandler, content_type: str
) -> None:
    handler.answer("message", 200, text="<p>", content_type=content_type)
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("hello")
        assert (await closed_with(socket))[0] == 1011


async def test_the_schedule_is_the_services_own() -> None:
    assert Retries() == Retries(after=(1.0, 3.0, 5.0), within=100.0)
    retried = [status for status in (None, 200, 400, 408, 429, 500, 503) if worth_retrying(status)]
    assert retried == [None, 408, 500, 503]


async def test_a_failing_message_is_tried_four_times_with_the_same_ids_then_the_client_is_closed(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    handler.answer("message", 503)
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("hello")
        assert (await closed_with(socket))[0] == 1011
    tries = handler.named("message")
    assert len(tries) == 4
    assert {seen.headers["ce-id"] for seen in tries} == {"2"}
    assert len({seen.headers["x-ms-client-request-id"] for seen in tries}) == 1
    assert (await pubsub.counters("transcript"))["eventsFailed"] == 1


async def test_the_second_try_comes_after_a_second(handler: EventHandler) -> None:
    handler.answer_in_turn("message", 503)
    times: list[float] = []
    answer = handler.answers["message"]

    async def timed(request: web.Request) -> web.Response:
        times.append(asyncio.get_running_loop().time())
        return await answer(request)

    handler.answers["message"] = timed
    async with (
        served(handlers={"transcript": handler.url}) as pubsub,
        await pubsub.connect("transcript") as socket,
    ):
        await socket.send_str("hello")
        await until(lambda: len(times) == 2)
    assert 1.0 <= times[1] - times[0] < 3.0  # when a third would come


async def test_the_next_frame_waits_while_one_is_tried_again(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    handler.answer_in_turn("message", 500, 408, 503)
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("one")
        await socket.send_str("two")
        await until(lambda: len(handler.named("message")) == 5)
    assert [seen.body for seen in handler.named("message")] == [b"one"] * 4 + [b"two"]


async def test_a_time_out_is_not_tried_again(handler: EventHandler) -> None:
    handler.hold("message")
    brief = Retries(after=(0.01,), within=1.0)
    async with (
        served(handlers={"transcript": handler.url}, retries=brief) as pubsub,
        await pubsub.connect("transcript") as socket,
    ):
        await socket.send_str("hello")
        assert (await closed_with(socket))[0] == 1011
    assert len(handler.named("message")) == 1


async def test_one_event_is_in_flight_per_connection_and_connections_do_not_wait_for_each_other(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    go_on = handler.hold("message")
    async with await pubsub.connect("transcript") as first, await pubsub.connect("transcript") as second:
        for socket in (first, second):
            await socket.send_str("one")
            await socket.send_str("two")
        await until_async(lambda: _frames(pubsub, 4))
        await until(lambda: len(handler.named("message")) == 2)
        assert [seen.body for seen in handler.named("message")] == [b"one", b"one"]
        go_on.set()
        await until(lambda: len(handler.named("message")) == 4)


async def _frames(pubsub: WebPubSub, count: int) -> bool:
    return (await pubsub.counters("transcript"))["framesReceived"] == count


async def test_a_ping_is_answered_while_an_event_is_in_flight(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    go_on = handler.hold("message")
    url = await pubsub.client_url("transcript")
    async with pubsub.http.ws_connect(url, autoping=False) as socket:
        await socket.send_str("hello")
        await until(lambda: handler.named("message"))
        await socket.ping(b"17")
        message = await socket.receive(timeout=20)
        assert (message.type, message.data) == (WSMsgType.PONG, b"17")
        go_on.set()


async def test_a_clean_close_lets_the_queue_drain_before_disconnected(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    go_on = handler.hold("message")
    async with await pubsub.connect("transcript") as socket:
        for text in ("one", "two", "three"):
            await socket.send_str(text)
        await until(lambda: handler.named("message"))
        await socket.close(message=b"that is all")
    assert await pubsub.connections("transcript") == []
    assert handler.named("disconnected") == []
    go_on.set()
    await until(lambda: handler.named("disconnected"))
    assert [seen.body for seen in handler.named("message")] == [b"one", b"two", b"three"]
    assert json.loads(handler.named("disconnected")[0].body) == {"reason": "that is all"}


async def test_a_thousand_frames_are_read_ahead_and_the_rest_waits_without_loss(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    go_on = handler.hold("message")
    async with await pubsub.connect("transcript") as socket:
        for number in range(1_100):
            await socket.send_str(str(number))
        # One is in flight, 1,000 wait, and one more is read and waits for a place.
        await until_async(lambda: _frames(pubsub, 1_002))
        go_on.set()
        await until_async(lambda: _delivered(pubsub, 1_100))
    assert [seen.body for seen in handler.named("message")] == [str(n).encode() for n in range(1_100)]


async def test_a_broken_socket_cuts_off_the_event_in_flight_and_drops_what_is_queued(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    handler.hold("message")
    async with await pubsub.connect("transcript", user_id="session-1") as socket:
        await socket.send_str("in flight")
        await socket.send_str("queued")
        await until_async(lambda: _frames(pubsub, 2))
        await until(lambda: handler.named("message"))
        await pubsub.sim("POST", "connections/drop?hub=transcript&userId=session-1")
        await until(lambda: handler.cut_off == 1)
        assert (await socket.receive(timeout=20)).type in (WSMsgType.CLOSED, WSMsgType.ERROR)
    await until(lambda: handler.named("disconnected"))
    assert [seen.body for seen in handler.named("message")] == [b"in flight"]
    assert json.loads(handler.named("disconnected")[0].body) == {"reason": "The connection ended."}


async def test_connection_state_comes_back_on_later_events_until_it_is_emptied(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    states = iter(["e30=", None, ""])

    async def answer(_: web.Request) -> web.Response:
        state = next(states)
        return web.Response(status=204, headers={} if state is None else {"ce-connectionState": state})

    handler.answer("connect", 204, headers={"ce-connectionState": "from-connect"})
    handler.answers["message"] = answer
    async with await pubsub.connect("transcript") as socket:
        for _ in range(3):
            await socket.send_str("hello")
    await until(lambda: handler.named("disconnected"))
    shown = [seen.headers.get("ce-connectionState") for seen in handler.named("message")]
    assert shown == ["from-connect", "e30=", "e30="]
    assert "ce-connectionState" not in handler.named("disconnected")[0].headers


async def test_a_failed_answer_sets_no_connection_state(pubsub: WebPubSub, handler: EventHandler) -> None:
    handler.answer("message", 400, headers={"ce-connectionState": "lost"})
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("hello")
        await closed_with(socket)
    await until(lambda: handler.named("disconnected"))
    assert "ce-connectionState" not in handler.named("disconnected")[0].headers


async def test_a_state_that_is_not_ascii_makes_every_later_event_fail(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    handler.answer("message", 204, headers={"ce-connectionState": "ü"})
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("one")
        await socket.send_str("two")
        assert (await closed_with(socket))[0] == 1011
    assert [seen.body for seen in handler.named("message")] == [b"one"]


async def test_cookies_of_an_answer_come_back_on_the_same_connection_only(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    handler.answer("connect", 204, headers={"Set-Cookie": "ARRAffinity=host-1; Path=/"})
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("hello")
        await until(lambda: handler.named("message"))
    handler.answer("connect", 204)
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("hello")
        await until(lambda: len(handler.named("message")) == 2)
    assert [seen.headers.get("Cookie") for seen in handler.named("message")] == ["ARRAffinity=host-1", None]


async def test_connect_tells_claims_query_and_headers_but_no_credentials(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    url = await pubsub.client_url("transcript", user_id="session-1", roles=["webpubsub.sendToGroup"])
    headers = {
        "Authorization": "Bearer something else",
        "X-ASRS-Internal-Thing": "1",
        "x-ms-call-connection-id": "abc",
    }
    async with pubsub.http.ws_connect(f"{url}&a=1&a=2", headers=headers, protocols=[JSON, "mine"]):
        pass
    (connect,) = handler.named("connect")
    told = json.loads(connect.body)
    assert told["claims"]["sub"] == ["session-1"]
    assert told["claims"]["role"] == ["webpubsub.sendToGroup"]
    assert told["query"] == {"a": ["1", "2"]}
    assert told["headers"]["x-ms-call-connection-id"] == ["abc"]
    assert told["subprotocols"] == [JSON, "mine"]
    assert told["clientCertificates"] == []
    assert not {"authorization", "x-asrs-internal-thing"} & {name.lower() for name in told["headers"]}
    assert "ce-subprotocol" not in connect.headers


async def test_the_answer_to_connect_says_who_the_client_is(pubsub: WebPubSub, handler: EventHandler) -> None:
    handler.answer(
        "connect",
        200,
        text=json.dumps({"userId": "renamed", "groups": ["b"], "roles": None, "subprotocol": None}),
    )
    async with await pubsub.connect("transcript", user_id="token", groups=["a"]):
        (connection,) = await pubsub.connections("transcript")
    assert (connection["userId"], connection["groups"]) == ("renamed", ["b"])


async def test_empty_values_in_the_answer_to_connect_mean_what_the_service_says(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    handler.answer("connect", 200, text='{"userId": "", "groups": [], "roles": []}')
    token: dict[str, Any] = {"user_id": "u", "groups": ["a"], "roles": ["webpubsub.joinLeaveGroup"]}
    async with await pubsub.connect("transcript", JSON, **token) as socket:
        greeting = await socket.receive_json(timeout=20)
        (connection,) = await pubsub.connections("transcript")
        await socket.send_json({"type": "joinGroup", "group": "b", "ackId": 1})
        ack = await socket.receive_json(timeout=20)
    assert greeting["userId"] is None
    assert (connection["userId"], connection["groups"]) == (None, ["a"])
    assert ack["error"]["name"] == "Forbidden"


@pytest.mark.parametrize("status", [400, 401, 403, 409])
async def test_a_refused_connect_goes_to_the_client_as_the_status_alone(
    pubsub: WebPubSub, handler: EventHandler, status: int
) -> None:
    handler.answer("connect", status, text="a secret reason")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await pubsub.connect("transcript")
    assert refused.value.status == status
    assert [seen.name for seen in handler.seen] == ["connect"]


async def test_a_connect_answer_that_is_not_json_is_a_500(pubsub: WebPubSub, handler: EventHandler) -> None:
    handler.answer("connect", 200, text="welcome")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await pubsub.connect("transcript")
    assert refused.value.status == 500


async def test_a_connect_that_fails_once_is_tried_again(pubsub: WebPubSub, handler: EventHandler) -> None:
    handler.answer_in_turn("connect", 503)
    async with await pubsub.connect("transcript"):
        assert len(handler.named("connect")) == 2


@pytest.mark.parametrize("origin", ["*", "127.0.0.1"])
async def test_a_handler_that_allows_the_host_passes_validation_once(
    pubsub: WebPubSub, handler: EventHandler, origin: str
) -> None:
    handler.allowed_origin = origin
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("hello")
        await until(lambda: handler.named("message"))
    assert handler.validations == ["OPTIONS /events/validate 127.0.0.1"]


@pytest.mark.parametrize("origin", [None, "127.0.0.1:80", "127.0.0.1, other", "other"])
async def test_a_handler_that_does_not_allow_the_host_gets_no_event(
    pubsub: WebPubSub, handler: EventHandler, origin: str | None
) -> None:
    handler.allowed_origin = origin
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await pubsub.connect("transcript")
    assert refused.value.status == 500
    assert handler.seen == []


async def test_validation_goes_by_get_where_options_is_not_found(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    handler.has_no_options = True
    async with await pubsub.connect("transcript"):
        pass
    assert [asked.split()[0] for asked in handler.validations] == ["OPTIONS", "GET"]


async def test_after_a_failed_validation_a_later_event_makes_it_tried_again(
    pubsub: WebPubSub, handler: EventHandler
) -> None:
    handler.allowed_origin = None
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await pubsub.connect("transcript")
    handler.allowed_origin = "*"

    async def connects() -> bool:
        try:
            socket = await pubsub.connect("transcript")
        except aiohttp.WSServerHandshakeError:
            return False
        await socket.close()
        return True

    await until_async(connects)
    assert len(handler.validations) == 2


async def test_a_raw_frame_on_a_hub_without_handler_closes_the_client(pubsub: WebPubSub) -> None:
    async with await pubsub.connect("captions") as socket:
        await socket.send_str("hello")
        assert (await closed_with(socket))[0] == 1011


async def test_a_message_may_be_a_mebibyte_and_no_more(pubsub: WebPubSub, handler: EventHandler) -> None:
    async with await pubsub.connect("transcript") as socket:
        await socket.send_bytes(bytes(1_048_576))
        await until(lambda: handler.named("message"))
        await socket.send_bytes(bytes(1_048_577))
        assert (await closed_with(socket))[0] == 1009
    assert [len(seen.body) for seen in handler.named("message")] == [1_048_576]


async def test_the_fragments_of_a_message_are_summed(pubsub: WebPubSub, handler: EventHandler) -> None:
    async with await pubsub.connect("transcript") as socket:
        assert socket._writer is not None
        for number in range(33):
            socket._writer.transport.write(_fragment(number, bytes(32_768)))
        assert (await closed_with(socket))[0] == 1009
    assert handler.named("message") == []


def _fragment(number: int, data: bytes) -> bytes:
    """A frame without FIN, of a message's first frame or a further one; a mask of zeros changes nothing."""
    opcode = 0x0 if number else 0x2
    return bytes([opcode, 0x80 | 127]) + len(data).to_bytes(8) + bytes(4) + data


async def test_repeated_events_come_twice_with_the_same_id_and_state_and_the_second_answer_counts(
    handler: EventHandler,
) -> None:
    replies = iter(["first", "second"])

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=next(replies))

    handler.answers["message"] = answer
    async with (
        served(handlers={"transcript": handler.url}, repeat_events=True) as pubsub,
        await pubsub.connect("transcript") as socket,
    ):
        await socket.send_str("hello")
        assert await socket.receive_str(timeout=20) == "second"
        assert (await pubsub.counters("transcript"))["eventsDelivered"] == 1
    once, again = handler.named("message")
    assert (once.headers, once.body) == (again.headers, again.body)


async def test_a_status_fault_keeps_a_try_from_the_handler(pubsub: WebPubSub, handler: EventHandler) -> None:
    await pubsub.sim(
        "POST", "faults", {"upstream": {"event": "message", "do": "status", "status": 503, "times": 2}}
    )
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("hello")
        await until_async(lambda: _delivered(pubsub, 1))
    assert len(handler.named("message")) == 1


async def test_a_dropped_answer_brings_the_same_event_again(pubsub: WebPubSub, handler: EventHandler) -> None:
    await pubsub.sim(
        "POST", "faults", {"upstream": {"event": "message", "do": "drop-connection", "times": 1}}
    )
    async with await pubsub.connect("transcript") as socket:
        await socket.send_str("hello")
        await until_async(lambda: _delivered(pubsub, 1))
    assert [seen.headers["ce-id"] for seen in handler.named("message")] == ["2", "2"]


async def _delivered(pubsub: WebPubSub, count: int) -> bool:
    return (await pubsub.counters("transcript"))["eventsDelivered"] == count
