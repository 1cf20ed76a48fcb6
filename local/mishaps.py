"""What goes wrong in the demo with faults, when, and in words."""

import asyncio
import time
from typing import Protocol

from .api import Api
from .child_process import ChildProcess
from .demo_waiting import until
from .stack import Stack

STANDSTILL_SECONDS = 5
LONGEST_SECONDS = 180
BEGUN_AT_THE_FIRST_KILL = 3
TOO_MANY_REQUESTS, UNAVAILABLE = 429, 503
WHILE_CALLS_BEGIN = (
    ("connect", TOO_MANY_REQUESTS, 2),
    ("connect", UNAVAILABLE, 1),
    ("create", UNAVAILABLE, 1),
    ("answer", TOO_MANY_REQUESTS, 1),
    ("add-participant", UNAVAILABLE, 1),
    ("start", TOO_MANY_REQUESTS, 2),
    ("start", UNAVAILABLE, 2),
)
WHILE_CALLS_END = (("stop", TOO_MANY_REQUESTS, 2), ("stop", UNAVAILABLE, 1), ("hang-up", UNAVAILABLE, 2))


class Progress(Protocol):
    """How far the calls are."""

    def begun(self) -> int:
        """How many calls have their session."""
        ...

    async def silent(self) -> int:
        """How many calls have not been heard yet."""
        ...

    async def said(self) -> float:
        """How much of all words has arrived, from 0 to 1."""
        ...


class Diary:
    """Lines for people to read, with the time since the demo began."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def note(self, line: str) -> None:
        """Write a line."""
        seconds = int(time.monotonic() - self.began)
        print(f"{seconds // 60:02d}:{seconds % 60:02d}  {line}", flush=True)


async def disturb_from_the_start(stack: Stack, calls: Api, diary: Diary) -> None:
    """Callbacks and events that come twice and in any order, from now to the end; and ACS busy at first."""
    event_grid, web_pubsub = (
        Api(calls.http, url) for url in (stack.plan.event_grid_url, stack.plan.web_pubsub_url)
    )
    await calls.post("/sim/faults", {"callbacks": {"repeat": 0.5, "shuffle": 1500}})
    await until("Event Grid is allowed to send", lambda: is_subscribed(event_grid))
    await event_grid.post("/sim/faults", {"repeat": 0.5, "shuffle": 1500})
    await web_pubsub.post("/sim/faults", {"repeatEvents": True})
    diary.note("from now on ACS and Event Grid send every other callback and event twice, up to 1.5 s late,")
    diary.note("so that they overtake each other; and Web PubSub sends each of its events twice")
    await be_busy(calls, WHILE_CALLS_BEGIN)
    diary.note("ACS is busy: it answers 429 or 503 to some of the next joins, calls, answers and starts")


async def is_subscribed(event_grid: Api) -> bool:
    """Whether every endpoint has agreed to get events; what comes before that is nobody's."""
    subscriptions = (await event_grid.get("/sim/subscriptions"))["subscriptions"]
    return all(one["validated"] for one in subscriptions)


async def be_busy(calls: Api, refusals: tuple[tuple[str, int, int], ...]) -> None:
    """ACS answers the next requests of some operations with these statuses, so many times."""
    for operation, status, times in refusals:
        fault = {"operation": operation, "do": "status", "status": status, "times": times}
        await calls.post("/sim/faults", fault)


async def let_things_go_wrong(stack: Stack, calls: Api, progress: Progress, diary: Diary) -> None:
    """One mishap after the other while people talk."""
    await until_begun(progress, BEGUN_AT_THE_FIRST_KILL)
    await kill_and_start(stack.hosts[0], diary)
    await until_said(progress, 0.25)
    await stand_still(stack.azurite, diary)
    await until_said(progress, 0.5)
    for host in reversed(stack.hosts):
        await kill_and_start(host, diary)
    await be_busy(calls, WHILE_CALLS_END)
    diary.note("ACS will be busy again when it is to stop and to hang up")
    silent = await progress.silent()
    if silent:
        diary.note(
            f"{silent} of the calls not heard yet: their host died over the start, and another takes over soon"
        )


async def until_begun(progress: Progress, calls: int) -> None:
    """Wait until that many calls have their session, while others are about to get one."""

    async def have_begun() -> bool:
        return progress.begun() >= calls

    await until(f"{calls} calls have their session", have_begun)


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
