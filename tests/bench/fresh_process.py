"""A Python process that does one thing from a cold start."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from local.child_process import PROJECT
from local.stack_plan import app_settings, make_plan
from tests.bench.figures import BenchBrokenError


def lone_settings() -> dict[str, str]:
    """App settings for a process that never talks to the cloud they name."""
    return app_settings(make_plan(1, keys=False)) | {"INTERIM_INTERVAL_MS": "0"}


@asynccontextmanager
async def running(
    arguments: tuple[str, ...], settings: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m …` in the project's folder, its stdout in a pipe; it ends with the block."""
    # Byte code is kept between starts, whatever this machine's habit: without it Python compiles the app's source
    # each time, but not that of the installed libraries.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        cwd=PROJECT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def output_of(arguments: tuple[str, ...], settings: Mapping[str, str]) -> bytes:
    """What the process prints. Raises BenchBrokenError if it fails."""
    async with running(arguments, settings) as process:
        output, _ = await process.communicate()
    if process.returncode != 0:
        raise BenchBrokenError(f"{arguments[0]} ended with {process.returncode}.")
    return output
