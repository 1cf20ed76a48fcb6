"""Calls that ring and that we answer: the caller is connected, and never waits for nobody."""

import msgspec
import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import (
    AskCall,
    Connect,
    Invite,
    Leave,
    StartTranscription,
    StopTranscription,
)
from functions.lifecycle.deadlines import due_at
from functions.lifecycle.events import Outcome
from functions.lifecycle.pending import MOST_TRIES
from functions.lifecycle.session import Connection, IncomingCall, StartRequest, State
from functions.lifecycle.view import view
from tests.unit.lifecycle.story import (
    AGENT,
    ANSWERED_ALONE,
    CALLED,
    CALLER,
    CONNECTED,
    DISCONNECTED,
    FORBIDDEN,
    INCOMING,
    NO_SUCH_CALL,
    OTHER,
    OURS,
    RESTART,
    STOP,
    STOPPED,
    Story,
    active,
    answered,
    begun,
    ended_in_call,
    starting,
)

ABSENT = Outcome(408, 0, "No answer.")
NOBODY_CAME = events.InvitationFailed(OURS, ABSENT)
CALLED_CONNECTED = StartRequest(IncomingCall(CALLER, CALLED, "server/incoming", "context", CALLED), "en-US")


def counted(story: Story, *people: str) -> Story:
    due = story.session.count_people_at
    assert due is not None
    return story.later(due - story.now).with_people(*people)


def context_of(story: Story) -> str:
    call = story.session.request.call
    assert isinstance(call, IncomingCall)
    return call.context


# --- the one whom the caller is connected to


def test_the_transcription_starts_and_then_the_one_whom_the_caller_waits_for_is_rung() -> None:
    story = starting(INCOMING)
    assert story.wants == (StartTranscription(OURS), Invite(OURS, AGENT))


def test_nobody_is_rung_before_the_caller_is_there() -> None:
    assert answered(INCOMING).wants == ()


def test_nobody_is_rung_twice() -> None:
    story = active(INCOMING)
    for event in (CONNECTED, STOP, STOPPED, RESTART):
        story = story.after(event)
        assert not any(isinstance(command, Invite) for command in story.wants)


def test_a_call_that_we_answer_alone_rings_nobody() -> None:
    assert starting(ANSWERED_ALONE).wants == (StartTranscription(OURS),)


def test_a_stop_before_the_call_is_connected_does_not_leave_the_caller_waiting() -> None:
    story = answered(INCOMING).after(STOP)
    assert story.wants == ()
    connected = story.after(CONNECTED)
    assert connected.wants == (Invite(OURS, AGENT),)
    assert connected.session.state is State.STOPPED
    assert connected.session.connection is Connection.CONNECTED


def test_a_caller_who_waits_for_nobody_is_hung_up_and_the_session_says_why() -> None:
    story = active(INCOMING).after(NOBODY_CAME)
    assert story.wants == (Leave(OURS),)
    assert story.session.departing
    failed = story.after(DISCONNECTED)
    assert failed.session.state is State.FAILED
    assert failed.session.error is not None
    assert failed.session.error.code == ABSENT.code


def test_a_caller_whom_somebody_joins_before_we_are_gone_is_not_hung_up_again() -> None:
    leaving = active(INCOMING).after(NOBODY_CAME)
    joined = leaving.after(events.ParticipantsChanged(OURS, (CALLER, "8:acs:late"), 7))
    asking = joined.at_its_due_time()
    still_in = events.CallReported(asking.pending(AskCall).id, OURS, Connection.CONNECTED, transcribing=True)
    after = asking.after(still_in)
    assert Leave(OURS) not in after.in_flight
    assert (after.session.state, after.session.connection) == (State.FAILED, Connection.CONNECTED)


def test_a_caller_who_is_alone_all_the_same_is_hung_up_again() -> None:
    leaving = active(INCOMING).after(NOBODY_CAME)
    asking = leaving.after(events.ParticipantsChanged(OURS, (CALLER,), 7)).at_its_due_time()
    still_in = events.CallReported(asking.pending(AskCall).id, OURS, Connection.CONNECTED)
    assert Leave(OURS) in asking.after(still_in).in_flight


def test_after_the_sessions_end_too() -> None:
    story = ended_in_call(INCOMING).after(NOBODY_CAME)
    assert story.wants == (Leave(OURS),)
    assert story.session.state is State.STOPPED
    assert story.after(DISCONNECTED).session.connection is Connection.GONE


def test_an_invitation_that_acs_refuses_hangs_up() -> None:
    story = starting(INCOMING).refused(Invite, FORBIDDEN)
    assert Leave(OURS) in story.wants
    assert story.session.error is not None


def test_an_invitation_that_acs_refuses_after_the_end_hangs_up_too() -> None:
    story = answered(INCOMING).after(STOP, CONNECTED).refused(Invite, FORBIDDEN)
    assert story.wants == (Leave(OURS),)
    assert story.session.error is None


def test_an_invitation_to_a_call_that_is_over_is_no_failure() -> None:
    story = starting(INCOMING).refused(Invite, NO_SUCH_CALL)
    assert story.session.state is State.STOPPED
    assert story.session.error is None
    assert story.wants == ()


