"""Whether the host's memory grows with the frames it has seen; nothing but the host of our app is looked at."""

import os
from collections.abc import Iterator
from pathlib import Path

from tests.bench.beds import OURS, running_bed
from tests.bench.figures import Figure, Scale, progress
from tests.bench.spoken_frames import Spoken, utterances
from tests.bench.transcript_load import send_and_wait, speaking_sockets

SOCKETS = 20
INTERIMS_A_FINAL = 3
BYTES_A_MEGABYTE = 1_000_000
NAMES = ("memory_growth",)


async def measure(scale: Scale) -> list[Figure]:
    """The resident memory after many frames, against that after some."""
    async with running_bed(OURS, SOCKETS) as bed, speaking_sockets(bed, voice) as sockets:
        await send_and_wait(bed, sockets, scale.frames_before // SOCKETS)
        before = resident_megabytes(bed.host_pid)
        progress(f"memory_growth: {before:.1f} MB after {scale.frames_before} frames")
        await send_and_wait(bed, sockets, (scale.frames_after - scale.frames_before) // SOCKETS)
        after = resident_megabytes(bed.host_pid)
    return [Figure("memory_growth", after, before, "MB", "<=1.1")]


def voice() -> Iterator[Spoken]:
    """Interims and finals as they follow each other."""
    for utterance in utterances(INTERIMS_A_FINAL):
        yield from utterance


def resident_megabytes(pid: int) -> float:
    """The process's resident memory (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / BYTES_A_MEGABYTE
