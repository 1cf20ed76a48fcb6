import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import InputRefused
from functions.transcript.reading import (
    LATE_FINALS_MS,
    Gap,
    Line,
    Span,
    key_before_late_finals,
    place_of,
    read_cursor,
    read_lines,
    write_cursor,
)
from functions.transcript.segments import LAST_PLACE, Segment, SpokenWord, is_segment_id
from functions.transcript.streams import Anchor
from tests.unit.transcript.spoken import ADA, segment

SESSION = "01ARYZ6S410000000000000000"
FIRST = Anchor("socket.1", "sub", "en-US", 0, 0)
SECOND = Anchor("socket.2", "sub", "de-DE", 40_000, 50_000, gap_from=20_000)
WHOLE = Span()


def read(segments: list[Segment], anchors: list[Anchor], span: Span = WHOLE) -> list[Line | Gap]:
    return read_lines(segments, anchors, {ADA: "Ada"}, span)


def places(lines: list[Line | Gap]) -> list[str]:
    return [f"gap {line.offset_ms}" if isinstance(line, Gap) else f"line {line.offset_ms}" for line in lines]


def test_a_line_has_its_speakers_name_and_the_locale_in_force() -> None:
    words = (SpokenWord("Hallo", 51_000, 400),)
    spoken = segment(51_000, "socket.2", "Hallo.", confidence=0.5, words=words)
    _, line = read([spoken], [FIRST, SECOND])
    assert line == Line(
        segment_id=spoken.segment_id,
        stream="socket.2",
        seq=1,
        speaker=line.speaker if isinstance(line, Line) else None,  # type: ignore[arg-type]  # compared below
        text="Hallo.",
        offset_ms=51_000,
        duration_ms=1000,
        received_at="2026-11-21T00:54:28.874Z",
        locale="de-DE",
        confidence=0.5,
        words=words,
    )
    assert isinstance(line, Line)
    assert (line.speaker.id, line.speaker.name) == (ADA, "Ada")


def test_a_speaker_without_a_name_keeps_the_raw_id() -> None:
    (line,) = read([segment(0, speaker="4:+15551230000")], [FIRST])
    assert isinstance(line, Line)
    assert (line.speaker.id, line.speaker.name) == ("4:+15551230000", None)


@pytest.mark.parametrize("anchors", [[], [Anchor("socket.1", "sub", "", 0, 0)]])
def test_a_locale_that_is_not_known_is_left_out(anchors: list[Anchor]) -> None:
    (line,) = read([segment(0)], anchors)
    assert isinstance(line, Line)
    assert line.locale is None


def test_a_gap_stands_before_the_first_words_of_its_stream() -> None:
    segments = [segment(1000), segment(50_000, "socket.2"), segment(52_000, "socket.2")]
    lines = read(segments, [SECOND, FIRST])
    assert places(lines) == ["line 1000", "gap 20000", "line 50000", "line 52000"]
    assert lines[1] == Gap(offset_ms=20_000, duration_ms=30_000)


def test_the_first_stream_has_no_gap_before_it() -> None:
    assert places(read([segment(9000)], [Anchor("socket.1", "sub", "en-US", 0, 9000)])) == ["line 9000"]


def test_a_stream_whose_words_are_still_to_come_shows_its_gap_already() -> None:
    assert places(read([segment(1000)], [FIRST, SECOND])) == ["line 1000", "gap 20000"]


def test_several_gaps_come_in_order() -> None:
    third = Anchor("socket.3", "sub", "en-US", 0, 90_000, gap_from=60_000)
    assert places(read([], [third, SECOND, FIRST])) == ["gap 20000", "gap 60000"]


def test_a_transcript_without_words_is_empty() -> None:
    assert read([], []) == []


# --- pages

PLACES = st.integers(0, 30)
TRANSCRIPTS = st.tuples(
    st.lists(st.tuples(PLACES, st.sampled_from(["a", "b", "c"])), max_size=12, unique=True),
    st.lists(st.tuples(PLACES, PLACES), max_size=5, unique_by=lambda gap: gap),
)


