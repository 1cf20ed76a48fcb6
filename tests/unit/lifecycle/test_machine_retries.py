"""Failures that may pass: the session rests and tries again, a few times in an incident, then fails."""

from collections.abc import Callable

import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import AskCall, Connect, Leave, StartTranscription, StopTranscription
from functions.lifecycle.deadlines import (
    ASK_AFTER_DOUBT_MS,
    INCIDENT_OVER_AFTER_MS,
    JITTER_PER_CENT,
    MOST_FAILURES,
    PAUSES_MS,
    REOPEN_WITHIN_MS,
    due_at,
)
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.session import Cause, State
from tests.unit.lifecycle.story import (
    BIRTH,
    CONNECTED,
    DISCONNECTED,
    KINDS,
    NO_SOCKET,
    NO_SUCH_CALL,
    OTHER,
    OURS,
    REQUEST,
    STARTED,
    STOP,
    STOPPED,
    WANTED,
    Story,
    active,
    answer,
    answered,
    begun,
    interrupted,
    starting,
)

BROKE = events.TranscriptionFailed(OURS, NO_SOCKET)
CONNECT_LATER = Outcome(500, 9999, "Unknown internal server error.")
NOT_JOINED = events.ConnectFailed(OURS, 1, CONNECT_LATER)


def pauses(session_id: str) -> list[int]:
    """The rests after each failure of an incident, ms."""
    story = begun(REQUEST, BIRTH._replace(id=session_id)).after(answer(), CONNECTED)
    rests = []
    for _ in range(MOST_FAILURES):
        story = story.after(BROKE)
        assert story.session.retry_at is not None
        rests.append(story.session.retry_at - story.now)
        story = story.after_its_rest().with_people()
    return rests


def after_failures(count: int) -> Story:
    """Active again after so many failures in a row."""
    story = starting()
    for _ in range(count):
        story = story.after(BROKE).after_its_rest()
    return story.after(events.SocketOpened("first"), STARTED)


@pytest.mark.parametrize("begin", [starting, active, interrupted])
@pytest.mark.parametrize("broke", [BROKE, events.TranscriptionFailed(OURS, CONNECT_LATER)])
def test_a_failure_that_may_pass_is_tried_again_after_a_rest(
    begin: Callable[[], Story], broke: Event
) -> None:
    story = begin().after(broke)
    assert story.wants == ()
    assert story.session.state is State.STARTING
    assert due_at(story.session) == story.session.retry_at
    again = story.after_its_rest()
    assert again.wants == (StartTranscription(OURS),)
    assert again.after(STARTED).session.state is State.ACTIVE


def test_nothing_that_happens_in_a_rest_shortens_it() -> None:
    story = starting().after(BROKE).meanwhile(1)
    for event in (WANTED, events.TimePassed(), events.CallbackNoted("anything"), CONNECTED, BROKE):
        assert story.after(event).wants == ()


def test_the_rests_grow_and_each_is_within_its_jitter() -> None:
    for rest, pause in zip(pauses(BIRTH.id), PAUSES_MS, strict=True):
        assert abs(rest - pause) * 100 <= JITTER_PER_CENT * pause


def test_a_sessions_rests_are_the_same_every_time_and_another_sessions_are_not() -> None:
    assert pauses(BIRTH.id) == pauses(BIRTH.id)
    assert pauses(BIRTH.id) != pauses("01KB1ZZZZZZZZZZZZZZZZZZZZY")


def test_one_failure_more_than_may_be_in_an_incident_fails_the_session() -> None:
    story = after_failures(MOST_FAILURES).after(BROKE)
    assert story.wants == (Leave(OURS),)
    failed = story.after(DISCONNECTED).session
    assert failed.state is State.FAILED
    assert failed.cause is Cause.CONNECTION_ERROR
    assert failed.error is not None
    assert failed.error.sub_code == NO_SOCKET.sub_code


def test_an_incident_is_over_after_a_minute_of_unbroken_transcription() -> None:
    story = after_failures(MOST_FAILURES).meanwhile(INCIDENT_OVER_AFTER_MS).after(BROKE)
    assert story.session.error is None
    assert story.session.failures == 1


def test_an_incident_is_not_over_before_that() -> None:
    story = after_failures(MOST_FAILURES).meanwhile(INCIDENT_OVER_AFTER_MS - 1).after(BROKE)
    assert story.session.error is not None


def test_an_interruption_does_not_bring_an_incident_back_that_was_over() -> None:
    story = after_failures(MOST_FAILURES).meanwhile(INCIDENT_OVER_AFTER_MS)
    assert story.after(events.SocketClosed("first"), BROKE).session.failures == 1


def test_a_change_of_locale_does_not_bring_an_incident_back_that_was_over() -> None:
    story = after_failures(MOST_FAILURES).meanwhile(INCIDENT_OVER_AFTER_MS)
    changing = story.after(events.LocaleRequested("de-DE"), STOPPED)
    assert changing.after(BROKE).session.failures == 1


def test_an_interruption_breaks_the_minute() -> None:
    story = after_failures(MOST_FAILURES).meanwhile(INCIDENT_OVER_AFTER_MS - 1)
    reopened = story.after(events.SocketClosed("first"), events.SocketOpened("next")).meanwhile(1)
    assert reopened.after(BROKE).session.error is not None


