from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import FrameRefused
from functions.transcript.bandwidth_frames import Start, Words, party_names, read_frame
from functions.transcript.frames import LARGEST_FRAME, Fault, Word, absolute_ms, is_offset
from functions.transcript.segments import SpokenWord, segment_id, words_of
from functions.transcript.streams import StreamState, begin_stream, place_anchor
from tests.unit.transcript.bandwidth_spoken import (
    BEGINS,
    FINAL,
    HELLO,
    MARK,
    METADATA,
    TRANSCRIPTION,
    WORLD,
    after,
    frame,
    start,
    stop,
)

CREATED_AT = BEGINS - 7000
TICKS = 10_000


def words_in(body: bytes) -> Words:
    read = read_frame(body, TRANSCRIPTION)
    assert isinstance(read, Words)
    return read


def fault_of(body: bytes, transcription: str = TRANSCRIPTION) -> str:
    with pytest.raises(FrameRefused) as refused:
        read_frame(body, transcription)
    return refused.value.fault


def test_a_final_is_read_in_full() -> None:
    read = words_in(frame())
    assert (read.text, read.participant, read.is_final) == ("hello world!", "inbound", True)
    assert (read.offset, read.duration) == (after(0), 1200 * TICKS)
    assert absolute_ms(read.offset) == BEGINS


def test_words_are_what_was_pronounced() -> None:
    assert words_in(frame()).words == (
        Word("hello", after(0), 499 * TICKS),
        Word("world", after(599), 601 * TICKS),
    )


def test_confidence_is_the_mean_of_the_words_and_not_of_the_punctuation() -> None:
    assert words_in(frame()).confidence == pytest.approx(0.75)


@pytest.mark.parametrize("items", [[], [MARK], ..., None, [HELLO | {"confidence": None}]])
def test_without_a_word_of_known_confidence_there_is_none(items: Any) -> None:
    assert words_in(frame(items=items)).confidence is None


@pytest.mark.parametrize("confidence", [-0.1, 1.1, 1e308])
def test_a_confidence_that_is_none_does_not_count(confidence: float) -> None:
    assert words_in(frame(items=[HELLO, WORLD | {"confidence": confidence}])).confidence == 0.9


def test_a_partial_is_an_interim_without_words() -> None:
    read = words_in(frame(isPartial=True))
    assert (read.text, read.is_final, read.words) == ("hello world!", False, ())


def test_a_partial_and_its_final_are_the_same_segment() -> None:
    partial, final = words_in(frame(isPartial=True, transcript="hello")), words_in(frame())
    assert segment_id("socket.1", partial, 7000) == segment_id("socket.1", final, 7000)


def test_the_same_words_on_another_socket_are_the_same_segment() -> None:
    assert segment_id("socket.1", words_in(frame()), 7000) == segment_id("other.2", words_in(frame()), 7000)


@pytest.mark.parametrize(
    ("transcription", "changes"),
    [
        ("s-other", {}),
        (TRANSCRIPTION, {"track": "outbound"}),
        (TRANSCRIPTION, {"startTime": "2026-11-21T00:53:44.102Z"}),
    ],
)
def test_another_transcription_track_or_start_is_another_segment(
    transcription: str, changes: dict[str, Any]
) -> None:
    other = read_frame(frame(**changes), transcription)
    assert isinstance(other, Words)
    assert segment_id("socket.1", other, 7000) != segment_id("socket.1", words_in(frame()), 7000)


def test_words_lie_where_they_were_said() -> None:
    assert words_of(words_in(frame()), 0, CREATED_AT) == (
        SpokenWord("hello", 7000, 499),
        SpokenWord("world", 7599, 601),
    )


def test_a_word_whose_time_cannot_be_read_lies_at_its_segments_own() -> None:
    read = words_in(frame(items=[WORLD | {"startTime": "2023-03-31T20:05.101Z"}]))
    assert words_of(read, 0, CREATED_AT) == (SpokenWord("world", 7000),)


@pytest.mark.parametrize("times", [{"startTime": None, "endTime": None}, {"endTime": None}])
def test_a_word_without_times_costs_no_words(times: dict[str, None]) -> None:
    read = words_in(frame(items=[WORLD | times]))
    assert [(word.text, word.duration) for word in read.words or ()] == [("world", None)]


@pytest.mark.parametrize(
    "end", [..., None, "", "soon", "2026-11-21T00:53:44.100Z", "2027-11-21T00:53:44.101Z"]
)
def test_an_end_that_makes_no_sense_leaves_the_duration_out(end: Any) -> None:
    assert words_in(frame(endTime=end)).duration is None


def test_what_is_finer_than_a_millisecond_is_left_out() -> None:
    assert words_in(frame(startTime="2026-11-21T00:53:44.101234567Z")).offset == after(0)


