"""The list of sessions, newest first."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from functions.lifecycle.session import CallLocator, LocatorKind, Session
from functions.services.ports import Listed, SessionStore

AT_ONCE = 20
MOST_LOOKED_AT = 400
"""A page ends there, though it may have found little: a rare filter must not read everything in one request."""


class Filters(msgspec.Struct, frozen=True):
    """Which sessions a list shows; none of a field means any."""

    state: str | None = None
    call_connection_id: str | None = None
    server_call_id: str | None = None
    group_call_id: str | None = None
    room_id: str | None = None
    tag: str | None = None

    def shows(self, session: Session) -> bool:
        """Whether the session passes every filter."""
        call = session.request.call
        named = {call.kind: call.value} if isinstance(call, CallLocator) else {}
        return (
            self.state in {None, session.state.value}
            and self.call_connection_id in {None, session.call_connection_id}
            and self.server_call_id in {None, session.server_call_id, named.get(LocatorKind.SERVER_CALL)}
            and self.group_call_id in {None, named.get(LocatorKind.GROUP_CALL)}
            and self.room_id in {None, named.get(LocatorKind.ROOM)}
            and self.tag in {None, session.request.tag}
        )


async def list_newest(
    store: SessionStore, filters: Filters, limit: int, after: str | None
) -> tuple[list[Session], str | None]:
    """Up to `limit` sessions, and the key behind which to go on, if there may be more. Raises Unavailable."""
    found: list[Session] = []
    looked_at = 0
    async for rows in batches(store, after):
        for row, session in zip(rows, await load_all(store, rows), strict=True):
            looked_at += 1
            if session is not None and session.erased_at is None and filters.shows(session):
                found.append(session)
            if len(found) == limit or looked_at == MOST_LOOKED_AT:
                return found, row.key
    return found, None


async def batches(store: SessionStore, after: str | None) -> AsyncIterator[list[Listed]]:
    """The index, some rows at a time."""
    rows: list[Listed] = []
    async for row in store.newest(after):
        rows.append(row)
        if len(rows) == AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows


async def load_all(store: SessionStore, rows: list[Listed]) -> list[Session | None]:
    """The rows' sessions; none for a row whose session was never written."""
    stored = await asyncio.gather(*(store.load(row.session_id) for row in rows))
    return [one.session if one else None for one in stored]
