"""How the demos wait: for conditions, never for time alone."""

import asyncio
from collections.abc import Awaitable, Callable

from .errors import LocalCloudError

LOOK_SECONDS = 0.05
WAIT_SECONDS = 60


class DemoFailedError(LocalCloudError):
    """Something that a demo waited for did not come."""


async def until(what: str, holds: Callable[[], Awaitable[bool]], seconds: float = WAIT_SECONDS) -> None:
    """Wait until it holds. Raises DemoFailedError after too long."""
    if not await holds_within(seconds, holds):
        raise DemoFailedError(f"After {seconds} s still not: {what}.")


async def holds_within(seconds: float, holds: Callable[[], Awaitable[bool]]) -> bool:
    """Whether it comes to hold in that time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await holds():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(LOOK_SECONDS)
    return True
