"""Finals and streams in a real table service."""

import asyncio
import logging
from contextlib import aclosing
from functools import partial
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError
from azure.data.tables.aio import TableClient

from functions.adapters.tables import rows
from functions.errors import Unavailable
from functions.services.transcripts import WITHOUT_WORDS
from functions.transcript.segments import SpokenWord
from functions.transcript.streams import Anchor
from tests.service.bed import Tables, all_of, new_session
from tests.service.speech import final
from tests.service.steps import HTTP_LOG, requests

ANCHOR = Anchor("socket.1", "subscription", "en-US", 5, 6, gap_from=2)


async def test_a_final_comes_back_as_it_was_stored(tables: Tables) -> None:
    session_id = new_session().id
    text = "𝄞 שלום, \u200fتجربة\u200f — naïve 👩\u200d👩\u200d👧\n\t\"quoted\" 'single'"
    words = (SpokenWord("שלום", 1_000, 5), SpokenWord("𝄞", 2**31 + 5), SpokenWord("'", 0, 0))
    stored = [
        final(text, words=words),
        final("no words", 2_000, words=(), confidence=None),
        final("late", 9_999_999_999, duration_ms=2_592_000_000),
        final("", 5_000),
    ]
    for segment in stored:
        assert await tables.segments.insert_segment(session_id, segment)
    read = await all_of(tables.segments.segments(session_id, ""))
    assert read == sorted(stored, key=lambda segment: segment.segment_id)


async def test_a_final_longer_than_a_property_comes_back_whole(tables: Tables) -> None:
    session_id = new_session().id
    words = tuple(SpokenWord("слово𝄞", number, 1) for number in range(5_000))
    segment = final("𝄞" * 40_000, words=words)
    await tables.segments.insert_segment(session_id, segment)
    assert await all_of(tables.segments.segments(session_id, "")) == [segment]
    (without,) = await all_of(tables.segments.segments(session_id, "", WITHOUT_WORDS))
    assert (without.text, without.words) == (segment.text, ())


async def test_a_final_is_stored_once_and_the_first_one_stays(tables: Tables) -> None:
    session_id = new_session().id
    segment = final()
    at_once = await asyncio.gather(*(tables.segments.insert_segment(session_id, segment) for _ in range(4)))
    assert sorted(at_once) == [False, False, False, True]
    assert await all_of(tables.segments.segments(session_id, "")) == [segment]


async def test_finals_are_read_in_order_behind_a_key_and_never_another_sessions(tables: Tables) -> None:
    session_id, other = new_session().id, new_session().id
    spoken = [final(offset_ms=offset) for offset in (3_000, 1_000, 2_000, 10_000)]
    for segment in spoken:
        await tables.segments.insert_segment(session_id, segment)
    await tables.segments.insert_segment(other, final())
    await tables.segments.insert_anchor(session_id, ANCHOR)
    whole = await all_of(tables.segments.segments(session_id, ""))
    assert [segment.offset_ms for segment in whole] == [1_000, 2_000, 3_000, 10_000]
    assert await all_of(tables.segments.segments(session_id, whole[1].segment_id)) == whole[2:]
    assert await all_of(tables.segments.segments(session_id, "0000002000")) == whole[1:]


async def test_only_the_columns_asked_for_are_read(tables: Tables) -> None:
    session_id = new_session().id
    await tables.segments.insert_segment(session_id, final(offset_ms=7_000))
    (only,) = await all_of(tables.segments.segments(session_id, "", frozenset({"duration_ms"})))
    assert (only.end_ms, only.text, only.speaker, only.words) == (7_500, "", "", ())


async def test_the_second_insert_of_an_anchor_gives_the_first(tables: Tables) -> None:
    session_id = new_session().id
    assert await tables.segments.insert_anchor(session_id, ANCHOR) == ANCHOR
    later = Anchor(ANCHOR.stream, "other", "de-DE", 999, 999)
    assert await tables.segments.insert_anchor(session_id, later) == ANCHOR
    assert await tables.segments.anchors(session_id) == [ANCHOR]


