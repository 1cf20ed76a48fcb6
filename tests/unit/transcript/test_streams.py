import base64
import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import StateDamaged
from functions.transcript.frames import LARGEST_TICKS, UNIX_EPOCH_TICKS, Data, Metadata
from functions.transcript.streams import (
    OFFSETS_GO_ON_WITHIN_MS,
    LastStream,
    StreamState,
    anchor_stream,
    begin_stream,
    count_unsent,
    hear_interim,
    note_fault,
    place_anchor,
    read_state,
    stream_id,
    write_state,
)
from tests.unit.transcript.spoken import ADA, BEN, CREATED_AT, TICKS, Transcriber, said

INTERVAL = 300
SMALL = st.integers(0, 10**9)
TEXTS = st.text(max_size=40)
STATES = st.builds(
    StreamState,
    SMALL,
    TEXTS,
    TEXTS,
    st.none() | st.integers(-(10**9), 10**9),
    SMALL,
    SMALL,
    st.none() | st.builds(LastStream, TEXTS, SMALL, SMALL),
    st.dictionaries(st.text(max_size=8), SMALL, max_size=5),
    st.lists(TEXTS, max_size=4).map(tuple),
)

# --- the state that travels


@given(STATES)
def test_a_state_survives_its_way_through_a_header(state: StreamState) -> None:
    header = write_state(state)
    assert header.isascii()
    assert header.isprintable()
    assert read_state(header) == state


def test_a_busy_sockets_state_stays_small() -> None:
    state: StreamState | None = StreamState(
        7, "a" * 36, "sr-Latn-RS", 10**9, 10**5, 10**9, LastStream("b" * 36, 1, 2)
    )
    for number in range(200):
        assert state is not None
        state = hear_interim(state, f"8:acs:speaker-{number}", number * INTERVAL // 10, INTERVAL)
    assert state is not None
    assert len(state.heard) == 10
    assert len(write_state(state)) < 600


@pytest.mark.parametrize("header", [None, ""])
def test_no_header_is_a_fresh_state(header: str | None) -> None:
    assert read_state(header) == StreamState()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        "x",
        "not base64!",
        "é",
        encoded(" "),
        encoded("{}"),
        encoded("null"),
        encoded("[1,"),
        encoded('["one"]'),
        encoded('[0,"","",null,0,0,[1]]'),
        encoded('[0,"","",1.5]'),
        base64.b64encode(b"\xff\xfe").decode(),
        base64.b64encode(b'[0,"\xff"]').decode(),
        encoded('[0,"","",null,0,0,null,{},[],' + "[" * 100_000 + "]" * 100_000 + "]"),
        encoded(json.dumps([0, "", "", 10])[:-3]),
    ],
    ids=lambda header: header[:24],
)
def test_a_damaged_header_is_noticed(header: str) -> None:
    with pytest.raises(StateDamaged):
        read_state(header)


@given(st.text())
def test_any_header_is_read_or_refused(header: str) -> None:
    with suppress(StateDamaged):
        assert isinstance(read_state(header), StreamState)


# --- streams and their anchors


def test_a_stream_is_named_by_its_socket_and_its_count_there() -> None:
    heard = Transcriber("socket")
    heard.begin("sub")
    assert stream_id("socket", heard.state) == "socket.1"
    heard.begin("sub")
    assert stream_id("socket", heard.state) == "socket.2"


def test_the_anchor_is_the_receive_time_less_offset_and_duration() -> None:
    heard = Transcriber("socket")
    heard.begin("sub", "de-DE")
    heard.hear(said(5000, duration=1000), 9000)
    (anchor,) = heard.anchors
    assert (anchor.stream, anchor.subscription, anchor.locale) == ("socket.1", "sub", "de-DE")
    assert anchor.anchor == 9000 - 5000 - 1000
    assert anchor.starts_at == 8000
    assert anchor.gap_from is None


def test_a_first_frame_without_a_duration_is_anchored_by_its_offset() -> None:
    state = StreamState(count=1)
    anchor = place_anchor("socket", state, Data("hello", 5000 * TICKS), CREATED_AT + 9000, CREATED_AT)
    assert anchor.anchor == 4000


def test_the_anchor_is_taken_once() -> None:
    heard = Transcriber("socket")
    heard.begin("sub")
    heard.hear(said(0), 1000)
    late = heard.hear(said(2000), 60_000)
    assert late.offset_ms == 2000
    assert len(heard.anchors) == 1


def test_words_from_before_the_session_are_placed_at_its_beginning() -> None:
    heard = Transcriber("socket")
    heard.begin("sub")
    first = heard.hear(said(0, duration=5000), 1000)
    assert first.offset_ms == 0
    assert heard.anchors[0].starts_at == 0


