"""What can go wrong in the demos with faults, and how it is told."""

import asyncio
import time
from typing import Protocol

from .api import Api
from .child_process import ChildProcess
from .demo_waiting import until

STANDSTILL_SECONDS = 5
LONGEST_SECONDS = 180
TOO_MANY_REQUESTS, UNAVAILABLE = 429, 503


class Progress(Protocol):
    """How far the calls are."""

    def begun(self) -> int:
        """How many calls have their session."""
        ...

    async def silent(self) -> int:
        """How many calls have not been heard yet."""
        ...

    async def said(self) -> float:
        """How much of all words was said, from 0 to 1."""
        ...


class Diary:
    """Lines for people to read, with the time since the demo began."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def note(self, line: str) -> None:
        """Write a line."""
        seconds = int(time.monotonic() - self.began)
        print(f"{seconds // 60:02d}:{seconds % 60:02d}  {line}", flush=True)


async def be_busy(calls: Api, refusals: tuple[tuple[str, int, int], ...]) -> None:
    """The stand-in answers the next requests of some operations with these statuses, so many times."""
    for operation, status, times in refusals:
        fault = {"operation": operation, "do": "status", "status": status, "times": times}
        await calls.post("/sim/faults", fault)


async def until_begun(progress: Progress, calls: int) -> None:
    """Wait until that many calls have their session, while others are about to get one."""

    async def have_begun() -> bool:
        return progress.begun() >= calls

    await until(f"{calls} calls have their session", have_begun)


async def until_heard(progress: Progress) -> None:
    """Wait until every call was heard."""

    async def is_heard() -> bool:
        return not await progress.silent()

    await until("every call was heard", is_heard, LONGEST_SECONDS)


async def until_said(progress: Progress, share: float) -> None:
    """Wait until that much was said."""

    async def is_said() -> bool:
        return await progress.said() >= share

    await until(f"{share:.0%} of all words are said", is_said, LONGEST_SECONDS)


async def kill_and_start(host: ChildProcess, diary: Diary) -> None:
    """A function host dies with all that it is about to do, and comes back."""
    await host.kill()
    diary.note(f"{host.name} was killed (SIGKILL), whatever it was about to do")
    await host.start()
    diary.note(f"{host.name} is back")


async def stand_still(azurite: ChildProcess, diary: Diary) -> None:
    """Table Storage answers nobody for some seconds."""
    diary.note(f"Table Storage stands still for {STANDSTILL_SECONDS} s (SIGSTOP)")
    azurite.pause()
    await asyncio.sleep(STANDSTILL_SECONDS)  # this is the mishap: its length is what it is about
    azurite.resume()
    diary.note("Table Storage goes on (SIGCONT)")
