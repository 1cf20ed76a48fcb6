"""A transcript read page by page is the transcript read whole."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from functions.lifecycle.session import Session
from functions.services.transcripts import Page, read_page, read_whole
from functions.transcript.reading import Gap, Line, key_before_late_finals, read_cursor
from functions.transcript.streams import Anchor
from tests.service.bed import Tables, group_call, new_session
from tests.service.speech import ADA, final

STREAMS = (
    Anchor("socket.1", "one", "en-US", 0, 1_000),
    Anchor("socket.2", "one", "de-DE", 0, 40_000, gap_from=20_500),
    Anchor("other.1", "two", "fr-FR", 0, 300_000, gap_from=60_000),
    Anchor("other.2", "two", "fr-FR", 0, 900_000, gap_from=400_000),  # nothing was said in it
)
SPOKEN = {
    "socket.1": (1_000, 5_000, 5_000, 20_000),
    "socket.2": (40_000, 41_000),
    "other.1": (300_000, 301_000, 399_500),
}


@pytest.fixture(scope="module")
async def session(tables: Tables) -> Session:
    """A session of four streams with gaps among them."""
    session = new_session(request=replace(group_call(), speakers={ADA: "Ada"}))
    for anchor in STREAMS:
        await tables.segments.insert_anchor(session.id, anchor)
    for stream, offsets in SPOKEN.items():
        for offset in offsets:
            await tables.segments.insert_segment(session.id, final(f"at {offset}", offset, stream))
    return session


async def pages(tables: Tables, session: Session, after: str, limit: int) -> list[Page]:
    read = [await read_page(tables.segments, session, after, limit)]
    while (cursor := read[-1].next) is not None:
        read.append(await read_page(tables.segments, session, read_cursor(session.id, cursor), limit))
    return read


def without_words(lines: Sequence[Line | Gap]) -> list[Line | Gap]:
    return [one if isinstance(one, Gap) else replace(one, words=()) for one in lines]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 7, 8, 9, 10, 1_000])
async def test_pages_of_any_size_make_the_whole(tables: Tables, session: Session, limit: int) -> None:
    read = await pages(tables, session, "", limit)
    lines = [line for page in read for line in page.lines]
    assert without_words(lines) == await read_whole(tables.segments, session)
    sizes = [sum(isinstance(line, Line) for line in page.lines) for page in read]
    assert max(sizes) <= limit
    assert sum(sizes) == 9


async def test_every_gap_is_told_once_in_its_place(tables: Tables, session: Session) -> None:
    whole = await read_whole(tables.segments, session)
    gaps = [(one.offset_ms, one.duration_ms) for one in whole if isinstance(one, Gap)]
    assert gaps == [(20_500, 19_500), (60_000, 240_000), (400_000, 500_000)]
    assert [isinstance(one, Gap) for one in whole] == [False] * 4 + [True] + [False] * 2 + [True] + [
        False
    ] * 3 + [True]


async def test_lines_bear_names_locales_and_in_pages_their_words(tables: Tables, session: Session) -> None:
    (page,) = await pages(tables, session, "", 100)
    lines = [one for one in page.lines if isinstance(one, Line)]
    assert {line.speaker.name for line in lines} == {"Ada"}
    assert [line.locale for line in lines] == ["en-US"] * 4 + ["de-DE"] * 2 + ["fr-FR"] * 3
    assert [line.words[0].text for line in lines] == [line.text for line in lines]


async def test_since_goes_back_far_enough_for_a_late_final(tables: Tables, session: Session) -> None:
    whole = await read_whole(tables.segments, session)
    newest = next(one for one in reversed(whole) if isinstance(one, Line))
    read = await read_page(tables.segments, session, key_before_late_finals(newest.segment_id), 100)
    offsets = [one.offset_ms for one in read.lines if isinstance(one, Line)]
    assert offsets == [300_000, 301_000, 399_500]
    first = next(one for one in whole if isinstance(one, Line))
    again = await read_page(tables.segments, session, key_before_late_finals(first.segment_id), 100)
    assert without_words(again.lines) == whole


async def test_an_empty_transcript_is_an_empty_page(tables: Tables) -> None:
    silent = new_session()
    assert await read_page(tables.segments, silent, "", 5) == Page([])
    assert await read_whole(tables.segments, silent) == []
