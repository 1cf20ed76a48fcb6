"""Durable finals per second on a hundred sockets: ours, the plain handler and bare upserts in turns."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from azure.data.tables.aio import TableClient

from functions.adapters.tables.rows import open_tables
from tests.bench.beds import OURS, PLAIN, SEGMENTS, Bed, running_bed
from tests.bench.figures import BenchBrokenError, Figure, Scale, compare, progress
from tests.bench.plain_frames import DECODER, row
from tests.bench.spoken_frames import SPEAKER, finals
from tests.bench.transcript_load import Speaking, send_and_wait, speaking_sockets

SOCKETS = 100
BARE = "BareUpserts"
NAMES = ("finals_per_second", "bare_upserts_per_second")


async def measure(scale: Scale) -> list[Figure]:
    """Finals per second; as a floor, what the SDK alone can write into the same Azurite."""
    frames = scale.finals_per_socket
    ours, limit, bare = [], [], []
    async with (
        loaded(OURS) as (our_bed, our_sockets),
        loaded(PLAIN) as (plain_bed, plain_sockets),
        bare_table(our_bed) as table,
    ):
        numbers = count()
        for number in range(scale.throughput_rounds):
            progress(f"finals_per_second: round {number + 1} of {scale.throughput_rounds}")
            ours.append(await per_second(send_and_wait(our_bed, our_sockets, frames), frames))
            limit.append(await per_second(send_and_wait(plain_bed, plain_sockets, frames), frames))
            bare.append(await per_second(upsert(table, numbers, frames), frames))
        for bed in (our_bed, plain_bed):
            await check_durable(bed, SOCKETS * (1 + frames * scale.throughput_rounds))
    return [
        compare("finals_per_second", ours, limit, "/s", ">=0.9"),
        compare("bare_upserts_per_second", ours, bare, "/s"),
    ]


@asynccontextmanager
async def loaded(app_dir: Path) -> AsyncIterator[tuple[Bed, list[Speaking]]]:
    """The stack of an app with its sockets open, each past its first final, which also fixes the stream's anchor."""
    async with running_bed(app_dir, SOCKETS) as bed, speaking_sockets(bed, finals) as sockets:
        await send_and_wait(bed, sockets, 1)
        yield bed, sockets


async def per_second(work: Awaitable[None], frames: int) -> float:
    """Finals per second while that many were taken on each socket."""
    started = time.perf_counter()
    await work
    return SOCKETS * frames / (time.perf_counter() - started)


@asynccontextmanager
async def bare_table(bed: Bed) -> AsyncIterator[TableClient]:
    """A table for the bare upserts, in the Azurite of the bed."""
    async with open_tables(bed.stack.plan.tables) as tables:
        yield await tables.create_table(BARE)


async def upsert(table: TableClient, numbers: Iterator[int], frames: int) -> None:
    """As many rows as finals, from as many writers as there are sockets; one row in flight each."""

    final = DECODER.decode(next(finals()).frame).transcription_data
    assert final is not None  # a final has words

    async def write(writer: int) -> None:
        for _ in range(frames):
            await table.upsert_entity(row(f"writer-{writer}", f"{next(numbers):010d}", "bench", final, 0))

    await asyncio.gather(*(write(writer) for writer in range(SOCKETS)))


async def check_durable(bed: Bed, expected: int) -> None:
    """Raises BenchBrokenError unless every final has its row."""
    async with open_tables(bed.stack.plan.tables) as tables:
        rows = tables.get_table_client(SEGMENTS).query_entities(f"speaker eq '{SPEAKER}'", select=["RowKey"])
        found = sum([1 async for _ in rows])
    if found != expected:
        raise BenchBrokenError(f"{found} of {expected} finals have a row.")
