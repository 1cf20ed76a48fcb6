"""The real JavaScript client, which the page uses, against the stand-in."""

import asyncio
import json
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.local_cloud.web_pubsub_process import WebPubSub, running_handler, served

HERE = Path(__file__).parent
MODULE = HERE.parent.parent / "local" / "node_modules" / "@azure" / "web-pubsub-client"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    NODE is None or not MODULE.exists(),
    reason="NOT CHECKED: the JavaScript client needs node and `npm ci` in local/",
)

ALL_ROLES = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]


@dataclass(frozen=True, slots=True)
class JsClient:
    """A node process that obeys and tells, a JSON object a line."""

    process: Process

    async def next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            return dict(json.loads(await self.process.stdout.readline()))

    async def order(self, name: str, **given: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": name} | given).encode() + b"\n")
        await self.process.stdin.drain()

    async def does(self, name: str, **given: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """How a command ended, and what was told before its end."""
        await self.order(name, **given)
        before = []
        while (told := await self.next())["event"] not in ("done", "failed"):
            before.append(told)
        return told, before


@asynccontextmanager
async def js_client(
    pubsub: WebPubSub, kind: str, hub: str = "captions", **token: Any
) -> AsyncIterator[JsClient]:
    url = await pubsub.client_url(hub, **token)
    assert NODE is not None
    script = str(HERE / "js_client.mjs")
    process = await asyncio.create_subprocess_exec(NODE, script, url, kind, stdin=PIPE, stdout=PIPE)
    try:
        yield JsClient(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(20):
            await process.wait()


@pytest.fixture
async def pubsub() -> AsyncIterator[WebPubSub]:
    async with served() as running:
        yield running


@pytest.mark.parametrize("kind", ["plain", "reliable"])
async def test_the_js_client_joins_sends_receives_and_leaves(pubsub: WebPubSub, kind: str) -> None:
    async with js_client(pubsub, kind, user_id="ann", roles=ALL_ROLES) as client:
        connected = await client.next()
        assert (connected["event"], connected["userId"]) == ("connected", "ann")
        assert (await client.does("join", group="room"))[0] == {"event": "done", "of": "join"}
        _, heard = await client.does("send", group="room", data={"a": "ü"})
        _, binary = await client.does("sendBinary", group="room", hex="00ff")
        _, spared = await client.does("send", group="room", data=1, noEcho=True)
        await client.does("leave", group="room")
        _, nothing = await client.does("send", group="room", data=2)
    assert [(each["data"], each["fromUserId"], each["group"]) for each in heard] == [
        ({"a": "ü"}, "ann", "room")
    ]
    assert [(each["dataType"], each["data"]) for each in binary] == [("binary", "00ff")]
    assert (spared, nothing) == ([], [])
    assert heard[0].get("sequenceId") == (1 if kind == "reliable" else None)


async def test_a_js_viewer_without_roles_hears_its_group_and_may_do_nothing_else(pubsub: WebPubSub) -> None:
    async with js_client(pubsub, "plain", groups=["room"]) as client, pubsub.service("captions") as service:
        await client.next()
        for asked in ("join", "leave", "send"):
            told, _ = await client.does(asked, group="room", data=1)
            assert (told["event"], told["error"]) == ("failed", "Forbidden")
        await service.send_to_group("room", {"final": True})
        heard = await client.next()
    assert (heard["event"], heard["data"]) == ("group-message", {"final": True})


async def test_a_reliable_js_client_recovers_without_loss_when_its_socket_breaks(pubsub: WebPubSub) -> None:
    async with (
        js_client(pubsub, "reliable", groups=["room"]) as client,
        pubsub.service("captions") as service,
    ):
        connection_id = (await client.next())["connectionId"]
        for number in range(30):
            if number in (5, 20):
                await pubsub.sim("POST", f"connections/{connection_id}/drop")
            await service.send_to_group("room", {"n": number})
        heard = [await client.next() for _ in range(30)]
        (connection,) = await pubsub.connections("captions")
    assert [each["data"]["n"] for each in heard] == list(range(30))
    assert connection["connectionId"] == connection_id


async def test_a_plain_js_client_reconnects_as_a_new_connection(pubsub: WebPubSub) -> None:
    async with js_client(pubsub, "plain", groups=["room"]) as client:
        first = await client.next()
        await pubsub.sim("POST", f"connections/{first['connectionId']}/drop")
        assert (await client.next())["event"] == "disconnected"
        second = await client.next()
    assert second["event"] == "connected"
    assert second["connectionId"] != first["connectionId"]


async def test_the_js_client_raises_events_and_hears_the_handler() -> None:
    async with running_handler() as handler, served(handlers={"talk": handler.url}) as pubsub:
        handler.answer("question", 200, text="42")
        async with js_client(pubsub, "reliable", hub="talk", user_id="ann") as client:
            await client.next()
            told, heard = await client.does("raise", event="question", data={"what": "?"})
            await client.does("stop")
    assert told["event"] == "done"
    assert [(each["event"], each["data"]) for each in heard] == [("server-message", "42")]
    assert [json.loads(seen.body) for seen in handler.named("question")] == [{"what": "?"}]
