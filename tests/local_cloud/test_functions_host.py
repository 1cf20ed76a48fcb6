import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from local.ports import free_ports
from tests.local_cloud.functions_host_process import APPS, Host, running_host
from tests.waiting import until

HTTP_APP = APPS / "http_app"


@pytest.fixture(scope="module")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    async with running_host(HTTP_APP, tmp_path_factory.mktemp("host")) as running:
        yield running


async def shown(host: Host, path: str, method: str = "GET", **request: Any) -> Any:
    async with host.client.request(method, host.url + path, **request) as response:
        assert response.status == 200, await response.text()
        return await response.json()


@pytest.mark.parametrize(
    ("method", "path", "function", "route"),
    [
        ("GET", "/api/things/abc", "read_thing", {"id": "abc"}),
        ("PUT", "/api/things/newest", "read_thing", {"id": "newest"}),
        ("GET", "/api/things/17", "read_numbered_thing", {"id": "17"}),
        ("GET", "/api/things/newest", "read_newest_thing", {}),
        ("GET", "/API/Things/NEWEST", "read_newest_thing", {}),
        ("GET", "/api/things/newest/", "read_newest_thing", {}),
        ("POST", "/api/things", "create_thing", {}),
        ("GET", "/api/files/a/b/c.txt", "read_file", {"path": "a/b/c.txt"}),
        ("GET", "/api/files", "read_file", {}),
        ("GET", "/api/reports/2026", "read_report", {"year": "2026"}),
        ("GET", "/api/reports/2026/pdf", "read_report", {"year": "2026", "format": "pdf"}),
    ],
)
async def test_a_request_reaches_the_function_of_its_route(
    host: Host, method: str, path: str, function: str, route: dict[str, str]
) -> None:
    seen = await shown(host, path, method)
    assert (seen["function"], seen["route"], seen["method"]) == (function, route, method)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/unknown"),
        ("GET", "/things/abc"),
        ("DELETE", "/api/things/abc"),
        ("GET", "/api/things"),
        ("HEAD", "/api/things/abc"),
        ("OPTIONS", "/api/things/abc"),
        ("GET", "/api/reports/soon"),
        ("GET", "/api/things/a/b"),
    ],
)
async def test_what_the_app_does_not_declare_is_not_found(host: Host, method: str, path: str) -> None:
    async with host.client.request(method, host.url + path) as response:
        assert (response.status, await response.read()) == (404, b"")


async def test_an_encoded_slash_stays_inside_its_segment(host: Host) -> None:
    url = f"{host.url}/api/things/a%2Fb%20c"
    async with host.client.get(URL(url, encoded=True)) as response:
        assert (await response.json())["route"] == {"id": "a%2Fb c"}


async def test_a_function_sees_the_query_the_headers_and_the_raw_body(host: Host) -> None:
    body = bytes(range(256))
    headers = [("X-Word", "one"), ("X-Word", "two"), ("Content-Encoding", "gzip")]
    seen = await shown(
        host,
        "/api/things?q=a%20b&tag=1&tag=2&empty=",
        "POST",
        data=body,
        headers=headers,
    )
    assert seen["query"] == {"q": "a b", "tag": "1,2", "empty": ""}
    assert seen["headers"]["x-word"] == "one,two"
    assert seen["body"].encode("latin-1") == body
    assert seen["url"] == f"{host.url}/api/things?q=a%20b&tag=1&tag=2&empty="


async def test_a_response_comes_back_with_status_headers_cookies_and_bytes(host: Host) -> None:
    async with host.client.get(f"{host.url}/api/teapot") as response:
        assert (response.status, await response.read()) == (418, b"\x00\xff")
        assert response.headers["X-Pot"] == "tea"
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers.getall("Set-Cookie") == [
            "a=1; max-age=60; path=/api; samesite=strict; httponly",
            "b=2; expires=Wed, 21 Oct 2026 07:28:00 GMT; secure",
        ]


async def test_head_is_answered_without_a_body_where_it_is_declared(host: Host) -> None:
    async with host.client.head(f"{host.url}/api/teapot") as response:
        assert (response.status, await response.read()) == (418, b"")


async def test_a_str_is_plain_text(host: Host) -> None:
    async with host.client.get(f"{host.url}/api/text") as response:
        assert (response.status, await response.text()) == (200, "grüß dich")
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_204_has_no_body(host: Host) -> None:
    assert await host.get("/api/nothing") == (204, "")


async def test_an_exception_is_an_empty_500_and_its_traceback_is_logged_with_the_function(host: Host) -> None:
    assert await host.get("/api/crash") == (500, "")
    await until(lambda: "LookupError: the milk is sour" in host.log())
    assert "The function crash failed." in host.log()


async def test_what_functions_print_and_log_goes_to_the_log_with_their_name(host: Host) -> None:
    assert await host.get("/api/print") == (200, "")
    await until(lambda: "INFO [print_and_log] shop: logged by a function" in host.log())
    assert "printed by a function" in host.log()


