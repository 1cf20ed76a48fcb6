import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import LEASE_MS, Connect, Leave, StartTranscription, StopTranscription
from functions.lifecycle.deadlines import due_at
from functions.lifecycle.events import Outcome
from functions.lifecycle.session import Cause, Desired, State
from tests.unit.lifecycle.story import (
    CONNECTED,
    DISCONNECTED,
    ENDED_BY_US,
    OTHER,
    OURS,
    STAGES,
    active,
    answer,
    answered,
    begun,
    ended,
    leaving,
    starting,
)

NO_SUCH_CALL = Outcome(404, 0, "Call not found.")
BAD_URL = Outcome(400, 8581, "Action failed, StreamUrl is not valid.")
HELD = events.CallConnected(OURS, 1, server_call_id="server/call", held_by="01HOLDER")


def test_call_connected_may_overtake_the_answer_to_connect() -> None:
    story = begun().after(CONNECTED)
    assert story.wants == (StartTranscription(OURS),)
    late = story.after(answer())
    assert late.session is story.session


def test_a_connect_that_was_overtaken_is_not_sent_again() -> None:
    story = begun().after(CONNECTED)
    assert Connect(1) not in story.in_flight
    assert Connect(1) not in story.later(45_000).wants


def test_connect_answered_twice_with_the_same_id_is_one_connection() -> None:
    story = answered()
    assert story.after(answer()).session is story.session


@pytest.mark.parametrize("stage", ["answered", "starting", "active", "leaving"])
def test_a_second_connection_in_an_answer_is_left(stage: str) -> None:
    story = STAGES[stage]()
    second = story.after(answer(OTHER))
    assert second.wants == (Leave(OTHER),)
    assert second.session.call_connection_id == OURS
    assert second.session.state is story.session.state


@pytest.mark.parametrize("stage", ["answered", "starting", "active", "leaving"])
def test_a_second_connection_in_call_connected_is_left(stage: str) -> None:
    story = STAGES[stage]()
    second = story.after(events.CallConnected(OTHER, attempt=1))
    assert second.wants == (Leave(OTHER),)
    assert second.session.call_connection_id == OURS


def test_a_connection_of_no_known_attempt_is_left() -> None:
    story = begun().after(events.CallConnected(OTHER))
    assert story.wants == (Leave(OTHER),)
    assert story.session.call_connection_id is None


def test_a_stray_connection_is_left_once() -> None:
    story = starting().after(answer(OTHER))
    again = story.after(events.CallConnected(OTHER, attempt=1))
    assert again.session is story.session


def test_a_stray_connection_that_is_gone_needs_no_leave() -> None:
    story = starting().after(answer(OTHER), events.CallDisconnected(OTHER, ENDED_BY_US))
    assert Leave(OTHER) not in story.in_flight


def test_a_stray_that_is_left_leaves_the_session_alone() -> None:
    story = active().after(answer(OTHER))
    left = story.accepted(Leave)
    assert left.session.state is State.ACTIVE
    assert left.in_flight == ()


def test_a_stray_that_cannot_be_left_leaves_the_session_alone() -> None:
    story = active().after(answer(OTHER)).refused(Leave, NO_SUCH_CALL)
    assert story.session.state is State.ACTIVE
    assert story.in_flight == ()


@pytest.mark.parametrize(
    "event",
    [
        events.TranscriptionStarted(OTHER),
        events.TranscriptionStopped(OTHER),
        events.TranscriptionFailed(OTHER, Outcome(500, 9999, "Unknown internal server error.")),
        events.CallDisconnected(OTHER, ENDED_BY_US),
    ],
    ids=lambda event: type(event).__name__,
)
@pytest.mark.parametrize("stage", STAGES)
def test_events_of_another_connection_change_nothing(stage: str, event: events.Event) -> None:
    story = STAGES[stage]()
    assert story.after(event).session is story.session


@pytest.mark.parametrize("stage", [name for name in STAGES if name != "begun"])
def test_the_failed_connect_of_another_connection_changes_nothing(stage: str) -> None:
    story = STAGES[stage]()
    assert story.after(events.ConnectFailed(OTHER, 1, NO_SUCH_CALL)).session is story.session


def test_a_connection_that_comes_after_the_end_is_left() -> None:
    story = begun().refused(Connect, NO_SUCH_CALL)
    assert story.session.state is State.FAILED
    late = story.after(events.CallConnected(OTHER, attempt=1))
    assert late.wants == (Leave(OTHER),)
    assert late.session.state is State.FAILED


def test_an_answer_that_comes_after_the_end_is_left() -> None:
    story = begun().refused(Connect, NO_SUCH_CALL).after(answer(OTHER, command="late"))
    assert story.wants == (Leave(OTHER),)


def test_our_own_connection_is_left_if_it_is_joined_after_the_end() -> None:
    story = answered().after(events.CallDisconnected(OURS, NO_SUCH_CALL))
    assert story.after(CONNECTED).wants == (Leave(OURS),)


def test_an_ended_session_keeps_its_end_when_a_late_connection_is_gone_already() -> None:
    before = ended().session
    story = ended().after(CONNECTED).refused(Leave, NO_SUCH_CALL)
    assert story.in_flight == ()
    assert due_at(story.session) is None
    assert (story.session.state, story.session.ended_at) == (before.state, before.ended_at)


