"""Starts with the connection itself: no first words are lost, in whatever order ACS tells of it."""

from itertools import permutations

import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import AskCall, Connect, Leave, StartTranscription, StopTranscription
from functions.lifecycle.deadlines import CONNECT_WITHIN_MS, START_WITHIN_MS, due_at
from functions.lifecycle.session import State, Transcription
from tests.unit.lifecycle.story import (
    BAD_URL,
    CONNECTED,
    KINDS,
    NO_SOCKET,
    NO_SUCH_CALL,
    OURS,
    PLACED,
    STARTED,
    STOP,
    STOPPED,
    Story,
    answer,
    answered,
    at_setup,
    begun,
)

OPENED = events.SocketOpened("first")
BROKE = events.TranscriptionFailed(OURS, NO_SOCKET)
SETUP = at_setup()


def asked(story: Story, *, transcribing: bool) -> Story:
    """ACS's answer to the question that is open."""
    question = story.pending(AskCall).id
    return story.after(events.CallReported(question, OURS, "connected", transcribing=transcribing))


@pytest.mark.parametrize("order", list(permutations((answer(), CONNECTED, OPENED))))
@pytest.mark.parametrize("kind", KINDS)
def test_in_whatever_order_it_is_told_it_is_active_and_nothing_is_started_twice(
    kind: str, order: tuple[events.Event, ...]
) -> None:
    story, started = begun(at_setup(KINDS[kind])), []
    for event in (*order, STARTED):
        story = story.after(event)
        started += [command for command in story.wants if isinstance(command, StartTranscription)]
    assert started == []
    assert story.session.state is State.ACTIVE


def test_a_started_before_call_connected_is_kept_until_then() -> None:
    story = answered(SETUP).after(OPENED, STARTED)
    assert story.session.state is State.CONNECTING
    assert story.session.started_at is None
    assert due_at(story.session) == story.now + CONNECT_WITHIN_MS
    connected = story.meanwhile(400).after(CONNECTED)
    assert connected.wants == ()
    assert connected.session.state is State.ACTIVE
    assert connected.session.started_at == connected.now


def test_the_first_words_before_call_connected_are_proof_too() -> None:
    story = begun(SETUP).after(OPENED, events.StreamBegan("first", "first.1"), answer(), CONNECTED)
    assert story.session.state is State.ACTIVE


def test_a_lost_call_connected_is_asked_for_though_words_come() -> None:
    story = answered(SETUP).after(OPENED, STARTED).later(CONNECT_WITHIN_MS)
    assert story.wants == (AskCall(OURS),)
    assert asked(story, transcribing=True).session.state is State.ACTIVE


def test_a_lost_started_is_asked_for_after_the_call_is_connected() -> None:
    story = answered(SETUP).after(CONNECTED)
    assert story.wants == ()
    assert story.session.state is State.STARTING
    asking = story.later(START_WITHIN_MS)
    assert asking.wants == (AskCall(OURS),)
    assert asked(asking, transcribing=True).session.state is State.ACTIVE
    assert asked(asking, transcribing=False).after_its_rest().wants == (StartTranscription(OURS),)


def test_a_socket_that_broke_before_call_connected_is_asked_about() -> None:
    story = answered(SETUP).after(OPENED, STARTED, events.SocketClosed("first"), CONNECTED)
    assert AskCall(OURS) in story.later(START_WITHIN_MS).wants


def test_a_start_that_fails_at_set_up_is_made_again_once_connected() -> None:
    story = answered(SETUP).after(BROKE)
    assert story.wants == ()
    assert due_at(story.session) == story.now + CONNECT_WITHIN_MS
    connected = story.after(CONNECTED)
    assert connected.wants == ()
    assert connected.after_its_rest().wants == (StartTranscription(OURS),)
    assert story.meanwhile(10_000).after(CONNECTED).wants == (StartTranscription(OURS),)


def test_a_transcription_that_ends_before_call_connected_is_started_again_then() -> None:
    story = answered(SETUP).after(OPENED, STARTED, STOPPED)
    assert story.wants == ()
    assert due_at(story.session) == story.now + CONNECT_WITHIN_MS
    assert story.meanwhile(10_000).after(CONNECTED).wants == (StartTranscription(OURS),)


def test_a_start_that_fails_for_good_at_set_up_fails_the_session_once_it_is_in_the_call() -> None:
    story = answered(SETUP).after(events.TranscriptionFailed(OURS, BAD_URL))
    assert story.session.error is not None
    assert story.after(CONNECTED).wants == (Leave(OURS),)


def test_a_call_that_is_over_at_set_up_is_left() -> None:
    story = answered(SETUP).after(events.TranscriptionFailed(OURS, NO_SUCH_CALL))
    assert story.session.error is None
    assert story.after(CONNECTED).wants == (Leave(OURS),)


def test_a_stop_before_call_connected_leaves_or_hangs_up() -> None:
    assert answered(SETUP).after(STOP, CONNECTED).wants == (Leave(OURS),)
    assert answered(SETUP).after(OPENED, STARTED, STOP, CONNECTED).wants == (StopTranscription(OURS),)
    assert answered(at_setup(PLACED)).after(OPENED, STARTED, STOP).wants == (Leave(OURS),)


def test_joined_again_it_starts_with_the_connection_again() -> None:
    story = answered(SETUP).after(events.ConnectFailed(OURS, 1, NO_SOCKET)).after_its_rest()
    assert story.wants == (Connect(2),)
    assert story.session.transcription is Transcription.STARTING