@pytest.mark.parametrize("drift", [-OFFSETS_GO_ON_WITHIN_MS, -1, 0, 1, OFFSETS_GO_ON_WITHIN_MS])
def test_offsets_that_went_on_keep_their_anchor(drift: int) -> None:
    first = Transcriber("socket")
    first.begin("sub")
    first.hear(said(1000), 2000)
    again = Transcriber("next", StreamState(last=LastStream("sub", 0, 2000)))
    again.begin("sub")
    assert again.hear(said(30_000), 31_000 + drift).offset_ms == 30_000
    assert again.anchors[0].anchor == 0


@pytest.mark.parametrize("drift", [-OFFSETS_GO_ON_WITHIN_MS - 1, OFFSETS_GO_ON_WITHIN_MS + 1])
def test_offsets_that_came_out_elsewhere_get_an_anchor_of_their_own(drift: int) -> None:
    again = Transcriber("next", StreamState(last=LastStream("sub", 0, 2000)))
    again.begin("sub")
    assert again.hear(said(30_000), 31_000 + drift).offset_ms == 30_000 + drift


@pytest.mark.parametrize(("before", "now"), [("sub", "other"), ("", "")])
def test_another_subscription_does_not_go_on(before: str, now: str) -> None:
    again = Transcriber("next", StreamState(last=LastStream(before, 0, 2000)))
    again.begin(now)
    again.hear(said(30_000), 31_500)
    assert again.anchors[0].anchor == 500


def test_a_stream_that_would_start_before_the_last_ones_end_is_moved_up() -> None:
    again = Transcriber("next", StreamState(last=LastStream("sub", 0, 20_000)))
    again.begin("other")
    first = again.hear(said(500, duration=3000), 21_000)
    assert first.offset_ms == 20_000
    assert again.anchors[0].gap_from == again.anchors[0].starts_at == 20_000


def test_the_gap_before_a_stream_begins_at_the_last_ones_end() -> None:
    again = Transcriber("next", StreamState(last=LastStream("sub", 0, 20_000)))
    again.begin("other")
    again.hear(said(0), 61_000)
    assert (again.anchors[0].gap_from, again.anchors[0].starts_at) == (20_000, 60_000)


def test_a_second_stream_of_a_socket_follows_the_first() -> None:
    heard = Transcriber("socket")
    heard.begin("sub")
    heard.hear(said(0, duration=4000), 4000)
    heard.begin("other")
    heard.hear(said(0), 30_000)
    assert heard.anchors[1].stream == "socket.2"
    assert heard.anchors[1].gap_from == 4000
    assert heard.state.last == LastStream("sub", 0, 4000, same_socket=True)


def test_a_locale_that_changed_in_place_leaves_no_gap() -> None:
    heard = Transcriber("socket")
    heard.begin("sub", "en-US")
    heard.hear(said(0, duration=4000), 4000)
    heard.begin("sub", "de-DE")
    heard.hear(said(29_000), 30_000)
    assert heard.anchors[1].stream == "socket.2"
    assert heard.anchors[1].gap_from is None


def test_the_same_subscription_on_another_socket_leaves_a_gap() -> None:
    again = Transcriber("next", StreamState(last=LastStream("sub", 0, 4000)))
    again.begin("sub")
    again.hear(said(29_000), 30_000)
    assert again.anchors[0].gap_from == 4000


def test_a_stream_without_words_is_passed_over() -> None:
    heard = Transcriber("socket", StreamState(last=LastStream("sub", 0, 2000)))
    heard.begin("silent")
    heard.begin("other")
    assert heard.state.last == LastStream("sub", 0, 2000)


def test_a_new_stream_counts_its_finals_anew_and_remembers_faults() -> None:
    heard = Transcriber("socket")
    heard.begin("sub")
    heard.hear(said(0), 1000)
    faulty = note_fault(heard.state, "not-json")
    assert faulty is not None
    heard.state = faulty
    heard.begin("sub")
    assert heard.state.seq == 0
    assert heard.state.faults == ("not-json",)


def test_an_absolute_offset_is_its_own_anchor() -> None:
    heard = Transcriber("socket", StreamState(last=LastStream("sub", 0, 20_000)))
    heard.begin("sub")
    offset = LARGEST_TICKS - UNIX_EPOCH_TICKS - (CREATED_AT + 30_905) * TICKS
    first = heard.hear(Data("hello", offset, result_status="Final"), 99_999)
    assert first.offset_ms == 30_905
    assert heard.anchors[0].starts_at == 30_905
    assert heard.anchors[0].gap_from == 20_000


def test_an_absurd_absolute_offset_is_kept_within_the_keys() -> None:
    heard = Transcriber("socket")
    heard.begin("sub")
    first = heard.hear(Data("hello", (1 << 53) + 1, result_status="Final"), 1000)
    assert heard.anchors[0].starts_at == first.offset_ms == 9_999_999_999


def test_a_stream_that_overlaps_the_one_it_went_on_from_does_not_move_the_end_back() -> None:
    heard = Transcriber("next", StreamState(last=LastStream("sub", 0, 20_000)))
    heard.begin("sub")
    anchor = place_anchor("next", heard.state, said(18_000), CREATED_AT + 19_000, CREATED_AT)
    heard.state = anchor_stream(heard.state, anchor)
    heard.begin("other")
    assert heard.hear(said(0), 19_500).offset_ms == 20_000


