"""`python -m local demo --faults`: ten calls of every kind, while everything goes wrong that may.

Callbacks and events come twice and out of order, ACS is busy, function hosts are killed, Table Storage stands still.
At the end every word that ACS said must be stored and captioned once, every call be over, no bot of ours in any, and
every session at its end. *Captioned* is what a viewer has after merging, by live captions and by fetches: a host that
dies between storing a final and sending it leaves the sending to nobody, and the viewer notices the gap.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from .api import Api
from .demo_count import NOTHING, Count, count_spoken, count_stored, has_ended, read_transcript
from .demo_waiting import WAIT_SECONDS, DemoFailedError, holds_within, until
from .mishaps import Diary, disturb_from_the_start, let_things_go_wrong
from .patient_api import PatientApi
from .sample_calls import ANSWER_RULES, KINDS, Apis, Kind
from .sample_meeting import Meeting, describe, words_in
from .stack import Stack, running_stack
from .viewer import Viewer

HOSTS = 2
LONGEST_SECONDS = 180
ENDS = frozenset({"stopped", "failed"})


@dataclass(frozen=True)
class Attended:
    """A meeting that somebody reads along."""

    kind: Kind
    meeting: Meeting
    viewer: Viewer


@dataclass(frozen=True)
class Stage:
    """Where it happens; `attended` are the meetings so far."""

    stack: Stack
    apis: Apis
    diary: Diary
    attended: list[Attended]


async def faulty_demo(speed: float) -> bool:
    """Run the demo; whether nothing was lost or duplicated, and everything is over. Raises LocalCloudError."""
    settings = {"ANSWER_RULES": json.dumps(ANSWER_RULES)}
    async with (
        running_stack(hosts=HOSTS, keys=True, settings=settings, progress=print) as stack,
        aiohttp.ClientSession() as http,
    ):
        functions = PatientApi(http, stack.plan.functions_url, stack.plan.host_key)
        apis = Apis(functions, Api(http, stack.plan.call_automation_url))
        count = await run_calls(Stage(stack, apis, Diary(), []), speed)
    print(count.how_they_came())
    print(count, flush=True)
    return count.lost == 0 and count.duplicated == 0


async def run_calls(stage: Stage, speed: float) -> Count:
    """The calls from their start to the count. Raises DemoFailedError."""
    stage.diary.note(f"{len(KINDS)} calls begin, on {HOSTS} function hosts that ask for keys")
    await disturb_from_the_start(stage.stack, stage.apis.calls, stage.diary)
    async with AsyncExitStack() as viewers:
        meetings = [attend(stage, kind, viewers, speed) for kind in KINDS]
        mishaps = let_things_go_wrong(stage.stack, stage.apis.calls, Progress(stage), stage.diary)
        await all_of([*meetings, mishaps])
        stage.diary.note("everything is said: half of the sessions are stopped, then everybody hangs up")
        await all_of(end(stage, one, number) for number, one in enumerate(stage.attended))
        await check_over(stage)
        counts = [await count_one(stage.apis, one) for one in stage.attended]
    total = NOTHING
    for count in counts:
        total = total.with_more(count)
    return total


async def all_of(works: Iterable[Awaitable[None]]) -> None:
    """All of it at once; the first failure ends the rest and is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


# --- a call from its start to its last word


async def attend(stage: Stage, kind: Kind, viewers: AsyncExitStack, speed: float) -> None:
    """Bring a call about, read it along, and wait until its last word has arrived."""
    meeting = await kind.open(stage.apis, speed)
    viewer = await viewers.enter_async_context(watching(stage.apis, meeting))
    one = Attended(kind, meeting, viewer)
    stage.attended.append(one)
    stage.diary.note(f"there is a session for {kind.name}")

    async def is_said() -> bool:
        return await words_received(stage.apis, meeting) >= meeting.words

    await until(f"everything is said in {kind.name}", is_said, LONGEST_SECONDS)


