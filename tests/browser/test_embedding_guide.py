"""What docs/embedding.md tells embedders to write, as it stands there."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from local.child_process import PROJECT
from local.node import find_node
from local.ports import free_ports
from local.stack import Stack, running_stack
from tests.browser.simulated_call import ANN, Phone
from tests.browser.tab import eventually, note, noted

GUIDE = (PROJECT / "docs" / "embedding.md").read_text()
APP = "https://YOUR-APP.azurewebsites.net"
PYTHON, NODE_JS, HTML, PAGE_JS = re.findall(r"```(?:python|js|html)\n(.*?)```", GUIDE, re.DOTALL)
LETS_IN = {
    "python": PYTHON.replace("return False", "return True"),
    "js": NODE_JS.replace("return false", "return true"),
}
LETS_NOBODY_IN = {"python": PYTHON, "js": NODE_JS}


@pytest.fixture(scope="module")
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory, port: int) -> AsyncIterator[Stack]:
    """A local cloud that asks for keys, and lets the page of the guide's back end in."""
    folder = tmp_path_factory.mktemp("guide")
    async with running_stack(keys=True, cors=[f"http://127.0.0.1:{port}"], run_dir=folder) as stack:
        yield stack


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


@asynccontextmanager
async def back_end(
    code: dict[str, str], kind: str, folder: Path, stack: Stack, port: int
) -> AsyncIterator[None]:
    """The guide's back end with its page, as a process."""
    (folder / "public").mkdir()
    (folder / "public" / "index.html").write_text(HTML)
    script = PAGE_JS.replace(APP, stack.plan.functions_url)
    (folder / "public" / "captions-of-our-call.js").write_text(script)
    program = folder / {"python": "server.py", "js": "server.mjs"}[kind]
    program.write_text(code[kind])
    settings = {"VERBATIM_URL": stack.plan.functions_url, "VERBATIM_KEY": stack.plan.host_key}
    process = await asyncio.create_subprocess_exec(
        {"python": sys.executable, "js": find_node()}[kind],
        str(program),
        cwd=folder,
        env={**os.environ, **settings, "PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await eventually(lambda: answers(port))
        yield
    finally:
        process.terminate()
        await process.wait()


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.mark.parametrize("kind", ["python", "js"])
async def test_a_back_end_starts_gives_access_and_stops(
    guarded: Stack, client: aiohttp.ClientSession, tmp_path: Path, port: int, kind: str
) -> None:
    call = await Phone(guarded, client).call()
    ours = f"http://127.0.0.1:{port}/transcriptions"
    async with back_end(LETS_IN, kind, tmp_path, guarded, port):
        async with client.post(ours, json={"groupCallId": call.group}) as answer:
            assert answer.status == 202
            session_id = (await answer.json())["id"]
        async with client.post(ours, json={"groupCallId": call.group}) as answer:
            assert (await answer.json())["id"] == session_id
        async with client.post(f"{ours}/{session_id}/captions") as answer:
            access = await answer.json()
        assert access["group"] == f"session-{session_id}"
        bearer = {"Authorization": f"Bearer {access['readToken']}"}
        url = f"{guarded.plan.functions_url}/api/captions/{session_id}/transcript"
        async with client.get(url, headers=bearer) as answer:
            assert answer.status == 200
        async with client.post(f"{ours}/{session_id}/stop") as answer:
            assert (await answer.json())["desired"] == "stopped"
        async with client.post(f"{ours}/{'0' * 26}/captions") as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, "not-found")


@pytest.mark.parametrize("kind", ["python", "js"])
async def test_a_back_end_without_a_rule_of_its_own_lets_nobody_in(
    guarded: Stack, client: aiohttp.ClientSession, tmp_path: Path, port: int, kind: str
) -> None:
    ours = f"http://127.0.0.1:{port}/transcriptions"
    async with back_end(LETS_NOBODY_IN, kind, tmp_path, guarded, port):
        for path in ("", f"/{'0' * 26}/captions", f"/{'0' * 26}/stop"):
            async with client.post(ours + path, json={"groupCallId": "any"}) as answer:
                assert answer.status == 403


async def test_the_page_shows_what_is_said(
    guarded: Stack, client: aiohttp.ClientSession, browser: Browser, tmp_path: Path, port: int
) -> None:
    call = await Phone(guarded, client).call()
    async with back_end(LETS_IN, "python", tmp_path, guarded, port):
        ours = f"http://127.0.0.1:{port}"
        async with client.post(f"{ours}/transcriptions", json={"groupCallId": call.group}) as answer:
            session_id = (await answer.json())["id"]
        page = await browser.new_page()
        await page.goto(f"{ours}/index.html?session={session_id}")
        await expect(page.locator("#state")).to_have_text("active")
        await note(page, "#interims")
        await call.speak(ANN, "Good morning <b>all</b>.", duration=1500)
        await expect(page.locator("#lines li")).to_have_text("Ann: Good morning <b>all</b>.")
        await expect(page.locator("#interims li")).to_have_count(0)
        before_it = [words for words, finals in await noted(page, "#interims") if finals == 0]
        assert any("good morning" in words for words in before_it)
        key = {"x-functions-key": guarded.plan.host_key}
        async with client.delete(
            f"{guarded.plan.functions_url}/api/sessions/{session_id}", headers=key
        ) as answer:
            assert answer.status == 202
        await expect(page.locator("#state")).to_contain_text("It was erased")
        await page.close()
