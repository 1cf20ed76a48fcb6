"""Sessions of which no words come, though they should."""

import pytest
from msgspec.structs import replace

from functions.lifecycle import events
from functions.lifecycle.session import Session, Transcription
from functions.lifecycle.silence import (
    LEAST_TRANSCRIBED_MS,
    SILENT_AFTER_MS,
    ended_without_words,
    should_have_words,
)
from tests.unit.lifecycle.story import (
    ADA,
    AGENT,
    BEGIN,
    CALLED,
    CALLER,
    DISCONNECTED,
    INCOMING,
    STOP,
    STOPPED,
    Story,
    active,
)

BEN = "8:acs:ben"
TWO = (ADA, BEN)
US = "28:us"
SPEAKS = (events.SocketOpened("socket"), events.StreamBegan("socket", "socket.1"))


def lasting(**changed: object) -> Session:
    return replace(active().session, active_since=BEGIN, own_id=US, **changed)


def test_two_people_who_are_in_a_transcribed_call_for_long_should_be_heard() -> None:
    assert should_have_words(lasting(), TWO, BEGIN + SILENT_AFTER_MS)
    assert not should_have_words(lasting(), TWO, BEGIN + SILENT_AFTER_MS - 1)


@pytest.mark.parametrize("people", [(), (ADA,), (US,), (US, ADA)])
def test_one_who_waits_talks_to_nobody(people: tuple[str, ...]) -> None:
    assert not should_have_words(lasting(), people, BEGIN + SILENT_AFTER_MS)


def test_of_a_call_that_we_answered_the_caller_and_whom_they_reached_should_be_heard() -> None:
    answered = replace(active(INCOMING).session, active_since=BEGIN)
    assert should_have_words(answered, (CALLER, AGENT), BEGIN + SILENT_AFTER_MS)
    assert not should_have_words(answered, (CALLER, CALLED), BEGIN + SILENT_AFTER_MS)


@pytest.mark.parametrize(
    "changed",
    [
        {"transcription": Transcription.STARTING},
        {"interrupted_at": BEGIN},
        {"active_since": None},
        {"ended_at": BEGIN},
    ],
)
def test_nothing_is_expected_of_a_session_that_is_not_active_all_the_time(changed: dict[str, object]) -> None:
    assert not should_have_words(replace(lasting(), **changed), TWO, BEGIN + SILENT_AFTER_MS)


def ends(story: Story, after_ms: int) -> tuple[Session, Session]:
    """The session just before its end and at it, so long after its transcription began."""
    leaving = story.meanwhile(after_ms).after(STOP, STOPPED)
    return leaving.session, leaving.after(DISCONNECTED).session


def test_a_session_that_ends_after_minutes_without_a_word_is_told_of_once() -> None:
    before, after = ends(active(), LEAST_TRANSCRIBED_MS)
    assert ended_without_words(before, after)
    assert not ended_without_words(after, after)


def test_one_that_is_going_on_has_time() -> None:
    session = active().session
    assert not ended_without_words(session, session)


def test_one_that_had_words_or_was_short_or_never_transcribed_is_not() -> None:
    before, after = ends(active().after(*SPEAKS), LEAST_TRANSCRIBED_MS)
    assert not ended_without_words(before, after)
    before, after = ends(active(), 0)
    assert not ended_without_words(before, replace(after, ended_at=(after.started_at or 0) + 1))
    assert not ended_without_words(before, replace(after, started_at=None))


def test_the_first_words_are_remembered_and_no_later_ones() -> None:
    story = active().after(*SPEAKS)
    assert story.session.first_heard_at == story.now
    later = story.meanwhile(5_000).after(events.StreamBegan("socket", "socket.2"))
    assert later.session is story.session
