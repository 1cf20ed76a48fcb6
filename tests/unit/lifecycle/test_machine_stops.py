import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import AskCall, Connect, Leave, StartTranscription, StopTranscription
from functions.lifecycle.deadlines import LEAVE_WITHIN_MS, STOP_WITHIN_MS
from functions.lifecycle.events import Outcome
from functions.lifecycle.session import Desired, State
from tests.unit.lifecycle.story import (
    CONNECTED,
    DISCONNECTED,
    ENDED_BY_PEOPLE,
    LONGEST_MS,
    NOT_ACTIVE,
    OURS,
    PEOPLE_STILL_THERE,
    STAGES,
    STARTED,
    STOPPED,
    active,
    answer,
    answered,
    begun,
    ended,
    interrupted,
    leaving,
    starting,
    stopping,
)

STOP = events.StopRequested()
WANTED = events.StartRequested()


@pytest.mark.parametrize("stage", [name for name in STAGES if name != "ended"])
def test_a_stop_shows_at_once_in_every_state(stage: str) -> None:
    assert STAGES[stage]().after(STOP).session.state is State.STOPPING


@pytest.mark.parametrize("stage", STAGES)
def test_a_second_stop_changes_nothing(stage: str) -> None:
    story = STAGES[stage]().after(STOP)
    again = story.after(STOP)
    assert again.session is story.session
    assert again.wants == ()


def test_a_stop_before_connect_is_answered_is_carried_out_after_call_connected() -> None:
    story = begun().after(STOP)
    assert story.wants == ()
    assert story.after(answer()).wants == ()
    assert story.after(answer(), CONNECTED).wants == (Leave(OURS),)


def test_a_stop_before_call_connected_is_carried_out_when_it_comes() -> None:
    story = answered().after(STOP)
    assert story.wants == ()
    assert story.after(CONNECTED).wants == (Leave(OURS),)


def test_a_stop_between_the_202_and_started_leaves_at_once() -> None:
    story = starting().accepted(StartTranscription).after(STOP)
    assert story.wants == (Leave(OURS),)


def test_a_stop_before_the_202_leaves_at_once() -> None:
    assert starting().after(STOP).wants == (Leave(OURS),)


def test_a_late_started_after_such_a_stop_changes_nothing() -> None:
    story = starting().after(STOP)
    assert story.after(STARTED).session is story.session
    gone = story.after(DISCONNECTED)
    assert gone.session.state is State.STOPPED
    assert gone.session.started_at is None
    assert gone.after(STARTED).session is gone.session


def test_a_stop_leaves_at_once_even_when_the_start_is_overdue() -> None:
    story = starting().accepted(StartTranscription).meanwhile(60_000).after(STOP)
    assert story.wants == (Leave(OURS),)


def test_a_stop_leaves_at_once_while_acs_is_asked_about_the_start() -> None:
    story = starting().accepted(StartTranscription).later(30_000)
    assert story.wants == (AskCall(OURS),)
    stopped = story.after(STOP)
    assert stopped.wants == (Leave(OURS),)
    late = events.CallReported(story.issued[0].id, OURS, "connected", transcribing=True)
    assert stopped.after(late).session is stopped.session


def test_a_start_that_was_overtaken_by_a_stop_is_not_tried_again() -> None:
    story = starting().after(STOP)
    assert story.in_flight == (Leave(OURS),)
    assert StartTranscription(OURS) not in story.later(45_000).wants


def test_a_stop_of_an_interrupted_transcription_stops_it() -> None:
    assert interrupted().after(STOP).wants == (StopTranscription(OURS),)


def test_8583_as_the_answer_to_a_stop_reaches_nobody() -> None:
    story = stopping().refused(StopTranscription, NOT_ACTIVE)
    assert story.wants == (Leave(OURS),)
    assert story.session.error is None
    assert story.after(DISCONNECTED).session.state is State.STOPPED


def test_8583_as_an_event_after_a_stop_reaches_nobody() -> None:
    story = stopping().after(events.TranscriptionFailed(OURS, NOT_ACTIVE))
    assert story.wants == (Leave(OURS),)
    assert story.after(DISCONNECTED).session.error is None


