"""A transcript has ended when its session has and no more words can come."""

import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import Connect
from functions.lifecycle.deadlines import TRANSCRIPT_ENDS_WITHIN_MS, due_at
from tests.unit.lifecycle.story import (
    DISCONNECTED,
    FORBIDDEN,
    RESTART,
    Story,
    active,
    begun,
    ended,
    interrupted,
    leaving,
)

CLOSED = events.SocketClosed("first")


def test_it_ends_with_the_session_when_no_socket_is_open() -> None:
    for story in (interrupted().after(DISCONNECTED), begun().refused(Connect, FORBIDDEN)):
        assert story.session.transcript_ended
        assert due_at(story.session) is None


def test_an_open_socket_may_bring_the_last_words() -> None:
    story = leaving().after(DISCONNECTED)
    assert not story.session.transcript_ended
    assert due_at(story.session) == story.now + TRANSCRIPT_ENDS_WITHIN_MS
    assert story.after(CLOSED).session.transcript_ended


def test_all_sockets_must_have_closed() -> None:
    story = active().after(events.SocketOpened("second"), DISCONNECTED, CLOSED)
    assert not story.session.transcript_ended
    assert story.after(events.SocketClosed("second")).session.transcript_ended


def test_it_is_not_waited_for_without_end() -> None:
    story = leaving().after(DISCONNECTED)
    assert not story.later(TRANSCRIPT_ENDS_WITHIN_MS - 1).session.transcript_ended
    late = story.later(TRANSCRIPT_ENDS_WITHIN_MS)
    assert late.session.transcript_ended
    assert late.session.sockets == ()
    assert due_at(late.session) is None


@pytest.mark.parametrize("story", [leaving().after(DISCONNECTED), ended()], ids=["open", "closed"])
def test_a_socket_that_is_not_known_does_not_end_it(story: Story) -> None:
    assert story.after(events.SocketClosed("another")).session is story.session


def test_a_session_that_goes_on_has_a_transcript_that_goes_on() -> None:
    assert ended().session.transcript_ended
    assert not ended().after(RESTART).session.transcript_ended


def test_a_live_session_never_has_a_transcript_that_ended() -> None:
    assert not interrupted().session.transcript_ended
    assert not leaving().after(CLOSED).session.transcript_ended
