"""Calls that we place: nobody is rung twice, and nobody is hung up on while they talk."""

import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import (
    LEASE_MS,
    AskCall,
    Connect,
    CountPeople,
    Leave,
    StartTranscription,
    StopTranscription,
)
from functions.lifecycle.deadlines import (
    CONNECT_WITHIN_MS,
    COUNT_AGAIN_MS,
    LEAVE_WITHIN_MS,
    STOP_WITHIN_MS,
    TRANSCRIPT_ENDS_WITHIN_MS,
    due_at,
)
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.session import Cause, Connection, State, Transcription
from functions.lifecycle.turns import MOST_QUESTIONS
from tests.unit.lifecycle.story import (
    CONNECTED,
    DISCONNECTED,
    ENDED_BY_PEOPLE,
    FORBIDDEN,
    NO_SOCKET,
    NO_SUCH_CALL,
    NOT_ACTIVE,
    OURS,
    PLACED,
    RESTART,
    STARTED,
    STOP,
    STOPPED,
    WANTED,
    Story,
    answer,
    answered,
    begun,
    ended_in_call,
    stopping,
)

DECLINED = Outcome(603, 0, "Declined.")


def asked(story: Story, connection: str, *, transcribing: bool = False) -> Story:
    """ACS's answer to the question that is open."""
    question = story.pending(AskCall).id
    return story.after(events.CallReported(question, OURS, connection, transcribing=transcribing))


# --- ringing


def test_a_call_rings_until_somebody_answers() -> None:
    story = answered(PLACED)
    assert story.session.state is State.CONNECTING
    assert story.after(CONNECTED).wants == (StartTranscription(OURS),)


def test_ringing_for_long_acs_is_asked_and_waited_for() -> None:
    story = asked(answered(PLACED).later(CONNECT_WITHIN_MS), "connecting")
    assert story.wants == ()
    assert story.session.state is State.CONNECTING
    assert story.after(CONNECTED).wants == (StartTranscription(OURS),)


def test_a_call_that_rings_without_end_is_hung_up() -> None:
    story = answered(PLACED)
    for _ in range(MOST_QUESTIONS):
        story = asked(story.later(CONNECT_WITHIN_MS), "connecting")
    assert story.wants == (Leave(OURS),)
    assert story.after(DISCONNECTED).session.state is State.FAILED


def test_a_call_that_nobody_answers_fails_and_is_not_placed_again() -> None:
    story = answered(PLACED).after(events.ConnectFailed(OURS, 1, Outcome(480, 0, "No answer.")))
    assert story.session.state is State.FAILED
    assert story.session.error is not None
    assert story.wants == ()
    assert due_at(story.session) is None


def test_a_declined_call_whose_failure_is_told_as_an_end_fails() -> None:
    story = answered(PLACED).after(events.CallDisconnected(OURS, DECLINED))
    assert story.session.state is State.FAILED


def test_a_stop_while_it_rings_hangs_up() -> None:
    story = answered(PLACED).after(STOP)
    assert story.wants == (Leave(OURS),)
    ended = story.after(DISCONNECTED)
    assert ended.session.state is State.STOPPED
    assert ended.session.cause is Cause.CLOSED


def test_a_stop_before_acs_said_which_call_it_is_hangs_up_once_it_does() -> None:
    story = begun(PLACED).after(STOP)
    assert story.wants == ()
    assert story.after(answer()).wants == (Leave(OURS),)


def test_a_hang_up_that_was_not_heard_is_repeated_though_somebody_answered_meanwhile() -> None:
    for connection in ("connecting", "connected"):
        story = answered(PLACED).after(STOP).accepted(Leave).later(LEAVE_WITHIN_MS)
        still = asked(story, connection)
        assert still.wants == (Leave(OURS),)
        assert still.session.ended_at is None


def test_a_call_that_is_answered_while_we_hang_up_is_hung_up() -> None:
    story = answered(PLACED).after(STOP, CONNECTED)
    assert story.session.connection is Connection.LEAVING
    assert story.wants == ()


def test_wanted_again_after_the_hang_up_nobody_is_rung_once_more() -> None:
    story = answered(PLACED).after(STOP)
    assert story.after(WANTED).session is story.session
    ended = story.after(WANTED, DISCONNECTED)
    assert ended.session.state is State.STOPPED
    assert ended.after(RESTART).session is ended.session


def test_a_failed_connect_while_we_hang_up_ends_it_without_an_error() -> None:
    story = answered(PLACED).after(STOP, events.ConnectFailed(OURS, 1, DECLINED))
    assert story.session.state is State.STOPPED
    assert story.session.error is None


def test_a_call_of_which_we_know_nothing_is_placed_again_only_as_the_same_request() -> None:
    story = begun(PLACED)
    again = story.later(LEASE_MS)
    assert [pending.id for pending in again.issued] == [pending.id for pending in story.issued]
    assert again.issued[0].first_sent_at == story.issued[0].first_sent_at


def test_one_that_answers_after_we_gave_up_is_hung_up() -> None:
    story = begun(PLACED).refused(Connect, FORBIDDEN)
    assert story.after(CONNECTED).wants == (Leave(OURS),)


