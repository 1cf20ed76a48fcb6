"""A transcript read page by page is the transcript read whole; it is written in every format, and searched."""

import html
from collections.abc import AsyncIterator
from typing import Any

import pytest
import srt
import webvtt
from msgspec.structs import replace

from functions.errors import InputRefused
from functions.lifecycle.session import Session
from functions.services.transcripts import Found, Page, key_of_news, read_page, search, write_whole
from functions.transcript.formats.choice import Format
from functions.transcript.reading import Gap, Line, read_cursor
from functions.transcript.search import read_terms
from functions.transcript.segments import Segment
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


async def whole(tables: Tables, session: Session) -> list[Line | Gap]:
    return (await read_page(tables.segments, session, "", 1_000)).lines


async def pages(tables: Tables, session: Session, after: str, limit: int) -> list[Page]:
    read = [await read_page(tables.segments, session, after, limit)]
    while (cursor := read[-1].next) is not None:
        read.append(await read_page(tables.segments, session, read_cursor(session.id, cursor), limit))
    return read


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 7, 8, 9, 10])
async def test_pages_of_any_size_make_the_whole(tables: Tables, session: Session, limit: int) -> None:
    read = await pages(tables, session, "", limit)
    assert [line for page in read for line in page.lines] == await whole(tables, session)
    sizes = [sum(isinstance(line, Line) for line in page.lines) for page in read]
    assert max(sizes) <= limit
    assert sum(sizes) == 9


async def test_every_gap_is_told_once_in_its_place(tables: Tables, session: Session) -> None:
    lines = await whole(tables, session)
    gaps = [(one.offset_ms, one.duration_ms) for one in lines if isinstance(one, Gap)]
    assert gaps == [(20_500, 19_500), (60_000, 240_000), (400_000, 500_000)]
    kinds = [isinstance(one, Gap) for one in lines]
    assert kinds == [False] * 4 + [True] + [False] * 2 + [True] + [False] * 3 + [True]


async def test_lines_bear_names_locales_and_their_words(tables: Tables, session: Session) -> None:
    lines = [one for one in await whole(tables, session) if isinstance(one, Line)]
    assert {line.speaker.name for line in lines} == {"Ada"}
    assert [line.locale for line in lines] == ["en-US"] * 4 + ["de-DE"] * 2 + ["fr-FR"] * 3
    assert [line.words[0].text for line in lines] == [line.text for line in lines]


async def test_since_goes_back_far_enough_for_a_late_final(tables: Tables, session: Session) -> None:
    lines = [one for one in await whole(tables, session) if isinstance(one, Line)]
    key = await key_of_news(tables.segments, session, lines[-1].segment_id)
    read = await read_page(tables.segments, session, key, 100)
    assert [one.offset_ms for one in read.lines if isinstance(one, Line)] == [300_000, 301_000, 399_500]
    key = await key_of_news(tables.segments, session, lines[0].segment_id)
    assert (await read_page(tables.segments, session, key, 100)).lines == await whole(tables, session)


@pytest.mark.parametrize("since", ["0000001000-ffffffffffffffff", "stream-socket.1", "", "5"])
async def test_since_a_segment_that_is_not_there_is_refused(
    tables: Tables, session: Session, since: str
) -> None:
    with pytest.raises(InputRefused) as refused:
        await key_of_news(tables.segments, session, since)
    assert refused.value.field == "since"
    assert "leave since out" in refused.value.remedy


async def test_since_a_segment_of_another_session_is_refused(tables: Tables, session: Session) -> None:
    first = (await whole(tables, session))[0]
    assert isinstance(first, Line)
    with pytest.raises(InputRefused):
        await key_of_news(tables.segments, new_session(), first.segment_id)


async def test_an_empty_transcript_is_an_empty_page(tables: Tables) -> None:
    silent = new_session()
    assert await read_page(tables.segments, silent, "", 5) == Page([])
    assert await search(tables.segments, silent, read_terms("word"), "", 5) == Found([])


# --- written whole


@pytest.mark.parametrize("form", [Format.VTT, Format.SRT, Format.TXT, Format.MD])
async def test_every_format_holds_all_that_was_said_and_every_gap(
    tables: Tables, session: Session, form: Format
) -> None:
    text = (await write_whole(tables.segments, session, form, 0)).decode()
    said = [one.text for one in await whole(tables, session) if isinstance(one, Line)]
    assert all(one in text for one in said)
    assert text.lower().count("nothing could be heard") == 3
    assert "Ada" in text
    assert ADA not in text


