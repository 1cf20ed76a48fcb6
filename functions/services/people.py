"""What Event Grid tells of a call: who is in it, and that it is over."""

from functions.lifecycle.events import CallEnded, NamesHeard
from functions.lifecycle.journal import Occurrence
from functions.services.applying import apply
from functions.services.claims import server_call_key
from functions.services.ports import SessionPorts, Stored


async def hear_names(
    ports: SessionPorts, server_call_id: str, names: dict[str, str], at: int | None = None
) -> None:
    """Keep the names for sessions to come, then tell the session that transcribes the call. Raises Unavailable.

    In this order: a session claims its call before it looks for names, so one of the two finds the other. `at` is
    when the names were true, ms since 1970, since news comes in any order; a moment that cannot be is moved to where
    one can. A name that is known already is no news; one that comes back after another is.
    """
    now = ports.clock()
    await ports.names.put(server_call_key(server_call_id), names, now if at is None else min(max(0, at), now))
    stored = await session_with(ports, server_call_id)
    if stored is None or names.items() <= stored.session.names.items():
        return
    happened = Occurrence("event-grid/names", ports.chance(16).hex(), NamesHeard(names))
    await apply(ports, stored.session.id, happened, known=stored)


async def hear_end(ports: SessionPorts, server_call_id: str, happened_source: str, event_id: str) -> None:
    """Tell the session that transcribes the call that the call is over. Raises Unavailable."""
    stored = await session_with(ports, server_call_id)
    if stored is None:
        return
    happened = Occurrence(happened_source, event_id, CallEnded(server_call_id))
    await apply(ports, stored.session.id, happened, known=stored)


async def session_with(ports: SessionPorts, server_call_id: str) -> Stored | None:
    """The session that has the call, if there is one; one may be claimed for it, yet never made."""
    found = await ports.claims.read(server_call_key(server_call_id))
    return None if found is None else await ports.store.load(found.claim.session_id)
