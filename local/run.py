"""`python -m local run`: the whole cloud with a sample call that talks, its captions in the terminal and in a page."""

import asyncio
from typing import NoReturn

import aiohttp

from .api import Api
from .bandwidth_demo import address
from .calls_to_type import prepare
from .sample_meeting import open_meeting
from .stack import running_stack
from .terminal import CaptionLines
from .viewer import Viewer

LOOK_SECONDS = 0.2
ROUNDS = 30
"""An hour at the speed of life: whoever opens the page later still finds people who talk."""


async def run(speed: float) -> NoReturn:
    """Run until cancelled. Raises LocalCloudError if a part of the cloud ends."""
    async with running_stack(bandwidth=True, progress=print) as stack, aiohttp.ClientSession() as http:
        functions, calls = Api(http, stack.plan.functions_url), Api(http, stack.plan.call_automation_url)
        meeting = await open_meeting(functions, calls, speed, ROUNDS)
        to_type = await prepare(calls, Api(http, address(stack.plan)), speed, ROUNDS)
        print(f"\n  Open {stack.plan.functions_url}/app#/sessions/{meeting.session_id}")
        print(to_type)
        print("  Ctrl-C ends everything.\n", flush=True)
        viewer = Viewer(functions, meeting.session_id, CaptionLines(meeting.names).show)
        watching = asyncio.create_task(viewer.watch(asyncio.Event()))
        try:
            while True:
                stack.check()
                if watching.done():
                    await watching
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            watching.cancel()
            await asyncio.wait([watching])
