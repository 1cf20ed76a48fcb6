"""The stand-in as a process: its command line and its end."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import aiohttp
import pytest
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

from local.ports import free_ports
from tests.local_cloud.web_pubsub_process import JSON, PRIMARY, running_handler, running_web_pubsub
from tests.waiting import until


async def test_hubs_and_handlers_of_the_command_line_serve(tmp_path: Path) -> None:
    async with running_handler() as handler:
        options = ("--hub", "captions", "--hub", "Transcript", "--event-handler", f"Transcript={handler.url}")
        async with (
            running_web_pubsub(tmp_path, *options) as pubsub,
            pubsub.service("captions") as captions,
            await pubsub.connect("captions", JSON, groups=["room"]) as viewer,
            await pubsub.connect("transcript", user_id="session-1") as talker,
        ):
            await talker.send_str("hello")
            await until(lambda: handler.named("message"))
            await viewer.receive(timeout=20)
            await captions.send_to_group("room", {"a": 1})
            assert (await viewer.receive_json(timeout=20))["data"] == {"a": 1}
            assert set(await pubsub.sim("GET", "counters")) == {"captions", "transcript"}


async def test_events_are_repeated_if_the_command_line_says_so(tmp_path: Path) -> None:
    async with running_handler() as handler:
        options = ("--event-handler", f"transcript={handler.url}", "--repeat-events")
        async with (
            running_web_pubsub(tmp_path, *options) as pubsub,
            await pubsub.connect("transcript") as talker,
        ):
            await talker.send_str("hello")
            await until(lambda: len(handler.named("message")) == 2)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_ready_once_and_ends_cleanly_with_clients_and_an_event_in_flight(
    end: signal.Signals,
) -> None:
    (port,) = free_ports(1)
    async with running_handler() as handler, aiohttp.ClientSession() as http:
        go_on = handler.hold("message")
        command = ("-m", "local.web_pubsub", "--port", str(port), "--access-key", PRIMARY)
        more = ("--event-handler", f"transcript={handler.url}")
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, *more, stdout=PIPE, stderr=PIPE
        )
        assert process.stdout is not None
        ready = await process.stdout.readline()
        url = await _client_url(f"http://127.0.0.1:{port}")
        async with http.ws_connect(url) as talker:
            await talker.send_str("hello")
            await until(lambda: handler.named("message"))
            process.send_signal(end)
            close = await talker.receive(timeout=20)
            async with asyncio.timeout(60):
                out, errors = await process.communicate()
        go_on.set()
    assert ready == f"ready http://127.0.0.1:{port}\n".encode()
    assert (process.returncode, out, errors) == (0, b"", b"")
    assert (close.type, close.data) == (aiohttp.WSMsgType.CLOSE, 1001)


async def _client_url(address: str) -> str:
    text = f"Endpoint={address};AccessKey={PRIMARY};Version=1.0;"
    async with WebPubSubServiceClient.from_connection_string(text, "transcript") as service:
        return str((await service.get_client_access_token())["url"])


async def test_a_handler_that_is_no_address_is_refused_on_the_command_line() -> None:
    command = ("-m", "local.web_pubsub", "--port", "0", "--access-key", PRIMARY, "--event-handler", "here")
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stderr=PIPE)
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert b"here is not HUB=URL" in errors