def test_8583_reaches_nobody_when_the_call_is_wanted_again() -> None:
    story = stopping().after(WANTED, events.TranscriptionFailed(OURS, NOT_ACTIVE))
    assert story.session.error is None
    assert story.wants == (StartTranscription(OURS),)


@pytest.mark.parametrize("stage", ["starting", "active"])
def test_a_stray_8583_fails_nothing(stage: str) -> None:
    story = STAGES[stage]()
    assert story.after(events.TranscriptionFailed(OURS, NOT_ACTIVE)).session is story.session


def test_a_failure_after_a_stop_is_no_failure_of_the_session() -> None:
    story = stopping().after(events.TranscriptionFailed(OURS, Outcome(500, 8580, "shut down")), DISCONNECTED)
    assert story.session.state is State.STOPPED
    assert story.session.error is None


def test_a_lost_transcription_stopped_does_not_keep_us_in_the_call() -> None:
    story = stopping().accepted(StopTranscription).later(STOP_WITHIN_MS)
    assert story.wants == (Leave(OURS),)


def test_a_started_that_comes_while_stopping_changes_nothing() -> None:
    story = stopping()
    assert story.after(STARTED).session is story.session


def test_a_lost_call_disconnected_is_asked_for() -> None:
    story = leaving().accepted(Leave).later(LEAVE_WITHIN_MS)
    assert story.wants == (AskCall(OURS),)
    gone = story.after(events.CallReported(story.issued[0].id, OURS, "gone"))
    assert gone.session.state is State.STOPPED


def test_a_connection_that_is_still_there_is_left_again() -> None:
    story = leaving().accepted(Leave).later(LEAVE_WITHIN_MS)
    still = story.after(events.CallReported(story.issued[0].id, OURS, "connected"))
    assert still.wants == (Leave(OURS),)
    assert still.in_flight == (Leave(OURS),)


@pytest.mark.parametrize("outcome", [Outcome(404, 0, "Not found."), Outcome(400, 8528, "Call terminated.")])
def test_a_leave_from_a_connection_that_is_no_more_ends_the_session(outcome: Outcome) -> None:
    story = leaving().refused(Leave, outcome)
    assert story.session.state is State.STOPPED


def test_a_refused_leave_is_not_sent_again_at_once() -> None:
    story = leaving().refused(Leave, Outcome(403, 0, "Forbidden."))
    assert story.wants == ()
    assert story.session.state is State.STOPPING


def test_a_refused_leave_is_tried_again_after_asking() -> None:
    story = leaving().refused(Leave, Outcome(403, 0, "Forbidden.")).later(LEAVE_WITHIN_MS)
    assert story.wants == (AskCall(OURS),)
    still = story.after(events.CallReported(story.issued[0].id, OURS, "connected"))
    assert still.wants == (Leave(OURS),)


def test_a_session_past_its_longest_is_stopped() -> None:
    story = active().meanwhile(LONGEST_MS - 60_000).after(PEOPLE_STILL_THERE).at_its_due_time()
    assert story.now == story.session.must_end_at
    assert story.wants == (StopTranscription(OURS),)
    assert story.session.state is State.STOPPING


def test_a_session_is_not_stopped_before_its_longest() -> None:
    story = active()
    assert story.later(story.session.must_end_at - story.now - 1).session.state is State.ACTIVE


def test_a_session_past_its_longest_is_stopped_whatever_else_is_overdue() -> None:
    story = starting().later(LONGEST_MS)
    assert story.wants == (Leave(OURS),)


# --- wanted again


def test_wanted_again_before_call_connected_it_goes_on() -> None:
    story = answered().after(STOP, WANTED, CONNECTED)
    assert story.wants == (StartTranscription(OURS),)


def test_wanted_again_while_it_stops_it_starts_again_without_leaving() -> None:
    story = stopping().after(WANTED)
    assert story.session.state is State.STARTING
    assert story.wants == ()
    assert story.after(STOPPED).wants == (StartTranscription(OURS),)