STREAMS = st.lists(
    st.tuples(
        st.sampled_from(["sub", "other"]),
        st.booleans(),
        st.integers(0, 60_000),
        st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 8000)), min_size=1, max_size=4),
    ),
    min_size=2,
    max_size=5,
)


@given(STREAMS)
def test_streams_do_not_interleave(
    streams: list[tuple[str, bool, int, list[tuple[int, int]]]],
) -> None:
    sockets, now = [Transcriber("socket-0")], 0
    for number, (subscription, on_new_socket, silence, words) in enumerate(streams):
        heard = sockets[-1]
        if on_new_socket:
            last = LastStream(heard.state.subscription, heard.state.anchor or 0, heard.state.end)
            state = StreamState(last=last if heard.heard else heard.state.last)
            heard = Transcriber(f"socket-{number + 1}", state)
            sockets.append(heard)
        heard.begin(f"{subscription}-{number}")
        now += silence
        offset = 0
        for pause, duration in words:
            offset += pause
            heard.hear(said(offset, duration=duration), now)
            offset += duration
    finals = [final for heard in sockets for final in heard.heard]
    streams_in_order = [final.stream for final in sorted(finals, key=lambda one: one.segment_id)]
    by_stream: dict[str, list[int]] = {}
    for final in finals:
        by_stream.setdefault(final.stream, []).append(final.offset_ms)
    assert len(streams_in_order) == len(finals)
    for earlier, later in zip(list(by_stream.values()), list(by_stream.values())[1:], strict=False):
        assert max(earlier) <= min(later)


@given(STREAMS)
def test_a_gap_never_ends_before_it_begins(
    streams: list[tuple[str, bool, int, list[tuple[int, int]]]],
) -> None:
    heard, now = Transcriber("socket"), 0
    for subscription, _, silence, words in streams:
        heard.begin(subscription)
        now += silence
        for pause, duration in words:
            heard.hear(said(pause, duration=duration), now)
    names = [subscription for subscription, *_ in streams]
    went_on = [bool(one) and one == before for before, one in pairwise(names)]
    assert [anchor.gap_from is None for anchor in heard.anchors] == [True, *went_on]
    assert all(anchor.starts_at >= (anchor.gap_from or 0) >= 0 for anchor in heard.anchors)


# --- interims


def test_a_speakers_interims_are_thinned() -> None:
    first = hear_interim(StreamState(), ADA, 1000, INTERVAL)
    assert first is not None
    assert hear_interim(first, ADA, 1000 + INTERVAL - 1, INTERVAL) is None
    assert hear_interim(first, ADA, 1000 + INTERVAL, INTERVAL) is not None


def test_speakers_do_not_thin_each_other() -> None:
    first = hear_interim(StreamState(), ADA, 1000, INTERVAL)
    assert first is not None
    assert hear_interim(first, BEN, 1001, INTERVAL) is not None


def test_speakers_not_heard_within_the_interval_are_forgotten() -> None:
    state = hear_interim(StreamState(), ADA, 1000, INTERVAL)
    assert state is not None
    state = hear_interim(state, BEN, 1000 + INTERVAL, INTERVAL)
    assert state is not None
    assert len(state.heard) == 1


def test_a_clock_that_went_back_silences_nobody() -> None:
    state = hear_interim(StreamState(), ADA, 50_000, INTERVAL)
    assert state is not None
    assert hear_interim(state, ADA, 1000, INTERVAL) is not None


def test_no_interval_thins_nothing() -> None:
    state = hear_interim(StreamState(), ADA, 1000, 0)
    assert state is not None
    assert hear_interim(state, ADA, 1000, 0) is not None


def test_a_fault_is_noted_once_per_socket_and_kind() -> None:
    noted = note_fault(StreamState(), "not-json")
    assert noted is not None
    assert note_fault(noted, "not-json") is None
    other = note_fault(noted, "too-large")
    assert other is not None
    assert other.faults == ("not-json", "too-large")


def test_captions_that_were_not_sent_are_counted_over_the_streams_of_a_socket() -> None:
    once = count_unsent(StreamState())
    again = count_unsent(begin_stream(once, Metadata("subscription", "en-US")))
    assert again.unsent == 2
    assert read_state(write_state(again)).unsent == 2


def test_a_new_stream_keeps_the_sockets_decoder() -> None:
    assert begin_stream(StreamState(decoder="other"), Metadata("sub", "en-US")).decoder == "other"


def test_a_stream_whose_first_frame_names_no_locale_has_the_one_asked_for() -> None:
    assert begin_stream(StreamState(locale="de-DE"), Metadata("sub")).locale == "de-DE"
    assert begin_stream(StreamState(locale="de-DE"), Metadata("sub", "en-US")).locale == "en-US"
