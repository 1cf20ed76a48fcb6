"""A call that another application runs: we listen, so there is nothing to leave and nobody to hang up on."""

from typing import Any

import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import (
    AskCall,
    Connect,
    CountPeople,
    Erase,
    Leave,
    StartTranscription,
    StopTranscription,
    UpdateTranscription,
)
from functions.lifecycle.deadlines import (
    ASK_AFTER_DOUBT_MS,
    COUNT_AGAIN_MS,
    ERASE_FOR_MS,
    TRANSCRIPT_ENDS_WITHIN_MS,
)
from functions.lifecycle.events import Outcome
from functions.lifecycle.session import (
    CallLocator,
    Cause,
    Connection,
    LocatorKind,
    PlacedCall,
    StartAt,
    StartRequest,
    State,
    Transcription,
)
from functions.lifecycle.view import view
from functions.services.performing import has_socket
from tests.unit.lifecycle.story import (
    ADA,
    CALLEE,
    CONNECTED,
    NO_SUCH_CALL,
    OTHER,
    OURS,
    RESTART,
    STARTED,
    STOP,
    STOPPED,
    Story,
    answer,
    begun,
)

OF_PROVIDER: dict[str, Any] = {"provider": "somebody", "continuation": "<goes on/>"}
LISTENED = StartRequest(CallLocator(LocatorKind.CALL, OURS), "en-US", **OF_PROVIDER)
PLACED = StartRequest(PlacedCall((CALLEE,), "+15550001111"), "en-US", start_at=StartAt.SETUP, **OF_PROVIDER)
CLOSED = events.TranscriptionClosed(OURS)
NO_UPDATE = Outcome(405, 8520, "No locale is changed in place.")
REJECTED = Outcome(409, 0, "", "transcription.duplicate")
NO_TRACK = Outcome(429, 0, "", "transcription.track-limit")


def entered(request: StartRequest = LISTENED) -> Story:
    """In the call, the transcription asked for."""
    story = begun(request).after(CONNECTED)
    return story.accepted(StartTranscription) if StartTranscription(OURS) in story.wants else story


def active(request: StartRequest = LISTENED) -> Story:
    return entered(request).after(events.SocketOpened("first")).after(STARTED)


def test_the_way_in_asks_for_nothing_and_the_transcription_is_started_once_it_is_over() -> None:
    story = begun(LISTENED)
    assert (story.wants, story.session.starts) == ((Connect(1),), 0)
    entered_call = story.after(CONNECTED)
    assert (entered_call.wants, entered_call.session.starts) == ((StartTranscription(OURS),), 1)
    assert entered_call.session.state is State.STARTING
    assert entered_call.after(STARTED).session.state is State.ACTIVE


def test_a_start_of_which_nobody_heard_is_never_repeated_but_asked_after_and_then_made_under_another_name() -> (
    None
):
    story = begun(LISTENED).after(CONNECTED).unanswered(StartTranscription)
    assert story.in_flight == ()
    asking = story.later(ASK_AFTER_DOUBT_MS)
    assert asking.wants == (AskCall(OURS),)
    quiet = events.CallReported(asking.pending(AskCall).id, OURS, Connection.CONNECTED, transcribing=False)
    again = asking.after(quiet).after_its_rest()
    assert (again.wants, again.session.starts) == ((StartTranscription(OURS),), 2)


def test_a_socket_that_was_open_before_is_no_sign_of_another_start() -> None:
    story = active().after(STOP).unanswered(StopTranscription).after(RESTART).later(ASK_AFTER_DOUBT_MS)
    closed = events.CallReported(story.pending(AskCall).id, OURS, Connection.CONNECTED, transcribing=False)
    again = story.after(closed)
    assert again.wants == (StartTranscription(OURS),)
    assert again.session.sockets == again.session.old_sockets == ("first",)
    assert not has_socket(again.session)
    assert has_socket(again.after(events.SocketOpened("second")).session)


