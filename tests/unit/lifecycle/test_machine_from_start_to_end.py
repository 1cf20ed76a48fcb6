import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import Connect, Leave, StartTranscription, StopTranscription
from functions.lifecycle.deadlines import MOST_FAILURES, due_at
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.session import Cause, Connection, State
from tests.unit.lifecycle.story import (
    BEGIN,
    CONNECTED,
    DISCONNECTED,
    ENDED_BY_PEOPLE,
    LONGEST_MS,
    NOT_ACTIVE,
    OTHER,
    OURS,
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


def test_a_new_session_joins_its_call_first() -> None:
    story = begun()
    assert story.wants == (Connect(1),)
    assert story.session.state is State.CONNECTING
    assert story.session.revision == 1
    assert story.session.must_end_at == BEGIN + LONGEST_MS


def test_an_accepted_connect_is_not_yet_a_joined_call() -> None:
    story = answered()
    assert story.wants == ()
    assert story.session.state is State.CONNECTING
    assert story.session.call_connection_id == OURS


def test_the_start_waits_for_call_connected() -> None:
    story = starting()
    assert story.wants == (StartTranscription(OURS),)
    assert story.session.state is State.STARTING
    assert story.session.connected_at == BEGIN + 900


def test_the_202_of_a_start_does_not_make_it_active() -> None:
    story = starting().accepted(StartTranscription)
    assert story.session.state is State.STARTING
    assert story.session.started_at is None


def test_transcription_started_makes_it_active() -> None:
    story = active()
    assert story.session.state is State.ACTIVE
    assert story.session.started_at == BEGIN + 900 + 1900
    assert story.wants == ()
    assert story.in_flight == ()


def test_the_first_words_of_its_socket_make_it_active() -> None:
    story = starting().after(events.SocketOpened("socket"), events.StreamBegan("socket", "socket.1"))
    assert story.session.state is State.ACTIVE


def test_words_of_another_socket_prove_nothing() -> None:
    story = starting().after(events.SocketOpened("socket"), events.StreamBegan("older", "older.1"))
    assert story.session.state is State.STARTING


def test_a_stop_of_an_active_transcription_waits_for_the_last_words() -> None:
    story = stopping()
    assert story.wants == (StopTranscription(OURS),)
    assert story.session.state is State.STOPPING
    assert story.session.connection is Connection.CONNECTED


def test_after_transcription_stopped_it_leaves() -> None:
    story = leaving()
    assert story.wants == (Leave(OURS),)
    assert story.session.state is State.STOPPING


def test_after_call_disconnected_it_is_stopped() -> None:
    story = ended()
    assert story.session.state is State.STOPPED
    assert story.session.cause is Cause.CLOSED
    assert story.session.error is None
    assert story.session.ended_at == story.now
    assert story.in_flight == ()
    assert due_at(story.session) is None


def test_a_transcription_that_stopped_by_itself_is_started_again_after_a_rest() -> None:
    story = active().after(STOPPED)
    assert story.wants == ()
    assert story.session.state is State.STARTING
    assert story.after_its_rest().wants == (StartTranscription(OURS),)


def test_a_start_again_keeps_the_time_of_the_first_words() -> None:
    first = active()
    again = first.after(STOPPED).after_its_rest().meanwhile(5000).after(STARTED)
    assert again.session.state is State.ACTIVE
    assert again.session.started_at == first.session.started_at


def test_a_late_stopped_of_an_earlier_transcription_leaves_a_new_start_alone() -> None:
    story = starting()
    assert story.after(STOPPED).session is story.session


def test_ids_that_acs_tells_late_are_kept() -> None:
    told = events.CallConnected(OURS, 1, server_call_id="server/call", correlation_id="correlation")
    story = answered().after(told)
    assert (story.session.server_call_id, story.session.correlation_id) == ("server/call", "correlation")


def test_ids_of_the_connect_answer_are_kept() -> None:
    story = begun().after(events.ConnectAnswered("0-0", 1, OURS, "server/call", "correlation"))
    assert (story.session.server_call_id, story.session.correlation_id) == ("server/call", "correlation")


def test_a_closed_socket_interrupts() -> None:
    assert interrupted().session.state is State.INTERRUPTED


def test_a_socket_that_comes_back_ends_the_interruption() -> None:
    assert interrupted().after(events.SocketOpened("next")).session.state is State.ACTIVE


def test_a_start_after_an_interruption_is_not_interrupted() -> None:
    story = interrupted().after(STOPPED).after_its_rest().after(STARTED)
    assert story.session.state is State.ACTIVE


def test_a_start_after_a_stop_that_came_to_nothing_is_not_interrupted() -> None:
    story = interrupted().after(events.StopRequested(), events.StartRequested())
    again = story.refused(StopTranscription, NOT_ACTIVE)
    assert again.wants == (StartTranscription(OURS),)
    assert again.after(STARTED).session.state is State.ACTIVE


def test_the_end_of_an_older_socket_interrupts_nothing() -> None:
    story = active().after(events.SocketOpened("older"), events.SocketOpened("newer"))
    assert story.after(events.SocketClosed("older")).session.state is State.ACTIVE


def test_a_socket_whose_opening_was_told_late_interrupts_nothing_by_its_end() -> None:
    story = active().after(events.SocketOpened("newer"), events.SocketOpened("older"))
    assert story.after(events.SocketClosed("older")).session.state is State.ACTIVE


def test_the_end_of_the_only_socket_that_speaks_interrupts_though_another_end_was_never_told() -> None:
    story = active().after(events.SocketOpened("lost"), events.SocketOpened("speaks"))
    spoken = story.after(events.StreamBegan("speaks", "speaks.1"))
    assert spoken.after(events.SocketClosed("speaks")).session.state is State.INTERRUPTED


def test_sockets_whose_ends_are_never_told_do_not_pile_up() -> None:
    story = active().after(*(events.SocketOpened(f"socket-{number}") for number in range(100)))
    assert story.session.sockets[-1] == "socket-99"
    assert len(story.session.sockets) < 10


def test_a_socket_that_closes_while_stopping_interrupts_nothing() -> None:
    story = active().after(
        events.SocketOpened("socket"), events.StopRequested(), events.SocketClosed("socket")
    )
    assert story.session.state is State.STOPPING
    assert story.session.interrupted_at is None


def test_that_the_socket_closed_is_known_after_the_end_too() -> None:
    story = active().after(DISCONNECTED, events.SocketClosed("first"))
    assert story.session.sockets == ()


def test_a_socket_cannot_open_after_the_end() -> None:
    story = ended()
    assert story.after(events.SocketOpened("late")).session is story.session


@pytest.mark.parametrize("stage", [name for name in STAGES if name not in ("begun", "ended")])
def test_call_disconnected_ends_the_session_in_every_state(stage: str) -> None:
    story = STAGES[stage]().after(events.CallDisconnected(OURS, ENDED_BY_PEOPLE))
    assert story.session.state is State.STOPPED
    assert story.session.cause is Cause.CLOSED
    assert story.wants == ()
    closed = story.after(events.SocketClosed("first"))
    assert due_at(closed.session) is None


@pytest.mark.parametrize("stage", STAGES)
def test_disconnection_of_a_connection_that_is_not_ours_changes_nothing(stage: str) -> None:
    story = STAGES[stage]()
    assert story.after(events.CallDisconnected(OTHER, ENDED_BY_PEOPLE)).session is story.session


FULL_STORY: tuple[Event, ...] = (
    answer(),
    CONNECTED,
    events.CommandAccepted("2-0"),
    STARTED,
    events.SocketOpened("socket"),
    events.StreamBegan("socket", "socket.1"),
    events.SocketClosed("socket"),
    events.SocketOpened("next"),
    events.StopRequested(),
    events.CommandAccepted("8-0"),
    STOPPED,
    events.CommandAccepted("10-0"),
    DISCONNECTED,
    events.SocketClosed("next"),
)


@pytest.mark.parametrize("position", range(len(FULL_STORY)))
def test_an_event_that_comes_again_changes_nothing(position: int) -> None:
    story = begun().after(*FULL_STORY[: position + 1])
    again = story.after(FULL_STORY[position])
    assert again.session is story.session
    assert again.wants == ()


def test_the_full_story_ends_stopped_with_nothing_pending() -> None:
    story = begun().after(*FULL_STORY)
    assert story.session.state is State.STOPPED
    assert story.in_flight == ()


@pytest.mark.parametrize(
    "event",
    [
        STARTED,
        STOPPED,
        events.TranscriptionFailed(OURS, ENDED_BY_PEOPLE),
        events.StopRequested(),
        events.StartRequested(),
        events.ConnectFailed(OURS, 1, ENDED_BY_PEOPLE),
        DISCONNECTED,
        events.CommandAccepted("0-0"),
        events.CommandRefused("0-0", ENDED_BY_PEOPLE),
        events.CommandUnanswered("0-0", "no answer"),
        events.CallReported("0-0", OURS, "connected", transcribing=True),
        events.FrameRejected("socket", "not-json"),
        events.CallbackNoted("ParticipantsUpdated"),
        events.TimePassed(),
        answer(),
    ],
    ids=lambda event: type(event).__name__,
)
def test_an_ended_session_changes_no_more(event: Event) -> None:
    story = ended().meanwhile(LONGEST_MS)
    assert story.after(event).session is story.session


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_only_noted_changes_nothing(stage: str) -> None:
    story = STAGES[stage]()
    for event in (events.CallbackNoted("PlayCompleted"), events.FrameRejected("socket", "malformed")):
        after = story.after(event)
        assert after.session is story.session
        assert after.wants == ()


def test_every_change_raises_the_revision_by_one() -> None:
    story = begun()
    for event in FULL_STORY:
        before, story = story, story.after(event)
        changed = story.session is not before.session
        assert story.session.revision == before.session.revision + changed


def test_words_on_an_older_socket_told_late_do_not_make_the_newer_one_forgotten() -> None:
    story = active().after(events.SocketOpened("old"), events.SocketOpened("new"))
    told_late = story.after(events.StreamBegan("old", "old.1"), events.StreamBegan("new", "new.1"))
    assert told_late.after(events.SocketClosed("old")).session.state is State.ACTIVE


def test_a_transcription_that_acs_keeps_stopping_fails_after_a_few_starts() -> None:
    story = active()
    for _ in range(MOST_FAILURES):
        story = story.after(STOPPED).after_its_rest()
        assert story.wants == (StartTranscription(OURS),)
        story = story.after(STARTED)
    story = story.after(STOPPED)
    assert story.wants == (Leave(OURS),)
    assert story.session.error is not None
    assert "nobody asked it to" in story.session.error.message
    assert story.after(DISCONNECTED).session.state is State.FAILED


def test_failures_that_are_far_apart_are_not_one_incident() -> None:
    story = active()
    for _ in range(30):
        story = story.meanwhile(60_000).after(STOPPED).with_people().after_its_rest()
        assert StartTranscription(OURS) in story.wants
        story = story.with_people().after(STARTED)
    assert story.session.state is State.ACTIVE


def test_a_connection_that_broke_joins_again_and_says_why() -> None:
    story = active().after(
        events.CallDisconnected(OURS, Outcome(500, 9999, "Unknown internal server error."))
    )
    assert story.session.state is State.CONNECTING
    assert story.session.trouble is not None
    assert story.session.trouble.remedy
