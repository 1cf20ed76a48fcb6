"""Calls that talk at ACS's pace while somebody watches; each caption's way from the socket to the viewer is timed."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.bench.beds import Bed
from tests.bench.figures import BenchBrokenError, progress
from tests.bench.spoken_frames import Spoken, metadata, utterances

FRAME_SECONDS = 1 / 3
INTERIMS_A_FINAL = 10
ARRIVAL_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds from the frame's sending to the caption's arrival."""

    finals: list[float] = field(default_factory=list)
    interims: list[float] = field(default_factory=list)


class LiveCall:
    """One call: ACS's socket, a viewer, and the words that are on their way between them."""

    def __init__(self, transcript: aiohttp.ClientWebSocketResponse, ahead: int) -> None:
        self.transcript = transcript
        self.on_the_way: dict[str, tuple[float, Spoken]] = {}
        self.latencies = Latencies()
        spoken = (each for utterance in utterances(INTERIMS_A_FINAL) for each in utterance)
        self.spoken: Iterator[Spoken] = spoken
        for _ in range(ahead):
            next(spoken)

    async def talk(self, seconds: float, late: float) -> None:
        """Send a frame every third of a second, the first one `late` seconds from now."""
        start = asyncio.get_running_loop().time() + late
        for turn in range(round(seconds / FRAME_SECONDS)):
            await asyncio.sleep(start + turn * FRAME_SECONDS - asyncio.get_running_loop().time())
            spoken = next(self.spoken)
            self.on_the_way[spoken.text] = (time.perf_counter(), spoken)
            await self.transcript.send_str(spoken.frame)

    async def watch(self, viewer: aiohttp.ClientWebSocketResponse) -> None:
        """Take the time of each caption that arrives."""
        async for message in viewer:
            now = time.perf_counter()
            sent = self.on_the_way.pop(caption_text(json.loads(message.data)), None)
            if sent is not None:
                latencies = self.latencies.finals if sent[1].final else self.latencies.interims
                latencies.append((now - sent[0]) * 1000)


def caption_text(message: dict[str, Any]) -> str:
    """The words of a caption, or of a frame that was only sent on."""
    data = message.get("data", {})
    return str(data.get("transcriptionData", data).get("text", ""))


@asynccontextmanager
async def live_calls(bed: Bed) -> AsyncIterator[list[LiveCall]]:
    """A call for each session, its utterances out of step with the others'."""
    async with asyncio.TaskGroup() as watching:
        calls, tasks = [], []
        for number, session in enumerate(bed.sessions):
            viewer = await bed.open_viewer(session)
            call = LiveCall(await bed.open_transcript(session), ahead=number)
            await call.transcript.send_str(metadata(session))
            tasks.append(watching.create_task(call.watch(viewer)))
            calls.append(call)
        yield calls
        for task in tasks:
            task.cancel()


async def talk(calls: list[LiveCall], seconds: float) -> Latencies:
    """All calls at once for some seconds; the latencies of every caption. Raises BenchBrokenError if none comes."""
    for call in calls:
        call.latencies = Latencies()
    async with asyncio.TaskGroup() as talking:
        for number, call in enumerate(calls):
            talking.create_task(call.talk(seconds, late=number / len(calls) * FRAME_SECONDS))
    await until_arrived(calls)
    return Latencies(
        [each for call in calls for each in call.latencies.finals],
        [each for call in calls for each in call.latencies.interims],
    )


async def until_arrived(calls: list[LiveCall]) -> None:
    """Wait for the captions on their way; those that never come are told of and forgotten."""
    try:
        async with asyncio.timeout(ARRIVAL_SECONDS):
            while any(call.on_the_way for call in calls):  # noqa: ASYNC110 - they come from other processes
                await asyncio.sleep(0.005)
    except TimeoutError:
        lost = sum(len(call.on_the_way) for call in calls)
        progress(f"{lost} captions did not arrive within {ARRIVAL_SECONDS:.0f} s")
        if not any(call.latencies.finals or call.latencies.interims for call in calls):
            raise BenchBrokenError("No caption arrives.") from None
        for call in calls:
            call.on_the_way.clear()
