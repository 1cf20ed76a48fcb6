"""What the services may expect of SegmentStore, from Table Storage and from the simulation's store alike."""

import asyncio
from collections import Counter
from random import Random

import pytest

from functions.errors import Unavailable
from functions.services.ports import SegmentStore
from functions.services.transcripts import WITHOUT_WORDS
from functions.transcript.segments import LAST_PLACE, Segment, SpokenWord
from functions.transcript.streams import Anchor
from tests.service.bed import Tables, all_of, new_session
from tests.service.speech import ADA, final
from tests.simulation.mishaps import Mishaps
from tests.simulation.storage import Rows, SimulatedSegments


def simulated() -> SegmentStore:
    return SimulatedSegments(Rows(Mishaps(Random(1), calm=True)))


@pytest.fixture(params=["tables", "simulation"])
def store(request: pytest.FixtureRequest, tables: Tables) -> SegmentStore:
    return tables.segments if request.param == "tables" else simulated()


@pytest.fixture
def session_id() -> str:
    return new_session().id


def anchor(stream: str = "socket.1", anchor_ms: int = 5) -> Anchor:
    return Anchor(stream, "subscription", "en-US", anchor_ms, 6, gap_from=2)


async def insert_all(store: SegmentStore, session_id: str, spoken: list[Segment]) -> None:
    stored = await asyncio.gather(*(store.insert_segment(session_id, segment) for segment in spoken))
    assert all(stored)


# --- finals


async def test_a_final_comes_back_as_it_was_stored(store: SegmentStore, session_id: str) -> None:
    assert await all_of(store.segments(session_id, "")) == []
    spoken = [
        final("𝄞 שלום", words=(SpokenWord("𝄞", 1_000, 5), SpokenWord("שלום", 2**31 + 5))),
        final("no words", 2_000, words=(), confidence=None, duration_ms=0),
        final("", 3_000, seq=7),
    ]
    await insert_all(store, session_id, spoken)
    assert await all_of(store.segments(session_id, "")) == spoken


async def test_a_final_is_stored_once_and_the_first_one_stays(store: SegmentStore, session_id: str) -> None:
    first = final("first")
    assert await store.insert_segment(session_id, first)
    assert not await store.insert_segment(session_id, first)
    assert not await store.insert_segment(session_id, final("second", segment_id=first.segment_id))
    assert await all_of(store.segments(session_id, "")) == [first]


async def test_of_many_inserts_of_a_final_at_once_one_counts(store: SegmentStore, session_id: str) -> None:
    segment = final()
    outcomes = await asyncio.gather(*(store.insert_segment(session_id, segment) for _ in range(4)))
    assert Counter(outcomes) == {False: 3, True: 1}


async def test_finals_are_in_the_order_of_their_places_from_the_first_to_the_last(
    store: SegmentStore, session_id: str
) -> None:
    places = [1_500_000_000, 0, LAST_PLACE, 2_000, 999_999_999, 1_000]
    await insert_all(store, session_id, [final(offset_ms=place) for place in places])
    await store.insert_anchor(session_id, anchor())
    read = await all_of(store.segments(session_id, ""))
    assert [segment.offset_ms for segment in read] == sorted(places)


async def test_reading_goes_on_behind_a_key_or_a_place(store: SegmentStore, session_id: str) -> None:
    spoken = [final(offset_ms=place) for place in (1_000, 1_000, 2_000, 1_000_000_000)]
    await insert_all(store, session_id, spoken)
    for number, segment in enumerate(spoken):
        assert await all_of(store.segments(session_id, segment.segment_id)) == spoken[number + 1 :]
    assert await all_of(store.segments(session_id, "0000001000")) == spoken
    assert await all_of(store.segments(session_id, "0000001001")) == spoken[2:]


async def test_a_session_has_no_others_finals_and_streams(store: SegmentStore, session_id: str) -> None:
    other = new_session().id
    await insert_all(store, other, [final()])
    await store.insert_anchor(other, anchor())
    assert await all_of(store.segments(session_id, "")) == []
    assert await store.anchors(session_id) == []


async def test_only_the_columns_asked_for_are_read(store: SegmentStore, session_id: str) -> None:
    segment = final("Hello.", 7_000, received_at=9, duration_ms=500, seq=3)
    await insert_all(store, session_id, [segment])

    async def read(*columns: str) -> Segment:
        (found,) = await all_of(store.segments(session_id, "", frozenset(columns)))
        return found

    nothing = Segment(
        segment_id=segment.segment_id, stream="", seq=0, speaker="", text="", offset_ms=7_000, received_at=0
    )
    assert await read("duration_ms") == final(
        "",
        7_000,
        "",
        segment_id=segment.segment_id,
        seq=0,
        speaker="",
        received_at=0,
        confidence=None,
        words=(),
    )
    assert await read("segment_id") == nothing
    assert await read("received_at", "speaker") == Segment(
        segment_id=segment.segment_id, stream="", seq=0, speaker=ADA, text="", offset_ms=7_000, received_at=9
    )


