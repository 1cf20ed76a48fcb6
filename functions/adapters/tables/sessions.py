"""Sessions, their journals and their index in Table Storage.

A session is a partition: the row `session`, and a row `event-…` for each entry of the journal. The index is one
partition with inverted times as keys, so that a plain query gives the newest first.
"""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableServiceClient

from functions.adapters.tables.rows import (
    Row,
    delete_rows,
    from_pieces,
    if_unchanged,
    in_pieces,
    in_table,
    row_in,
    rows_in,
)
from functions.lifecycle.journal import Entry
from functions.lifecycle.session import Session
from functions.services.ports import Listed, Stored

SESSION = "session"
NEWEST = "newest"
JOURNAL = "PartitionKey eq @id and RowKey ge 'event-' and RowKey lt 'event.'"
LATEST_MS = 9_999_999_999_999
BEHIND_DASH = "."
"""The character after `-`, which follows the time in the index's keys."""


class TableSessions:
    """Fills the port SessionStore."""

    def __init__(self, tables: TableServiceClient) -> None:
        self.sessions = tables.get_table_client("VerbatimSessions")
        self.index = tables.get_table_client("VerbatimSessionIndex")

    async def load(self, session_id: str) -> Stored | None:
        """The session, or none. Raises Unavailable."""
        row = await row_in(self.sessions, session_id, SESSION)
        return None if row is None else read_stored(row)

    async def insert(self, session: Session, entry: Entry) -> Stored:
        """A new session with its first entry. Raises RowExists, Unavailable."""
        operations = [("create", session_row(session)), ("create", entry_row(session.id, entry))]
        results = await in_table(self.sessions, lambda: self.sessions.submit_transaction(operations))
        return Stored(session, results[0]["etag"])

    async def save(self, stored: Stored, session: Session, entry: Entry) -> Stored:
        """The session's new state with the entry. Raises RowChanged, RowExists, Unavailable."""
        operations: list[Any] = [
            ("update", session_row(session), {"mode": UpdateMode.REPLACE, **if_unchanged(stored.etag)}),
            ("create", entry_row(session.id, entry)),
        ]
        results = await in_table(self.sessions, lambda: self.sessions.submit_transaction(operations))
        return Stored(session, results[0]["etag"])

    async def note(self, stored: Stored, entry: Entry) -> Stored:
        """An entry that leaves the session as it is. Raises RowChanged, RowExists, Unavailable.

        Table Storage cannot only check an ETag: the session's row is merged with what it says already.
        """
        session = stored.session
        same = {"PartitionKey": session.id, "RowKey": SESSION, "state": session.state.value}
        operations: list[Any] = [
            ("update", same, {"mode": UpdateMode.MERGE, **if_unchanged(stored.etag)}),
            ("create", entry_row(session.id, entry)),
        ]
        results = await in_table(self.sessions, lambda: self.sessions.submit_transaction(operations))
        return Stored(session, results[0]["etag"])

    async def journal(self, session_id: str, after: str = "", most: int | None = None) -> list[Entry]:
        """The entries behind a place, oldest first. Raises Unavailable.

        Their keys are what happened, not when, so all of them are read for any part.
        """
        rows = rows_in(
            self.sessions, lambda: self.sessions.query_entities(JOURNAL, parameters={"id": session_id})
        )
        entries = [msgspec.json.decode(from_pieces("doc", row), type=Entry) async for row in rows]
        behind = (entry for entry in entries if entry.place > after)
        return sorted(behind, key=lambda entry: entry.place)[:most]

    async def list_newest(self, session: Session, claims: Iterable[str] = ()) -> None:
        """Put the session into the index, with the keys of its claims. Raises Unavailable."""
        row = {
            "PartitionKey": NEWEST,
            "RowKey": index_key(session),
            "session": session.id,
            "claims": " ".join(claims),
        }
        await in_table(self.index, lambda: self.index.upsert_entity(row))

    def newest(self, after: str | None) -> AsyncIterator[Listed]:
        """The index, newest first. Raises Unavailable."""
        return self.listed(after or "")

    def created_before(self, moment: int) -> AsyncIterator[Listed]:
        """The part of the index that is older, newest first. Raises Unavailable."""
        return self.listed(f"{inverted(moment)}{BEHIND_DASH}")

    async def listed(self, after: str) -> AsyncIterator[Listed]:
        """The index from behind a key. Raises Unavailable."""
        query = "PartitionKey eq @newest and RowKey gt @after"
        within = {"newest": NEWEST, "after": after}
        async for row in rows_in(self.index, lambda: self.index.query_entities(query, parameters=within)):
            yield Listed(row["RowKey"], row["session"], tuple(row.get("claims", "").split()))

    async def unlist(self, listed: Listed) -> None:
        """Remove a row of the index. Raises Unavailable."""
        await in_table(self.index, lambda: self.index.delete_entity(NEWEST, listed.key))

    async def erase_traces(self, session: Session) -> None:
        """Remove the journal, and then the row by which the session is found. Raises Unavailable."""
        await delete_rows(self.sessions, JOURNAL, id=session.id)
        await in_table(self.index, lambda: self.index.delete_entity(NEWEST, index_key(session)))


def index_key(session: Session) -> str:
    """The key of the session's row in the index."""
    return f"{inverted(session.created_at)}-{session.id}"


def inverted(moment: int) -> str:
    """The moment (ms) as a text that sorts the newest first."""
    return f"{LATEST_MS - moment:013d}"


def session_row(session: Session) -> Row:
    """The session's row; `state` is there for people who look at the table."""
    text = msgspec.json.encode(session).decode()
    keys = {"PartitionKey": session.id, "RowKey": SESSION, "state": session.state.value}
    return keys | in_pieces("doc", text)


def read_stored(row: TableEntity) -> Stored:
    """The session in a row."""
    return Stored(msgspec.json.decode(from_pieces("doc", row), type=Session), str(row.metadata["etag"]))


def entry_row(session_id: str, entry: Entry) -> Row:
    """The entry's row, whose key is the event's identity."""
    keys = {"PartitionKey": session_id, "RowKey": f"event-{entry.key}"}
    return keys | in_pieces("doc", msgspec.json.encode(entry).decode())
