"""What the timer trigger's sweep costs when nothing is due, and whether it keeps up when very much is.

What is due is to ask ACS who is in the call, as every live session does four times an hour. The goals are counts;
how long the sweeps take is told for information.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import batched

from functions.lifecycle.session import Session
from functions.services import sessions
from functions.services.ports import Timer
from functions.services.upkeep import COMMITTED_WITHIN_MS, is_due, sweep
from tests.bench.counted_bed import CountedBed, counted_bed
from tests.bench.figures import BenchBrokenError, Figure, Operations, Scale, progress
from tests.bench.operations import session_in_call
from tests.service.bed import all_of, entry_of, transcribed
from tests.service.cloud import take_in

NAMES = ("idle_sweep_operations", "sweeps_until_done", "timer_rows_left")
AT_ONCE = 50
FAR_OFF_MS = 1_000_000
"""Later than everything that is done here, and earlier than the next count of people."""
LEASE_MS = 45_000
MOST_SWEEPS = 20
EVER = 9_999_999_999_998


async def measure(scale: Scale) -> list[Figure | Operations]:
    """A sweep among many sessions that wait, then sweeps while more of them are due, all at the same moment."""
    async with counted_bed() as bed:
        connection = await call_connection(bed)
        await keep(bed, [waiting(bed) for _ in range(scale.waiting_sessions)])
        idle = await bed.wire.requests_of(sweep(bed.ports))
        progress(f"idle_sweep_operations: with {scale.waiting_sessions} live sessions")
        due = [overdue(bed, connection) for _ in range(scale.due_sessions)]
        await keep(bed, due)
        sweeps = await sweeps_until_done(bed, due)
        rows = await timer_rows_left(bed, due)
    return [
        Operations("idle_sweep_operations", idle, Counter(timer_query=1)),
        Figure("sweeps_until_done", sweeps, 1, "", "<=3"),
        Figure("timer_rows_left", rows, len(due), "", "<=1"),
    ]


# --- sessions


async def call_connection(bed: CountedBed) -> str:
    """A connection in a call with people, of which ACS can be asked; its own session leaves no timer."""
    session, connected = await session_in_call(bed)
    await take_in(bed.ports, session.id, connected)
    for timer in await all_of(bed.ports.timers.due(EVER)):
        await bed.ports.timers.remove(timer)
    stored = await sessions.load(bed.ports, session.id)
    return stored.session.call_connection_id or ""


def waiting(bed: CountedBed) -> Session:
    """A live session for which nothing is to be done for some time."""
    now = bed.clock()
    return transcribed(now, timer=now + FAR_OFF_MS)


def overdue(bed: CountedBed, connection: str) -> Session:
    """A live session for which it is time to ask who is in its call."""
    now = bed.clock()
    return transcribed(now, timer=now - 1, count_people_at=now - 1, call_connection_id=connection)


async def keep(bed: CountedBed, made: list[Session]) -> None:
    """Store the sessions with their timer rows."""

    async def insert(session: Session) -> None:
        await bed.ports.timers.put(Timer(session.timer or 0, session.id))
        await bed.ports.store.insert(session, entry_of(session))

    await for_each(made, insert)


async def for_each[Item](items: list[Item], work: Callable[[Item], Awaitable[None]]) -> None:
    """The work for every item, for some at once."""
    for some in batched(items, AT_ONCE, strict=False):
        await asyncio.gather(*map(work, some))


# --- sweeps


async def sweeps_until_done(bed: CountedBed, due: list[Session]) -> int:
    """How many sweeps it takes until nothing is due for these sessions. Raises BenchBrokenError if that is never."""
    bed.wire.requests.clear()
    seconds = 0.0
    for number in range(1, MOST_SWEEPS + 1):
        started = time.perf_counter()
        await sweep(bed.ports)
        seconds += time.perf_counter() - started
        requests = bed.wire.requests.total() / len(due)
        left = await still_due(bed, due)
        progress(f"sweeps_until_done: {left} of {len(due)} sessions are due after sweep {number}")
        if not left:
            progress(f"sweeps_until_done: {seconds:.1f} s, {requests:.1f} requests a session")
            return number
    raise BenchBrokenError(f"Sessions are still due after {MOST_SWEEPS} sweeps.")


async def still_due(bed: CountedBed, due: list[Session]) -> int:
    """For how many of the sessions time still has something to do."""
    left = 0

    async def look(session: Session) -> None:
        nonlocal left
        stored = await sessions.load(bed.ports, session.id)
        left += is_due(stored.session, bed.clock())

    await for_each(due, look)
    return left


async def timer_rows_left(bed: CountedBed, due: list[Session]) -> int:
    """How many timer rows these sessions have once the rows of leases that were not needed may go."""
    bed.clock.skip(LEASE_MS + COMMITTED_WITHIN_MS + 1)
    await sweep(bed.ports)
    known = {session.id for session in due}
    rows = await all_of(bed.ports.timers.due(EVER))
    return sum(row.session_id in known for row in rows)
