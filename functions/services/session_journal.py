"""A session's journal, read page by page."""

import msgspec

from functions.lifecycle.journal import Entry
from functions.services.ports import SessionStore


class Page(msgspec.Struct, frozen=True):
    """Some entries of a journal, oldest first; `next` is the place behind which the others are."""

    entries: list[Entry]
    next: str | None = None


async def read_journal(store: SessionStore, session_id: str, after: str, limit: int) -> Page:
    """Up to `limit` entries behind a place, the empty text being before all. Raises Unavailable.

    While the session goes on, an entry can still come to stand before a place that was read: hosts' clocks differ.
    """
    found = await store.journal(session_id, after, limit + 1)
    entries = found[:limit]
    return Page(entries, entries[-1].place if len(found) > limit else None)
