"""What time does: timers that are due are carried out. The session is the truth, the timer row only a reminder."""

import logging

from msgspec.structs import replace

from functions.errors import NotFound
from functions.lifecycle.events import TimePassed
from functions.lifecycle.journal import Occurrence
from functions.services.ports import Timer
from functions.services.sessions import SessionPorts, apply

COMMITTED_WITHIN_MS = 120_000
"""A transaction whose client still waits may yet make a timer row necessary; after that it will not."""
FIRST_PAUSE_MS = 15_000
LONGEST_PAUSE_MS = 3_600_000
LOG = logging.getLogger("verbatim.upkeep")


async def sweep(ports: SessionPorts) -> int:
    """Carry out every timer that is due; the number of those that were looked at."""
    looked_at = 0
    async for timer in ports.timers.due(ports.clock()):
        if timer.not_before > ports.clock():
            continue
        looked_at += 1
        await try_timer(ports, timer)
    return looked_at


async def try_timer(ports: SessionPorts, timer: Timer) -> None:
    """Carry out a timer; one that fails is tried again after a longer pause, and keeps nobody else waiting."""
    try:
        await carry_out(ports, timer)
    except Exception:
        pause = min(FIRST_PAUSE_MS << min(timer.failures, 16), LONGEST_PAUSE_MS)
        LOG.exception("session %s: its timer failed, next try in %d s", timer.session_id, pause // 1000)
        await ports.timers.put(replace(timer, failures=timer.failures + 1, not_before=ports.clock() + pause))


async def carry_out(ports: SessionPorts, timer: Timer) -> None:
    """Let the session see that time has passed, write its next timer, then remove this one."""
    now = ports.clock()
    try:
        session = await apply(ports, timer.session_id, Occurrence("time", f"{timer.due}-{now}", TimePassed()))
    except NotFound:
        session = None
    written = session is not None and session.timer is not None and session.timer >= timer.due
    if not written and now - timer.due < COMMITTED_WITHIN_MS:
        return
    due = session.due_at if session else None
    if session is not None and due is not None and due != timer.due:
        await ports.timers.put(Timer(due, session.id))
    await ports.timers.remove(timer)