async def test_subtitles_are_where_the_segments_are(tables: Tables, session: Session) -> None:
    lines = [one for one in await whole(tables, session) if isinstance(one, Line)]
    vtt = (await write_whole(tables.segments, session, Format.VTT, 0)).decode()
    captions = webvtt.from_string(vtt, strict=True).captions
    assert [one.identifier for one in captions] == [one.segment_id for one in lines]
    subtitles = srt.parse((await write_whole(tables.segments, session, Format.SRT, 1_000)).decode())
    starts = [one.start.total_seconds() * 1000 + 1_000 for one in subtitles if "Ada" in one.content]
    assert starts == [1_000, 5_000, 5_500, *(one.offset_ms for one in lines[3:])]


async def test_a_text_longer_than_a_property_is_written_whole(tables: Tables) -> None:
    talker = new_session()
    text = "𝄞 & mine, " * 4_000
    await tables.segments.insert_segment(talker.id, final(text, words=()))
    await tables.segments.insert_segment(talker.id, final("x" * 16_000, 9_000_000, words=()))
    written = (await write_whole(tables.segments, talker, Format.VTT, 0)).decode()
    shown = [one.raw_text.removeprefix("<v Speaker 1>") for one in webvtt.from_string(written).captions]
    said = html.unescape("".join(shown)).replace("\n", "").replace(" ", "")
    assert said == text.replace(" ", "") + "x" * 16_000


@pytest.mark.parametrize(
    ("form", "columns"),
    [
        (Format.VTT, {"speaker", "text", "duration_ms"}),
        (Format.SRT, {"speaker", "text", "duration_ms"}),
        (Format.TXT, {"speaker", "text"}),
        (Format.MD, {"speaker", "text"}),
    ],
)
async def test_no_column_is_read_that_the_format_does_not_need(
    tables: Tables, session: Session, form: Format, columns: set[str]
) -> None:
    asked: list[Any] = []

    class Watched:
        anchors = tables.segments.anchors

        def segments(self, session_id: str, after: str, columns: frozenset[str]) -> AsyncIterator[Segment]:
            asked.append(columns)
            return tables.segments.segments(session_id, after, columns)

    store: Any = Watched()
    await write_whole(store, session, form, 0)
    assert asked == [columns]


# --- searched


@pytest.fixture(scope="module")
async def talk(tables: Tables) -> Session:
    """A session in which boats are talked about, and other things."""
    session = new_session(request=replace(group_call(), speakers={ADA: "Ada"}))
    said = ["Good morning.", "A boat?", "No, a café.", "The BOAT, before noon.", "Boats.", "My boat."]
    for number, text in enumerate(said):
        await tables.segments.insert_segment(session.id, final(text, number * 1_000))
    return session


async def test_a_hit_comes_with_its_parts_and_its_neighbours(tables: Tables, talk: Session) -> None:
    found = await search(tables.segments, talk, read_terms("noon boat"), "", 10)
    (hit,) = found.hits
    assert hit.parts == ["The ", "BOAT", ", before ", "noon", "."]
    assert (hit.segment.text, hit.segment.speaker.name) == ("The BOAT, before noon.", "Ada")
    assert (hit.before and hit.before.text, hit.after and hit.after.text) == ("No, a café.", "Boats.")
    assert hit.segment.words == ()
    assert found.next is None


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_hits_page_by_page_are_all_hits_with_the_same_neighbours(
    tables: Tables, talk: Session, limit: int
) -> None:
    at_once = await search(tables.segments, talk, read_terms("boat"), "", 10)
    assert [hit.segment.text for hit in at_once.hits] == ["A boat?", "The BOAT, before noon.", "My boat."]
    assert [hit.after and hit.after.text for hit in at_once.hits] == ["No, a café.", "Boats.", None]
    found = [await search(tables.segments, talk, read_terms("boat"), "", limit)]
    while (cursor := found[-1].next) is not None:
        behind = read_cursor(talk.id, cursor)
        found.append(await search(tables.segments, talk, read_terms("boat"), behind, limit))
    assert [hit for page in found for hit in page.hits] == at_once.hits
    assert all(len(page.hits) <= limit for page in found)
    assert found[-1].hits


async def test_the_first_and_the_last_segment_have_one_neighbour(tables: Tables, talk: Session) -> None:
    (first,) = (await search(tables.segments, talk, read_terms("morning"), "", 1)).hits
    assert first.before is None
    assert first.after is not None
    (last,) = (await search(tables.segments, talk, read_terms("MY"), "", 1)).hits
    assert last.after is None
    assert last.before is not None


async def test_accents_do_not_matter(tables: Tables, talk: Session) -> None:
    (hit,) = (await search(tables.segments, talk, read_terms("CAFE"), "", 5)).hits
    assert hit.parts == ["No, a ", "café", "."]