def test_words_on_a_socket_that_was_open_before_are_no_sign_of_another_start_either() -> None:
    story = active().after(STOP).unanswered(StopTranscription).after(RESTART).later(ASK_AFTER_DOUBT_MS)
    closed = events.CallReported(story.pending(AskCall).id, OURS, Connection.CONNECTED, transcribing=False)
    again = story.after(closed)
    old = again.after(events.StreamBegan("first", "first.1"))
    assert (old.session.state, old.session.first_heard_at) == (State.STARTING, old.now)
    new = again.after(events.SocketOpened("second"), events.StreamBegan("second", "second.1"))
    assert new.session.state is State.ACTIVE


def test_a_stop_before_a_start_that_nobody_heard_of_starts_nothing_more() -> None:
    story = begun(LISTENED).unanswered(Connect).after(STOP).after(CONNECTED)
    assert story.wants == ()
    assert (story.session.state, story.session.starts) == (State.STOPPED, 0)


def test_a_call_that_never_was_fails_its_session_and_says_so() -> None:
    story = begun(LISTENED).after(CONNECTED).refused(StartTranscription, NO_SUCH_CALL)
    assert (story.session.state, story.session.connection) == (State.FAILED, Connection.GONE)
    assert story.session.error is not None
    assert story.session.error.code == 404


@pytest.mark.parametrize("how", ["refused", "rejected"])
def test_a_first_start_that_comes_to_nothing_for_good_leaves_the_call_to_the_next_session(how: str) -> None:
    story = begun(LISTENED).after(CONNECTED)
    failed = (
        story.refused(StartTranscription, NO_TRACK)
        if how == "refused"
        else story.after(events.TranscriptionFailed(OURS, NO_TRACK))
    )
    assert (failed.session.state, failed.session.connection) == (State.FAILED, Connection.GONE)


def test_a_call_that_was_transcribed_and_is_over_fails_nothing() -> None:
    story = active().after(STOP).after(CLOSED).after(RESTART).after(STARTED)
    restarted = story.after(STOPPED).after_its_rest().refused(StartTranscription, NO_SUCH_CALL)
    assert (restarted.session.state, restarted.session.error) == (State.STOPPED, None)


def test_a_stop_stops_the_transcription_and_leaves_nothing() -> None:
    story = active().after(STOP)
    assert story.wants == (StopTranscription(OURS),)
    ended = story.after(CLOSED)
    assert ended.wants == ()
    assert (ended.session.state, ended.session.connection) == (State.STOPPED, Connection.CONNECTED)


def test_it_goes_on_again_while_the_call_lives_under_a_name_of_its_own() -> None:
    story = active().after(STOP).after(CLOSED).after(RESTART)
    assert story.wants == (StartTranscription(OURS),)
    assert story.session.starts == 2


def test_it_goes_on_with_what_the_newest_start_says_and_else_as_before() -> None:
    again, later = events.RestartRequested("<later/>"), events.StartRequested("<still later/>")
    ended = active().after(STOP, CLOSED)
    assert ended.after(RESTART).session.request.continuation == LISTENED.continuation
    assert ended.after(again).session.request.continuation == "<later/>"
    assert ended.after(again, STARTED, STOP, later).session.request.continuation == "<still later/>"
    assert active().after(later).session.request.continuation == LISTENED.continuation


def test_a_failure_for_good_leaves_nothing_either() -> None:
    story = entered().after(events.TranscriptionFailed(OURS, NO_TRACK))
    assert story.wants == ()
    assert story.session.state is State.FAILED
    assert story.session.error is not None
    assert story.session.error.reason == "transcription.track-limit"


def test_a_failure_that_may_pass_starts_again_under_another_name() -> None:
    story = entered().after(events.TranscriptionFailed(OURS, REJECTED)).after_its_rest()
    assert story.wants == (StartTranscription(OURS),)
    assert story.session.starts == 2


