"""Transcripts, read page by page."""

from collections.abc import AsyncIterator

import msgspec

from functions.lifecycle.session import Session
from functions.services.ports import SegmentStore
from functions.transcript.reading import Gap, Line, Span, place_of, read_lines, write_cursor
from functions.transcript.segments import Segment

WITHOUT_WORDS = frozenset({"stream", "seq", "speaker", "text", "duration_ms", "confidence", "received_at"})


class Page(msgspec.Struct, frozen=True):
    """Some lines of a transcript; `next` is the cursor for those that follow."""

    lines: list[Line | Gap]
    next: str | None = None


async def read_page(store: SegmentStore, session: Session, after: str, limit: int) -> Page:
    """Up to `limit` segments behind a row key, with the gaps among them. Raises Unavailable."""
    anchors = await store.anchors(session.id)
    segments = await take(store.segments(session.id, after, most=limit + 1), limit + 1)
    page, more = segments[:limit], len(segments) > limit
    last = page[-1].segment_id if more else None
    span = Span(after=place_of(after) if after else -1, until=place_of(last) if last else None)
    lines = read_lines(page, anchors, session.names | session.speakers, span)
    return Page(lines, write_cursor(session.id, last) if last else None)


async def read_whole(store: SegmentStore, session: Session) -> list[Line | Gap]:
    """Every segment without its words, and every gap. Raises Unavailable."""
    anchors = await store.anchors(session.id)
    segments = [segment async for segment in store.segments(session.id, "", WITHOUT_WORDS)]
    return read_lines(segments, anchors, session.names | session.speakers, Span())


async def take(segments: AsyncIterator[Segment], most: int) -> list[Segment]:
    """The first so many."""
    taken: list[Segment] = []
    async for segment in segments:
        taken.append(segment)
        if len(taken) == most:
            break
    return taken
