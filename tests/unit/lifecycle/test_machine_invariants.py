"""Whatever comes, in whatever order, as often as it likes."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from functions.lifecycle import events
from functions.lifecycle.commands import (
    AskCall,
    Connect,
    Leave,
    Pending,
    StartTranscription,
    StopTranscription,
)
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.machine import Decision, decide
from functions.lifecycle.session import Desired, Session, State
from functions.lifecycle.view import view
from tests.unit.lifecycle.story import BEGIN, ENDED_BY_PEOPLE, ENDED_BY_US, NOT_ACTIVE, Story, begun

CONNECTIONS = st.sampled_from(["one", "two", "three"])
ATTEMPTS = st.sampled_from([None, 1, 2, 3])
SOCKETS = st.sampled_from(["first-socket", "second-socket"])
COMMANDS = st.sampled_from([f"{revision}-{number}" for revision in range(16) for number in range(2)])
OUTCOMES = st.sampled_from(
    [
        Outcome(400, 8501, "Action is invalid when call is not in Established state."),
        Outcome(404, 0, "Not found."),
        Outcome(400, 8528, "Action is invalid, call already terminated."),
        Outcome(500, 9999, "Unknown internal server error."),
        Outcome(403, 0, "Forbidden."),
    ]
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.just(events.StartRequested()),
    st.just(events.StopRequested()),
    st.just(events.TimePassed()),
    st.builds(events.ConnectAnswered, COMMANDS, st.integers(1, 3), CONNECTIONS),
    st.builds(events.CommandAccepted, COMMANDS),
    st.builds(events.CommandRefused, COMMANDS, OUTCOMES),
    st.builds(events.CommandUnanswered, COMMANDS, st.just("no answer")),
    st.builds(
        events.CallConnected,
        CONNECTIONS,
        ATTEMPTS,
        st.sampled_from([None, "server/call"]),
        st.none(),
        st.sampled_from([None, None, None, "01HOLDER"]),
    ),
    st.builds(events.ConnectFailed, CONNECTIONS, ATTEMPTS, OUTCOMES),
    st.builds(events.CallDisconnected, CONNECTIONS, st.sampled_from([ENDED_BY_US, ENDED_BY_PEOPLE])),
    st.builds(events.TranscriptionStarted, CONNECTIONS),
    st.builds(events.TranscriptionStopped, CONNECTIONS),
    st.builds(events.TranscriptionFailed, CONNECTIONS, OUTCOMES | st.just(NOT_ACTIVE)),
    st.builds(events.SocketOpened, SOCKETS),
    st.builds(events.SocketClosed, SOCKETS),
    st.builds(events.StreamBegan, SOCKETS, st.just("stream")),
    st.builds(
        events.CallReported,
        COMMANDS,
        CONNECTIONS,
        st.sampled_from(["connecting", "connected", "gone"]),
        st.booleans(),
    ),
    st.builds(events.CallbackNoted, st.just("ParticipantsUpdated")),
)
PAUSES = st.sampled_from([0, 0, 0, 1, 500, 15_000, 30_000, 46_000, 120_000, 90_000_000])
ANSWERS = st.sampled_from(["accept", "refuse", "report-connected", "report-gone", "connect"])
STEPS = st.lists(st.tuples(PAUSES, EVENTS | ANSWERS), max_size=40)


def answer_newest(session: Session, how: str) -> Event:
    """An outcome of the session's newest command, right or wrong for its kind."""
    command = session.pending[-1].id if session.pending else "none"
    connection = session.call_connection_id or "one"
    answers: dict[str, Event] = {
        "accept": events.CommandAccepted(command),
        "refuse": events.CommandRefused(command, Outcome(403, 0, "Forbidden.")),
        "report-connected": events.CallReported(command, connection, "connected"),
        "report-gone": events.CallReported(command, connection, "gone"),
        "connect": events.ConnectAnswered(command, session.attempt, "one"),
    }
    return answers[how]


def fits(session: Session, event: Event) -> bool:
    """Whether the event can be: success has a form of its own for every kind of command."""
    kinds: dict[type, tuple[type, ...]] = {
        events.ConnectAnswered: (Connect,),
        events.CallReported: (AskCall,),
        events.CommandAccepted: (StartTranscription, StopTranscription, Leave),
    }
    answered = {pending.id: pending.command for pending in session.pending}.get(getattr(event, "command", ""))
    if isinstance(answered, Connect) and isinstance(event, events.ConnectAnswered):
        return event.attempt == answered.attempt
    return answered is None or isinstance(answered, kinds.get(type(event), (object,)))


def walk(steps: list[tuple[int, Event | str]]) -> list[tuple[Session, Event, int, Decision]]:
    """Every step of a session: before, event, moment, decision."""
    session, now, walked = begun().session, BEGIN, []
    for pause, given_event in steps:
        now += pause
        event = answer_newest(session, given_event) if isinstance(given_event, str) else given_event
        if not fits(session, event):
            continue
        decision = decide(session, event, now)
        walked.append((session, event, now, decision))
        session = decision.session
    return walked


def first_time(commands: tuple[Pending, ...]) -> list[Pending]:
    return [pending for pending in commands if pending.performed == 1]


