"""`python -m local demo`: the sample call end to end, fast, and an honest count of every final.

*Captioned* is what a viewer who was there from the start has after merging; what it has only by a fetch is told too,
and fails the demo (but with `--drop`): the viewer joins before the first word, so every final should have come live.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp

from .api import Api
from .demo_count import Count, count_spoken, count_stored, has_ended, read_transcript, words_unheard
from .demo_provider import Provider
from .demo_waiting import WAIT_SECONDS, DemoFailedError, holds_within, until
from .handed_on import is_handed_on
from .sample_calls import Apis
from .sample_meeting import Meeting, describe, words_in
from .terminal import CaptionLines
from .viewer import Viewer

LATE_SECONDS = 5  # a fetch can bring a final before its live message, which is on its way by then


@dataclass(frozen=True)
class Disturbances:
    """What goes wrong on purpose: every event and callback twice; the transcript socket dropped in the middle."""

    repeat: bool = False
    drop: bool = False


@dataclass(frozen=True)
class Stage:
    """Where it happens, and whose calls they are."""

    apis: Apis
    provider: Provider
    disturbances: Disturbances


async def demo(speed: float, provider: Provider, disturbances: Disturbances, hosts: int) -> bool:
    """Run the demo; whether nothing was lost or duplicated and nothing of ours stayed. Raises LocalCloudError."""
    async with (
        provider.running(hosts=hosts, progress=print) as stack,
        aiohttp.ClientSession() as http,
    ):
        plan = stack.plan
        urls = (plan.functions_url, provider.address(plan), plan.web_pubsub_url)
        apis = Apis(*(Api(http, url) for url in urls))
        if disturbances.repeat:
            await apis.web_pubsub.post("/sim/faults", {"repeatEvents": True})
            await apis.calls.post("/sim/faults", provider.twice)
        meeting = await provider.open_meeting(apis, speed)
        viewer = Viewer(apis.functions, meeting.session_id, CaptionLines(meeting.names).show)
        count = await follow(Stage(apis, provider, disturbances), meeting, viewer)
        print(count.how_they_came())
        print(count, flush=True)
    if count.fetched and not disturbances.drop:
        raise DemoFailedError(
            f"{count.fetched} of {count.captioned.total()} finals did not come live to a viewer who was there."
        )
    return count.lost == 0 and count.duplicated == 0


async def follow(stage: Stage, meeting: Meeting, viewer: Viewer) -> Count:
    """The meeting from its first word to the stop, then counted. Raises DemoFailedError."""
    functions = stage.apis.functions
    joined = asyncio.Event()
    watching = asyncio.create_task(viewer.watch(joined))
    try:
        await joined.wait()
        if stage.disturbances.drop:
            await drop_in_the_middle(stage, meeting)
        await until("the meeting is over", lambda: is_said(stage, meeting))
        await functions.post(f"/api/sessions/{meeting.session_id}/stop")
        await until("the session is stopped", lambda: is_stopped(functions, meeting))
        await check_left(stage, meeting)
        await until("the transcript has ended", lambda: has_ended(functions, meeting))
        return await count_finals(stage, meeting, viewer)
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def drop_in_the_middle(stage: Stage, meeting: Meeting) -> None:
    """Break the transcript socket once half of the meeting was said; words come again a moment later."""
    await until("half of the meeting was said", lambda: is_half_said(stage, meeting))
    await stage.apis.calls.post(f"/sim/calls/{meeting.sim_id}/drop-socket", stage.provider.drop)


async def is_half_said(stage: Stage, meeting: Meeting) -> bool:
    """Whether half of all words was said and, but for the newest, has arrived at the functions."""
    spoken = (await describe(stage.apis.calls, meeting))["spoken"]
    half = words_in(spoken) * 2 >= meeting.words and all(line["received"] for line in spoken)
    return half and await is_handed_on(stage.apis.web_pubsub, meeting.session_id)


async def is_said(stage: Stage, meeting: Meeting) -> bool:
    """Whether the script is at its end and its last final has arrived."""
    call = await describe(stage.apis.calls, meeting)
    return words_in(call["spoken"]) >= meeting.words and not stage.provider.awaits(call)


async def is_stopped(functions: Api, meeting: Meeting) -> bool:
    """Whether the session has come to its end. Raises DemoFailedError if it failed."""
    session = await functions.get(f"/api/sessions/{meeting.session_id}")
    if session["state"] == "failed":
        raise DemoFailedError(f"The session failed: {session['error']}")
    return bool(session["state"] == "stopped")


async def check_left(stage: Stage, meeting: Meeting) -> None:
    """Raise DemoFailedError if something of ours is still in the call."""
    staying = stage.provider.staying(await describe(stage.apis.calls, meeting))
    if staying:
        raise DemoFailedError(f"The session is stopped, but these are still in the call: {staying}")


async def count_finals(stage: Stage, meeting: Meeting, viewer: Viewer) -> Count:
    """Every final, where it was spoken, stored and captioned. Raises DemoFailedError for a gap that hides."""
    call = await describe(stage.apis.calls, meeting)
    lines = await read_transcript(stage.apis.functions, meeting)
    segments = [line for line in lines if "gap" not in line]
    gaps = [line for line in lines if "gap" in line]
    due = stage.provider.gaps(call)
    if stage.disturbances.drop and len(gaps) != due:
        raise DemoFailedError(
            f"The transcript shows {len(gaps)} gaps, but the socket's drop made {due} of them."
        )
    for gap in gaps:
        print(f"the transcript shows a gap of {gap['durationMs']} ms at {gap['offsetMs']} ms")
    unheard = words_unheard(call)
    if unheard:
        print(f"{unheard} words were said while nobody listened, and are not counted")
    await holds_within(WAIT_SECONDS, lambda: has_all(viewer, segments))  # if not, the count tells
    await holds_within(LATE_SECONDS, lambda: all_came_live(viewer))
    return Count(count_spoken(call, meeting), count_stored(lines), viewer.shown, len(viewer.live))


async def has_all(viewer: Viewer, segments: list[dict[str, Any]]) -> bool:
    """Whether the viewer has every stored segment."""
    return all(segment["segmentId"] in viewer.finals for segment in segments)


async def all_came_live(viewer: Viewer) -> bool:
    """Whether no final that the viewer has came only by a fetch."""
    return viewer.finals.keys() <= viewer.live
