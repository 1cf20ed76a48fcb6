"""Who is in the call: alone for a minute, we go."""

import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import LEASE_MS, CountPeople, Leave, StopTranscription
from functions.lifecycle.deadlines import ALONE_FOR_MS, COUNT_AGAIN_MS
from functions.lifecycle.pending import FIRST_PAUSE_MS, MOST_TRIES
from functions.lifecycle.session import Cause, Connection, State
from tests.unit.lifecycle.story import (
    ADA,
    BEGIN,
    CONNECTED,
    DISCONNECTED,
    FORBIDDEN,
    KINDS,
    NO_SUCH_CALL,
    NOBODY,
    OTHER,
    OURS,
    PEOPLE,
    PEOPLE_STILL_THERE,
    PLACED,
    STOP,
    STOPPED,
    WANTED,
    Story,
    active,
    answered,
    ended,
    leaving,
    starting,
    stopping,
)


def connected() -> Story:
    """In the call, and ACS has not said who else is."""
    return answered().after(CONNECTED)


def counting(kind: str = "joined") -> Story:
    """Everybody went a minute ago, and ACS is asked."""
    return active(KINDS[kind]).after(NOBODY).later(ALONE_FOR_MS)


def test_when_acs_says_nothing_it_is_asked_after_a_minute() -> None:
    story = connected()
    assert story.session.count_people_at == BEGIN + ALONE_FOR_MS
    assert CountPeople(OURS) in story.later(ALONE_FOR_MS).wants


def test_with_people_in_the_call_it_is_asked_now_and_then() -> None:
    story = active().after(PEOPLE_STILL_THERE)
    assert story.later(COUNT_AGAIN_MS - 1).wants == ()
    asked = story.later(COUNT_AGAIN_MS)
    assert asked.wants == (CountPeople(OURS),)
    assert asked.with_people().later(COUNT_AGAIN_MS).wants == (CountPeople(OURS),)


def test_when_everybody_has_gone_it_is_asked_after_a_minute() -> None:
    story = active().after(NOBODY)
    assert story.later(ALONE_FOR_MS - 1).wants == ()
    assert story.later(ALONE_FOR_MS).wants == (CountPeople(OURS),)


def test_somebody_who_comes_back_in_time_is_not_left() -> None:
    back = events.ParticipantsChanged(OURS, (ADA,), NOBODY.sequence + 1)
    assert active().after(NOBODY, back).later(ALONE_FOR_MS).wants == ()
    assert counting().with_people().wants == ()


def test_alone_in_a_call_that_we_joined_we_stop_and_leave() -> None:
    story = counting().alone()
    assert story.wants == (StopTranscription(OURS),)
    assert story.session.state is State.STOPPING
    ended_so = story.after(STOPPED, DISCONNECTED)
    assert ended_so.session.state is State.STOPPED
    assert ended_so.session.cause is Cause.CLOSED


@pytest.mark.parametrize("kind", ["placed", "incoming"])
def test_alone_in_a_call_that_we_placed_or_answered_we_hang_up(kind: str) -> None:
    story = counting(kind).alone()
    assert story.wants == (Leave(OURS),)
    assert story.after(DISCONNECTED).session.state is State.STOPPED
    assert story.after(WANTED).session is story.session


def test_alone_while_it_stops_it_hangs_up_when_that_is_done() -> None:
    story = stopping(PLACED).after(NOBODY).later(ALONE_FOR_MS).alone()
    assert Leave(OURS) in (*story.wants, *story.after(STOPPED).wants)


def test_before_we_are_in_the_call_the_news_counts_already() -> None:
    story = answered().after(PEOPLE, CONNECTED)
    assert story.session.count_people_at == BEGIN + COUNT_AGAIN_MS


def test_older_news_than_was_seen_does_not_count() -> None:
    story = active().after(PEOPLE_STILL_THERE)
    older = events.ParticipantsChanged(OURS, (), 1)
    for event in (older, PEOPLE_STILL_THERE):
        assert story.after(event).session is story.session


@pytest.mark.parametrize("story", [active(), ended()], ids=["active", "ended"])
def test_news_of_another_connection_or_after_ours_is_gone_does_not_count(story: Story) -> None:
    assert story.after(events.ParticipantsChanged(OTHER, (), 9)).session is story.session
    gone = ended()
    assert gone.after(events.ParticipantsChanged(OURS, (), 9)).session is gone.session


def test_one_count_is_made_at_a_time() -> None:
    story = counting()
    assert story.later(FIRST_PAUSE_MS).wants == ()
    again = story.later(LEASE_MS)
    assert again.in_flight == (CountPeople(OURS),)
    assert again.issued[0].performed == 2


def test_a_count_that_nobody_answers_is_repeated_and_then_made_anew_later() -> None:
    story, first = counting(), counting().issued[0].id
    for _ in range(2 * MOST_TRIES):
        story = story.at_its_due_time()
        assert story.session.state is State.ACTIVE
    assert story.pending(CountPeople).id != first


def test_a_count_that_acs_refuses_is_made_again_but_not_all_the_time() -> None:
    story = counting().refused(CountPeople, FORBIDDEN)
    assert story.in_flight == ()
    assert story.session.state is State.ACTIVE
    assert story.later(LEASE_MS).wants == ()
    assert story.later(COUNT_AGAIN_MS).wants == (CountPeople(OURS),)


def test_a_count_that_finds_no_call_ends_the_session() -> None:
    story = counting().refused(CountPeople, NO_SUCH_CALL)
    assert story.session.state is State.STOPPED
    assert story.session.connection is Connection.GONE


def test_a_count_that_is_older_than_what_was_told_meanwhile_does_not_count() -> None:
    count = counting()
    came = count.after(events.ParticipantsChanged(OURS, (ADA,), 99))
    late = came.after(events.PeopleCounted(count.issued[0].id, OURS, ()))
    assert late.session.state is State.ACTIVE
    assert late.wants == ()


def test_a_count_that_comes_too_late_changes_nothing() -> None:
    count = counting()
    answer = events.PeopleCounted(count.issued[0].id, OURS, ())
    gone = count.after(DISCONNECTED)
    assert gone.after(answer).session is gone.session
    twice = count.with_people()
    assert twice.after(answer).session is twice.session


def test_nobody_is_counted_on_the_way_out() -> None:
    story = leaving().later(COUNT_AGAIN_MS)
    assert not any(isinstance(command, CountPeople) for command in story.wants)
    overdue = starting().meanwhile(COUNT_AGAIN_MS).after(STOP)
    assert overdue.wants == (Leave(OURS),)


def test_what_acs_says_of_us_when_it_counts_is_kept() -> None:
    story = active(PLACED).after(NOBODY).later(ALONE_FOR_MS)
    told = events.PeopleCounted(story.issued[0].id, OURS, ("8:acs:us",), own_id="8:acs:us")
    assert story.after(told).wants == (Leave(OURS),)
