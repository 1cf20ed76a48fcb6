"""Event Grid says that a call is over: that may be old news, so ACS is asked."""

import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import AskCall, Connect, CountPeople, Leave
from functions.lifecycle.session import State
from tests.unit.lifecycle.story import (
    CONNECTED,
    INCOMING,
    KINDS,
    NO_SUCH_CALL,
    OURS,
    active,
    answered,
    begun,
    ended,
    leaving,
)

KNOWN = events.CallConnected(OURS, 1, server_call_id="server/call")
OVER = events.CallEnded("server/call")
RINGING_OVER = events.CallEnded("server/incoming")


@pytest.mark.parametrize("kind", KINDS)
def test_in_the_call_it_is_asked_who_is_there(kind: str) -> None:
    story = answered(KINDS[kind]).after(KNOWN, OVER)
    assert CountPeople(OURS) in story.wants
    assert story.with_people().session.ended_at is None
    over = story.refused(CountPeople, NO_SUCH_CALL)
    assert over.session.state is State.STOPPED
    assert over.session.call_over
    assert over.session.error is None


def test_on_the_way_in_or_out_acs_is_asked_at_once() -> None:
    for story in (answered(INCOMING).after(RINGING_OVER), leaving().after(KNOWN, OVER)):
        assert AskCall(OURS) in story.wants


def test_a_call_that_stopped_ringing_before_it_was_answered_is_over() -> None:
    story = begun(INCOMING).after(RINGING_OVER)
    assert story.session.state is State.STOPPED
    assert Connect(1) not in story.in_flight
    assert story.after(CONNECTED).wants == (Leave(OURS),)


def test_the_end_of_another_call_does_not_concern_it() -> None:
    story = active(INCOMING).after(KNOWN)
    for event in (events.CallEnded("server/another"), events.CallEnded("")):
        assert story.after(event).session is story.session


def test_after_our_end_it_does_not_matter() -> None:
    story = ended()
    assert story.after(OVER).session is story.session