def test_wanted_again_it_asks_whether_a_lost_transcription_stopped_came_about() -> None:
    story = stopping().accepted(StopTranscription).after(WANTED).later(STOP_WITHIN_MS)
    assert story.wants == (AskCall(OURS),)
    still = story.after(events.CallReported(story.issued[0].id, OURS, "connected", transcribing=True))
    assert still.session.state is State.ACTIVE
    stopped = story.after(events.CallReported(story.issued[0].id, OURS, "connected"))
    assert stopped.wants == (StartTranscription(OURS),)


def test_wanted_again_while_it_leaves_it_joins_again() -> None:
    story = leaving().after(WANTED)
    assert story.wants == ()
    again = story.after(DISCONNECTED)
    assert again.wants == (Connect(2),)
    assert again.session.state is State.CONNECTING
    assert again.session.attempt == 2
    assert again.session.call_connection_id is None
    assert again.session.cause is None


def test_the_socket_of_the_connection_before_is_not_the_new_ones() -> None:
    story = active().after(events.SocketOpened("socket"), STOP, STOPPED, WANTED, DISCONNECTED)
    assert story.session.sockets == ()


def test_wanted_again_it_joins_again_though_call_disconnected_is_lost() -> None:
    story = leaving().accepted(Leave).after(WANTED).later(LEAVE_WITHIN_MS)
    assert story.after(events.CallReported(story.issued[0].id, OURS, "gone")).wants == (Connect(2),)


def test_wanted_again_it_joins_again_though_the_second_leave_finds_nothing() -> None:
    story = leaving().after(WANTED).refused(Leave, Outcome(404, 0, "Not found."))
    assert story.wants == (Connect(2),)


def test_wanted_again_on_a_connection_that_was_not_left_it_starts_there() -> None:
    story = leaving().after(WANTED).later(LEAVE_WITHIN_MS)
    still = story.after(events.CallReported(story.issued[0].id, OURS, "connected"))
    assert still.wants == (StartTranscription(OURS),)
    assert Leave(OURS) not in still.in_flight


def test_wanted_again_the_new_connection_is_awaited_with_fresh_patience() -> None:
    story = leaving().accepted(Leave)
    for _ in range(4):
        story = story.later(LEAVE_WITHIN_MS)
        story = story.after(events.CallReported(story.issued[0].id, OURS, "connected")).accepted(Leave)
    second = "second-connection"
    joined = story.after(WANTED, DISCONNECTED).after(answer(second, attempt=2, command=""))
    asked = joined.later(60_000)
    assert asked.wants == (AskCall(second),)
    waiting = asked.after(events.CallReported(asked.issued[0].id, second, "connecting"))
    assert waiting.session.state is State.CONNECTING


def test_a_call_that_ended_by_itself_is_not_joined_again() -> None:
    story = leaving().after(WANTED, events.CallDisconnected(OURS, ENDED_BY_PEOPLE))
    assert story.session.state is State.STOPPED
    assert story.wants == ()


def test_callbacks_of_the_connection_before_do_not_touch_the_new_one() -> None:
    story = leaving().after(WANTED, DISCONNECTED)
    for event in (STARTED, STOPPED, DISCONNECTED, events.TranscriptionFailed(OURS, ENDED_BY_PEOPLE)):
        assert story.after(event).session is story.session


def test_a_late_call_connected_of_the_connection_before_is_left() -> None:
    story = leaving().after(WANTED, DISCONNECTED, CONNECTED)
    assert story.wants == (Leave(OURS),)
    assert story.session.call_connection_id is None


def test_a_start_of_a_transcribed_call_changes_nothing() -> None:
    story = active()
    assert story.after(WANTED).session is story.session


def test_an_ended_session_is_not_wanted_again() -> None:
    story = ended()
    assert story.after(WANTED).session is story.session


def test_a_failing_session_is_not_wanted_again() -> None:
    story = active().after(events.TranscriptionFailed(OURS, Outcome(403, 8565, "forbidden")))
    assert story.after(WANTED).session is story.session
    assert story.session.desired is Desired.STOPPED


def test_what_was_stopped_by_hand_stays_stopped_after_a_lost_answer() -> None:
    story = active().after(STOP, STOPPED).after(events.CommandUnanswered("8-0", "no answer"))
    assert story.session.desired is Desired.STOPPED