def test_a_late_connection_that_acs_will_not_let_go_is_left_again_and_the_end_stays_the_end() -> None:
    before = ended().session
    story = ended().after(CONNECTED).refused(Leave, Outcome(403, 0, "Forbidden."))
    assert story.wants == ()
    assert story.later(LEASE_MS).wants == (Leave(OURS),)
    assert (story.session.state, story.session.ended_at) == (before.state, before.ended_at)


def test_a_stray_is_still_left_when_the_session_ends_meanwhile() -> None:
    story = starting().after(answer(OTHER), DISCONNECTED)
    assert story.in_flight == (Leave(OTHER),)
    assert due_at(story.session) is not None


# --- one bot per call


def test_a_call_that_another_session_transcribes_is_left() -> None:
    story = answered().after(HELD)
    assert story.wants == (Leave(OURS),)
    assert story.session.state is State.STOPPING
    gone = story.after(DISCONNECTED)
    assert gone.session.state is State.STOPPED
    assert gone.session.cause is Cause.CLOSED
    assert gone.session.replaced_by == "01HOLDER"


def test_a_replaced_session_is_not_wanted_again() -> None:
    story = answered().after(HELD)
    assert story.after(events.StartRequested()).session is story.session


def test_a_holder_that_shows_only_after_acs_was_asked_is_heeded() -> None:
    story = answered().later(60_000)
    known = story.after(events.CallReported(story.issued[0].id, OURS, "connected"))
    assert known.wants == (StartTranscription(OURS),)
    replaced = known.after(HELD)
    assert replaced.wants == (Leave(OURS),)
    assert replaced.session.replaced_by == "01HOLDER"
    assert replaced.session.server_call_id == "server/call"


def test_a_holder_that_shows_after_started_makes_it_stop() -> None:
    assert active().after(HELD).wants == (StopTranscription(OURS),)


# --- a call that cannot be joined


@pytest.mark.parametrize("stage", ["begun", "answered"])
def test_a_failed_connect_fails_the_session(stage: str) -> None:
    story = STAGES[stage]().after(events.ConnectFailed(OURS, 1, NO_SUCH_CALL))
    assert story.session.state is State.FAILED
    assert story.session.error is not None
    assert story.session.error.code == 404
    assert due_at(story.session) is None


def test_a_connect_that_fails_after_a_stop_is_no_failure() -> None:
    story = answered().after(events.StopRequested(), events.ConnectFailed(OURS, 1, NO_SUCH_CALL))
    assert story.session.state is State.STOPPED
    assert story.session.error is None


def test_a_connect_that_failed_before_is_not_this_one() -> None:
    story = leaving().after(events.StartRequested(), DISCONNECTED)
    assert story.after(events.ConnectFailed(OURS, 1, NO_SUCH_CALL)).session is story.session


def test_a_refused_connect_fails_the_session() -> None:
    story = begun().refused(Connect, Outcome(401, 0, "Unauthorized."))
    assert story.session.state is State.FAILED
    assert story.wants == ()


def test_a_refused_connect_after_a_stop_is_no_failure() -> None:
    story = begun().after(events.StopRequested()).refused(Connect, NO_SUCH_CALL)
    assert story.session.state is State.STOPPED
    assert story.session.error is None


# --- a transcription that fails


@pytest.mark.parametrize("stage", ["starting", "active", "interrupted"])
def test_a_transcription_that_fails_for_good_leaves_and_fails(stage: str) -> None:
    story = STAGES[stage]().after(events.TranscriptionFailed(OURS, BAD_URL))
    assert story.wants == (Leave(OURS),)
    assert story.session.state is State.STOPPING
    gone = story.after(DISCONNECTED)
    assert gone.session.state is State.FAILED
    assert gone.session.cause is Cause.CONNECTION_ERROR
    assert gone.session.error is not None
    assert gone.session.error.sub_code == 8581


def test_a_failure_that_comes_before_call_connected_is_not_of_this_start() -> None:
    story = answered()
    failed = events.TranscriptionFailed(OURS, Outcome(400, 8501, "Action is invalid"))
    assert story.after(failed).session is story.session


def test_a_refused_start_leaves_and_fails() -> None:
    story = starting().refused(StartTranscription, Outcome(405, 8522, "Transcription url not set"))
    assert story.wants == (Leave(OURS),)
    assert story.after(DISCONNECTED).session.state is State.FAILED
    assert story.session.desired is Desired.STOPPED


TOO_LATE = [NO_SUCH_CALL, Outcome(400, 8528, "Action is invalid, call already terminated.")]


@pytest.mark.parametrize("outcome", TOO_LATE)
def test_a_start_that_finds_the_call_over_is_no_failure(outcome: Outcome) -> None:
    told = starting().after(events.TranscriptionFailed(OURS, outcome))
    refused = starting().refused(StartTranscription, outcome)
    for story in (told, refused):
        assert story.wants == (Leave(OURS),)
        ended_so = story.refused(Leave, NO_SUCH_CALL)
        assert ended_so.session.state is State.STOPPED
        assert ended_so.session.cause is Cause.CLOSED
        assert ended_so.session.error is None


def test_the_first_failure_is_the_one_that_is_shown() -> None:
    first = starting().refused(StartTranscription, Outcome(405, 8522, "Transcription url not set"))
    second = first.after(events.TranscriptionFailed(OURS, Outcome(500, 9999, "Unknown")), DISCONNECTED)
    assert second.session.error == first.session.error
