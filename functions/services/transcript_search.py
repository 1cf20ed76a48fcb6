"""Search within a stored transcript."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import NamedTuple

import msgspec

from functions.lifecycle.session import Session
from functions.services.ports import SegmentStore
from functions.services.transcripts import WITHOUT_WORDS, Hit
from functions.transcript.reading import Line, line, write_cursor
from functions.transcript.search import Term, find
from functions.transcript.segments import Segment
from functions.transcript.streams import Anchor


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
    before_it = behind[:-1]  # so that it is read too, as a neighbour
    segments = store.segments(session.id, before_it, WITHOUT_WORDS)
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
