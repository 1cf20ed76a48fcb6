"""What goes wrong for calls of ACS in the demo with faults, and when."""

from .api import Api
from .demo_waiting import until
from .mishaps import (
    TOO_MANY_REQUESTS,
    UNAVAILABLE,
    Diary,
    Progress,
    be_busy,
    kill_and_start,
    stand_still,
    until_begun,
    until_said,
)
from .stack import Stack

BEGUN_AT_THE_FIRST_KILL = 3
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
