"""A stop of a call that we placed or answered only stops transcribing: nobody is hung up on."""

import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import (
    AskCall,
    StartTranscription,
    StopTranscription,
)
from functions.lifecycle.deadlines import (
    ASK_AFTER_DOUBT_MS,
    START_WITHIN_MS,
    STOP_WITHIN_MS,
)
from functions.lifecycle.events import Outcome
from functions.lifecycle.session import Cause, Connection, State
from tests.unit.lifecycle.story import (
    BAD_URL,
    ENDED_BY_PEOPLE,
    FORBIDDEN,
    LONGEST_MS,
    NO_SOCKET,
    NO_SUCH_CALL,
    NOT_ACTIVE,
    OURS,
    PEOPLE_STILL_THERE,
    PLACED,
    STARTED,
    STOP,
    STOPPED,
    Story,
    active,
    starting,
    stopping,
)


def asked(story: Story, connection: str, *, transcribing: bool = False) -> Story:
    """ACS's answer to the question that is open."""
    question = story.pending(AskCall).id
    return story.after(events.CallReported(question, OURS, connection, transcribing=transcribing))


def test_a_stop_only_stops_transcribing() -> None:
    story = stopping(PLACED)
    assert story.wants == (StopTranscription(OURS),)
    stopped = story.after(STOPPED)
    assert stopped.wants == ()
    assert stopped.session.state is State.STOPPED
    assert stopped.session.connection is Connection.CONNECTED
    assert stopped.session.cause is Cause.CLOSED


def test_a_stop_before_started_waits_for_it_and_then_stops() -> None:
    story = starting(PLACED).accepted(StartTranscription).after(STOP)
    assert story.wants == ()
    assert story.session.state is State.STOPPING
    begun_after_all = story.after(STARTED)
    assert begun_after_all.wants == (StopTranscription(OURS),)
    assert begun_after_all.after(STOPPED).session.state is State.STOPPED


def test_a_stop_before_a_failure_needs_no_more() -> None:
    story = starting(PLACED).after(STOP, events.TranscriptionFailed(OURS, NO_SOCKET))
    assert story.wants == ()
    assert story.session.state is State.STOPPED
    assert story.session.error is None


def test_a_stop_before_the_start_was_refused_needs_no_more() -> None:
    story = starting(PLACED).after(STOP).refused(StartTranscription, FORBIDDEN)
    assert story.session.state is State.STOPPED
    assert story.session.error is None


@pytest.mark.parametrize("begins", [True, False], ids=["started", "not-started"])
def test_a_stop_that_waits_in_vain_asks_whether_there_is_something_to_stop(*, begins: bool) -> None:
    story = starting(PLACED).accepted(StartTranscription).after(STOP)
    assert story.later(STOP_WITHIN_MS - 1).wants == ()
    asking = story.later(STOP_WITHIN_MS)
    assert asking.wants == (AskCall(OURS),)
    told = asked(asking, "connected", transcribing=begins)
    assert told.wants == ((StopTranscription(OURS),) if begins else ())
    assert told.session.state is (State.STOPPING if begins else State.STOPPED)


def test_a_stop_while_acs_is_asked_about_the_start_waits_for_the_answer() -> None:
    asking = starting(PLACED).accepted(StartTranscription).later(START_WITHIN_MS)
    story = asking.after(STOP)
    assert story.in_flight == (AskCall(OURS),)
    assert asked(story, "connected", transcribing=True).wants == (StopTranscription(OURS),)


def test_a_stop_that_finds_nothing_to_stop_needs_no_more() -> None:
    story = stopping(PLACED).refused(StopTranscription, NOT_ACTIVE)
    assert story.session.state is State.STOPPED
    assert story.session.connection is Connection.CONNECTED


@pytest.mark.parametrize("how", ["answer", "event"])
def test_a_stop_that_acs_refuses_is_asked_about_and_repeated(how: str) -> None:
    stop = stopping(PLACED)
    story = (
        stop.refused(StopTranscription, FORBIDDEN)
        if how == "answer"
        else stop.after(events.TranscriptionFailed(OURS, FORBIDDEN))
    )
    assert story.session.state is State.STOPPING
    asking = story.later(ASK_AFTER_DOUBT_MS)
    assert AskCall(OURS) in asking.wants
    assert asked(asking, "connected", transcribing=True).wants == (StopTranscription(OURS),)
    assert asked(asking, "connected").session.state is State.STOPPED


def test_a_stop_that_is_never_confirmed_is_asked_about() -> None:
    story = stopping(PLACED).accepted(StopTranscription).later(STOP_WITHIN_MS)
    assert story.wants == (AskCall(OURS),)
    assert asked(story, "connected").session.state is State.STOPPED


def test_a_call_that_is_over_when_it_is_stopped_is_over() -> None:
    story = stopping(PLACED).refused(StopTranscription, NO_SUCH_CALL)
    assert story.session.state is State.STOPPED


def test_the_longest_time_hangs_up_on_nobody() -> None:
    story = active(PLACED).meanwhile(LONGEST_MS - 60_000).after(PEOPLE_STILL_THERE).at_its_due_time()
    assert story.wants == (StopTranscription(OURS),)
    assert story.after(STOPPED).session.connection is Connection.CONNECTED


def test_a_failure_for_good_hangs_up_on_nobody() -> None:
    story = starting(PLACED).after(events.TranscriptionFailed(OURS, BAD_URL))
    assert story.wants == ()
    assert story.session.state is State.FAILED
    assert story.session.connection is Connection.CONNECTED


@pytest.mark.parametrize("outcome", [NO_SUCH_CALL, Outcome(400, 8528, "Call already terminated.")])
def test_a_start_that_finds_the_call_over_ends_as_calls_do(outcome: Outcome) -> None:
    for story in (
        starting(PLACED).after(events.TranscriptionFailed(OURS, outcome)),
        starting(PLACED).refused(StartTranscription, outcome),
    ):
        assert story.session.state is State.STOPPED
        assert story.session.error is None
        assert story.session.connection is Connection.GONE


def test_people_who_hang_up_end_the_session() -> None:
    story = active(PLACED).after(events.CallDisconnected(OURS, ENDED_BY_PEOPLE))
    assert story.session.state is State.STOPPED
    assert story.wants == ()
