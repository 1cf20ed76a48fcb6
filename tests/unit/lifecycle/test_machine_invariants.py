"""Whatever comes, in whatever order, as often as it likes."""

import msgspec
from hypothesis import given

from functions.lifecycle import events
from functions.lifecycle.commands import (
    Announce,
    AskCall,
    Connect,
    CountPeople,
    Erase,
    Invite,
    Leave,
    Pending,
    StartTranscription,
    UpdateTranscription,
)
from functions.lifecycle.deadlines import MOST_FAILURES, due_at
from functions.lifecycle.machine import decide
from functions.lifecycle.session import Connection, Desired, Session, State
from functions.lifecycle.view import view
from tests.unit.lifecycle.story import (
    BEGIN,
    NO_SUCH_CALL,
    Story,
    begun,
)
from tests.unit.lifecycle.whatever_comes import STORIES, Steps, walk


def first_time(commands: tuple[Pending, ...]) -> list[Pending]:
    return [pending for pending in commands if pending.performed == 1]


@given(STORIES)
def test_nothing_starts_once_stopped_is_desired(steps: Steps) -> None:
    for _, _, _, decision in walk(steps):
        if decision.session.desired is Desired.TRANSCRIBING:
            continue
        forbidden = (StartTranscription, UpdateTranscription)
        assert not any(isinstance(pending.command, forbidden) for pending in decision.commands)
        assert not any(isinstance(pending.command, Connect) for pending in first_time(decision.commands))


@given(STORIES)
def test_at_most_one_of_each_command_is_in_flight(
    steps: Steps,
) -> None:
    for _, _, _, decision in walk(steps):
        kinds = [type(pending.command) for pending in decision.session.pending]
        single = (Connect, StartTranscription, AskCall, CountPeople, Invite, Erase)
        assert all(kinds.count(kind) <= 1 for kind in single)


@given(STORIES)
def test_no_connection_is_left_twice_at_once(steps: Steps) -> None:
    for _, _, _, decision in walk(steps):
        leaves = [p.command for p in decision.session.pending if isinstance(p.command, Leave)]
        assert len(leaves) == len(set(leaves))


OF_ENDS = {"revision", "pending", "sockets", "transcript_ended", "erasure_due", "words_erased"}
"""What may still change of a session that has ended, by itself; and `request`, when it becomes a tombstone."""
OF_CONNECTIONS = {
    "connection",
    "transcription",
    "deadline",
    "count_people_at",
    "participants_seen",
    "own_id",
    "departing",
    "call_over",
    "unanswered_questions",
    "invited",
    "invitee_came",
    "interrupted_at",
    "active_since",
    "server_call_id",
    "correlation_id",
}
"""What may still change while it is in a call that it placed or answered."""
BY_WISHES = {
    events.ErasureRequested: {"request", "speakers", "names", "erased_at"},
    events.SpeakersNamed: {"speakers"},
}


@given(STORIES)
def test_an_ended_session_changes_only_by_a_wish_or_the_end_of_its_transcript_and_connection(
    steps: Steps,
) -> None:
    for before, event, _, decision in walk(steps):
        if before.ended_at is None or isinstance(event, events.RestartRequested):
            continue
        after = decision.session
        changed = {
            name for name in Session.__struct_fields__ if getattr(before, name) != getattr(after, name)
        }
        allowed = OF_ENDS | BY_WISHES.get(type(event), set())
        allowed |= OF_CONNECTIONS if before.connection is not Connection.GONE else set()
        allowed |= {"request"} if after.words_erased and after.erasure_due is None else set()
        assert changed <= allowed
        if after.connection is Connection.GONE:
            assert all(isinstance(pending.command, Leave | Announce | Erase) for pending in after.pending)


@given(STORIES)
def test_an_ended_session_that_awaits_nothing_is_never_due(steps: Steps) -> None:
    for _, _, _, decision in walk(steps):
        after = decision.session
        if after.ended_at is None or after.pending or after.connection is not Connection.GONE:
            continue
        if after.transcript_ended and after.erasure_due is None:
            assert due_at(after) is None


@given(STORIES)
def test_a_live_session_always_has_something_that_wakes_it(steps: Steps) -> None:
    for _, _, _, decision in walk(steps):
        if decision.session.ended_at is None:
            assert due_at(decision.session) is not None


@given(STORIES)
def test_once_time_was_looked_at_the_next_due_moment_lies_ahead(steps: Steps) -> None:
    for _, event, now, decision in walk(steps):
        due = due_at(decision.session)
        assert not isinstance(event, events.TimePassed) or due is None or due > now


