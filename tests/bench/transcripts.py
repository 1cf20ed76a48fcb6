"""A long transcript as WebVTT: its time beside the bare query of the same rows, its memory beside a short one's."""

import json
import time
from collections.abc import Awaitable
from itertools import batched
from statistics import median

from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableServiceClient

from functions.adapters.tables.rows import LARGEST_TRANSACTION, open_tables
from functions.adapters.tables.segments import TableSegments, segment_row
from functions.lifecycle.session import Session
from functions.services.transcripts import COLUMNS, write_whole
from functions.transcript.formats.choice import Format
from functions.transcript.segments import Segment, SpokenWord
from functions.transcript.streams import Anchor
from local.run_folder import new_run_dir
from local.stack import running_azurite
from tests.bench.beds import SEGMENTS, running_session
from tests.bench.figures import BenchBrokenError, Figure, Scale, compare, progress
from tests.bench.fresh_process import lone_settings, output_of
from tests.bench.spoken_frames import WORD_MS, WORDS

NAMES = ("vtt_12000", "vtt_memory")
EIGHT_HOURS, AN_HOUR = 12_000, 1_200
"""Segments: one every 2.4 seconds."""
APART_MS = 2_400
PEOPLE = 7
CHILD = "tests.bench.transcript_child"
BARE = "PartitionKey eq @id and RowKey ge '0' and RowKey lt ':'"
COMPARED = ["RowKey", *COLUMNS[Format.VTT]]


async def measure(scale: Scale) -> list[Figure]:
    """The figures."""
    async with running_azurite(new_run_dir()) as storage, open_tables(storage) as tables:
        long, short = await stored(tables, EIGHT_HOURS), await stored(tables, AN_HOUR)
        spent = await time_spent(tables, long, scale.transcript_rounds)
        return [spent, await memory_taken(storage, long, short, scale.transcript_processes)]


# --- what was said


async def stored(tables: TableServiceClient, segments: int) -> Session:
    """A session with so many segments and one gap in the middle of them."""
    progress(f"storing a transcript of {segments} segments")
    session, table = running_session(), tables.get_table_client(SEGMENTS)
    try:
        await table.create_table()
    except ResourceExistsError:
        progress("the table is there")
    rows = [("create", segment_row(session.id, segment(number))) for number in range(segments)]
    for batch in batched(rows, LARGEST_TRANSACTION, strict=False):
        await table.submit_transaction(batch)
    middle = segments // 2 * APART_MS
    gap = Anchor("socket.2", "bench", "en-US", 0, middle, gap_from=middle - APART_MS)
    await TableSegments(tables).insert_anchor(session.id, gap)
    return session


def segment(number: int) -> Segment:
    """A final of five to twelve words, by one of several people."""
    words = [f"item-{number}", *WORDS[1 : 5 + number % 8]]
    begins = number * APART_MS
    places = tuple(SpokenWord(word, begins + place * WORD_MS, WORD_MS) for place, word in enumerate(words))
    return Segment(
        segment_id=f"{begins:010d}-{number:016x}",
        stream="socket.1",
        seq=number + 1,
        speaker=f"8:acs:2e3f11d1-9d34-4b11-8f28-1d0e4b7a9c55_0000002a-{number % PEOPLE:04x}",
        text=" ".join(words) + ".",
        offset_ms=begins,
        received_at=0,
        duration_ms=len(words) * WORD_MS,
        confidence=0.9,
        words=places,
    )


# --- time


async def time_spent(tables: TableServiceClient, session: Session, rounds: int) -> Figure:
    """From the table to the bytes of the answer, in turns with a query that drops what it reads."""
    store = TableSegments(tables)
    ours, bare = [], []
    for number in range(rounds + 1):
        progress(f"vtt_12000: round {number} of {rounds}")
        ours.append(await seconds(check(write_whole(store, session, Format.VTT, 0))))
        bare.append(await seconds(read_rows(tables, session.id)))
    return compare("vtt_12000", ours[1:], bare[1:], "s", "<=1.5")


async def seconds(work: Awaitable[None]) -> float:
    """How long a piece of work takes."""
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


async def check(written: Awaitable[bytes]) -> None:
    """Raises BenchBrokenError unless every segment has been written."""
    found = (await written).count(b"<v ")
    if found < EIGHT_HOURS:
        raise BenchBrokenError(f"The transcript has only {found} cues.")


async def read_rows(tables: TableServiceClient, session_id: str) -> None:
    """The same rows and columns through the same SDK, page after page."""
    query = tables.get_table_client(SEGMENTS).query_entities(
        BARE, parameters={"id": session_id}, select=COMPARED
    )
    found = sum([1 async for _ in query])
    if found != EIGHT_HOURS:
        raise BenchBrokenError(f"The query found {found} segments.")


# --- memory


async def memory_taken(storage: str, long: Session, short: Session, processes: int) -> Figure:
    """How many times more memory the longer transcript takes, over the process at rest, than its text is longer."""
    of_long = [await peak(storage, long) for _ in range(processes)]
    of_short = [await peak(storage, short) for _ in range(processes)]
    taken = [median(over for over, _ in each) for each in (of_long, of_short)]
    texts = [each[0][1] for each in (of_long, of_short)]
    progress(
        f"vtt_memory: {taken[0] / 1e6:.1f} MB for {texts[0] / 1e6:.1f} MB of text, {taken[1] / 1e6:.1f} for {texts[1] / 1e6:.1f}"
    )
    return Figure("vtt_memory", taken[0] / taken[1], texts[0] / texts[1], "x", "<=1")


async def peak(storage: str, session: Session) -> tuple[float, int]:
    """The bytes that writing a transcript takes at the most in a fresh process, and how long it is."""
    found = json.loads(await output_of((CHILD, storage, session.id), lone_settings()))
    return found["over"], found["text"]