async def store_many(tables: Tables, session_id: str, segments: int) -> None:
    rows = [
        {"PartitionKey": session_id, "RowKey": f"{offset:010d}-{offset:016x}", "text": str(offset)}
        for offset in range(segments)
    ]
    await tables.segments.insert_segment(session_id, final(offset_ms=9_000_000))  # the table is there
    for start in range(0, len(rows), 100):
        batch = [("create", row) for row in rows[start : start + 100]]
        await tables.segments.table.submit_transaction(batch)


async def test_more_finals_than_a_page_holds_are_all_read(tables: Tables) -> None:
    session_id = new_session().id
    await store_many(tables, session_id, 1_100)
    read = await all_of(tables.segments.segments(session_id, ""))
    assert [segment.text for segment in read] == [*(str(offset) for offset in range(1_100)), "Hello."]


async def test_who_stops_reading_in_the_middle_leaves_nothing_behind(tables: Tables) -> None:
    session_id = new_session().id
    await store_many(tables, session_id, 1_100)
    before = asyncio.all_tasks()
    async with aclosing(rows.read_ahead(partial(tables.segments.table.query_entities, "true"))) as read:
        async for row in read:
            assert row["RowKey"]
            break
    assert asyncio.all_tasks() == before


async def test_a_page_that_does_not_come_is_told_to_who_reads(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = new_session().id
    await store_many(tables, session_id, 1_100)
    pages = []
    next_page = rows.next_page

    async def broken(waiting: Any) -> Any:
        pages.append(waiting)
        if len(pages) == 2:
            raise ServiceRequestError("the network is gone")
        return await next_page(waiting)

    monkeypatch.setattr(rows, "next_page", broken)
    with pytest.raises(Unavailable):
        await all_of(tables.segments.segments(session_id, ""))
    assert len(pages) == 2


async def test_a_reader_of_few_is_sent_few(tables: Tables, caplog: pytest.LogCaptureFixture) -> None:
    session = new_session()
    for offset in range(0, 5_000, 1_000):
        await tables.segments.insert_segment(session.id, final("a word", offset))
    caplog.set_level(logging.INFO, HTTP_LOG)
    read = [segment async for segment in tables.segments.segments(session.id, "", most=2)]
    assert len(read) == 5
    assert len(requests(caplog)) == 3


async def test_everything_of_a_session_is_erased_and_nothing_of_another(tables: Tables) -> None:
    session_id, other = new_session().id, new_session().id
    spoken = [final(offset_ms=offset) for offset in range(0, 150_000, 1_000)]
    for owner in (session_id, other):
        await tables.segments.insert_anchor(owner, ANCHOR)
        await asyncio.gather(*(tables.segments.insert_segment(owner, segment) for segment in spoken[:9]))
    for segment in spoken[9:]:
        await tables.segments.insert_segment(session_id, segment)
    await tables.segments.erase(session_id)
    assert await all_of(tables.segments.segments(session_id, "")) == []
    assert await tables.segments.anchors(session_id) == []
    assert await all_of(tables.segments.segments(other, "")) == spoken[:9]
    assert await tables.segments.anchors(other) == [ANCHOR]


async def test_words_that_come_after_the_erasure_are_erased_by_the_next(tables: Tables) -> None:
    session_id = new_session().id
    await tables.segments.insert_segment(session_id, final())
    await tables.segments.erase(session_id)
    await tables.segments.insert_segment(session_id, final())
    await tables.segments.erase(session_id)
    await tables.segments.erase(session_id)
    assert await all_of(tables.segments.segments(session_id, "")) == []


async def test_erasing_reads_no_words(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = new_session().id
    segment = final()
    await tables.segments.insert_segment(session_id, segment)
    deleted = []

    async def watched(table: TableClient, batch: list[rows.Row]) -> None:
        deleted.extend(batch)
        await delete_batch(table, batch)

    delete_batch = rows.delete_batch
    monkeypatch.setattr(rows, "delete_batch", watched)
    await tables.segments.erase(session_id)
    assert deleted == [{"PartitionKey": session_id, "RowKey": segment.segment_id}]