async def test_all_but_the_words_can_be_read(store: SegmentStore, session_id: str) -> None:
    segment = final("Hello.", 7_000)
    await insert_all(store, session_id, [segment])
    (read,) = await all_of(store.segments(session_id, "", WITHOUT_WORDS))
    assert read == final("Hello.", 7_000, segment_id=segment.segment_id, words=())


async def test_who_will_take_few_may_take_all(store: SegmentStore, session_id: str) -> None:
    spoken = [final(offset_ms=place) for place in range(0, 6_000, 1_000)]
    await insert_all(store, session_id, spoken)
    assert await all_of(store.segments(session_id, "", most=2)) == spoken


async def test_it_is_known_whether_a_final_is_there(store: SegmentStore, session_id: str) -> None:
    spoken = final()
    assert not await store.has_segment(session_id, spoken.segment_id)
    await insert_all(store, session_id, [spoken])
    assert await store.has_segment(session_id, spoken.segment_id)
    assert not await store.has_segment(new_session().id, spoken.segment_id)
    assert not await store.has_segment(session_id, final().segment_id)


async def test_a_long_text_is_read_whole_whatever_else_is_read(store: SegmentStore, session_id: str) -> None:
    spoken = [final("x" * letters, letters) for letters in (15_999, 16_000, 16_001, 40_000)]
    await insert_all(store, session_id, spoken)
    read = await all_of(store.segments(session_id, "", frozenset({"text"})))
    assert [one.text for one in read] == [one.text for one in spoken]


# --- streams


async def test_the_first_anchor_of_a_stream_stays(store: SegmentStore, session_id: str) -> None:
    assert await store.anchors(session_id) == []
    first = anchor()
    assert await store.insert_anchor(session_id, first) == first
    assert await store.insert_anchor(session_id, anchor(anchor_ms=999)) == first
    assert await store.anchors(session_id) == [first]


async def test_of_many_anchors_at_once_everybody_gets_the_same(store: SegmentStore, session_id: str) -> None:
    given = [store.insert_anchor(session_id, anchor(anchor_ms=one)) for one in range(5)]
    got = await asyncio.gather(*given)
    assert got == await store.anchors(session_id) * 5


async def test_all_streams_are_told_by_their_names_order(store: SegmentStore, session_id: str) -> None:
    streams = [anchor(name) for name in ("socket-b.1", "socket-a.2", "socket-a.1", "socket-a.10")]
    for stream in streams:
        await store.insert_anchor(session_id, stream)
    await insert_all(store, session_id, [final()])
    assert await store.anchors(session_id) == sorted(streams, key=lambda each: each.stream)


async def test_an_anchor_that_is_erased_meanwhile_is_had_or_unavailable(
    store: SegmentStore, session_id: str
) -> None:
    async def insert() -> Anchor | None:
        try:
            return await store.insert_anchor(session_id, anchor())
        except Unavailable:
            return None

    for _ in range(12):
        await store.insert_anchor(session_id, anchor())
        *got, _ = await asyncio.gather(*(insert() for _ in range(4)), store.erase(session_id))
        assert set(got) <= {anchor(), None}


# --- erasing


async def test_everything_of_a_session_is_erased_and_nothing_of_another(
    store: SegmentStore, session_id: str
) -> None:
    other = new_session().id
    spoken = [final(offset_ms=offset) for offset in range(0, 13_000, 1_000)]
    for owner in (session_id, other):
        await insert_all(store, owner, spoken)
        await store.insert_anchor(owner, anchor())
    await store.erase(session_id)
    await store.erase(session_id)
    assert await all_of(store.segments(session_id, "")) == []
    assert await store.anchors(session_id) == []
    assert await all_of(store.segments(other, "")) == spoken
    assert await store.anchors(other) == [anchor()]


async def test_what_was_erased_may_come_again(store: SegmentStore, session_id: str) -> None:
    segment, later = final(), anchor(anchor_ms=9)
    await store.insert_segment(session_id, segment)
    await store.insert_anchor(session_id, anchor())
    await store.erase(session_id)
    assert await store.insert_segment(session_id, segment)
    assert await store.insert_anchor(session_id, later) == later
