"""Durable finals per second on a hundred sockets: ours, the plain handler and bare upserts in turns."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from statistics import median

from azure.data.tables.aio import TableClient

from functions.adapters.tables.rows import open_tables
from tests.bench.beds import OURS, PLAIN, SEGMENTS, Bed, running_bed
from tests.bench.figures import BenchBrokenError, Figure, Scale, compare, progress
from tests.bench.plain_frames import DECODER, row
from tests.bench.spoken_frames import finals
from tests.bench.transcript_load import Speaking, send_and_wait, speaking_sockets

SOCKETS = 100
NAMES = ("finals_per_second", "bare_upserts_per_second")
BARE = "BareUpserts"


async def measure(scale: Scale) -> list[Figure]:
    """Finals per second, and as a floor what the SDK can write into the same Azurite."""
    found: list[tuple[float, float, float]] = []
    frames = scale.finals_per_socket
    async with (
        loaded(OURS) as (our_bed, our_sockets),
        loaded(PLAIN) as (plain_bed, plain_sockets),
        open_tables(our_bed.stack.plan.tables) as tables,
    ):
        table = await tables.create_table(BARE)
        numbers = count()
        for number in range(scale.throughput_rounds):
            progress(f"finals_per_second: round {number + 1} of {scale.throughput_rounds}")
            ours = await per_second(lambda: send_and_wait(our_bed, our_sockets, frames), frames)
            limit = await per_second(lambda: send_and_wait(plain_bed, plain_sockets, frames), frames)
            bare = await per_second(lambda: upsert(table, numbers, frames), frames)
            found.append((ours, limit, bare))
        for bed in (our_bed, plain_bed):
            await check_durable(bed, SOCKETS * (1 + frames * scale.throughput_rounds))
    ours, limit, bare = zip(*found, strict=True)
    return [
        compare("finals_per_second", ours, limit, "/s", ">=0.9"),
        compare("bare_upserts_per_second", ours, bare, "/s"),
    ]