def test_a_streams_anchor_is_the_sessions_beginning() -> None:
    started = read_frame(start(), "")
    assert isinstance(started, Start)
    state = begin_stream(StreamState(locale="en-GB", decoder="bandwidth"), started)
    anchor = place_anchor("socket", state, words_in(frame()), BEGINS + 9999, CREATED_AT)
    assert (anchor.anchor, anchor.starts_at, anchor.subscription) == (0, 7000, TRANSCRIPTION)
    assert (anchor.stream, anchor.locale) == ("socket.1", "en-GB")


def test_a_start_tells_its_transcription_its_call_and_its_parameters() -> None:
    assert read_frame(start(), "") == Start(
        subscription_id=TRANSCRIPTION,
        call_id=METADATA["callId"],
        custom_params={"ticket": "a-ticket"},
    )


def test_a_start_may_have_no_parameters() -> None:
    started = read_frame(start(customParams=...), "")
    assert isinstance(started, Start)
    assert started.custom_params == {}


@pytest.mark.parametrize(
    "name", ["realtimeTranscriptionId", "realTimeTranscriptionId", "realtimetranscriptionId"]
)
def test_the_transcriptions_id_is_known_however_it_is_spelt(name: str) -> None:
    started = read_frame(start(metadata={name: "t-1"}), "")
    assert isinstance(started, Start)
    assert started.subscription_id == "t-1"


def test_a_stop_is_nothing_to_take_in() -> None:
    assert read_frame(stop(), TRANSCRIPTION) is None


@pytest.mark.parametrize("body", [frame(), frame(isPartial=True), stop()])
def test_what_comes_before_start_is_a_fault(body: bytes) -> None:
    assert fault_of(body, "") == Fault.BEFORE_START


@pytest.mark.parametrize("kind", ["media", "", "Transcription", "START"])
def test_another_kind_is_unknown(kind: str) -> None:
    assert fault_of(frame(eventType=kind)) == Fault.UNKNOWN_KIND


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        start(metadata=...),
        start(metadata={}),
        start(metadata=METADATA | {"realtimeTranscriptionId": 5}),
        start(customParams={"ticket": 5}),
        frame(transcript=...),
        frame(transcript=None),
        frame(isPartial=...),
        frame(isPartial="false"),
        frame(track=...),
        frame(track=""),
        frame(track="x" * 600),
        frame(startTime=...),
        frame(startTime="2023-03-31T20:05.101Z"),
        frame(startTime="2026-11-21T00:53:44.101"),
        frame(startTime="9999-12-31T23:59:59.999Z"),
        frame(startTime="\ud800"),
        frame(items=[{}]),
        frame(items=[HELLO | {"confidence": "0.9"}]),
    ],
    ids=lambda body: ascii(body[:60]),
)
def test_what_has_another_form_is_malformed(body: bytes) -> None:
    assert fault_of(body) in (Fault.MALFORMED, Fault.NOT_JSON)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    assert fault_of(body) in (Fault.NOT_JSON, Fault.MALFORMED)


def test_what_is_larger_than_any_frame_is_refused() -> None:
    assert fault_of(frame(transcript="x" * LARGEST_FRAME)) == Fault.TOO_LARGE


@given(st.datetimes().map(lambda moment: moment.isoformat() + "Z"))
def test_any_moment_is_a_place_or_refused(moment: str) -> None:
    with suppress(FrameRefused):
        assert is_offset(words_in(frame(startTime=moment)).offset)


@given(
    st.sampled_from(list(FINAL)), st.none() | st.booleans() | st.floats() | st.text() | st.lists(st.text())
)
def test_any_value_in_any_field_is_read_or_refused(field: str, value: object) -> None:
    with suppress(FrameRefused):
        words_in(frame(eventType="transcription") if field == "eventType" else frame(**{field: value}))


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(FrameRefused):
        read_frame(body, TRANSCRIPTION)


def test_a_refusal_says_nothing_of_what_was_said() -> None:
    with pytest.raises(FrameRefused) as refused:
        words_in(frame(transcript="a secret", startTime="a secret"))
    assert "secret" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_inbound_is_the_calls_own_party_whichever_way_it_goes() -> None:
    assert party_names("outbound", "+1us", "+1them") == {"inbound": "+1them", "outbound": "+1us"}
    assert party_names("inbound", "+1them", "+1us") == {"inbound": "+1them", "outbound": "+1us"}


@pytest.mark.parametrize(
    ("call", "ticket", "ours"),
    [
        (METADATA["callId"], "a-ticket", True),
        (None, "a-ticket", True),
        ("c-another", "a-ticket", False),
        (METADATA["callId"], "b-ticket", False),
        (METADATA["callId"], "", False),
    ],
)
def test_a_start_proves_whose_it_is_by_its_ticket_and_its_call(
    call: str | None, ticket: str, *, ours: bool
) -> None:
    opened = read_frame(start(), "")
    assert isinstance(opened, Start)
    assert opened.belongs_to(call, ticket) is ours


def test_a_start_without_a_ticket_proves_nothing() -> None:
    opened = read_frame(start(customParams=...), "")
    assert isinstance(opened, Start)
    assert not opened.belongs_to(None, "a-ticket")
