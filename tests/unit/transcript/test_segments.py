import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.transcript.frames import LARGEST_TICKS, UNIX_EPOCH_TICKS, Data, Word
from functions.transcript.reading import place_of
from functions.transcript.segments import (
    LAST_PLACE,
    SpokenWord,
    is_segment_id,
    place,
    segment_id,
    words_of,
)
from tests.unit.transcript.spoken import ADA, BEN, CREATED_AT, TICKS, Transcriber, said

PLACES = st.integers(0, LAST_PLACE)


def absolute(moment: int) -> int:
    return LARGEST_TICKS - UNIX_EPOCH_TICKS - moment * TICKS


def test_the_same_frame_twice_is_one_segment() -> None:
    heard = Transcriber("socket")
    heard.begin("sub")
    first = heard.hear(said(5000), 6100)
    assert heard.hear(said(5000), 9999).segment_id == first.segment_id


@pytest.mark.parametrize(
    ("stream", "data"),
    [
        ("socket.2", said(5000)),
        ("other.1", said(5000)),
        ("socket.1", said(5001)),
        ("socket.1", said(5000, "Hello!")),
        ("socket.1", said(5000, who=BEN)),
    ],
)
def test_another_stream_offset_participant_or_text_is_another_segment(stream: str, data: Data) -> None:
    assert segment_id(stream, data, 7000) != segment_id("socket.1", said(5000), 7000)


def test_duration_confidence_and_arrival_make_no_other_segment() -> None:
    heard = Data("Hello.", 5000 * TICKS, participant=ADA, confidence=0.1, duration=7, result_state="final")
    assert segment_id("socket.1", heard, 7000) == segment_id("socket.1", said(5000), 7000)


def test_a_line_break_in_a_participant_is_not_taken_for_its_end() -> None:
    one = Data("c", 0, participant="a\nb")
    other = Data("b\nc", 0, participant="a")
    assert segment_id("socket.1", one, 0) != segment_id("socket.1", other, 0)


@given(PLACES, st.text(), st.text())
def test_every_id_has_the_form_of_an_id_and_tells_its_place(at: int, stream: str, text: str) -> None:
    made = segment_id(stream, said(0, text), at)
    assert is_segment_id(made)
    assert place_of(made) == at


@given(PLACES, PLACES)
def test_ids_sort_by_place(early: int, late: int) -> None:
    if early < late:
        assert segment_id("b", said(0, "b"), early) < segment_id("a", said(0, "a"), late)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "0000000001",
        "0000000001-",
        "000000001-0123456789abcdef",
        "00000000001-0123456789abcdef",
        "0000000001-0123456789ABCDEF",
        "0000000001-0123456789abcde",
        "0000000001-0123456789abcdeg",
        "0000000001-0123456789abcdef0",
        "000000000\u0661-0123456789abcdef",
        "+000000001-0123456789abcdef",
        "0000000001_0123456789abcdef",
        "0000000001-0123456789abcde'",
    ],
)
def test_what_is_no_segments_id_is_not_taken_for_one(text: str) -> None:
    assert not is_segment_id(text)


def test_a_relative_offset_lies_after_its_streams_anchor() -> None:
    assert place(309_058_340, 1000, CREATED_AT) == 1000 + 30_905


def test_an_absolute_offset_needs_no_anchor() -> None:
    assert place(absolute(CREATED_AT + 30_905), 555, CREATED_AT) == 30_905


@given(st.integers(0, LARGEST_TICKS), st.integers(-(10**10), 10**10))
def test_every_place_fits_into_a_key(offset: int, anchor: int) -> None:
    at = place(offset, anchor, CREATED_AT)
    assert is_segment_id(segment_id("socket.1", said(0), at))


def test_words_lie_where_they_were_spoken() -> None:
    data = Data(
        "hello there", 50_000, words=(Word("hello", 50_000, 4_000_000), Word("there", 4_050_000, None))
    )
    assert words_of(data, 1000, CREATED_AT) == (
        SpokenWord("hello", 1005, 400),
        SpokenWord("there", 1405, None),
    )


def test_a_final_without_words_has_none() -> None:
    assert words_of(said(0), 0, CREATED_AT) == ()


@given(st.integers(), st.none() | st.integers())
def test_words_whose_times_make_no_sense_still_make_sense_to_a_reader(
    offset: int, duration: int | None
) -> None:
    (word,) = words_of(Data("x", 0, words=(Word("x", offset, duration),)), 1000, CREATED_AT)
    assert 0 <= word.offset_ms <= LAST_PLACE
    assert word.duration_ms is None or 0 <= word.duration_ms <= LAST_PLACE
    assert msgspec.json.decode(msgspec.json.encode(word), type=SpokenWord) == word


def test_a_word_before_the_beginning_is_taken_at_its_segment() -> None:
    data = Data("x", 50_000, words=(Word("x", -1),))
    assert words_of(data, 1000, CREATED_AT)[0].offset_ms == 1005
