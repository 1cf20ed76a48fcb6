"""As many frames as the functions can take: on every socket one in flight, the next ones waiting behind it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from tests.bench.beds import Bed
from tests.bench.figures import BenchBrokenError
from tests.bench.spoken_frames import Spoken, metadata

LOOK_SECONDS = 0.01
TAKEN_SECONDS = 300.0


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
async def speaking_sockets(bed: Bed, voices: Iterable[Iterator[Spoken]]) -> AsyncIterator[list[Speaking]]:
    """A socket for each session with its metadata sent."""
    sockets = [
        Speaking(await bed.open_transcript(session), voice)
        for session, voice in zip(bed.sessions, voices, strict=False)
    ]
    for session, each in zip(bed.sessions, sockets, strict=True):
        await each.socket.send_str(metadata(session))
    try:
        await until_taken(bed, len(sockets))
        yield sockets
    finally:
        await asyncio.gather(*(each.socket.close() for each in sockets))


async def send_and_wait(bed: Bed, sockets: list[Speaking], frames: int) -> None:
    """Send that many frames on every socket; done when the functions have answered them all."""
    expected = await bed.frames_taken() + frames * len(sockets)
    await asyncio.gather(*(each.send(frames) for each in sockets))
    await until_taken(bed, expected)


async def until_taken(bed: Bed, expected: int) -> None:
    """Wait until that many frames in all were answered with success. Raises BenchBrokenError."""
    try:
        async with asyncio.timeout(TAKEN_SECONDS):
            while await bed.frames_taken() < expected:  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise BenchBrokenError(f"{expected} frames were not answered in time.") from None
