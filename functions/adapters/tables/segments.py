"""Finals and streams in Table Storage: a session's are one partition, finals keyed by their place in time."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import msgspec
from azure.data.tables.aio import TableClient, TableServiceClient

from functions.adapters.tables.rows import (
    PIECE,
    Row,
    delete_rows,
    from_pieces,
    in_pieces,
    in_table,
    read_ahead,
    row_in,
    rows_in,
)
from functions.errors import RowChanged, RowExists, Unavailable
from functions.transcript.reading import place_of
from functions.transcript.segments import Segment, SpokenWord
from functions.transcript.streams import Anchor

BEHIND_DIGITS = ":"
"""The character after `9`: finals' keys begin with a digit, streams' with a letter."""
ONE_TRY: dict[str, Any] = {"retry_total": 0, "response_preference": "return-no-content"}
"""The frame path has its own tries and its own patience, and needs no echo of the row."""

LARGEST_PAGE = 1000
"""Rows a page, at the most: Table Storage refuses to be asked for more."""

type StoredWord = tuple[str, int, int | None]


class TableSegments:
    """Fills the port SegmentStore."""

    def __init__(self, tables: TableServiceClient) -> None:
        self.table: TableClient = tables.get_table_client("VerbatimSegments")

    async def insert_segment(self, session_id: str, segment: Segment) -> bool:
        """Store a final; false if it is there already. Raises Unavailable."""
        row = segment_row(session_id, segment)
        try:
            await in_table(self.table, lambda: self.table.create_entity(row, **ONE_TRY))
        except RowExists:
            return False
        return True

    async def insert_anchor(self, session_id: str, anchor: Anchor) -> Anchor:
        """Store a stream's anchor, or get the one that is there. Raises Unavailable."""
        row = anchor_row(session_id, anchor)
        try:
            await in_table(self.table, lambda: self.table.create_entity(row, **ONE_TRY))
        except RowExists:
            return await self.stored_anchor(session_id, row["RowKey"])
        return anchor

    async def stored_anchor(self, session_id: str, key: str) -> Anchor:
        """The anchor that was there first. Raises Unavailable, also if it has gone since."""
        try:
            found = await in_table(self.table, lambda: self.table.get_entity(session_id, key))
        except RowChanged:
            raise Unavailable("The stream's anchor was erased just now.") from None
        return msgspec.json.decode(found["doc"], type=Anchor)

    async def anchors(self, session_id: str) -> list[Anchor]:
        """The session's streams. Raises Unavailable."""
        query = "PartitionKey eq @id and RowKey ge 'stream-' and RowKey lt 'stream.'"
        rows = rows_in(self.table, lambda: self.table.query_entities(query, parameters={"id": session_id}))
        return [msgspec.json.decode(row["doc"], type=Anchor) async for row in rows]

    async def segments(
        self, session_id: str, after: str, columns: frozenset[str] | None = None, most: int | None = None
    ) -> AsyncIterator[Segment]:
        """The finals behind a row key, in order; only some columns, if they are named. Raises Unavailable.

        `most` is how many the reader will take, so that the service does not send more.
        """
        query = "PartitionKey eq @id and RowKey gt @after and RowKey lt @end"
        within = {"id": session_id, "after": after, "end": BEHIND_DIGITS}
        select = None if columns is None else ["RowKey", *columns]
        found = partial(self.table.query_entities, query, parameters=within, select=select)
        if most is None:
            rows = rows_in(self.table, partial(read_ahead, found))
        else:
            rows = rows_in(self.table, partial(found, results_per_page=min(most, LARGEST_PAGE)))
        async for row in rows:
            if select is not None and len(row.get("text") or "") == PIECE:
                row["text"] = await self.long_text(session_id, row)
            yield read_segment(row)

    async def long_text(self, session_id: str, row: Row) -> str:
        """A text that fills its property, with the further ones that nobody asked for: they are hardly ever there."""
        found = await row_in(self.table, session_id, row["RowKey"])
        return from_pieces("text", row if found is None else found)

    async def has_segment(self, session_id: str, segment_id: str) -> bool:
        """Whether the session has that final. Raises Unavailable."""
        return await row_in(self.table, session_id, segment_id) is not None

    async def erase(self, session_id: str) -> None:
        """Remove everything of the session, in batches. Raises Unavailable."""
        await delete_rows(self.table, "PartitionKey eq @id", id=session_id)


def segment_row(session_id: str, segment: Segment) -> Row:
    """The final's row; times that may pass 32 bits are texts."""
    row = {
        "PartitionKey": session_id,
        "RowKey": segment.segment_id,
        "stream": segment.stream,
        "seq": segment.seq,
        "speaker": segment.speaker,
        "received_at": str(segment.received_at),
        "duration_ms": str(segment.duration_ms),
    }
    if segment.confidence is not None:
        row["confidence"] = float(segment.confidence)
    if segment.words:
        words = [(word.text, word.offset_ms, word.duration_ms) for word in segment.words]
        row |= in_pieces("words", msgspec.json.encode(words).decode())
    return row | in_pieces("text", segment.text)


def read_segment(row: Any) -> Segment:
    """The final in a row, or what was asked for of it."""
    key = row["RowKey"]
    return Segment(
        segment_id=key,
        stream=row.get("stream", ""),
        seq=row.get("seq", 0),
        speaker=row.get("speaker", ""),
        text=from_pieces("text", row),
        offset_ms=place_of(key),
        received_at=int(row.get("received_at", 0)),
        duration_ms=int(row.get("duration_ms", 0)),
        confidence=row.get("confidence"),
        words=read_words(from_pieces("words", row)),
    )


def read_words(text: str) -> tuple[SpokenWord, ...]:
    """The words of a final."""
    if not text:
        return ()
    return tuple(SpokenWord(*word) for word in msgspec.json.decode(text, type=list[StoredWord]))


def anchor_row(session_id: str, anchor: Anchor) -> Row:
    """The stream's row."""
    doc = msgspec.json.encode(anchor).decode()
    return {"PartitionKey": session_id, "RowKey": f"stream-{anchor.stream}", "doc": doc}
