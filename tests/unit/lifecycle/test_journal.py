import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from functions.lifecycle import events
from functions.lifecycle.events import Event
from functions.lifecycle.journal import PLACE, Entry, Occurrence, occurrence_key, view_entry, write_entry
from tests.unit.lifecycle.story import BEGIN, CONNECTED, NOT_ACTIVE, OURS, active

SOURCES = st.text(max_size=20)
NOTED = events.CallbackNoted("ParticipantsUpdated")


def key(source: str, event_id: str) -> str:
    return occurrence_key(Occurrence(source, event_id, NOTED))


@given(SOURCES, SOURCES)
def test_a_repeat_has_the_same_key_whatever_it_says(source: str, event_id: str) -> None:
    assert key(source, event_id) == occurrence_key(Occurrence(source, event_id, CONNECTED))


@given(SOURCES, SOURCES)
def test_a_key_fits_a_table(source: str, event_id: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", key(source, event_id))


@given(st.tuples(SOURCES, SOURCES), st.tuples(SOURCES, SOURCES))
def test_other_events_have_other_keys(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (key(*one) == key(*other)) == (one == other)


def test_a_line_break_in_a_source_is_not_taken_for_its_end() -> None:
    assert key("calling\n1", "2") != key("calling", "1\n2")


def test_an_entry_says_what_happened_and_how_the_session_is_after_it() -> None:
    entry = write_entry(Occurrence("calling/call", "event-1", CONNECTED), active().session, BEGIN)
    assert (entry.name, entry.source, entry.at) == ("call-connected", "calling/call", BEGIN)
    assert (entry.revision, entry.state) == (active().session.revision, "active")


@pytest.mark.parametrize(
    ("event", "detail"),
    [
        (events.TranscriptionStarted(OURS), {"callConnectionId": OURS}),
        (
            events.TranscriptionFailed(OURS, NOT_ACTIVE),
            {
                "callConnectionId": OURS,
                "outcome": {"code": 412, "subCode": 8583, "message": NOT_ACTIVE.message},
            },
        ),
        (events.SocketClosed("socket", "gone"), {"socket": "socket", "reason": "gone"}),
        (events.StopRequested(), {}),
        (events.StartRequested("<Redirect redirectUrl='https://ada:s3cr3t@app.example'/>"), {}),
        (events.RestartRequested("<Redirect redirectUrl='https://ada:s3cr3t@app.example'/>"), {}),
        (
            CONNECTED,
            {
                "callConnectionId": OURS,
                "attempt": 1,
                "serverCallId": None,
                "correlationId": None,
                "heldBy": None,
            },
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_details_are_shown_in_the_words_of_the_api(event: Event, detail: dict[str, object]) -> None:
    entry = write_entry(Occurrence("source", "id", event), active().session, BEGIN)
    assert view_entry(entry).detail == detail


def test_an_entry_is_shown_with_its_moment_and_without_its_key() -> None:
    entry = write_entry(Occurrence("source", "id", NOTED), active().session, BEGIN)
    shown = msgspec.to_builtins(view_entry(entry))
    assert shown == {
        "at": "2026-11-21T00:53:37.874Z",
        "event": "callback-noted",
        "source": "source",
        "detail": {"name": "ParticipantsUpdated"},
        "revision": active().session.revision,
        "state": "active",
    }


def test_an_entry_survives_its_way_through_the_table() -> None:
    entry = write_entry(Occurrence("source", "id", CONNECTED), active().session, BEGIN)
    assert msgspec.json.decode(msgspec.json.encode(entry), type=Entry) == entry


PLACED = st.tuples(
    st.integers(0, 10**13 - 1),
    st.integers(0, 10**8 - 1),
    st.text("0123456789abcdef", min_size=32, max_size=32),
)


def placed(at: int, revision: int, key: str) -> str:
    entry = write_entry(Occurrence("source", "id", NOTED), active().session, at)
    return replace(entry, revision=revision, key=key).place


@given(PLACED, PLACED)
def test_places_sort_like_moments_and_then_like_revisions(
    one: tuple[int, int, str], other: tuple[int, int, str]
) -> None:
    assert (placed(*one) < placed(*other)) == (one < other)


@given(PLACED)
def test_a_place_is_known_as_one(entry: tuple[int, int, str]) -> None:
    assert PLACE.fullmatch(placed(*entry))


@pytest.mark.parametrize(
    "text", ["", "1", "0000000000001-00000001", f"x{placed(1, 1, 'a' * 32)}", "a" * 4000]
)
def test_any_other_text_is_no_place(text: str) -> None:
    assert PLACE.fullmatch(text) is None


def test_the_journal_of_an_erased_session_says_only_that_something_happened() -> None:
    erased = active().after(events.ErasureRequested())
    told = Occurrence("source", "id", events.NamesHeard({"8:acs:ada": "Ada"}))
    entry = write_entry(told, erased.session, BEGIN)
    assert (entry.name, entry.detail) == ("names-heard", {})