# --- after the end, the call goes on


def test_a_session_that_has_ended_in_its_call_looks_after_its_connection() -> None:
    story = ended_in_call(PLACED)
    assert due_at(story.session) == story.session.count_people_at
    counting = story.at_its_due_time()
    assert counting.wants == (CountPeople(OURS),)
    talking = counting.with_people()
    assert talking.wants == ()
    assert due_at(talking.session) == talking.now + COUNT_AGAIN_MS


def test_alone_there_it_hangs_up() -> None:
    story = ended_in_call(PLACED).at_its_due_time().alone()
    assert story.wants == (Leave(OURS),)
    before = story.session
    gone = story.after(DISCONNECTED)
    assert gone.session.connection is Connection.GONE
    assert (gone.session.ended_at, gone.session.cause) == (before.ended_at, before.cause)
    assert due_at(gone.session) is None


def test_a_hang_up_after_the_end_is_insisted_on() -> None:
    story = ended_in_call(PLACED).at_its_due_time().alone().accepted(Leave).later(LEAVE_WITHIN_MS)
    assert asked(story, "connected").wants == (Leave(OURS),)
    gone = asked(story, "gone")
    assert gone.session.connection is Connection.GONE
    assert due_at(gone.session) is None


def test_news_of_the_calls_end_is_checked_before_it_is_believed() -> None:
    told = events.CallConnected(OURS, 1, server_call_id="server/call")
    ended = begun(PLACED).after(answer(), told, STOP, events.TranscriptionFailed(OURS, NO_SOCKET))
    asked = ended.after(events.CallEnded("server/call"))
    assert asked.wants == (CountPeople(OURS),)
    assert asked.refused(CountPeople, NO_SUCH_CALL).session.connection is Connection.GONE


@pytest.mark.parametrize("event", [events.CallDisconnected(OURS, ENDED_BY_PEOPLE)])
def test_the_end_of_the_call_after_the_sessions_end_changes_nothing_else(event: Event) -> None:
    told = events.CallConnected(OURS, 1, server_call_id="server/call")
    ended = begun(PLACED).after(answer(), told, STOP, events.TranscriptionFailed(OURS, NO_SOCKET))
    assert ended.session.connection is Connection.CONNECTED
    gone = ended.after(event)
    assert gone.session.state is State.STOPPED
    assert gone.session.connection is Connection.GONE
    assert gone.session.call_over
    assert due_at(gone.session) is None


def test_a_late_started_is_stopped_again() -> None:
    story = ended_in_call(PLACED).after(STARTED)
    assert story.wants == (StopTranscription(OURS),)
    assert story.session.state is State.STOPPED
    done = story.accepted(StopTranscription).after(STOPPED)
    assert done.session.transcription is Transcription.INACTIVE
    assert done.session.deadline is None
    assert done.session.ended_at == story.session.ended_at


def test_a_late_started_of_what_runs_no_more_needs_no_stop() -> None:
    story = ended_in_call(PLACED).after(STARTED).refused(StopTranscription, NOT_ACTIVE)
    assert story.session.transcription is Transcription.INACTIVE
    assert story.in_flight == ()


def test_a_stop_after_the_end_is_insisted_on() -> None:
    story = ended_in_call(PLACED).after(STARTED).accepted(StopTranscription).later(STOP_WITHIN_MS)
    assert story.wants == (AskCall(OURS),)
    assert asked(story, "connected", transcribing=True).wants == (StopTranscription(OURS),)
    stopped = asked(story, "connected")
    assert stopped.session.transcription is Transcription.INACTIVE
    assert stopped.wants == ()


def test_a_socket_that_stays_open_long_after_the_end_makes_it_stop_once_more() -> None:
    story = stopping(PLACED).after(STOPPED)
    assert story.session.sockets == ("first",)
    later = story.later(TRANSCRIPT_ENDS_WITHIN_MS)
    assert later.wants == (StopTranscription(OURS),)
    assert later.session.transcript_ended
    assert later.refused(StopTranscription, NOT_ACTIVE).session.deadline is None


def test_it_goes_on_in_its_call_when_it_is_wanted_again() -> None:
    story = ended_in_call(PLACED).meanwhile(5000).after(RESTART)
    assert story.wants == (StartTranscription(OURS),)
    assert story.session.state is State.STARTING
    assert story.session.attempt == 1
    again = story.after(events.SocketOpened("second"), STARTED)
    assert again.session.state is State.ACTIVE
    assert again.session.started_at == again.now


def test_wanted_again_while_a_late_start_is_being_stopped_it_waits_for_that() -> None:
    story = ended_in_call(PLACED).after(STARTED, RESTART)
    assert story.wants == ()
    assert story.after(STOPPED).wants == (StartTranscription(OURS),)


def test_a_call_that_it_has_left_cannot_go_on() -> None:
    story = ended_in_call(PLACED).at_its_due_time().alone()
    assert story.after(RESTART).session is story.session
    gone = story.after(DISCONNECTED)
    assert gone.after(RESTART).session is gone.session
