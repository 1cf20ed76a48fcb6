"""How long a fresh function host takes from its start to the answer of its first frame, everything else being warm.

The frame is a final from the middle of a stream: its socket was opened while another host served, as happens when
the platform adds an instance or replaces one.
"""

import time
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from pathlib import Path

from functions.adapters.web_pubsub import sign
from functions.transcript.streams import StreamState, write_state
from local.ports import free_ports
from local.stack_plan import EVENT_HANDLER_PATH, app_settings
from tests.bench.beds import OURS, PLAIN, Bed, running_bed
from tests.bench.figures import BenchBrokenError, Figure, Scale, compare, progress
from tests.bench.fresh_process import running
from tests.bench.spoken_frames import finals

CONNECTION = "Q2Vl5hXn0E2tqk7N4m3yUQ"
NAMES = ("cold_first_frame", "cold_first_frame_when_ready")


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Milliseconds from the start of the process, and from the moment it said that it serves, to the answer."""

    from_start: float
    from_ready: float


async def measure(scale: Scale) -> list[Figure]:
    """The first frame of fresh hosts in turns; the first of each writes byte code and tables, and is not counted."""
    ours, limit = [], []
    async with running_bed(OURS, 1) as our_bed, running_bed(PLAIN, 1) as plain_bed:
        for number in range(scale.cold_rounds + 1):
            progress(f"cold_first_frame: round {number} of {scale.cold_rounds}")
            ours.append(await first_frame(our_bed, OURS, number))
            limit.append(await first_frame(plain_bed, PLAIN, number))
    return [
        compare(
            "cold_first_frame",
            [each.from_start for each in ours[1:]],
            [each.from_start for each in limit[1:]],
            "ms",
            "<=1.2",
        ),
        compare(
            "cold_first_frame_when_ready",
            [each.from_ready for each in ours[1:]],
            [each.from_ready for each in limit[1:]],
            "ms",
        ),
    ]


async def first_frame(bed: Bed, app_dir: Path, number: int) -> ColdStart:
    """One fresh host beside the bed's own. Raises BenchBrokenError if it does not take the frame."""
    port = free_ports(1)[0]
    arguments = ("local.functions_host", "--app-dir", str(app_dir), "--port", str(port))
    started = time.perf_counter()
    async with running(arguments, app_settings(bed.stack.plan)) as process:
        if process.stdout is None or not await process.stdout.readline():
            raise BenchBrokenError("A function host does not start.")
        ready = time.perf_counter()
        await send_frame(bed, f"http://127.0.0.1:{port}{EVENT_HANDLER_PATH}", number)
        answered = time.perf_counter()
    return ColdStart((answered - started) * 1000, (answered - ready) * 1000)


async def send_frame(bed: Bed, url: str, number: int) -> None:
    """A final as Web PubSub would post it. Raises BenchBrokenError unless it is answered 204."""
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "ce-specversion": "1.0",
        "ce-type": "azure.webpubsub.user.message",
        "ce-id": str(number + 2),
        "ce-signature": sign(bed.stack.plan.web_pubsub_key, CONNECTION),
        "ce-hub": "transcript",
        "ce-connectionId": CONNECTION,
        "ce-userId": bed.sessions[0],
        "ce-connectionState": write_state(StreamState(count=1, subscription="sub", locale="en-US", anchor=0)),
    }
    frame = next(islice(finals(), number, None)).frame
    async with bed.client.post(url, headers=headers, data=frame.encode()) as answer:
        if answer.status != HTTPStatus.NO_CONTENT:
            raise BenchBrokenError(f"A fresh host answered its first frame with {answer.status}.")
