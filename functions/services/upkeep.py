"""What time does: timers that are due are carried out. The session is the truth, the timer row only a reminder."""

import asyncio
import logging
from collections import defaultdict

from msgspec.structs import replace

from functions.errors import Unavailable
from functions.lifecycle.deadlines import due_at
from functions.lifecycle.events import TimePassed
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import Session
from functions.services.applying import apply
from functions.services.ports import SessionPorts, Stored, Timer

COMMITTED_WITHIN_MS = 120_000
"""A transaction whose client still waits may yet make a timer row necessary; after that it will not."""
AT_ONCE = 20
FIRST_PAUSE_MS = 15_000
LONGEST_PAUSE_MS = 3_600_000
LOG = logging.getLogger("verbatim.upkeep")


async def sweep(ports: SessionPorts) -> int:
    """Carry out every timer that is due, some sessions at once; the number of those that had something to do."""
    now = ports.clock()
    due = [timer async for timer in ports.timers.due(now) if timer.not_before <= now]
    ports.counts.tell(now)
    by_session: defaultdict[str, list[Timer]] = defaultdict(list)
    for timer in due:
        by_session[timer.session_id].append(timer)
    places = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        tries = [group.create_task(try_timers(ports, timers, places)) for timers in by_session.values()]
    worked = [timer for tried in tries for timer in tried.result()]
    ports.counts.note_due(len(worked), max((now - timer.due for timer in worked), default=0))
    return len(worked)


async def try_timers(ports: SessionPorts, timers: list[Timer], places: asyncio.Semaphore) -> list[Timer]:
    """Carry out one session's timers; those that had something to do.

    One that fails is tried again after a longer pause, and stops nobody else.
    """
    async with places:
        return [timer for timer in timers if await try_timer(ports, timer)]


async def try_timer(ports: SessionPorts, timer: Timer) -> bool:
    """Carry out a timer; whether it had something to do, which one that fails has."""
    try:
        return await carry_out(ports, timer)
    except Exception:
        LOG.exception("session %s: its timer failed", timer.session_id)
        await put_off(ports, timer)
        return True


async def put_off(ports: SessionPorts, timer: Timer) -> None:
    """Let a timer that failed rest; if not even that can be written, the next sweep tries it."""
    pause = min(FIRST_PAUSE_MS << min(timer.failures, 16), LONGEST_PAUSE_MS)
    later = replace(timer, failures=timer.failures + 1, not_before=ports.clock() + pause)
    try:
        await ports.timers.put(later)
    except Unavailable as error:
        LOG.warning("session %s: its timer could not be put off: %s", timer.session_id, error)


async def carry_out(ports: SessionPorts, timer: Timer) -> bool:
    """Let the session see that time has passed, write its next timer, then remove this one; whether it was due.

    A row that finds nothing due stays for two minutes: a save that is still under way may be why it is there.
    """
    now = ports.clock()
    stored = await ports.store.load(timer.session_id)
    was_due = stored is not None and is_due(stored.session, now)
    session = await let_time_pass(ports, timer, stored) if stored else None
    if not was_due and now - timer.due < COMMITTED_WITHIN_MS:
        return False
    due = due_at(session) if session else None
    if session is not None and due is not None and due != session.timer:
        await ports.timers.put(Timer(due, session.id))
    if due != timer.due:
        await ports.timers.remove(timer)
    return was_due


def is_due(session: Session, now: int) -> bool:
    """Whether time has something to do for the session."""
    due = due_at(session)
    return due is not None and due <= now


async def let_time_pass(ports: SessionPorts, timer: Timer, stored: Stored) -> Session:
    """The session after it saw that time has passed."""
    happened = Occurrence("time", f"{timer.due}-{ports.clock()}", TimePassed())
    return await apply(ports, timer.session_id, happened, known=stored)
