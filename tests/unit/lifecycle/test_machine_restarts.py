"""Sessions that have ended and are to go on."""

from collections.abc import Callable

import msgspec
import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import Connect, StartTranscription
from functions.lifecycle.session import Connection, Session, State
from functions.lifecycle.wishes import why_not_again
from tests.unit.lifecycle.story import (
    BAD_URL,
    CONNECTED,
    DISCONNECTED,
    ENDED_BY_PEOPLE,
    LONGEST_MS,
    NO_SOCKET,
    NO_SUCH_CALL,
    OURS,
    PLACED,
    RESTART,
    STAGES,
    STARTED,
    STOP,
    WANTED,
    Story,
    active,
    answered,
    ended,
    ended_in_call,
    leaving,
    stopping,
)

SECOND = "second-connection"
LIVE = [name for name in STAGES if name not in ("stopping", "leaving", "ended")]


def failed() -> Story:
    return active().after(events.TranscriptionFailed(OURS, BAD_URL), DISCONNECTED)


def replaced() -> Story:
    held = events.CallConnected(OURS, 1, held_by="01HOLDER")
    return answered().after(held, DISCONNECTED)


def reason(story: Story) -> str | None:
    return why_not_again(story.session, story.now)


@pytest.mark.parametrize("end", [ended, failed])
def test_a_session_of_a_call_that_we_joined_joins_it_again(end: Callable[[], Story]) -> None:
    story = end().meanwhile(60_000).after(RESTART)
    assert story.wants == (Connect(2),)
    session = story.session
    assert session.state is State.CONNECTING
    assert (session.ended_at, session.cause, session.error, session.failures) == (None, None, None, 0)
    assert session.started_at is None
    assert not session.transcript_ended


def test_it_is_the_same_session_to_those_who_know_it() -> None:
    before, after = ended().session, ended().after(RESTART).session
    for name in ("id", "ticket", "secret", "created_at", "must_end_at", "speakers", "names"):
        assert getattr(after, name) == getattr(before, name)
    assert after.revision == before.revision + 1


def test_it_transcribes_again_and_ends_again() -> None:
    joined = events.ConnectAnswered("", 2, SECOND)
    story = ended().after(RESTART, joined, events.CallConnected(SECOND, 2))
    assert story.wants == (StartTranscription(SECOND),)
    story = story.meanwhile(2000).after(events.SocketOpened("second"), events.TranscriptionStarted(SECOND))
    assert story.session.state is State.ACTIVE
    assert story.session.started_at == story.now
    over = story.meanwhile(1000).after(events.CallDisconnected(SECOND, ENDED_BY_PEOPLE))
    assert over.session.state is State.STOPPED
    assert over.session.ended_at == over.now


def test_news_of_the_connection_before_does_not_concern_it() -> None:
    story = ended().after(RESTART)
    for event in (STARTED, DISCONNECTED, events.SocketClosed("first"), events.CallEnded("server/call")):
        assert story.after(event).session is story.session


@pytest.mark.parametrize("stage", LIVE)
def test_a_session_that_goes_on_just_goes_on(stage: str) -> None:
    story = STAGES[stage]()
    again = story.after(RESTART)
    assert again.session is story.session
    assert again.wants == ()


@pytest.mark.parametrize("end", [stopping, leaving])
def test_a_session_on_its_way_out_turns_round(end: Callable[[], Story]) -> None:
    assert end().after(RESTART).session == end().after(WANTED).session


def test_twice_is_once() -> None:
    story = ended().after(RESTART)
    assert story.after(RESTART).session is story.session


def test_in_a_call_that_goes_on_it_starts_again_where_it_is() -> None:
    story = ended_in_call(PLACED).after(RESTART)
    assert story.wants == (StartTranscription(OURS),)
    assert story.session.call_connection_id == OURS
    assert reason(ended_in_call(PLACED)) is None


REASONS = {
    "Its call is over.": [
        active().after(events.CallDisconnected(OURS, ENDED_BY_PEOPLE)),
        ended_in_call(PLACED).after(events.CallDisconnected(OURS, ENDED_BY_PEOPLE)),
        answered(PLACED).after(events.ConnectFailed(OURS, 1, NO_SUCH_CALL)),
        active().after(events.TranscriptionFailed(OURS, NO_SUCH_CALL)),
    ],
    "It was erased.": [ended().after(events.ErasureRequested())],
    "The session 01HOLDER transcribes this call.": [replaced()],
    "It has reached the longest time that a session may last.": [ended().meanwhile(LONGEST_MS)],
    "It has hung up.": [active(PLACED).after(events.ParticipantsChanged(OURS, (), 9)).later(60_000).alone()],
    "It has failed and is about to end.": [active().after(events.TranscriptionFailed(OURS, BAD_URL))],
}


@pytest.mark.parametrize(
    ("why", "story"), [(why, story) for why, stories in REASONS.items() for story in stories]
)
def test_what_cannot_go_on_says_why_and_changes_nothing(why: str, story: Story) -> None:
    assert reason(story) == why
    for wish in (RESTART, WANTED):
        again = story.after(wish)
        assert again.session is story.session
        assert again.wants == ()


@pytest.mark.parametrize("end", [ended, failed])
def test_what_can_go_on_has_no_reason_not_to(end: Callable[[], Story]) -> None:
    assert reason(end()) is None


def test_the_longest_time_counts_from_its_creation() -> None:
    story = ended().meanwhile(LONGEST_MS - 100_000).after(RESTART)
    assert story.session.must_end_at == ended().session.must_end_at
    past = story.after(CONNECTED).later(100_000)
    assert past.session.state in (State.STOPPING, State.STOPPED)


def test_a_restart_that_cannot_join_fails_as_a_start_does() -> None:
    story = ended().after(RESTART).refused(Connect, NO_SUCH_CALL)
    assert story.session.state is State.FAILED
    assert story.session.connection is Connection.GONE


def test_a_stop_after_a_restart_before_anything_ends_it_again() -> None:
    failing = events.ConnectFailed("", 2, NO_SOCKET)
    story = ended().after(RESTART, failing, STOP)
    assert story.session.state is State.STOPPED


def test_a_session_that_went_on_survives_its_way_through_the_table() -> None:
    session = ended().after(RESTART).session
    assert msgspec.json.decode(msgspec.json.encode(session), type=Session) == session
