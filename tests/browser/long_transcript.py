"""A session with a transcript of many lines, put straight into the table: nobody has to say them all first."""

import asyncio
from itertools import batched

from azure.data.tables.aio import TableClient, TableServiceClient

from functions.adapters.tables.segments import anchor_row, segment_row
from functions.transcript.segments import Segment
from functions.transcript.streams import Anchor
from local.stack import Stack
from tests.browser.simulated_call import ANN, BEN

BATCH = 100
STREAM = "filled.1"
RECEIVED_AT = 1_800_000_000_000


def long_line(index: int) -> str:
    """What is said in a line; some say more."""
    return f"Line {index:05d} of a long day." + " It went on and on about the tide." * (index % 7)


def segment(index: int) -> Segment:
    """Ten lines a millisecond, so that all were said before whatever is said next; two people take turns of three."""
    return Segment(
        segment_id=f"{index // 10:010d}-{index:016x}",
        stream=STREAM,
        seq=index + 1,
        speaker=(ANN, BEN)[index // 3 % 2],
        text=long_line(index),
        offset_ms=index // 10,
        received_at=RECEIVED_AT,
    )


async def fill(stack: Stack, session_id: str, lines: int) -> None:
    """Give the session that many lines."""
    async with TableServiceClient.from_connection_string(stack.plan.tables) as tables:
        table = tables.get_table_client("VerbatimSegments")
        anchor = Anchor(stream=STREAM, subscription="filled", locale="en-US", anchor=0, starts_at=0)
        await table.create_entity(anchor_row(session_id, anchor))
        await asyncio.gather(
            *(insert(table, session_id, batch) for batch in batched(range(lines), BATCH, strict=False))
        )


async def insert(table: TableClient, session_id: str, indexes: tuple[int, ...]) -> None:
    """One transaction of finals."""
    rows = [segment_row(session_id, segment(index)) for index in indexes]
    await table.submit_transaction([("create", row) for row in rows])
