"""`make demo`: every final is stored and captioned once, whatever is done to the deliveries."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from local.api import Api
from local.child_process import PROJECT
from tests.end_to_end.cloud import eventually
from tests.waiting import until

SPEED = "20"
LAST_LINE = re.compile(r"demo: finals spoken=(\d+) stored=(\d+) captioned=(\d+) lost=(\d+) duplicated=(\d+)")
LIVE_LINE = re.compile(r"(\d+) of (\d+) finals came live, (\d+) only by a fetch")
LINES_OF_THE_SAMPLE = 36
BANDWIDTH = ("--provider", "bandwidth")
SLOW = ("--speed", "8")
"""Bandwidth opens no second socket; people must still talk when the transcription has begun anew, seconds later."""
SHORTEST_GAP_MS = 1


@asynccontextmanager
async def running_demo(*options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The demo as a process, its lines to be read as they come; whatever happens, it has ended afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "local", "demo", "--speed", SPEED, *options),
        cwd=PROJECT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def run_demo(*options: str) -> str:
    """What the demo prints; it must succeed."""
    async with running_demo(*options) as process:
        printed, complaints = await process.communicate()
    assert process.returncode == 0, (printed + complaints).decode()
    return printed.decode()


def counts(printed: str) -> tuple[int, ...]:
    """Spoken, stored, captioned, lost, duplicated."""
    found = LAST_LINE.fullmatch(printed.splitlines()[-1])
    assert found is not None, printed
    return tuple(map(int, found.groups()))


def live_counts(printed: str) -> tuple[int, ...]:
    """What came live, what the viewer has in all, what it only fetched."""
    found = LIVE_LINE.fullmatch(printed.splitlines()[-2])
    assert found is not None, printed
    return tuple(map(int, found.groups()))


@pytest.mark.parametrize(
    "options",
    [
        *((), ("--repeat",), ("--hosts", "2", "--repeat")),
        *(BANDWIDTH, (*BANDWIDTH, "--hosts", "2", "--repeat")),
    ],
    ids=" ".join,
)
async def test_the_demo_loses_and_duplicates_nothing(options: tuple[str, ...]) -> None:
    printed = await run_demo(*options)
    spoken, stored, captioned, lost, duplicated = counts(printed)
    assert spoken == stored == captioned == LINES_OF_THE_SAMPLE
    assert (lost, duplicated) == (0, 0)
    assert live_counts(printed) == (LINES_OF_THE_SAMPLE, LINES_OF_THE_SAMPLE, 0)


@pytest.mark.parametrize(
    "options",
    [("--drop",), ("--drop", "--repeat"), (*BANDWIDTH, "--drop", "--repeat", *SLOW)],
    ids=" ".join,
)
async def test_with_the_socket_dropped_in_the_middle_the_gap_shows(options: tuple[str, ...]) -> None:
    printed = await run_demo(*options)
    spoken, stored, captioned, lost, duplicated = counts(printed)
    assert 0 < spoken == stored == captioned
    assert (lost, duplicated) == (0, 0)
    gap = re.search(r"shows a gap of (\d+) ms at (\d+) ms", printed)
    assert gap is not None, printed
    assert int(gap[1]) >= SHORTEST_GAP_MS


async def test_the_demo_fails_when_finals_reach_the_viewer_only_by_a_fetch() -> None:
    async with running_demo() as process, aiohttp.ClientSession() as http:
        logs = await logs_of(process)
        web_pubsub = Api(http, await address_of("web-pubsub", logs))
        await web_pubsub.post("/sim/faults", {"sends": {"times": 1_000_000}})
        await until_received(Api(http, await address_of("call-automation", logs)), lines=4)
        await web_pubsub.post("/sim/faults", {"sends": {"times": 0}})
        printed, complaints = await process.communicate()
    assert process.returncode == 1
    assert counts(printed.decode())[2:] == (LINES_OF_THE_SAMPLE, 0, 0)
    live, had, fetched = live_counts(printed.decode())
    assert fetched >= 3
    assert live + fetched == had == LINES_OF_THE_SAMPLE
    assert f"{fetched} of {had} finals did not come live" in complaints.decode()


async def logs_of(process: asyncio.subprocess.Process) -> Path:
    """The folder of the logs, which the demo's first line names."""
    assert process.stdout is not None
    return Path((await process.stdout.readline()).decode().removeprefix("logs are in ").strip())


async def address_of(process: str, logs: Path) -> str:
    """The address at which a process of the demo serves, once its log tells."""
    await until(lambda: addresses(process, logs))
    return addresses(process, logs)[0]


def addresses(process: str, logs: Path) -> list[str]:
    """None yet, or the one that the log tells."""
    written = "".join(log.read_text() for log in logs.glob(f"{process}.log"))
    return re.findall(r"^ready (\S+)$", written, re.MULTILINE)


async def until_received(calls: Api, lines: int) -> None:
    """Wait until so many finals of the demo's call have reached Web PubSub."""

    async def look() -> bool:
        made = (await calls.get("/sim/calls"))["calls"]
        if not made:
            return False
        spoken = (await calls.get(f"/sim/calls/{made[0]['simId']}"))["spoken"]
        return len([line for line in spoken if line["received"]]) >= lines

    await eventually(look)
