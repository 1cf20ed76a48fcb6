"""A transcript as it is read: segments in order, gaps between streams, names and locales joined in."""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf

import msgspec

from functions.errors import InputRefused
from functions.lifecycle.times import rfc3339
from functions.transcript.captions import Speaker
from functions.transcript.segments import PLACE_DIGITS, Segment, SpokenWord, is_segment_id
from functions.transcript.streams import Anchor

LONGEST_QUERY = 256
"""Characters of a search."""
LATE_FINALS_MS = 120_000
"""How much later than its neighbours a final may come; a reader with `since` is given this much again."""


class Line(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A segment as a reader gets it. Times are ms from the session's `createdAt`."""

    segment_id: str
    stream: str
    seq: int
    speaker: Speaker
    text: str
    offset_ms: int
    duration_ms: int
    received_at: str
    locale: str | None = None
    confidence: float | None = None
    words: tuple[SpokenWord, ...] = ()


class Gap(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A stretch in which nothing could be heard: a broken socket, or a stop and a start."""

    offset_ms: int
    duration_ms: int
    gap: bool = True


class Span(msgspec.Struct, frozen=True):
    """The stretch that a page covers: gaps that end after `after` ms, up to `until` ms if a page follows."""

    after: int = -1
    until: int | None = None


WHOLE = Span()


class Gaps:
    """The gaps that a reader of a span is shown, each before the first segment that follows it."""

    def __init__(self, anchors: Iterable[Anchor], span: Span = WHOLE) -> None:
        shown = (anchor for anchor in anchors if is_gap_in(anchor, span))
        self.waiting = sorted(shown, key=lambda one: one.starts_at, reverse=True)

    def until(self, offset_ms: float) -> Iterator[Gap]:
        """Those that end by then (ms from `createdAt`) and were not given yet, in order."""
        while self.waiting and self.waiting[-1].starts_at <= offset_ms:
            yield gap_before(self.waiting.pop())


def is_gap_in(anchor: Anchor, span: Span) -> bool:
    """Whether the stream begins after a gap that this page shows."""
    if anchor.gap_from is None or anchor.starts_at <= span.after:
        return False
    return span.until is None or anchor.starts_at <= span.until


def gap_before(anchor: Anchor) -> Gap:
    """The gap between a stream and the one before."""
    begins = anchor.gap_from or 0
    return Gap(offset_ms=begins, duration_ms=anchor.starts_at - begins)


def read_lines(
    segments: Sequence[Segment], anchors: Sequence[Anchor], speakers: Mapping[str, str], span: Span
) -> list[Line | Gap]:
    """The page's segments (in order) with their names and locales, and the gaps that lie in it."""
    streams = {anchor.stream: anchor for anchor in anchors}
    gaps = Gaps(streams.values(), span)
    lines: list[Line | Gap] = []
    for segment in segments:
        lines += gaps.until(segment.offset_ms)
        lines.append(line(segment, streams.get(segment.stream), speakers))
    return [*lines, *gaps.until(inf)]


def line(segment: Segment, anchor: Anchor | None, speakers: Mapping[str, str]) -> Line:
    """The segment with its speaker's name and the locale that was in force."""
    return Line(
        segment_id=segment.segment_id,
        stream=segment.stream,
        seq=segment.seq,
        speaker=Speaker(segment.speaker, speakers.get(segment.speaker)),
        text=segment.text,
        offset_ms=segment.offset_ms,
        duration_ms=segment.duration_ms,
        received_at=rfc3339(segment.received_at),
        locale=anchor.locale or None if anchor else None,
        confidence=segment.confidence,
        words=segment.words,
    )


def write_cursor(session_id: str, last_segment_id: str) -> str:
    """An opaque mark for where the next page begins."""
    return base64.urlsafe_b64encode(f"{session_id}/{last_segment_id}".encode()).decode().rstrip("=")


def read_cursor(session_id: str, cursor: str) -> str:
    """The segment id in a cursor of this session. Raises InputRefused."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    owner, _, segment = text.partition("/")
    if owner != session_id or not is_segment_id(segment):
        raise InputRefused(
            "This cursor does not belong to this transcript.",
            field="cursor",
            remedy="Leave cursor out to read from the start, or send `next` of the page before, unchanged.",
        )
    return segment


def key_before_late_finals(since: str) -> str:
    """The row key from which to read for one who has seen `since`. Raises InputRefused."""
    if not is_segment_id(since):
        raise InputRefused(
            f"{since[:64]!r} is not a segment id.",
            field="since",
            remedy="Send the segmentId of the newest segment that you have, or leave since out.",
        )
    last_unseen = place_of(since) - LATE_FINALS_MS - 1  # a gap right at the limit belongs to the answer
    return "" if last_unseen < 0 else f"{last_unseen:0{PLACE_DIGITS}d}"


def place_of(segment_id: str) -> int:
    """The place in a segment's id, ms from `createdAt`."""
    return int(segment_id[:PLACE_DIGITS])
