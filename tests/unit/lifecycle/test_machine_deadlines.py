import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import LEASE_MS, AskCall, Connect, Leave, StartTranscription
from functions.lifecycle.deadlines import (
    ASK_AFTER_DOUBT_MS,
    CONNECT_WITHIN_MS,
    COUNT_AGAIN_MS,
    LEAVE_WITHIN_MS,
    REOPEN_WITHIN_MS,
    START_WITHIN_MS,
    STOP_WITHIN_MS,
    due_at,
)
from functions.lifecycle.events import Outcome
from functions.lifecycle.pending import FIRST_PAUSE_MS, MOST_TRIES
from functions.lifecycle.session import State
from functions.lifecycle.turns import MOST_QUESTIONS
from tests.unit.lifecycle.story import (
    BEGIN,
    CONNECTED,
    DISCONNECTED,
    LONGEST_MS,
    OTHER,
    OURS,
    PEOPLE_STILL_THERE,
    STAGES,
    STARTED,
    Story,
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

FORBIDDEN = Outcome(403, 0, "Forbidden.")


def asked(story: Story, connection: str, *, transcribing: bool = False) -> Story:
    """ACS's answer to the question that is open."""
    return story.after(
        events.CallReported(story.pending(AskCall).id, OURS, connection, transcribing=transcribing)
    )


# --- leases


def test_a_command_whose_performer_died_is_issued_again_as_the_same_command() -> None:
    first = begun().issued[0]
    story = begun().later(LEASE_MS)
    (again,) = story.issued
    assert (again.id, again.command, again.first_sent_at) == (first.id, first.command, first.first_sent_at)
    assert again.performed == 2
    assert again.leased_until == story.now + LEASE_MS


def test_a_command_is_not_issued_again_within_its_lease() -> None:
    story = begun()
    later = story.later(LEASE_MS - 1)
    assert later.session is story.session
    assert later.wants == ()


@pytest.mark.parametrize("stage", ["starting", "stopping"])
def test_a_transcription_command_is_never_repeated_before_acs_was_asked(stage: str) -> None:
    story = STAGES[stage]()
    late = story.later(LEASE_MS)
    assert not {pending.id for pending in story.issued} & {pending.id for pending in late.issued}
    assert late.wants == ((AskCall(OURS),) if stage == "starting" else (Leave(OURS),))


@pytest.mark.parametrize("stage", ["begun", "leaving"])
def test_any_event_brings_back_a_command_whose_lease_is_over(stage: str) -> None:
    story = STAGES[stage]()
    again = story.meanwhile(LEASE_MS).after(events.CallbackNoted("anything"))
    assert story.issued[0].id in {pending.id for pending in again.issued}


def test_the_leave_of_a_stray_is_issued_again() -> None:
    story = active().after(answer(OTHER))
    assert story.later(LEASE_MS).wants == (Leave(OTHER),)


def test_an_outcome_of_either_performer_is_the_outcome() -> None:
    story = begun().later(LEASE_MS).after(answer())
    assert story.in_flight == ()
    assert story.after(answer()).session is story.session


def test_no_answer_is_no_outcome_but_the_command_is_soon_sent_again() -> None:
    unanswered = begun().after(events.CommandUnanswered("0-0", "ACS answered 503."))
    assert unanswered.wants == ()
    assert unanswered.in_flight == (Connect(1),)
    assert unanswered.later(FIRST_PAUSE_MS - 1).wants == ()
    again = unanswered.later(FIRST_PAUSE_MS)
    assert again.wants == (Connect(1),)
    assert again.issued[0].id == "0-0"


def test_a_command_without_an_answer_is_sent_again_less_and_less_often() -> None:
    story, pauses = active().after(answer(OTHER)), []
    for _ in range(6):
        unanswered = story.after(events.CommandUnanswered(story.pending(Leave).id, "ACS answered 503."))
        pauses.append(unanswered.pending(Leave).leased_until - story.now)
        story = unanswered.later(pauses[-1])
        assert Leave(OTHER) in story.wants
    assert pauses == sorted(pauses)
    assert pauses[0] == FIRST_PAUSE_MS
    assert pauses[-1] > LEASE_MS


def test_that_an_overtaken_command_has_no_answer_does_not_matter() -> None:
    story = active()
    assert story.after(events.CommandUnanswered("0-0", "ACS answered 503.")).session is story.session


def test_a_connect_without_an_answer_is_given_up_after_the_last_try() -> None:
    story = begun()
    for tries in range(2, MOST_TRIES + 1):
        story = story.at_its_due_time()
        assert story.issued[0].performed == tries
        assert story.session.state is State.CONNECTING
    given_up = story.at_its_due_time()
    assert given_up.session.state is State.FAILED
    assert given_up.session.error is not None
    assert given_up.session.error.code == 504
    assert given_up.wants == ()


def test_a_connect_in_doubt_is_asked_for_again_even_when_nobody_looked_for_long() -> None:
    assert begun().later(10 * LEASE_MS).wants == (Connect(1),)


def test_a_connect_whose_connection_is_known_is_not_sent_again() -> None:
    story = begun().after(answer(command="of another performer"))
    assert story.in_flight == ()


def test_only_passing_time_gives_a_command_up() -> None:
    story = begun()
    for _ in range(MOST_TRIES - 1):
        story = story.at_its_due_time()
    noted = story.meanwhile(LEASE_MS).after(events.CallbackNoted("anything"))
    assert noted.wants == ()
    assert noted.session is story.session


def test_a_start_without_an_answer_is_given_up_and_the_call_left() -> None:
    story = starting()
    while story.session.error is None:
        story = story.at_its_due_time()
    assert story.wants == (Leave(OURS),)
    assert story.now - BEGIN <= MOST_TRIES * LEASE_MS + CONNECT_WITHIN_MS


def test_a_leave_without_an_answer_is_not_the_end_of_it() -> None:
    story = leaving()
    for _ in range(40):
        story = story.at_its_due_time()
    assert story.session.state is State.STOPPING
    assert story.after(DISCONNECTED).session.state is State.STOPPED


def test_a_stray_is_left_for_as_long_as_it_takes_less_and_less_often() -> None:
    story = active().after(answer(OTHER))
    begun_at, tries = story.now, 1
    while tries < 12:
        story = story.at_its_due_time().with_people()
        tries = story.pending(Leave).performed
    assert story.session.state is State.ACTIVE
    assert story.now - begun_at > 60 * 60_000


# --- overdue callbacks


@pytest.mark.parametrize(
    ("stage", "patience"),
    [
        ("answered", CONNECT_WITHIN_MS),
        ("starting", START_WITHIN_MS),
        ("interrupted", REOPEN_WITHIN_MS),
        ("leaving", LEAVE_WITHIN_MS),
    ],
)
def test_acs_is_asked_when_a_callback_is_overdue(stage: str, patience: int) -> None:
    story = STAGES[stage]()
    assert AskCall(OURS) not in story.later(patience - 1).wants
    assert AskCall(OURS) in story.later(patience).wants


def test_one_question_is_asked_at_a_time() -> None:
    story = answered().later(CONNECT_WITHIN_MS)
    again = story.later(1000)
    assert again.session is story.session
    assert story.later(LEASE_MS).wants == (AskCall(OURS),)
    assert story.later(LEASE_MS).in_flight == (AskCall(OURS),)


@pytest.mark.parametrize("stage", ["answered", "starting", "interrupted", "leaving"])
def test_a_question_that_nobody_answers_wakes_the_session_again_and_again(stage: str) -> None:
    story = STAGES[stage]()
    for _ in range(12):
        story = story.at_its_due_time()
        due = due_at(story.session)
        assert due is not None
        assert due > story.now


def test_a_report_that_the_call_is_connected_stands_for_call_connected() -> None:
    story = asked(answered().later(CONNECT_WITHIN_MS), "connected")
    assert story.wants == (StartTranscription(OURS),)
    assert story.session.connected_at == story.now


def test_a_report_that_the_call_is_gone_ends_the_session() -> None:
    story = asked(interrupted().later(REOPEN_WITHIN_MS), "gone")
    assert story.session.state is State.STOPPED
    assert story.in_flight == ()


def test_a_call_that_we_never_got_into_is_a_failure_that_says_so() -> None:
    story = asked(answered().later(CONNECT_WITHIN_MS), "gone")
    assert story.session.state is State.FAILED
    assert story.session.error is not None
    assert "never got into the call" in story.session.error.message


def test_a_report_that_it_transcribes_stands_for_started() -> None:
    story = starting().accepted(StartTranscription).later(START_WITHIN_MS)
    assert asked(story, "connected", transcribing=True).session.state is State.ACTIVE


def test_a_report_that_nothing_has_come_of_a_start_starts_once_more() -> None:
    story = starting().accepted(StartTranscription).later(START_WITHIN_MS)
    rests = asked(story, "connected")
    assert rests.wants == ()
    assert rests.session.state is State.STARTING
    again = rests.after_its_rest()
    assert again.wants == (StartTranscription(OURS),)
    assert due_at(again.session) == again.now + START_WITHIN_MS
    assert again.after(STARTED).session.state is State.ACTIVE


@pytest.mark.parametrize("stage", ["answered", "starting"])
def test_what_is_never_confirmed_fails_after_the_last_question_and_leaves(stage: str) -> None:
    story = STAGES[stage]()
    story = story.accepted(StartTranscription) if stage == "starting" else story
    for _ in range(MOST_QUESTIONS):
        assert story.session.error is None
        story = asked(story.after_its_rest().later(CONNECT_WITHIN_MS), "connecting")
    assert story.wants == (Leave(OURS),)
    assert story.after(DISCONNECTED).session.state is State.FAILED


def test_questions_that_are_refused_count_too() -> None:
    story = starting().accepted(StartTranscription)
    for _ in range(MOST_QUESTIONS):
        story = story.after_its_rest().later(START_WITHIN_MS).refused(AskCall, FORBIDDEN)
    assert story.session.error is not None
    assert story.wants == (Leave(OURS),)


def test_a_question_that_finds_no_connection_ends_the_session() -> None:
    story = interrupted().later(REOPEN_WITHIN_MS).refused(AskCall, Outcome(404, 0, "Not found."))
    assert story.session.state is State.STOPPED


def test_a_refused_question_while_leaving_leaves_again() -> None:
    story = leaving().accepted(Leave).later(LEAVE_WITHIN_MS).refused(AskCall, FORBIDDEN)
    assert story.wants == (Leave(OURS),)


def test_a_report_that_events_have_overtaken_changes_nothing() -> None:
    opened = starting().accepted(StartTranscription).after(events.SocketOpened("socket"))
    story = opened.later(START_WITHIN_MS)
    question = story.pending(AskCall)
    confirmed = story.after(STARTED)
    assert confirmed.in_flight == ()
    late = events.CallReported(question.id, OURS, "connected", transcribing=False)
    assert confirmed.after(late).session is confirmed.session


def test_a_report_that_comes_twice_counts_once() -> None:
    story = starting().accepted(StartTranscription).later(START_WITHIN_MS)
    report = events.CallReported(story.pending(AskCall).id, OURS, "connected")
    once = story.after(report)
    assert once.after(report).session is once.session


def test_a_call_connected_that_comes_while_acs_is_asked_makes_the_question_moot() -> None:
    story = answered().later(CONNECT_WITHIN_MS).after(CONNECTED)
    assert story.in_flight == (StartTranscription(OURS),)


# --- a broken socket


def test_a_call_that_ended_unheard_while_the_socket_was_gone_ends_the_session() -> None:
    story = asked(interrupted().later(REOPEN_WITHIN_MS), "gone")
    assert story.session.state is State.STOPPED


def test_a_socket_that_stays_away_is_waited_for_as_long_as_acs_transcribes() -> None:
    story = interrupted()
    for _ in range(3 * MOST_QUESTIONS):
        story = asked(story.later(REOPEN_WITHIN_MS), "connected", transcribing=True)
        assert story.session.state is State.INTERRUPTED
        assert story.wants == ()


def test_a_transcription_that_stopped_unheard_while_the_socket_was_gone_is_started_again() -> None:
    story = asked(interrupted().later(REOPEN_WITHIN_MS), "connected", transcribing=False)
    again = story.after_its_rest()
    assert again.wants == (StartTranscription(OURS),)
    assert again.after(STARTED).session.state is State.ACTIVE


def test_a_socket_that_comes_back_needs_no_question() -> None:
    asking = interrupted().later(REOPEN_WITHIN_MS)
    story = asking.after(events.SocketOpened("next"))
    assert story.session.state is State.ACTIVE
    assert story.in_flight == ()
    assert story.session.deadline is None


@pytest.mark.parametrize("stage", ["starting", "stopping", "leaving"])
def test_a_socket_that_opens_does_not_end_the_wait_for_a_callback(stage: str) -> None:
    story = STAGES[stage]()
    opened = story.after(events.SocketOpened("socket"))
    assert opened.session.deadline == story.session.deadline


def test_a_socket_that_comes_back_during_a_stop_does_not_end_the_wait_for_its_callback() -> None:
    story = interrupted().after(events.StopRequested(), events.SocketOpened("next"))
    due = due_at(story.session)
    assert due is not None
    assert due <= story.now + LEASE_MS


# --- when something is due


def test_a_new_session_is_due_when_its_connect_is() -> None:
    assert due_at(begun().session) == BEGIN + LEASE_MS


def test_an_answered_connect_is_due_when_call_connected_is() -> None:
    assert due_at(answered().session) == BEGIN + CONNECT_WITHIN_MS


def test_an_active_session_is_due_when_people_are_counted_and_at_its_longest() -> None:
    story = active()
    assert due_at(story.session) == story.session.count_people_at
    last = story.meanwhile(LONGEST_MS - COUNT_AGAIN_MS // 2).after(PEOPLE_STILL_THERE)
    assert due_at(last.session) == BEGIN + LONGEST_MS


def test_a_stopping_session_is_due_when_its_callback_is() -> None:
    story = stopping()
    assert due_at(story.session) == story.now + STOP_WITHIN_MS


def test_a_stopped_session_no_longer_looks_at_its_longest() -> None:
    story = answered().after(events.StopRequested())
    assert due_at(story.session) == BEGIN + CONNECT_WITHIN_MS


def test_an_ended_session_is_due_only_for_the_strays_it_leaves() -> None:
    assert due_at(ended().session) is None
    late = ended().after(CONNECTED)
    assert due_at(late.session) == late.now + LEASE_MS
    assert due_at(late.accepted(Leave).session) is None


def test_a_start_of_which_nobody_heard_is_asked_about_soon_and_sent_again_only_then() -> None:
    story = starting()
    doubtful = story.after(events.CommandUnanswered(story.issued[0].id, "ACS answered 503."))
    assert doubtful.in_flight == ()
    asked_about = doubtful.later(ASK_AFTER_DOUBT_MS)
    assert asked_about.wants == (AskCall(OURS),)
    assert asked(asked_about, "connected").after_its_rest().wants == (StartTranscription(OURS),)


def test_a_stop_of_which_nobody_heard_is_no_reason_to_stay() -> None:
    story = stopping()
    doubtful = story.after(events.CommandUnanswered(story.issued[0].id, "ACS answered 503."))
    assert doubtful.later(ASK_AFTER_DOUBT_MS).wants == (Leave(OURS),)


def test_a_transcription_that_is_confirmed_without_a_socket_is_asked_about() -> None:
    story = starting().accepted(StartTranscription).after(STARTED)
    assert story.session.state is State.ACTIVE
    assert story.later(REOPEN_WITHIN_MS).wants == (AskCall(OURS),)
