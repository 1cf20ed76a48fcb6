"""Connections that break or are taken out of a call that goes on."""

import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import Connect, Leave
from functions.lifecycle.events import Outcome
from functions.lifecycle.session import StartRequest, State
from functions.lifecycle.wishes import why_not_again
from tests.unit.lifecycle.story import (
    ENDED_BY_FAULT,
    ENDED_BY_PEOPLE,
    FORBIDDEN,
    INCOMING,
    OURS,
    PLACED,
    RESTART,
    STOP,
    active,
)

REMOVED = Outcome(200, 5300, "Another participant removed us.")


def test_a_joined_call_that_we_were_cut_off_from_is_joined_again() -> None:
    story = active().after(events.CallDisconnected(OURS, ENDED_BY_FAULT))
    assert story.session.state is State.CONNECTING
    assert story.after_its_rest().wants == (Connect(2),)


def test_a_disconnect_that_no_retry_mends_fails_but_not_the_call() -> None:
    story = active().after(events.CallDisconnected(OURS, FORBIDDEN))
    assert story.session.state is State.FAILED
    assert why_not_again(story.session, story.now) is None


def test_a_stop_while_cut_off_ends_as_a_stop() -> None:
    story = active().after(events.CallDisconnected(OURS, ENDED_BY_FAULT), STOP)
    assert story.session.state is State.STOPPED
    assert story.session.error is None


def test_who_was_removed_from_a_call_stays_out_but_may_be_started_again() -> None:
    story = active().after(events.CallDisconnected(OURS, REMOVED))
    assert story.session.state is State.STOPPED
    assert story.after(RESTART).wants == (Connect(2),)


def test_a_conversation_that_ended_is_not_joined_again() -> None:
    story = active().after(events.CallDisconnected(OURS, ENDED_BY_PEOPLE))
    assert why_not_again(story.session, story.now) == "Its call is over."


@pytest.mark.parametrize("call", [PLACED, INCOMING])
def test_a_call_of_our_own_that_broke_is_over(call: StartRequest) -> None:
    story = active(call).after(events.CallDisconnected(OURS, ENDED_BY_FAULT))
    assert story.session.state is State.FAILED
    assert Leave(OURS) not in story.in_flight
    assert why_not_again(story.session, story.now) == "Its call is over."