@given(STORIES)
def test_time_that_is_looked_at_twice_changes_nothing_the_second_time(steps: Steps) -> None:
    for _, event, now, decision in walk(steps):
        if isinstance(event, events.TimePassed):
            assert decide(decision.session, event, now).session is decision.session


@given(STORIES)
def test_failures_never_pass_their_limit(steps: Steps) -> None:
    for _, _, _, decision in walk(steps):
        assert decision.session.failures <= MOST_FAILURES


@given(STORIES)
def test_words_are_erased_only_after_the_end_and_by_wish(steps: Steps) -> None:
    for _, _, _, decision in walk(steps):
        after = decision.session
        assert not after.words_erased or (after.ended_at is not None and after.erased_at is not None)
        assert not any(isinstance(pending.command, Erase) for pending in after.pending) or after.erased_at


@given(STORIES)
def test_an_erased_session_names_nobody(steps: Steps) -> None:
    for _, _, _, decision in walk(steps):
        after = decision.session
        if after.erased_at is not None:
            assert (after.speakers, after.names, after.request.speakers, after.request.tag) == (
                {},
                {},
                {},
                None,
            )


@given(STORIES)
def test_a_call_that_we_placed_or_answered_is_not_entered_twice(steps: Steps) -> None:
    for _, _, _, decision in walk(steps):
        assert decision.session.was_joined or decision.session.attempt == 1


@given(STORIES)
def test_a_connection_that_we_still_have_is_never_left_out_of_sight(steps: Steps) -> None:
    """As long as we are in a call, or on the way in or out, something wakes the session."""
    for _, _, _, decision in walk(steps):
        after = decision.session
        if after.connection is not Connection.GONE:
            assert due_at(after) is not None


@given(STORIES)
def test_the_revision_rises_by_one_with_every_change_and_never_otherwise(
    steps: Steps,
) -> None:
    for before, _, _, decision in walk(steps):
        if decision.session is before:
            assert decision.commands == ()
            continue
        assert decision.session.revision == before.revision + 1
        assert msgspec.structs.replace(decision.session, revision=before.revision) != before


@given(STORIES)
def test_a_decision_depends_on_nothing_but_its_arguments(steps: Steps) -> None:
    for before, event, now, decision in walk(steps):
        assert decide(before, event, now) == decision


@given(STORIES)
def test_a_session_survives_its_way_through_the_table(steps: Steps) -> None:
    for _, _, _, decision in walk(steps):
        stored = msgspec.json.encode(decision.session)
        assert msgspec.json.decode(stored, type=Session) == decision.session


@given(STORIES)
def test_ids_of_commands_are_unique(steps: Steps) -> None:
    new = [pending.id for _, _, _, decision in walk(steps) for pending in first_time(decision.commands)]
    assert len(new) == len(set(new))


@given(STORIES)
def test_8583_never_reaches_anybody(steps: Steps) -> None:
    for _, _, _, decision in walk(steps):
        error = decision.session.error
        assert error is None or error.sub_code != 8583


@given(STORIES)
def test_every_state_can_be_shown(steps: Steps) -> None:
    for _, _, _, decision in walk(steps):
        shown = view(decision.session)
        assert (shown.ended_at is not None) == (shown.state in ("stopped", "failed"))
        assert (shown.cause is not None) == (shown.ended_at is not None)
        assert (shown.state != "failed") or shown.error is not None


@given(STORIES)
def test_every_announcement_tells_of_a_change_and_names_nobody(steps: Steps) -> None:
    for _, _, _, decision in walk(steps):
        for pending in first_time(decision.commands):
            if isinstance(pending.command, Announce):
                assert pending.command.detail["revision"] == decision.session.revision
                assert "Ada" not in str(pending.command.detail)


@given(STORIES)
def test_after_a_stop_silence_and_honest_answers_lead_to_an_end(steps: Steps) -> None:
    walked = list(walk(steps))
    session, now = (walked[-1][3].session, walked[-1][2]) if walked else (begun(steps[0]).session, BEGIN)
    story = Story(session, now).after(events.StopRequested())
    for _ in range(200):
        if due_at(story.session) is None:
            break
        story = told_that_all_is_over(story)
    assert story.session.state in (State.STOPPED, State.FAILED)
    assert story.session.pending == ()
    assert story.session.connection is Connection.GONE


def told_that_all_is_over(story: Story) -> Story:
    """Every command is answered by an ACS that has no calls any more; if there is none, time passes."""
    if not story.session.pending:
        return story.at_its_due_time()
    pending = story.session.pending[0]
    if isinstance(pending.command, Erase | Announce):
        return story.after(events.CommandAccepted(pending.id))
    return story.after(events.CommandRefused(pending.id, NO_SUCH_CALL))
