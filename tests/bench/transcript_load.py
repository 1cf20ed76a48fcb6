"""As many frames as the functions can take: on every socket one in flight, the next ones waiting behind it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from tests.bench.beds import Bed
from tests.bench.figures import BenchBrokenError
from tests.bench.spoken_frames import Spoken, metadata

LOOK_SECONDS = 0.01
STILL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Speaking:
    """A transcript socket and what will be said there."""

    socket: aiohttp.ClientWebSocketResponse
    spoken: Iterator[Spoken]

    async def send(self, frames: int) -> None:
        """Send that many frames without a pause."""
        for _ in range(frames):
            await self.socket.send_str(next(self.spoken).frame)


@asynccontextmanager
async def speaking_sockets(bed: Bed, voice: Callable[[], Iterator[Spoken]]) -> AsyncIterator[list[Speaking]]:
    """A socket for each session with its metadata sent, and a voice of its own."""
    opened = await asyncio.gather(*map(bed.open_transcript, bed.sessions))
    for session, socket in zip(bed.sessions, opened, strict=True):
        await socket.send_str(metadata(session))
    sockets = [Speaking(socket, voice()) for socket in opened]
    await until_taken(bed, len(sockets))
    yield sockets


async def send_and_wait(bed: Bed, sockets: list[Speaking], frames: int) -> None:
    """Send that many frames on every socket; done when the functions have answered them all."""
    expected = await bed.frames_taken() + frames * len(sockets)
    await asyncio.gather(*(each.send(frames) for each in sockets))
    await until_taken(bed, expected)


async def until_taken(bed: Bed, expected: int) -> None:
    """Wait until that many frames in all were answered with success. Raises BenchBrokenError if they stand still."""
    loop = asyncio.get_running_loop()
    taken, moved_at = -1, loop.time()
    while taken < expected:
        before, taken = taken, await bed.frames_taken()
        if taken != before:
            moved_at = loop.time()
        elif loop.time() > moved_at + STILL_SECONDS:
            raise BenchBrokenError(f"Only {taken} of {expected} frames were answered.")
        await asyncio.sleep(LOOK_SECONDS)
