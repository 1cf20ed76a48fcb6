"""`make demo`: every final is stored and captioned once, whatever is done to the deliveries."""

import asyncio
import re
import sys

import pytest

from local.child_process import PROJECT

SPEED = "20"
LAST_LINE = re.compile(r"demo: finals spoken=(\d+) stored=(\d+) captioned=(\d+) lost=(\d+) duplicated=(\d+)")
LINES_OF_THE_SAMPLE = 36
SHORTEST_GAP_MS = 1


async def run_demo(*options: str) -> str:
    """What the demo prints; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "local", "demo", "--speed", SPEED, *options),
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    text = printed.decode()
    assert process.returncode == 0, text
    return text


def counts(printed: str) -> tuple[int, ...]:
    """Spoken, stored, captioned, lost, duplicated."""
    found = LAST_LINE.fullmatch(printed.splitlines()[-1])
    assert found is not None, printed
    return tuple(map(int, found.groups()))


@pytest.mark.parametrize("options", [(), ("--repeat",), ("--hosts", "2", "--repeat")], ids=" ".join)
async def test_the_demo_loses_and_duplicates_nothing(options: tuple[str, ...]) -> None:
    spoken, stored, captioned, lost, duplicated = counts(await run_demo(*options))
    assert spoken == stored == captioned == LINES_OF_THE_SAMPLE
    assert (lost, duplicated) == (0, 0)


@pytest.mark.parametrize("options", [("--drop",), ("--drop", "--repeat")], ids=" ".join)
async def test_with_the_socket_dropped_in_the_middle_the_gap_shows(options: tuple[str, ...]) -> None:
    printed = await run_demo(*options)
    spoken, stored, captioned, lost, duplicated = counts(printed)
    assert 0 < spoken == stored == captioned
    assert (lost, duplicated) == (0, 0)
    gap = re.search(r"shows a gap of (\d+) ms at (\d+) ms", printed)
    assert gap is not None, printed
    assert int(gap[1]) >= SHORTEST_GAP_MS