def test_a_connection_too_many_is_not_hung_up_on() -> None:
    assert active().after(events.CallConnected(OTHER, 1)).wants == ()
    late = begun(LISTENED).refused(Connect, NO_SUCH_CALL).after(CONNECTED)
    assert late.wants == ()
    assert late.session.state is State.FAILED


@pytest.mark.parametrize("people", [(ADA,), ("4:Anonymous", "4:+15550001111")])
def test_a_call_with_people_is_asked_for_again(people: tuple[str, ...]) -> None:
    story = active().later(60_000)
    assert CountPeople(OURS) in story.wants
    counted = story.after(events.PeopleCounted(story.pending(CountPeople).id, OURS, people))
    assert counted.session.count_people_at == counted.now + COUNT_AGAIN_MS


def test_a_call_that_is_found_to_be_over_ends_its_session() -> None:
    story = active().later(60_000).refused(CountPeople, NO_SUCH_CALL)
    assert (story.session.state, story.session.cause) == (State.STOPPED, Cause.CLOSED)
    assert story.session.call_over


def test_a_locale_is_changed_by_a_stop_and_a_start_where_it_cannot_be_in_place() -> None:
    story = active().after(events.LocaleRequested("fr-FR"))
    assert story.wants == (UpdateTranscription(OURS, "fr-FR"),)
    stopping = story.refused(UpdateTranscription, NO_UPDATE)
    assert stopping.wants == (StopTranscription(OURS),)
    starting = stopping.after(CLOSED)
    assert starting.wants == (StartTranscription(OURS),)
    assert (starting.session.asked_locale, starting.session.starts) == ("fr-FR", 2)
    assert starting.after(STARTED).session.confirmed_locale == "fr-FR"


@pytest.mark.parametrize("request_", [LISTENED, PLACED])
@pytest.mark.parametrize("is_confirmed", [False, True])
def test_a_transcription_that_somebody_else_ended_is_not_started_against_their_will(
    request_: StartRequest, *, is_confirmed: bool
) -> None:
    story = active(request_) if is_confirmed else entered(request_)
    ended = story.after(CLOSED)
    assert (ended.session.state, ended.session.cause) == (State.STOPPED, Cause.CLOSED)
    assert ended.wants == ()
    assert ended.session.connection is Connection.CONNECTED


def test_the_end_of_another_transcription_or_of_one_that_has_ended_changes_nothing() -> None:
    running = active()
    assert running.after(events.TranscriptionClosed(OTHER)).session == running.session
    ended = running.after(CLOSED)
    assert ended.after(CLOSED).session == ended.session


def test_a_transcription_that_only_stopped_is_started_again() -> None:
    story = active().after(STOPPED).after_its_rest()
    assert story.wants == (StartTranscription(OURS),)


def test_a_call_that_was_placed_stops_ringing_when_nobody_wants_it_any_more() -> None:
    story = begun(PLACED).after(answer()).after(STOP)
    assert story.wants == (Leave(OURS),)


def test_a_call_is_shown_as_it_was_named_and_whose_it_is() -> None:
    shown = view(begun(LISTENED).session).call
    assert (shown.call_id, shown.provider) == (OURS, "somebody")


def test_what_the_call_goes_on_with_is_forgotten_with_its_names() -> None:
    story = active().after(STOP).after(CLOSED, events.SocketClosed("first")).after(events.ErasureRequested())
    gone = story.accepted(Erase).after(events.CallDisconnected(OURS, Outcome()))
    late = gone.later(TRANSCRIPT_ENDS_WITHIN_MS + ERASE_FOR_MS)
    erased = late.accepted(Erase).session if any(late.wants) else late.session
    assert erased.request.continuation == ""
    assert erased.request.call == CallLocator(LocatorKind.CALL, "")


def test_an_answer_that_cannot_tell_does_not_confirm_a_start() -> None:
    story = entered().later(30_000)
    command = story.session.pending[0].id
    unsure = events.CallReported(command, OURS, Connection.CONNECTED, transcribing=None)
    assert story.after(unsure).session.transcription is Transcription.INACTIVE
