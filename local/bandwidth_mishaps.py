"""What goes wrong for calls of Bandwidth in the demo with faults, and when."""

import asyncio

from .api import Api
from .mishaps import (
    TOO_MANY_REQUESTS,
    UNAVAILABLE,
    Diary,
    Progress,
    be_busy,
    kill_and_start,
    stand_still,
    until_heard,
    until_said,
)
from .stack import Stack

WHILE_CALLS_BEGIN = (
    ("create", TOO_MANY_REQUESTS, 2),
    ("create", UNAVAILABLE, 2),
    ("replace-bxml", TOO_MANY_REQUESTS, 2),
    ("replace-bxml", UNAVAILABLE, 1),
)
TRANSCRIPTIONS_FAIL = (("start-transcription", "connection-error"), ("transcribe", "error"))
IN_THE_MIDDLE = (("replace-bxml", TOO_MANY_REQUESTS, 2), ("replace-bxml", UNAVAILABLE, 2))


async def disturb_from_the_start(stack: Stack, calls: Api, diary: Diary) -> None:
    """Webhooks that come twice and in any order, from now to the end; Bandwidth busy at first, and failing twice."""
    await calls.post("/sim/faults", {"webhooks": {"repeat": 0.5, "shuffle": 1500}})
    await Api(calls.http, stack.plan.web_pubsub_url).post("/sim/faults", {"repeatEvents": True})
    diary.note(
        "from now on Bandwidth sends every other webhook twice, up to 1.5 s late, so that they overtake each"
    )
    diary.note("other; and Web PubSub sends each of its events twice")
    await be_busy(calls, WHILE_CALLS_BEGIN)
    diary.note("Bandwidth is busy: it answers 429 or 503 to some of the next calls and scripts")
    for operation, cause in TRANSCRIPTIONS_FAIL:
        await calls.post("/sim/faults", {"operation": operation, "do": "cause", "cause": cause})
    diary.note("one transcription will be rejected, and one will break as soon as it has begun")


async def let_things_go_wrong(stack: Stack, calls: Api, progress: Progress, diary: Diary) -> None:
    """One mishap after the other while people talk; none before all were heard.

    Bandwidth asks once what a call shall do that was answered, so a host that dies over that question costs the call.
    """
    await until_heard(progress)
    await kill_and_start(stack.hosts[0], diary)
    await until_said(progress, 0.25)
    await stand_still(stack.azurite, diary)
    await be_busy(calls, IN_THE_MIDDLE)
    diary.note("Bandwidth will be busy again when the next transcriptions are stopped and started")
    await until_said(progress, 0.5)
    await kill_all_and_start(stack, diary)


async def kill_all_and_start(stack: Stack, diary: Diary) -> None:
    """Nobody is there for a moment: webhooks are sent once more, a second later, and Web PubSub tries again."""
    await asyncio.gather(*(host.kill() for host in stack.hosts))
    diary.note(
        "all function hosts were killed at once (SIGKILL): webhooks find nobody, and are sent a second time"
    )
    await asyncio.gather(*(host.start() for host in stack.hosts))
    diary.note("they are back")