@asynccontextmanager
async def watching(apis: Apis, meeting: Meeting) -> AsyncIterator[Viewer]:
    """A viewer who reads along until the end."""
    viewer = Viewer(apis.functions, meeting.session_id)
    joined = asyncio.Event()
    task = asyncio.create_task(viewer.watch(joined))
    try:
        waiting = asyncio.create_task(joined.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        yield viewer
        if task.done():
            await task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def words_received(apis: Apis, meeting: Meeting) -> int:
    """How many words of a call have arrived at Web PubSub."""
    spoken = (await describe(apis.calls, meeting))["spoken"]
    return words_in(line for line in spoken if line["received"])


@dataclass(frozen=True)
class Progress:
    """How far the calls on a stage are."""

    stage: Stage

    def begun(self) -> int:
        """How many have their session."""
        return len(self.stage.attended)

    async def silent(self) -> int:
        """How many have not been heard yet."""
        received = [await words_received(self.stage.apis, one.meeting) for one in self.stage.attended]
        return len(KINDS) - sum(map(bool, received))

    async def said(self) -> float:
        """How much of all that is to be said has arrived, from 0 to 1."""
        attended = self.stage.attended
        received = [await words_received(self.stage.apis, one.meeting) for one in attended]
        words = max((one.meeting.words for one in attended), default=1)
        return sum(received) / (len(KINDS) * words)


# --- the end


async def end(stage: Stage, one: Attended, number: int) -> None:
    """Stop the session of every other call, then everybody hangs up; nothing of ours is left in it."""
    apis, meeting, name = stage.apis, one.meeting, one.kind.name
    if number % 2:
        await apis.functions.post(f"/api/sessions/{meeting.session_id}/stop")
        await until(f"the session is stopped: {name}", lambda: is_over(apis, one))
    if (await apis.calls.get(f"/sim/calls/{meeting.sim_id}"))["endedAt"] is None:
        await apis.calls.post(f"/sim/calls/{meeting.sim_id}/hangup")
    await until(f"the session is over: {name}", lambda: is_over(apis, one))
    await until(f"the transcript has ended: {name}", lambda: has_ended(apis.functions, meeting))


async def is_over(apis: Apis, one: Attended) -> bool:
    """Whether the session has come to its end. Raises DemoFailedError if it failed."""
    session = await apis.functions.get(f"/api/sessions/{one.meeting.session_id}")
    if session["state"] == "failed":
        raise DemoFailedError(f"The session failed: {one.kind.name}: {session['error']}")
    return bool(session["state"] == "stopped")


async def check_over(stage: Stage) -> None:
    """Raise DemoFailedError if any call goes on, one of our bots is in it, or a session does not end.

    A session whose host died over it is carried on when its lease is over, which takes most of a minute.
    """
    calls = [call["simId"] for call in (await stage.apis.calls.get("/sim/calls"))["calls"]]
    await until("every call is over, and no bot of ours is in it", lambda: are_over(stage.apis, calls))
    stage.diary.note(f"all {len(calls)} calls are over, and no bot is in any")
    await until("every session has ended", lambda: have_ended(stage.apis), LONGEST_SECONDS)
    stage.diary.note("every session has ended, also those of calls that nobody answered in time")


async def have_ended(apis: Apis) -> bool:
    """Whether no session goes on, whoever began it."""
    sessions = (await apis.functions.get("/api/sessions?limit=100"))["sessions"]
    return all(session["state"] in ENDS for session in sessions)


async def are_over(apis: Apis, calls: list[str]) -> bool:
    """Whether these calls have ended for everybody."""
    found = [await apis.calls.get(f"/sim/calls/{call}") for call in calls]
    gone = all(one["state"] == "disconnected" for call in found for one in call["connections"])
    return gone and all(call["endedAt"] for call in found)


async def count_one(apis: Apis, one: Attended) -> Count:
    """The finals of one call, once its viewer has looked for what it may have missed."""
    spoken = count_spoken(await describe(apis.calls, one.meeting), one.meeting)
    lines = await read_transcript(apis.functions, one.meeting)
    ids = {line["segmentId"] for line in lines if "gap" not in line}
    one.viewer.behind.set()  # as the page does when a transcript has ended

    async def has_all() -> bool:
        return ids <= one.viewer.finals.keys()

    await holds_within(WAIT_SECONDS, has_all)  # if not, the count tells
    return Count(spoken, count_stored(lines), one.viewer.shown, len(one.viewer.live))
