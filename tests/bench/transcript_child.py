"""`python -m tests.bench.transcript_child TABLES SESSION`: prints the memory that writing its transcript takes (Linux).

`over` is how many bytes the process has at the most beyond what it has at rest, `text` the length of the transcript.
At rest it has written the transcript of a session without words, so that everything is imported and connected.
"""

import asyncio
import gc
import json
import sys
from pathlib import Path

from msgspec.structs import replace

from functions.adapters.tables.rows import open_tables
from functions.adapters.tables.segments import TableSegments
from functions.services.transcripts import write_whole
from functions.transcript.formats.choice import Format
from tests.bench.beds import running_session

STATUS = Path("/proc/self/status")
FORGET_PEAK = "5"
"""What makes Linux take the present memory for the peak so far: man 5 proc, clear_refs."""


def kilobytes(name: str) -> int:
    """A line of the process's status."""
    (found,) = [line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:")]
    return int(found.split()[1])


def forget_peak() -> None:
    """Let the peak be the present memory."""
    Path("/proc/self/clear_refs").write_text(FORGET_PEAK)


async def measure(storage: str, session_id: str) -> dict[str, int]:
    """The memory, and the length of the text."""
    session = running_session()
    async with open_tables(storage) as tables:
        store = TableSegments(tables)
        await write_whole(store, session, Format.VTT, 0)
        gc.collect()
        forget_peak()
        rest = kilobytes("VmRSS")
        text = await write_whole(store, replace(session, id=session_id), Format.VTT, 0)
        return {"over": (kilobytes("VmHWM") - rest) * 1024, "text": len(text)}


print(json.dumps(asyncio.run(measure(*sys.argv[1:]))))  # noqa: T201 - its one line
