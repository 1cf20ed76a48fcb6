"""`python -m local demo`: the sample call end to end, fast, and an honest count of every final.

*Captioned* is what a viewer who was there from the start has after merging; what it has only by a fetch is told too,
and fails the demo (but with `--drop`): the viewer joins before the first word, so every final should have come live.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp

from .api import Api
from .demo_count import Count, count_spoken, count_stored, has_ended, read_transcript
from .demo_waiting import WAIT_SECONDS, DemoFailedError, holds_within, until
from .sample_meeting import Meeting, open_meeting
from .stack import running_stack
from .terminal import CaptionLines
from .viewer import Viewer

LATE_SECONDS = 5  # a fetch can bring a final before its live message, which is on its way by then


@dataclass(frozen=True)
class Disturbances:
    """What goes wrong on purpose: every event and callback twice; the transcript socket dropped in the middle."""

    repeat: bool = False
    drop: bool = False


async def demo(speed: float, disturbances: Disturbances, hosts: int) -> bool:
    """Run the demo; whether nothing was lost or duplicated and our bot left. Raises LocalCloudError."""
    async with running_stack(hosts=hosts, progress=print) as stack, aiohttp.ClientSession() as http:
        functions, calls = Api(http, stack.plan.functions_url), Api(http, stack.plan.call_automation_url)
        if disturbances.repeat:
            await Api(http, stack.plan.web_pubsub_url).post("/sim/faults", {"repeatEvents": True})
            await calls.post("/sim/faults", {"callbacks": {"repeat": 1.0}})
        meeting = await open_meeting(functions, calls, speed)
        viewer = Viewer(functions, meeting.session_id, CaptionLines(meeting.names).show)
        count = await follow(functions, calls, meeting, viewer, disturbances)
        print(count.how_they_came())
        print(count, flush=True)
    if count.fetched and not disturbances.drop:
        raise DemoFailedError(
            f"{count.fetched} of {count.captioned.total()} finals did not come live to a viewer who was there."
        )
    return count.lost == 0 and count.duplicated == 0


async def follow(
    functions: Api, calls: Api, meeting: Meeting, viewer: Viewer, disturbances: Disturbances
) -> Count:
    """The meeting from its first word to the stop, then counted. Raises DemoFailedError."""
    joined = asyncio.Event()
    watching = asyncio.create_task(viewer.watch(joined))
    try:
        await joined.wait()
        if disturbances.drop:
            await drop_in_the_middle(calls, meeting)
        await until("the meeting is over", lambda: is_said(calls, meeting))
        await functions.post(f"/api/sessions/{meeting.session_id}/stop")
        await until("the session is stopped", lambda: is_stopped(functions, meeting))
        await check_left(calls, meeting)
        await until("the transcript has ended", lambda: has_ended(functions, meeting))
        return await count_finals(functions, calls, meeting, viewer, disturbances)
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def drop_in_the_middle(calls: Api, meeting: Meeting) -> None:
    """Break ACS's socket once half of the meeting was said; it is opened again a moment later."""
    half = meeting.lines // 2
    await until("half of the meeting was said", lambda: has_said(calls, meeting, half))
    await calls.post(f"/sim/calls/{meeting.sim_id}/drop-socket", {"reopen": 500, "offsets": "continue"})


async def has_said(calls: Api, meeting: Meeting, lines: int) -> bool:
    """Whether that many lines were said and, but for the newest, have arrived."""
    spoken = (await calls.get(f"/sim/calls/{meeting.sim_id}"))["spoken"]
    return len(spoken) >= lines and all(line["received"] for line in spoken)


async def is_said(calls: Api, meeting: Meeting) -> bool:
    """Whether the script is at its end and its last final has arrived."""
    spoken = (await calls.get(f"/sim/calls/{meeting.sim_id}"))["spoken"]
    return len(spoken) >= meeting.lines and spoken[-1]["received"]


async def is_stopped(functions: Api, meeting: Meeting) -> bool:
    """Whether the session has come to its end. Raises DemoFailedError if it failed."""
    session = await functions.get(f"/api/sessions/{meeting.session_id}")
    if session["state"] == "failed":
        raise DemoFailedError(f"The session failed: {session['error']}")
    return bool(session["state"] == "stopped")


async def check_left(calls: Api, meeting: Meeting) -> None:
    """Raise DemoFailedError if our bot is still in the call."""
    connections = (await calls.get(f"/sim/calls/{meeting.sim_id}"))["connections"]
    staying = [one["callConnectionId"] for one in connections if one["state"] != "disconnected"]
    if staying:
        raise DemoFailedError(
            f"The session is stopped, but these connections are still in the call: {staying}"
        )


async def count_finals(
    functions: Api, calls: Api, meeting: Meeting, viewer: Viewer, disturbances: Disturbances
) -> Count:
    """Every final, where it was spoken, stored and captioned. Raises DemoFailedError for a gap that hides."""
    spoken = await count_spoken(calls, meeting)
    lines = await read_transcript(functions, meeting)
    segments = [line for line in lines if "gap" not in line]
    gaps = [line for line in lines if "gap" in line]
    if disturbances.drop and len(gaps) != 1:
        raise DemoFailedError(f"The socket was dropped once, but the transcript shows {len(gaps)} gaps.")
    for gap in gaps:
        print(f"the transcript shows a gap of {gap['durationMs']} ms at {gap['offsetMs']} ms")
    await holds_within(WAIT_SECONDS, lambda: has_all(viewer, segments))  # if not, the count tells
    await holds_within(LATE_SECONDS, lambda: all_came_live(viewer))
    return Count(spoken, count_stored(lines), viewer.shown, len(viewer.live))


async def has_all(viewer: Viewer, segments: list[dict[str, Any]]) -> bool:
    """Whether the viewer has every stored segment."""
    return all(segment["segmentId"] in viewer.finals for segment in segments)


async def all_came_live(viewer: Viewer) -> bool:
    """Whether no final that the viewer has came only by a fetch."""
    return viewer.finals.keys() <= viewer.live
