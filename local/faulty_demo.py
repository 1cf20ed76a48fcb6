"""`python -m local demo --faults`: ten calls of every kind, while everything goes wrong that may.

Callbacks and events come twice and out of order, the provider of the calls is busy, function hosts are killed, Table
Storage stands still. At the end every word that was said to us must be stored and captioned once, every call be over,
nothing of ours in any, and every session at its end. *Captioned* is what a viewer has after merging, by live captions
and by fetches: a host that dies between storing a final and sending it leaves the sending to nobody, and the viewer
notices the gap.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from .api import Api
from .demo_count import (
    NOTHING,
    Count,
    count_spoken,
    count_stored,
    has_ended,
    read_transcript,
    words_unheard,
)
from .demo_trial import Trial
from .demo_waiting import WAIT_SECONDS, DemoFailedError, holds_within, until
from .mishaps import Diary
from .patient_api import PatientApi
from .sample_calls import Apis, Kind
from .sample_meeting import Meeting, describe, words_in
from .stack import Stack
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
    """Where it happens, and with which calls; `attended` are the meetings so far."""

    trial: Trial
    kinds: tuple[Kind, ...]
    stack: Stack
    apis: Apis
    diary: Diary
    attended: list[Attended]


async def faulty_demo(speed: float, trial: Trial) -> bool:
    """Run the demo; whether nothing was lost or duplicated, and everything is over. Raises LocalCloudError."""
    settings = {"ANSWER_RULES": json.dumps(trial.rules)}
    async with (
        trial.provider.running(hosts=HOSTS, keys=True, settings=settings, progress=print) as stack,
        trial.kinds(stack.plan) as kinds,
        aiohttp.ClientSession() as http,
    ):
        functions = PatientApi(http, stack.plan.functions_url, stack.plan.host_key)
        calls, web_pubsub = trial.provider.address(stack.plan), stack.plan.web_pubsub_url
        apis = Apis(functions, Api(http, calls), Api(http, web_pubsub))
        count = await run_calls(Stage(trial, kinds, stack, apis, Diary(), []), speed)
    print(count.how_they_came())
    print(count, flush=True)
    return count.lost == 0 and count.duplicated == 0


async def run_calls(stage: Stage, speed: float) -> Count:
    """The calls from their start to the count. Raises DemoFailedError."""
    trial, calls = stage.trial, stage.apis.calls
    stage.diary.note(f"{len(stage.kinds)} calls begin, on {HOSTS} function hosts that ask for keys")
    await trial.disturb(stage.stack, calls, stage.diary)
    async with AsyncExitStack() as viewers:
        meetings = [attend(stage, kind, viewers, speed) for kind in stage.kinds]
        mishaps = trial.mishaps(stage.stack, calls, Progress(stage), stage.diary)
        await all_of([*meetings, mishaps])
        stage.diary.note("everything is said: half of the sessions are stopped, then everybody hangs up")
        await all_of(end(stage, one, number) for number, one in enumerate(stage.attended))
        await check_over(stage)
        return await count_all(stage)


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

    await until(f"half is said in {kind.name}", lambda: is_half_said(stage, meeting), LONGEST_SECONDS)
    await kind.midway(stage.apis, meeting)
    await until(f"everything is said in {kind.name}", lambda: is_said(stage, meeting), LONGEST_SECONDS)


async def is_half_said(stage: Stage, meeting: Meeting) -> bool:
    """Whether a call is past its middle, and was heard."""
    spoken = (await describe(stage.apis.calls, meeting))["spoken"]
    return words_in(spoken) * 2 >= meeting.words and any(part["received"] for part in spoken)


async def is_said(stage: Stage, meeting: Meeting) -> bool:
    """Whether everything is said in a call, and no final of it is still to come."""
    call = await describe(stage.apis.calls, meeting)
    return words_in(call["spoken"]) >= meeting.words and not stage.trial.provider.awaits(call)


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


@dataclass(frozen=True)
class Progress:
    """How far the calls on a stage are."""

    stage: Stage

    def begun(self) -> int:
        """How many have their session."""
        return len(self.stage.attended)

    async def silent(self) -> int:
        """How many have not been heard yet."""
        calls = [await describe(self.stage.apis.calls, one.meeting) for one in self.stage.attended]
        heard = [any(part["received"] for part in call["spoken"]) for call in calls]
        return len(self.stage.kinds) - sum(heard)

    async def said(self) -> float:
        """How much of all that is to be said was said, from 0 to 1."""
        attended = self.stage.attended
        said = [words_in((await describe(self.stage.apis.calls, one.meeting))["spoken"]) for one in attended]
        words = max((one.meeting.words for one in attended), default=1)
        return sum(said) / (len(self.stage.kinds) * words)


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
    """Raise DemoFailedError if any call goes on, something of ours is in it, or a session does not end.

    A session whose host died over it is carried on when its lease is over, which takes most of a minute.
    """
    calls = [call["simId"] for call in (await stage.apis.calls.get("/sim/calls"))["calls"]]
    await until("every call is over, and nothing of ours is in it", lambda: are_over(stage, calls))
    stage.diary.note(f"all {len(calls)} calls are over, and nothing of ours is in any")
    await until("every session has ended", lambda: have_ended(stage.apis), LONGEST_SECONDS)
    stage.diary.note("every session has ended, also those of calls that nobody answered in time")


async def have_ended(apis: Apis) -> bool:
    """Whether no session goes on, whoever began it."""
    sessions = (await apis.functions.get("/api/sessions?limit=100"))["sessions"]
    return all(session["state"] in ENDS for session in sessions)


async def are_over(stage: Stage, calls: list[str]) -> bool:
    """Whether these calls have ended for everybody."""
    found = [await stage.apis.calls.get(f"/sim/calls/{call}") for call in calls]
    gone = not any(stage.trial.provider.staying(call) for call in found)
    return gone and all(call["endedAt"] for call in found)


async def count_all(stage: Stage) -> Count:
    """The finals of all calls together; tells of the words that nobody heard."""
    total, unheard = NOTHING, 0
    for one in stage.attended:
        total = total.with_more(await count_one(stage.apis, one))
        unheard += words_unheard(await describe(stage.apis.calls, one.meeting))
    if unheard:
        stage.diary.note(f"{unheard} words were said while nobody listened, and are not counted")
    return total


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
