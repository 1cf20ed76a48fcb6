import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import aiohttp

from local.api import Api
from local.child_process import PROJECT
from tests.end_to_end.cloud import eventually

PATIENCE_SECONDS = 60


@asynccontextmanager
async def make_run() -> AsyncIterator[asyncio.subprocess.Process]:
    command = (sys.executable, "-m", "local", "run", "--speed", "60")
    run = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, stdout=asyncio.subprocess.PIPE)
    try:
        yield run
    finally:
        if run.returncode is None:
            run.kill()
        await run.communicate()


async def lines_until(run: asyncio.subprocess.Process, words: str, times: int) -> list[str]:
    assert run.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(words in line for line in lines) < times:
            line = (await run.stdout.readline()).decode()
            assert line, f"it ended: {lines}"
            lines.append(line)
    return lines


async def test_the_people_in_the_sample_call_go_on_talking_until_ctrl_c() -> None:
    async with make_run() as run:
        told = await lines_until(run, "Good morning, you two.", times=2)
        assert any("/app#/sessions/" in line for line in told)
        run.send_signal(signal.SIGINT)
        rest, _ = await run.communicate()
        assert rest.decode().endswith("everything has ended\n")
        assert run.returncode == 0
        pids = [int(line.split("pid ")[1].rstrip(")\n")) for line in told if "is ready (pid" in line]
        assert len(pids) == 6
        assert not any(is_alive(pid) for pid in pids)


async def test_calls_wait_for_whoever_types_them_into_the_page() -> None:
    async with make_run() as run, aiohttp.ClientSession() as http:
        told = "".join(await lines_until(run, "Ctrl-C ends everything.", times=1))
        functions = Api(http, found(r"Open (http\S+)/app#/sessions/", told))
        group = found(r"the group call (\S+),", told)
        phone, shown = (found(rf"at Bandwidth:.* {word} (\+\d+)", told) for word in ("ring", "show"))
        calls = ({"groupCallId": group}, {"bandwidth": {"to": phone, "from": shown}})
        started = [await functions.post("/api/sessions", {"call": call}) for call in calls]
        for session in started:
            await eventually(partial(says_good_morning, functions, session["id"]))


def found(pattern: str, told: str) -> str:
    match = re.search(pattern, told)
    assert match is not None, told
    return match[1]


async def says_good_morning(functions: Api, session_id: str) -> bool:
    transcript = await functions.get(f"/api/sessions/{session_id}/transcript")
    return any(segment.get("text", "").startswith("Good morning") for segment in transcript["segments"])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
