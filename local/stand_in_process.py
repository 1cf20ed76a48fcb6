"""A stand-in as a process of its own: it says when it is ready, and ends when it is told to."""

import asyncio
import logging
import signal
import sys
from contextlib import AbstractAsyncContextManager


def serve_until_stopped(
    name: str, serving: AbstractAsyncContextManager[str], *, log_level: int = logging.WARNING
) -> None:
    """Print `ready <address>` when it serves, end with SIGTERM or SIGINT; the log goes to stderr."""
    logging.basicConfig(level=log_level, stream=sys.stderr, format=f"{name} %(levelname)s %(message)s")
    asyncio.run(_serve(serving))


async def _serve(serving: AbstractAsyncContextManager[str]) -> None:
    asked_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
    async with serving as address:
        print(f"ready {address}", flush=True)
        await asked_to_stop.wait()
