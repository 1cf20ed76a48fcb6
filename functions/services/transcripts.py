"""Transcripts: read page by page, written in one format, searched."""

from collections.abc import AsyncIterator, Callable, Iterable
from io import BytesIO
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from functions.errors import InputRefused
from functions.lifecycle.session import Session
from functions.services.ports import SegmentStore
from functions.transcript.formats.choice import Format
from functions.transcript.formats.writers import TranscriptWriter
from functions.transcript.reading import (
    Gap,
    Line,
    Span,
    key_before_late_finals,
    line,
    place_of,
    read_lines,
    write_cursor,
)
from functions.transcript.search import Term, find
from functions.transcript.segments import Segment
from functions.transcript.streams import Anchor

WITHOUT_WORDS = frozenset({"stream", "seq", "speaker", "text", "duration_ms", "confidence", "received_at"})
SPOKEN = frozenset({"speaker", "text"})
TIMED = SPOKEN | {"duration_ms"}
COLUMNS = {Format.VTT: TIMED, Format.SRT: TIMED, Format.TXT: SPOKEN, Format.MD: SPOKEN}
"""What a format needs to be read, besides the keys, which hold the places."""


PARTS = Meta(description="The text in parts, of which every second one matches; joined they are the text.")


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
    lines = read_lines(page, anchors, session.shown_names, span)
    return Page(lines, write_cursor(session.id, last) if last else None)


async def write_whole(store: SegmentStore, session: Session, form: Format, origin_ms: int) -> bytes:
    """The transcript in a format that is text, UTF-8. Raises Unavailable.

    `origin_ms` (from `createdAt`) is where subtitles begin to count. A segment is forgotten as soon as it is written.
    """
    writer = TranscriptWriter(form, session, await store.anchors(session.id), origin_ms)
    written = BytesIO()
    written.write(writer.head.encode())
    async for segment in store.segments(session.id, "", COLUMNS[form]):
        written.write(writer.write(segment).encode())
    written.write(writer.finish().encode())
    return written.getvalue()  # shares its memory, unlike a bytearray's


# --- search


class Hit(msgspec.Struct, frozen=True, omit_defaults=True):
    """A segment in which all the words occur, with its neighbours, all of them without `words`."""

    segment: Line
    parts: Annotated[list[str], PARTS]
    before: Annotated[Line, Meta(description="The one before it, if there is one.")] | None = None
    after: Annotated[Line, Meta(description="The one after it, if there is one.")] | None = None


class Found(msgspec.Struct, frozen=True):
    """Some hits; `next` is the cursor for those that follow."""

    hits: list[Hit]
    next: str | None = None


class Neighbours(NamedTuple):
    """A segment between those before and after it."""

    before: Segment | None
    segment: Segment
    after: Segment | None


async def search(
    store: SegmentStore, session: Session, terms: tuple[Term, ...], behind: str, limit: int
) -> Found:
    """Up to `limit` segments behind one (an id, or nothing) in which all the terms occur. Raises Unavailable."""
    show = shown_in(session, await store.anchors(session.id))
    hits: list[Hit] = []
    segments = store.segments(
        session.id, behind[:-1], WITHOUT_WORDS
    )  # so that it is read too, as a neighbour
    async for before, segment, after in with_neighbours(segments):
        parts = find(segment.text, terms) if segment.segment_id > behind else None
        if parts is None:
            continue
        if len(hits) == limit:
            return Found(hits, write_cursor(session.id, hits[-1].segment.segment_id))
        hits.append(
            Hit(show(segment), parts, show(before) if before else None, show(after) if after else None)
        )
    return Found(hits)


async def with_neighbours(segments: AsyncIterator[Segment]) -> AsyncIterator[Neighbours]:
    """Each segment with the ones before and after it."""
    before, current = None, None
    async for segment in segments:
        if current is not None:
            yield Neighbours(before, current, segment)
        before, current = current, segment
    if current is not None:
        yield Neighbours(before, current, None)


def shown_in(session: Session, anchors: Iterable[Anchor]) -> Callable[[Segment], Line]:
    """What makes of a segment what a reader gets."""
    streams = {anchor.stream: anchor for anchor in anchors}
    names = session.shown_names
    return lambda segment: line(segment, streams.get(segment.stream), names)


async def take(segments: AsyncIterator[Segment], most: int) -> list[Segment]:
    """The first so many."""
    taken: list[Segment] = []
    async for segment in segments:
        taken.append(segment)
        if len(taken) == most:
            break
    return taken


async def key_of_news(store: SegmentStore, session: Session, since: str) -> str:
    """The row key from which to read for one who has seen `since`. Raises InputRefused, Unavailable."""
    key = key_before_late_finals(since)
    if await store.has_segment(session.id, since):
        return key
    raise InputRefused(
        f"There is no segment {since} in this transcript.",
        field="since",
        remedy="Send the segmentId of a segment of this session, or leave since out to read from the start.",
    )