@given(STEPS)
def test_nothing_starts_once_stopped_is_desired(steps: list[tuple[int, Event | str]]) -> None:
    for _, _, _, decision in walk(steps):
        if decision.session.desired is Desired.TRANSCRIBING:
            continue
        assert not any(isinstance(pending.command, StartTranscription) for pending in decision.commands)
        assert not any(isinstance(pending.command, Connect) for pending in first_time(decision.commands))


@given(STEPS)
def test_at_most_one_start_one_connect_and_one_question_are_in_flight(
    steps: list[tuple[int, Event | str]],
) -> None:
    for _, _, _, decision in walk(steps):
        kinds = [type(pending.command) for pending in decision.session.pending]
        assert all(kinds.count(kind) <= 1 for kind in (Connect, StartTranscription, AskCall))


@given(STEPS)
def test_no_connection_is_left_twice_at_once(steps: list[tuple[int, Event | str]]) -> None:
    for _, _, _, decision in walk(steps):
        leaves = [p.command for p in decision.session.pending if isinstance(p.command, Leave)]
        assert len(leaves) == len(set(leaves))


@given(STEPS)
def test_an_end_is_final(steps: list[tuple[int, Event | str]]) -> None:
    for before, _, _, decision in walk(steps):
        after = decision.session
        if before.ended_at is None:
            continue
        assert (after.ended_at, after.state, after.cause) == (before.ended_at, before.state, before.cause)
        assert after.error == before.error
        assert all(isinstance(pending.command, Leave) for pending in after.pending)


@given(STEPS)
def test_an_ended_session_with_nothing_pending_is_never_due(steps: list[tuple[int, Event | str]]) -> None:
    for _, _, _, decision in walk(steps):
        if decision.session.ended_at is not None and not decision.session.pending:
            assert decision.session.due_at is None


@given(STEPS)
def test_a_live_session_always_has_something_that_wakes_it(steps: list[tuple[int, Event | str]]) -> None:
    for _, _, _, decision in walk(steps):
        if decision.session.ended_at is None:
            assert decision.session.due_at is not None


@given(STEPS)
def test_once_time_was_looked_at_the_next_due_moment_lies_ahead(
    steps: list[tuple[int, Event | str]],
) -> None:
    for _, event, now, decision in walk(steps):
        if isinstance(event, events.TimePassed) and decision.session.due_at is not None:
            assert decision.session.due_at > now


@given(STEPS)
def test_the_revision_rises_by_one_with_every_change_and_never_otherwise(
    steps: list[tuple[int, Event | str]],
) -> None:
    for before, _, _, decision in walk(steps):
        if decision.session is before:
            assert decision.commands == ()
            continue
        assert decision.session.revision == before.revision + 1
        assert msgspec.structs.replace(decision.session, revision=before.revision) != before


@given(STEPS)
def test_a_decision_depends_on_nothing_but_its_arguments(steps: list[tuple[int, Event | str]]) -> None:
    for before, event, now, decision in walk(steps):
        assert decide(before, event, now) == decision


@given(STEPS)
def test_a_session_survives_its_way_through_the_table(steps: list[tuple[int, Event | str]]) -> None:
    for _, _, _, decision in walk(steps):
        stored = msgspec.json.encode(decision.session)
        assert msgspec.json.decode(stored, type=Session) == decision.session


@given(STEPS)
def test_ids_of_commands_are_unique(steps: list[tuple[int, Event | str]]) -> None:
    new = [pending.id for _, _, _, decision in walk(steps) for pending in first_time(decision.commands)]
    assert len(new) == len(set(new))


@given(STEPS)
def test_8583_never_reaches_anybody(steps: list[tuple[int, Event | str]]) -> None:
    for _, _, _, decision in walk(steps):
        error = decision.session.error
        assert error is None or error.sub_code != 8583


@given(STEPS)
def test_every_state_can_be_shown(steps: list[tuple[int, Event | str]]) -> None:
    for _, _, _, decision in walk(steps):
        shown = view(decision.session)
        assert (shown.ended_at is not None) == (shown.state in ("stopped", "failed"))
        assert (shown.cause is not None) == (shown.ended_at is not None)
        assert (shown.state != "failed") or shown.error is not None


@given(STEPS)
def test_after_a_stop_silence_and_honest_answers_lead_to_an_end(
    steps: list[tuple[int, Event | str]],
) -> None:
    walked = walk(steps)
    session, now = (walked[-1][3].session, walked[-1][2]) if walked else (begun().session, BEGIN)
    story = Story(session, now).after(events.StopRequested())
    for _ in range(200):
        if story.session.due_at is None:
            break
        story = told_that_all_is_over(story)
    assert story.session.state in (State.STOPPED, State.FAILED)
    assert story.session.pending == ()


def told_that_all_is_over(story: Story) -> Story:
    """Every command is answered by an ACS that has no calls any more; if there is none, time passes."""
    if not story.session.pending:
        return story.at_its_due_time()
    command = story.session.pending[0].id
    return story.after(events.CommandRefused(command, Outcome(404, 0, "Not found.")))