def test_an_invitation_of_which_nobody_hears_is_tried_again_and_given_up() -> None:
    story, tries = starting(INCOMING).accepted(StartTranscription), 1
    while not story.session.departing:
        story = story.at_its_due_time().with_people()
        tries = max([tries, *(p.performed for p in story.issued if isinstance(p.command, Invite))])
    assert tries == MOST_TRIES
    assert story.session.connection is Connection.LEAVING


@pytest.mark.parametrize(
    "came", [events.InvitationAccepted(OURS), events.ParticipantsChanged(OURS, (CALLER, AGENT), 5)]
)
@pytest.mark.parametrize("late", ["event", "answer"])
def test_once_the_caller_has_somebody_to_talk_to_late_news_hangs_up_on_nobody(
    came: events.Event, late: str
) -> None:
    talking = starting(INCOMING).after(came)
    after = talking.after(NOBODY_CAME) if late == "event" else talking.refused(Invite, FORBIDDEN)
    assert not after.session.departing
    assert after.session.error is None


def test_that_somebody_came_on_another_connection_or_after_ours_is_gone_changes_nothing() -> None:
    story = starting(INCOMING)
    assert story.after(events.InvitationAccepted(OTHER)).session is story.session
    gone = story.after(DISCONNECTED)
    assert gone.after(events.InvitationAccepted(OURS)).session is gone.session


def test_what_lets_its_bearer_answer_is_forgotten_once_it_has_served() -> None:
    assert context_of(answered(INCOMING))
    assert not context_of(starting(INCOMING))


def test_an_invitation_to_another_connection_is_not_ours() -> None:
    story = active(INCOMING)
    assert story.after(events.InvitationFailed(OTHER, ABSENT)).session is story.session


@pytest.mark.parametrize("happened", [(), (CONNECTED, NOBODY_CAME), (CONNECTED, NOBODY_CAME, DISCONNECTED)])
def test_an_invitation_that_failed_counts_only_while_we_are_in_the_call(
    happened: tuple[events.Event, ...],
) -> None:
    story = answered(INCOMING).after(*happened)
    assert story.after(NOBODY_CAME).session is story.session


def test_a_caller_who_hangs_up_while_it_rings_leaves_nothing_to_do() -> None:
    story = starting(INCOMING).after(DISCONNECTED)
    assert story.session.state is State.STOPPED
    assert story.in_flight == ()


# --- who counts as somebody


def test_the_number_that_was_called_is_us() -> None:
    assert Leave(OURS) in counted(active(ANSWERED_ALONE), CALLED).wants
    assert counted(active(ANSWERED_ALONE), CALLED, CALLER).wants == ()


def test_the_number_that_was_called_is_somebody_when_the_caller_was_connected_to_it() -> None:
    assert counted(active(CALLED_CONNECTED), CALLED).wants == ()


def test_what_acs_says_we_are_is_us() -> None:
    us = "8:acs:us"
    said = events.ConnectAnswered("0-0", 1, OURS, own_id=us)
    story = begun(ANSWERED_ALONE).after(said, CONNECTED)
    assert Leave(OURS) in counted(story, us).wants


def test_what_acs_says_we_are_counts_though_call_connected_was_faster() -> None:
    us = "8:acs:us"
    story = begun(ANSWERED_ALONE).after(CONNECTED, events.ConnectAnswered("0-0", 1, OURS, own_id=us))
    assert story.session.own_id == us


def test_what_we_are_on_another_connection_is_not_us() -> None:
    story = begun(ANSWERED_ALONE).after(CONNECTED, events.ConnectAnswered("0-0", 1, OTHER, own_id="8:acs:it"))
    assert story.session.own_id is None
    assert story.wants == (Leave(OTHER),)


def test_an_answer_after_the_end_changes_nothing_but_its_command() -> None:
    story = begun(ANSWERED_ALONE).refused(Connect, FORBIDDEN)
    late = story.after(events.ConnectAnswered("0-0", 1, OURS, own_id="8:acs:us"))
    assert late.session.own_id is None
    assert late.wants == (Leave(OURS),)


# --- stopping


def test_a_stop_leaves_the_caller_in_the_call() -> None:
    story = active(INCOMING).after(STOP)
    assert story.wants == (StopTranscription(OURS),)
    stopped = story.after(STOPPED)
    assert stopped.wants == ()
    assert stopped.session.connection is Connection.CONNECTED


def test_a_call_that_cannot_be_answered_any_more_fails_once() -> None:
    story = answered(INCOMING).after(events.ConnectFailed(OURS, 1, ABSENT))
    assert story.session.state is State.FAILED
    assert due_at(story.session) is None


def test_who_called_whom_is_shown_and_what_lets_its_bearer_answer_is_not() -> None:
    shown = view(starting(INCOMING).session)
    assert msgspec.to_builtins(shown.call) == {"from": CALLER, "to": [CALLED], "incoming": True}
    assert "lets-its-bearer-answer" not in repr(shown)


def test_people_who_talk_are_not_hung_up_on_when_an_invitation_fails() -> None:
    talking = active(INCOMING).after(events.ParticipantsChanged(OURS, (CALLER, "8:acs:late"), 9))
    assert talking.after(NOBODY_CAME).session is talking.session
