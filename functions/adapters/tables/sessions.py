"""Sessions, their journals and their index in Table Storage.

A session is a partition: the row `session`, and a row `event-…` for each entry of the journal. The index is one
partition with inverted times as keys, so that a plain query gives the newest first.
"""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient

from functions.adapters.tables.rows import Row, from_pieces, in_pieces, in_table, is_missing_table, rows_in
from functions.lifecycle.journal import Entry
from functions.lifecycle.session import Session
from functions.services.ports import Listed, Stored

SESSION = "session"
LATEST_MS = 9_999_999_999_999


class TableSessions:
    """Fills the port SessionStore."""

    def __init__(self, tables: TableServiceClient) -> None:
        self.sessions = tables.get_table_client("VerbatimSessions")
        self.index = tables.get_table_client("VerbatimSessionIndex")

    async def load(self, session_id: str) -> Stored | None:
        """The session, or none. Raises Unavailable."""

        async def get() -> Stored | None:
            try:
                return read_stored(await self.sessions.get_entity(session_id, SESSION))
            except ResourceNotFoundError as error:
                if is_missing_table(error):
                    raise
                return None

        return await in_table(self.sessions, get)

    async def insert(self, session: Session, entry: Entry) -> Stored:
        """A new session with its first entry. Raises RowExists, Unavailable."""
        operations = [("create", session_row(session)), ("create", entry_row(session.id, entry))]
        results = await in_table(self.sessions, lambda: self.sessions.submit_transaction(operations))
        return Stored(session, results[0]["etag"])

    async def save(self, stored: Stored, session: Session, entry: Entry) -> Stored:
        """The session's new state with the entry. Raises RowChanged, RowExists, Unavailable."""
        unchanged = {
            "mode": UpdateMode.REPLACE,
            "etag": stored.etag,
            "match_condition": MatchConditions.IfNotModified,
        }
        operations: list[Any] = [
            ("update", session_row(session), unchanged),
            ("create", entry_row(session.id, entry)),
        ]
        results = await in_table(self.sessions, lambda: self.sessions.submit_transaction(operations))
        return Stored(session, results[0]["etag"])

    async def note(self, session_id: str, entry: Entry) -> None:
        """An entry alone. Raises RowExists, Unavailable."""
        await in_table(self.sessions, lambda: self.sessions.create_entity(entry_row(session_id, entry)))

    async def journal(self, session_id: str) -> list[Entry]:
        """The entries, oldest first. Raises Unavailable."""
        query = "PartitionKey eq @id and RowKey ge 'event-' and RowKey lt 'event.'"
        rows = rows_in(
            self.sessions, lambda: self.sessions.query_entities(query, parameters={"id": session_id})
        )
        entries = [msgspec.json.decode(from_pieces("doc", row), type=Entry) async for row in rows]
        return sorted(entries, key=lambda entry: (entry.at, entry.revision))

    async def list_newest(self, session: Session) -> None:
        """Put the session into the index. Raises Unavailable."""
        key = f"{LATEST_MS - session.created_at:013d}-{session.id}"
        row = {"PartitionKey": "newest", "RowKey": key, "session": session.id}
        await in_table(self.index, lambda: self.index.upsert_entity(row))

    async def newest(self, after: str | None) -> AsyncIterator[Listed]:
        """The index, newest first. Raises Unavailable."""
        query = "PartitionKey eq 'newest' and RowKey gt @after"
        rows = rows_in(
            self.index, lambda: self.index.query_entities(query, parameters={"after": after or ""})
        )
        async for row in rows:
            yield Listed(row["RowKey"], row["session"])


def session_row(session: Session) -> Row:
    """The session's row; `state` is there for people who look at the table."""
    text = msgspec.json.encode(session).decode()
    keys = {"PartitionKey": session.id, "RowKey": SESSION, "state": session.state.value}
    return keys | in_pieces("doc", text)


def read_stored(row: Any) -> Stored:
    """The session in a row."""
    return Stored(msgspec.json.decode(from_pieces("doc", row), type=Session), row.metadata["etag"])


def entry_row(session_id: str, entry: Entry) -> Row:
    """The entry's row, whose key is the event's identity."""
    keys = {"PartitionKey": session_id, "RowKey": f"event-{entry.key}"}
    return keys | in_pieces("doc", msgspec.json.encode(entry).decode())
