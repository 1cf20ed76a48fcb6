"""Erasing is final: at once nothing is shown, in the end only a tombstone without words is left."""

import msgspec
import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import Announce, Erase, Leave, StopTranscription
from functions.lifecycle.deadlines import (
    ERASE_AGAIN_MS,
    ERASE_FOR_MS,
    TRANSCRIPT_ENDS_WITHIN_MS,
    due_at,
)
from functions.lifecycle.events import Event
from functions.lifecycle.pending import FIRST_PAUSE_MS
from functions.lifecycle.session import CallLocator, IncomingCall, PlacedCall, Session, StartRequest, State
from tests.unit.lifecycle.story import (
    ADA,
    AGENT,
    BIRTH,
    CALLED,
    CALLEE,
    CALLER,
    DISCONNECTED,
    FORBIDDEN,
    INCOMING,
    KINDS,
    OURS,
    PLACED,
    REQUEST,
    RESTART,
    STAGES,
    STOPPED,
    WANTED,
    Story,
    active,
    answer,
    begun,
    ended,
    ended_in_call,
    starting,
    stopping,
)

ERASE = events.ErasureRequested()
NAMED = (events.SpeakersNamed({ADA: "Ada"}), events.NamesHeard({ADA: "ada@home"}))
LONG = TRANSCRIPT_ENDS_WITHIN_MS + ERASE_FOR_MS


def swept(story: Story, duration: int) -> Story:
    """So long later, every erasure done as soon as it was asked for."""
    until = story.now + duration
    while (due := due_at(story.session)) is not None and due <= until:
        story = story.later(max(0, due - story.now)).with_people()
        if any(isinstance(command, Erase) for command in story.in_flight):
            story = story.accepted(Erase)
    return story.meanwhile(max(0, until - story.now))


@pytest.mark.parametrize("stage", STAGES)
def test_its_words_are_erased_at_once_and_its_names_forgotten(stage: str) -> None:
    request = msgspec.structs.replace(REQUEST, speakers={ADA: "Ada"}, tag="weekly")
    named = Story(msgspec.structs.replace(STAGES[stage]().session, request=request), ended().now).after(
        *NAMED
    )
    story = named.after(ERASE)
    assert Erase() in story.wants
    session = story.session
    assert session.erased_at == story.now
    assert (session.speakers, session.names) == ({}, {})
    assert (session.request.speakers, session.request.tag) == ({}, None)


def test_it_stops_and_leaves() -> None:
    story = active().after(ERASE)
    assert StopTranscription(OURS) in story.wants
    assert story.session.state is State.STOPPING
    assert Leave(OURS) in story.after(STOPPED).wants
    assert Leave(OURS) in starting().after(ERASE).wants


def test_it_hangs_up_on_nobody() -> None:
    story = active(PLACED).after(ERASE, STOPPED)
    assert story.session.state is State.STOPPED
    assert Leave(OURS) not in story.in_flight


@pytest.mark.parametrize("event", [ERASE, RESTART, WANTED, *NAMED])
@pytest.mark.parametrize("story", [active().after(ERASE), ended().after(ERASE)], ids=["live", "ended"])
def test_nothing_that_is_wished_for_then_has_an_effect(story: Story, event: Event) -> None:
    assert story.after(event).session is story.session


def test_it_is_erased_again_and_again_while_it_goes_on() -> None:
    story = active().after(ERASE).accepted(Erase)
    assert not story.session.words_erased
    assert Erase() not in story.later(ERASE_AGAIN_MS - 1).wants
    again = story.later(ERASE_AGAIN_MS)
    assert Erase() in again.wants
    assert not again.accepted(Erase).session.words_erased


def test_its_words_are_erased_only_by_what_began_after_its_end() -> None:
    story = active().after(ERASE).meanwhile(1).after(DISCONNECTED, events.SocketClosed("first"))
    before = story.accepted(Erase)
    assert not before.session.words_erased
    after = before.later(ERASE_AGAIN_MS).accepted(Erase)
    assert after.session.words_erased


def test_an_open_socket_may_still_bring_words() -> None:
    story = active().after(DISCONNECTED, ERASE).accepted(Erase)
    assert not story.session.words_erased
    closed = story.after(events.SocketClosed("first")).later(ERASE_AGAIN_MS).accepted(Erase)
    assert closed.session.words_erased


def test_a_socket_whose_end_nobody_tells_is_taken_for_closed() -> None:
    story = swept(active().after(DISCONNECTED, ERASE), TRANSCRIPT_ENDS_WITHIN_MS + ERASE_AGAIN_MS)
    assert story.session.words_erased


def test_it_is_swept_until_no_late_word_can_come() -> None:
    story = ended().after(ERASE).accepted(Erase)
    assert story.session.words_erased
    later = swept(story, LONG - 2 * ERASE_AGAIN_MS)
    assert later.session.erasure_due is not None
    last = swept(later, 3 * ERASE_AGAIN_MS)
    assert last.session.erasure_due is None
    assert due_at(last.session) is None