def test_what_it_may_get_over_is_shown_only_until_then() -> None:
    story = active().after(BROKE)
    assert story.session.trouble is not None
    assert story.session.error is None
    again = story.after_its_rest()
    assert again.session.trouble is not None
    assert again.after(STARTED).session.trouble is None


def test_a_stop_in_a_rest_leaves_and_nothing_starts_any_more() -> None:
    story = active().after(BROKE, STOP)
    assert story.wants == (Leave(OURS),)
    assert story.after_its_rest().wants == ()
    ended = story.after(DISCONNECTED)
    assert ended.session.state is State.STOPPED
    assert ended.session.error is None


def test_a_failure_that_ends_the_session_is_not_followed_by_a_stop_of_what_does_not_run() -> None:
    story = after_failures(MOST_FAILURES).after(STOPPED)
    assert StopTranscription(OURS) not in story.wants
    assert story.wants == (Leave(OURS),)


# --- news that a start came about after all


def test_a_started_that_comes_in_a_rest_is_believed_but_asked_about() -> None:
    story = starting().after(BROKE, events.SocketOpened("first"), STARTED)
    assert story.session.state is State.ACTIVE
    assert story.session.retry_at is None
    asked = story.later(ASK_AFTER_DOUBT_MS)
    assert asked.wants == (AskCall(OURS),)
    report = events.CallReported(asked.issued[0].id, OURS, "connected", transcribing=True)
    assert asked.after(report).session.state is State.ACTIVE
    assert asked.after(report).session.deadline is None


def test_a_started_that_is_older_than_the_failure_is_found_out() -> None:
    asked = starting().after(BROKE, STARTED).later(ASK_AFTER_DOUBT_MS)
    found_out = asked.after(events.CallReported(asked.issued[0].id, OURS, "connected"))
    assert found_out.session.state is State.STARTING
    assert found_out.session.failures == 2
    assert found_out.after_its_rest().wants == (StartTranscription(OURS),)


def test_a_running_transcription_without_a_socket_is_asked_about_until_there_is_one() -> None:
    asked = interrupted().later(REOPEN_WITHIN_MS)
    report = events.CallReported(asked.issued[0].id, OURS, "connected", transcribing=True)
    assert AskCall(OURS) in asked.after(report).later(REOPEN_WITHIN_MS).wants


# --- calls that cannot be joined now


def test_a_call_that_cannot_be_joined_now_is_joined_after_a_rest() -> None:
    story = answered().after(NOT_JOINED)
    assert story.wants == ()
    assert story.session.state is State.CONNECTING
    assert story.session.call_connection_id is None
    assert due_at(story.session) == story.session.retry_at
    assert story.after_its_rest().wants == (Connect(2),)


def test_it_is_joined_in_vain_only_so_often() -> None:
    story = begun()
    for attempt in range(1, MOST_FAILURES + 1):
        story = story.after(events.ConnectFailed(f"leg-{attempt}", attempt, CONNECT_LATER)).after_its_rest()
        assert story.wants == (Connect(attempt + 1),)
    failed = story.after(events.ConnectFailed("last", MOST_FAILURES + 1, CONNECT_LATER))
    assert failed.session.state is State.FAILED
    assert due_at(failed.session) is None


def test_a_stop_while_it_rests_before_it_joins_again_ends_it_at_once() -> None:
    story = answered().after(NOT_JOINED, STOP)
    assert story.session.state is State.STOPPED
    assert story.session.error is None
    assert story.wants == ()


def test_the_end_of_the_call_while_it_rests_ends_it_at_once() -> None:
    told = events.ConnectAnswered("0-0", 1, OURS, "server/call")
    story = begun().after(told, NOT_JOINED, events.CallEnded("server/call"))
    assert story.session.state is State.STOPPED
    assert story.session.call_over


def test_the_end_of_the_call_before_does_not_end_a_call_that_is_being_joined() -> None:
    told = events.ConnectAnswered("0-0", 1, OURS, "server/call")
    story = begun().after(told, NOT_JOINED).after_its_rest().after(answer(OTHER, attempt=2))
    assert story.after(events.CallEnded("server/call")).session is story.session


@pytest.mark.parametrize("attempt", [1, 2])
@pytest.mark.parametrize("how", ["answer", "event"])
def test_a_connection_that_comes_while_it_rests_is_left(how: str, attempt: int) -> None:
    came = events.CallConnected(OTHER, attempt) if how == "event" else answer(OTHER, attempt, "of the past")
    story = answered().after(NOT_JOINED, came)
    assert story.wants == (Leave(OTHER),)
    assert story.session.call_connection_id is None
    assert story.after_its_rest().wants == (Connect(2),)


@pytest.mark.parametrize("kind", ["placed", "incoming"])
def test_a_call_is_not_placed_or_answered_twice(kind: str) -> None:
    story = answered(KINDS[kind]).after(NOT_JOINED)
    assert story.session.state is State.FAILED
    assert story.wants == ()
    assert due_at(story.session) is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_that_is_not_there_is_not_tried_again(kind: str) -> None:
    story = answered(KINDS[kind]).after(events.ConnectFailed(OURS, 1, NO_SUCH_CALL))
    assert story.session.state is State.FAILED


def test_wanted_again_on_the_way_out_it_rests_no_longer_than_its_way_takes() -> None:
    story = active().after(BROKE, STOP, WANTED)
    assert story.session.retry_at is not None
    assert due_at(story.session) != story.session.retry_at
    assert story.after(DISCONNECTED).after_its_rest().wants == (Connect(2),)