async def test_what_the_sdks_log_shows_and_what_the_runtime_library_logs_of_each_invocation_does_not(
    host: Host,
) -> None:
    assert await host.get("/api/print") == (200, "")
    await until(lambda: "INFO [print_and_log] azure.core.pipeline" in host.log())
    assert "INFO [print_and_log] azure.functions" not in host.log()


async def test_a_body_of_a_megabyte_sent_after_100_continue_arrives(host: Host) -> None:
    seen = await shown(host, "/api/things", "POST", data=BytesIO(b"x" * 1_500_000), expect100=True)
    assert len(seen["body"]) == 1_500_000


async def test_the_hosts_own_pages_tell_that_it_runs(host: Host) -> None:
    assert await host.get("/admin/host/ping") == (200, "")
    status, text = await host.get("/admin/host/status")
    assert (status, json.loads(text)["state"]) == (200, "Running")
    assert (await host.get("/"))[0] == 200
    assert (await host.get("/admin/elsewhere"))[0] == 404


async def test_a_client_that_leaves_does_not_cancel_the_function(host: Host, tmp_path: Path) -> None:
    body = str(tmp_path).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(host.url).port)
    writer.write(b"POST /api/slow HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    await until((tmp_path / "started").exists)
    writer.write_eof()
    assert await reader.read() == b""  # the host has seen that the client left
    writer.close()
    await writer.wait_closed()
    (tmp_path / "go on").touch()
    await until((tmp_path / "ended").exists)


async def test_every_running_invocation_ends_before_the_host_does(tmp_path: Path) -> None:
    folders = tmp_path / "first", tmp_path / "second"
    async with running_host(HTTP_APP, tmp_path) as host:
        for folder in folders:
            folder.mkdir()
        requests = [asyncio.create_task(post_slow(host, folder)) for folder in folders]
        for folder in folders:
            await until((folder / "started").exists)
        os.kill(host.process.pid, signal.SIGTERM)
        await until_refused(host.url)
        # The second goes on only once the first is answered: a host that did not wait could not get so far.
        for folder, request in zip(folders, requests, strict=True):
            (folder / "go on").touch()
            assert await request == "slow but sure"
        await host.process.ended()
    assert "Traceback" not in host.log()


async def post_slow(host: Host, folder: Path) -> str:
    async with host.client.post(f"{host.url}/api/slow", data=str(folder)) as response:
        return await response.text()


async def until_refused(url: str) -> None:
    async with asyncio.timeout(60), aiohttp.ClientSession() as client:
        while True:
            try:
                async with client.get(url):
                    pass
            except aiohttp.ClientConnectionError:
                return


async def test_the_route_prefix_of_host_json_counts(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text((HTTP_APP / "function_app.py").read_text())
    (tmp_path / "host.json").write_text('{"extensions": {"http": {"routePrefix": "v1"}}}')
    async with running_host(tmp_path, tmp_path) as host:
        assert (await host.get("/v1/text"))[0] == 200
        assert (await host.get("/api/text"))[0] == 404


async def test_a_function_can_be_switched_off_by_its_setting(tmp_path: Path) -> None:
    async with running_host(HTTP_APP, tmp_path, settings={"AzureWebJobs.text.Disabled": "1"}) as host:
        assert (await host.get("/api/text"))[0] == 404
        assert (await host.get("/api/nothing"))[0] == 204


KEYS = {
    "masterKey": "master",
    "functionKeys": {"default": "of-the-host"},
    "functions": {"locked": {"default": "of-locked", "spare": "spare-of-locked"}},
}


async def test_keys_open_what_they_are_for_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps(KEYS))
    async with running_host(HTTP_APP, tmp_path, "--keys-file", str(tmp_path / "keys.json")) as host:
        admitted = {
            (path, key)
            for path in ("text", "locked", "other-locked", "vault")
            for key in ("", "of-locked", "spare-of-locked", "of-the-host", "master", "wrong", "bäd")
            if (await host.get(f"/api/{path}?code={key}"))[0] == 200
        }
        assert admitted == {
            *(
                ("text", key)
                for key in ("", "of-locked", "spare-of-locked", "of-the-host", "master", "wrong", "bäd")
            ),
            *(("locked", key) for key in ("of-locked", "spare-of-locked", "of-the-host", "master")),
            *(("other-locked", key) for key in ("of-the-host", "master")),
            ("vault", "master"),
        }
        assert await host.get("/api/locked") == (401, "")
        assert (await host.get("/api/locked", **{"x-functions-key": "of-locked"}))[0] == 200
        assert (await host.get("/admin/host/status"))[0] == 401
        assert (await host.get("/admin/host/status?code=master"))[0] == 200
        assert (await host.get("/admin/host/ping"))[0] == 200


async def test_keys_rotate_while_the_host_runs(tmp_path: Path) -> None:
    keys_file = tmp_path / "keys.json"
    keys_file.write_text(json.dumps(KEYS))
    async with running_host(HTTP_APP, tmp_path, "--keys-file", str(keys_file)) as host:
        assert (await host.get("/api/locked?code=of-locked"))[0] == 200
        (tmp_path / "new.json").write_text(
            json.dumps({**KEYS, "functions": {"locked": {"default": "renewed"}}})
        )
        (tmp_path / "new.json").replace(keys_file)
        assert (await host.get("/api/locked?code=of-locked"))[0] == 401
        assert (await host.get("/api/locked?code=renewed"))[0] == 200
        keys_file.write_text("{")
        assert (await host.get("/api/locked?code=renewed"))[0] == 200
        assert "damaged" in host.log()


async def test_without_a_keys_file_no_key_is_asked_for(host: Host) -> None:
    assert await host.get("/api/vault") == (200, "open")


def run_host(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "local.functions_host", *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)  # noqa: S603 - our own module


def serve(app_dir: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run_host("--app-dir", str(app_dir), "--port", str(free_ports(1)[0]), *options)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(None, "cannot be read"), ("{", "damaged"), ("[]", "damaged"), ('{"masterKey": ""}', "damaged")],
)
def test_a_missing_or_damaged_keys_file_is_one_error_and_exit_2(
    tmp_path: Path, content: str | None, complaint: str
) -> None:
    if content is not None:
        (tmp_path / "keys.json").write_text(content)
    ended = serve(HTTP_APP, "--keys-file", str(tmp_path / "keys.json"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert complaint in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


HEAD = "import azure.functions as func\napp = func.FunctionApp()\n"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("import not_installed_anywhere", "No module named 'not_installed_anywhere'"),
        ("raise RuntimeError('the setting TABLES is missing')", "the setting TABLES is missing"),
        ("", "Could not find top level function app instances"),
        (None, "There is no app"),
        (
            HEAD + "@app.route()\ndef a(request: func.HttpRequest) -> str: return ''",
            "declared in Python",
        ),
        (
            HEAD + "@app.route(route='a/{b')\ndef a(req: func.HttpRequest) -> str: return ''",
            "cannot be read",
        ),
        (
            HEAD + "@app.route(route='a/{b:datetime}')\ndef a(req: func.HttpRequest) -> str: return ''",
            "does not know",
        ),
        (
            HEAD
            + "@app.timer_trigger(arg_name='t', schedule='often')\ndef a(t: func.TimerRequest) -> None: pass",
            "'often'",
        ),
        (
            HEAD
            + "@app.timer_trigger(arg_name='t', schedule='%OFTEN%')\ndef a(t: func.TimerRequest) -> None: pass",
            "the setting OFTEN, which is not set",
        ),
        (
            HEAD
            + "@app.queue_trigger(arg_name='m', queue_name='q', connection='c')\n"
            + "def a(m: func.QueueMessage) -> None: pass",
            "does not run",
        ),
    ],
)
def test_an_app_that_cannot_be_indexed_is_told_why_and_exit_1(
    tmp_path: Path, source: str | None, complaint: str
) -> None:
    if source is not None:
        (tmp_path / "function_app.py").write_text(source)
    ended = serve(tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert complaint in ended.stderr


async def test_a_port_that_is_taken_is_a_sentence_and_exit_1(tmp_path: Path) -> None:
    taken = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", free_ports(1)[0])
    async with taken:
        port = taken.sockets[0].getsockname()[1]
        ended = await asyncio.to_thread(run_host, "--app-dir", str(HTTP_APP), "--port", str(port))
    assert ended.returncode == 1
    assert "address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_stdout_holds_the_ready_line_alone_and_sigterm_ends_with_0() -> None:
    port = free_ports(1)[0]
    command = (sys.executable, "-m", "local.functions_host", "--app-dir", str(HTTP_APP), "--port", str(port))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as host:  # noqa: S603 - our own module
        assert host.stdout is not None
        assert host.stdout.readline() == f"ready http://127.0.0.1:{port}\n"
        host.terminate()
        rest, errors = host.communicate(timeout=60)
    assert (host.returncode, rest, errors) == (0, "", "")


async def test_hosts_share_a_port_and_each_has_one_of_its_own(tmp_path: Path) -> None:
    async with (
        running_host(HTTP_APP, tmp_path) as one,
        running_host(HTTP_APP, tmp_path, port=int(one.url.rpartition(":")[2])) as two,
    ):
        assert one.url == two.url
        for _ in range(50):
            async with aiohttp.ClientSession() as client, client.get(f"{one.url}/api/print") as response:
                assert response.status == 200
        await until(lambda: all("printed by" in host.log() for host in (one, two)))
        async with one.client.get(f"{two.own_url}/api/text") as response:
            assert response.status == 200