def test_a_session_that_ended_long_ago_is_erased_in_one_go() -> None:
    story = ended().meanwhile(LONG).after(ERASE).accepted(Erase)
    assert story.session.words_erased
    assert due_at(story.session) is None


@pytest.mark.parametrize(
    ("request_", "left"),
    [
        (REQUEST, CallLocator(REQUEST.call.kind, "")),  # type: ignore[union-attr]  # it is one that we join
        (PLACED, PlacedCall(())),
        (INCOMING, IncomingCall("", CALLED, "", "")),
    ],
    ids=KINDS,
)
def test_a_tombstone_says_what_kind_of_call_it_was_and_names_nobody(
    request_: StartRequest, left: object
) -> None:
    story = swept(active(request_).after(DISCONNECTED, ERASE), LONG + 2 * ERASE_AGAIN_MS)
    assert story.session.request.call == left
    stored = msgspec.json.encode(story.session).decode()
    for person in (ADA, CALLEE, CALLER, AGENT, "lets-its-bearer-answer"):
        assert person not in stored
    assert msgspec.json.decode(stored, type=Session) == story.session


def test_an_erasure_that_fails_is_repeated_for_as_long_as_it_takes() -> None:
    story = ended().after(ERASE)
    for _ in range(12):
        story = story.at_its_due_time()
    assert story.pending(Erase).performed > 4
    assert not story.session.words_erased
    assert story.accepted(Erase).later(ERASE_AGAIN_MS).accepted(Erase).session.words_erased


def test_an_erasure_that_could_not_be_done_is_soon_done_again() -> None:
    story = ended().after(ERASE)
    failed = story.after(events.CommandUnanswered(story.pending(Erase).id, "The tables do not answer."))
    assert failed.later(FIRST_PAUSE_MS).wants == (Erase(),)


def test_an_erasure_that_is_refused_is_made_again_when_it_is_due() -> None:
    story = ended().after(ERASE).refused(Erase, FORBIDDEN)
    assert story.in_flight == ()
    assert story.later(ERASE_AGAIN_MS).wants == (Erase(),)


def test_one_erasure_is_done_at_a_time() -> None:
    story = ended().after(ERASE).later(ERASE_AGAIN_MS)
    assert story.in_flight == (Erase(),)


def test_a_connection_that_comes_late_is_left_all_the_same() -> None:
    story = begun().after(ERASE).accepted(Erase)
    assert story.after(answer(), events.CallConnected(OURS, 1)).in_flight == (Leave(OURS),)


def test_in_a_call_that_goes_on_a_tombstone_looks_after_its_connection() -> None:
    story = swept(ended_in_call(INCOMING).after(ERASE), LONG + 2 * ERASE_AGAIN_MS)
    assert story.session.words_erased
    assert due_at(story.session) == story.session.count_people_at
    counting = story.at_its_due_time()
    assert counting.with_people(CALLER).wants == ()
    assert counting.alone().wants == (Leave(OURS),)


def test_other_systems_hear_only_that_it_is_over() -> None:
    story = begun(REQUEST, BIRTH._replace(announces=True)).after(answer(), events.CallConnected(OURS, 1))
    story = story.after(events.SocketOpened("first"), events.TranscriptionStarted(OURS), ERASE)
    story = story.after(STOPPED, DISCONNECTED)
    (told,) = [command for command in story.wants if isinstance(command, Announce)]
    assert told.name == "Verbatim.Session.Stopped"
    assert told.detail == {"id": BIRTH.id, "revision": story.session.revision, "state": "stopped"}
    closed = story.after(events.SocketClosed("first"))
    assert not any(isinstance(command, Announce) for command in closed.wants)


def test_an_announcement_on_its_way_tells_of_an_erased_session_only_its_end() -> None:
    live = begun(REQUEST, BIRTH._replace(announces=True)).after(answer(), events.CallConnected(OURS, 1))
    live = live.after(events.SocketOpened("first"), events.TranscriptionStarted(OURS))
    assert any(isinstance(command, Announce) for command in live.in_flight)
    assert not any(isinstance(command, Announce) for command in live.after(ERASE).in_flight)
    over = live.after(DISCONNECTED, ERASE)
    (kept,) = [command for command in over.in_flight if isinstance(command, Announce)]
    assert kept.name == "Verbatim.Session.Stopped"
    assert set(kept.detail) == {"id", "revision", "state"}


def test_an_erasure_while_it_stops_changes_nothing_about_the_stop() -> None:
    story = stopping().after(ERASE)
    assert story.wants == (Erase(),)
    assert Leave(OURS) in story.after(STOPPED).wants
