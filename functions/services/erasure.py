"""Erasing sessions: by request, when they are older than they may get, and when they were never made."""

import logging
from collections.abc import Awaitable

from functions.errors import Unavailable
from functions.lifecycle.events import ErasureRequested
from functions.lifecycle.identity import ulid_time
from functions.lifecycle.journal import Occurrence
from functions.services.applying import apply, load_any
from functions.services.ports import Listed, SessionPorts, Stored

MS_PER_DAY = 86_400_000
MOST_AT_ONCE = 200
"""Sessions a run: what is left is for the next one."""
LOG = logging.getLogger("verbatim.upkeep")


async def erase(ports: SessionPorts, session_id: str) -> bool:
    """Erase everything of a session; false if nothing of it was left. Raises NotFound, Unavailable."""
    stored = await load_any(ports, session_id)
    if stored.session.erased_at is not None:
        return not stored.session.words_erased
    await request_erasure(ports, stored)
    return True


async def request_erasure(ports: SessionPorts, stored: Stored) -> None:
    """Let the session know that nothing of it is to remain."""
    happened = Occurrence("api", ports.chance(16).hex(), ErasureRequested())
    await apply(ports, stored.session.id, happened, known=stored)


async def erase_old(ports: SessionPorts, days: int) -> int:
    """Erase the sessions that ended so many days ago, some at a time; how many. Raises Unavailable."""
    limit, erased = ports.clock() - days * MS_PER_DAY, 0
    async for listed in ports.store.created_before(limit):
        erased += await unless_damaged(listed, erase_if_older(ports, listed, limit))
        if erased == MOST_AT_ONCE:
            break
    return erased


async def unless_damaged(listed: Listed, erasing: Awaitable[bool]) -> bool:
    """What the erasing says; false for a session that is damaged, which must not keep the others here."""
    try:
        return await erasing
    except Unavailable:
        raise
    except Exception:
        LOG.exception("session %s: it could not be erased", listed.session_id)
        return False


async def erase_if_older(ports: SessionPorts, listed: Listed, limit: int) -> bool:
    """Whether the session was old enough and is erased."""
    stored = await ports.store.load(listed.session_id)
    if stored is None:
        await forget_unborn(ports, listed)
    if stored is None or not is_older(stored, limit):
        return False
    await request_erasure(ports, stored)
    return True


async def forget_starts(ports: SessionPorts) -> int:
    """Remove what starts left that died before they made their session, a day to two days ago; how many did.

    Those of one day only, since every session of that day is read for it. Raises Unavailable.
    """
    latest, forgotten = ports.clock() - MS_PER_DAY, 0
    async for listed in ports.store.created_before(latest):
        if ulid_time(listed.session_id) < latest - MS_PER_DAY:
            break
        forgotten += await unless_damaged(listed, forget_if_unborn(ports, listed))
    return forgotten


async def forget_if_unborn(ports: SessionPorts, listed: Listed) -> bool:
    """Whether the row's session was never made, so that nothing is left of its start now."""
    if await ports.store.load(listed.session_id) is not None:
        return False
    await forget_unborn(ports, listed)
    return True


async def forget_unborn(ports: SessionPorts, listed: Listed) -> None:
    """Remove what a start left whose session was never made: its claims, then its row of the index."""
    for key in listed.claims:
        found = await ports.claims.read(key)
        if found is not None and found.claim.session_id == listed.session_id:
            await ports.claims.remove(key, found)
    await ports.store.unlist(listed)


def is_older(stored: Stored, limit: int) -> bool:
    """Whether the session ended before that moment and is not erased already."""
    session = stored.session
    return session.ended_at is not None and session.ended_at < limit and session.erased_at is None