def make(spoken: list[tuple[int, str]], gaps: list[tuple[int, int]]) -> tuple[list[Segment], list[Anchor]]:
    segments = [segment(at, f"socket.{text}", text) for at, text in spoken]
    anchors = [
        Anchor(f"gap.{number}", "sub", "en-US", 0, max(gap), gap_from=min(gap))
        for number, gap in enumerate(gaps)
    ]
    return sorted(segments, key=lambda one: one.segment_id), anchors


def page(
    segments: list[Segment], anchors: list[Anchor], after: str, limit: int
) -> tuple[list[Line | Gap], str]:
    """A page behind a key as the service cuts it, and the key behind which the next one begins."""
    behind = [one for one in segments if one.segment_id > after]
    cut = behind[:limit]
    last = cut[-1].segment_id if len(behind) > limit else ""
    span = Span(after=place_of(after) if after else -1, until=place_of(last) if last else None)
    return read(cut, anchors, span), last


@given(TRANSCRIPTS, st.integers(1, 14))
def test_pages_of_any_size_lose_and_repeat_nothing(
    transcript: tuple[list[tuple[int, str]], list[tuple[int, int]]], limit: int
) -> None:
    segments, anchors = make(*transcript)
    lines, after = page(segments, anchors, "", limit)
    while after:
        more, after = page(segments, anchors, read_cursor(SESSION, write_cursor(SESSION, after)), limit)
        assert more
        lines.extend(more)
    whole = read(segments, anchors)
    assert sorted(map(repr, lines)) == sorted(map(repr, whole))
    assert [line for line in lines if isinstance(line, Line)] == [
        line for line in whole if isinstance(line, Line)
    ]


@given(TRANSCRIPTS, PLACES)
def test_a_reader_with_since_gets_all_that_is_not_older_than_a_late_final(
    transcript: tuple[list[tuple[int, str]], list[tuple[int, int]]], newest: int
) -> None:
    segments, anchors = make(*transcript)
    since = segment(newest + LATE_FINALS_MS).segment_id
    lines, _ = page(segments, anchors, key_before_late_finals(since), 100)
    expected = [line for line in read(segments, anchors) if ends_at(line) >= newest]
    assert [line for line in lines if ends_at(line) >= newest] == expected


def ends_at(line: Line | Gap) -> int:
    """Where a line or what follows a gap begins."""
    return line.offset_ms + line.duration_ms if isinstance(line, Gap) else line.offset_ms


def test_since_something_early_reads_from_the_start() -> None:
    assert key_before_late_finals(segment(LATE_FINALS_MS).segment_id) == ""


def test_since_reads_from_two_minutes_before() -> None:
    key = key_before_late_finals(segment(500_000).segment_id)
    assert key < segment(500_000 - LATE_FINALS_MS).segment_id
    assert key > segment(500_000 - LATE_FINALS_MS - 2).segment_id


@pytest.mark.parametrize("since", ["", "5", "0000000001", "0000000001-xyz", "x" * 10_000])
def test_since_anything_but_a_segment_is_refused(since: str) -> None:
    with pytest.raises(InputRefused) as refused:
        key_before_late_finals(since)
    assert refused.value.field == "since"
    assert len(str(refused.value)) < 200


# --- cursors


@given(st.integers(0, LAST_PLACE))
def test_a_cursor_is_read_back(at: int) -> None:
    last = segment(at).segment_id
    cursor = write_cursor(SESSION, last)
    assert cursor.isascii()
    assert not set(cursor) & set("=+/&?# ")
    assert read_cursor(SESSION, cursor) == last


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!",
        "é",
        write_cursor("01ARYZ6S410000000000000001", segment(5).segment_id),
        write_cursor(SESSION, "0000000001"),
        write_cursor(SESSION, ""),
        encoded(SESSION),
        encoded(f"{SESSION}/{segment(5).segment_id}/"),
        base64.urlsafe_b64encode(SESSION.encode() + b"/\xff").decode(),
    ],
)
def test_any_other_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_cursor(SESSION, cursor)
    assert refused.value.field == "cursor"


@given(st.text())
def test_any_text_is_a_cursor_or_refused(cursor: str) -> None:
    with suppress(InputRefused):
        assert is_segment_id(read_cursor(SESSION, cursor))
