"""Life cycle events for other systems: each once, in the order of what happened, without names."""

from collections.abc import Iterable

from functions.lifecycle import events
from functions.lifecycle.announcements import MOST_WAITING
from functions.lifecycle.commands import Announce
from functions.lifecycle.deadlines import TRANSCRIPT_ENDS_WITHIN_MS
from functions.lifecycle.events import Event
from functions.lifecycle.pending import MOST_ANNOUNCEMENTS
from functions.lifecycle.session import StartRequest, State
from tests.unit.lifecycle.story import (
    ADA,
    BAD_URL,
    BIRTH,
    CONNECTED,
    DISCONNECTED,
    ENDED_BY_PEOPLE,
    FORBIDDEN,
    NO_SOCKET,
    OURS,
    PLACED,
    REQUEST,
    RESTART,
    STARTED,
    STOP,
    STOPPED,
    Story,
    answer,
    at_setup,
    begun,
)

OPENED = events.SocketOpened("first")
CLOSED = events.SocketClosed("first")
BROKE = events.TranscriptionFailed(OURS, NO_SOCKET)
GERMAN = events.LocaleRequested("de-DE")
TO_ACTIVE: tuple[Event, ...] = (answer(), CONNECTED, OPENED, STARTED)


def announcing(request: StartRequest = REQUEST) -> Story:
    return begun(request, BIRTH._replace(announces=True))


def told(story: Story) -> list[str]:
    """What the last event made it announce for the first time."""
    first = [pending.command for pending in story.issued if pending.performed == 1]
    return [command.name.removeprefix("Verbatim.") for command in first if isinstance(command, Announce)]


def heard(story: Story, happened: Iterable[Event]) -> list[str]:
    """All that is announced while these events happen."""
    names = []
    for event in happened:
        story = story.after(event)
        names += told(story)
    return names


def test_without_a_topic_nothing_is_announced() -> None:
    assert heard(begun(), (*TO_ACTIVE, STOP, STOPPED, DISCONNECTED, CLOSED)) == []


def test_a_call_is_told_from_its_first_word_to_its_last() -> None:
    happened = (*TO_ACTIVE, STOP, STOPPED, DISCONNECTED, CLOSED)
    assert heard(announcing(), happened) == ["Session.Started", "Session.Stopped", "Transcript.Ready"]


def test_a_session_that_never_transcribed_has_no_transcript_that_could_be_ready() -> None:
    happened = (answer(), CONNECTED, OPENED, STOP, DISCONNECTED, CLOSED)
    assert heard(announcing(), happened) == ["Session.Stopped"]


def test_a_failure_is_told_as_one() -> None:
    happened = (*TO_ACTIVE, CLOSED, events.TranscriptionFailed(OURS, BAD_URL), DISCONNECTED)
    assert heard(announcing(), happened) == [
        "Session.Started",
        "Session.Interrupted",
        "Session.Failed",
        "Transcript.Ready",
    ]


def test_an_interruption_and_its_end_are_told() -> None:
    happened = (*TO_ACTIVE, CLOSED, events.SocketOpened("next"))
    assert heard(announcing(), happened) == ["Session.Started", "Session.Interrupted", "Session.Resumed"]


def test_a_topic_that_is_down_while_sockets_come_and_go_does_not_break_the_session() -> None:
    story = announcing().after(*TO_ACTIVE)
    for number in range(1_000):
        story = story.after(events.SocketClosed(story.session.sockets[0]), events.SocketOpened(f"{number}"))
    assert len(story.session.pending) == MOST_WAITING
    assert told(story.after(STOP, STOPPED, DISCONNECTED)) == ["Session.Stopped"]


def test_a_failure_that_it_gets_over_is_told_as_an_interruption() -> None:
    broken = announcing().after(*TO_ACTIVE, BROKE)
    assert told(broken) == ["Session.Interrupted"]
    again = broken.after_its_rest()
    assert told(again) == []
    assert told(again.after(STARTED)) == ["Session.Resumed"]


def test_a_failure_before_the_first_word_is_no_interruption() -> None:
    story = announcing().after(answer(), CONNECTED, BROKE)
    assert told(story) == []
    assert told(story.after_its_rest().after(OPENED, STARTED)) == ["Session.Started"]


def test_a_change_of_locale_is_told_once_it_came_about() -> None:
    joined = announcing().after(*TO_ACTIVE)
    assert heard(joined, (GERMAN, STOPPED, STARTED)) == ["Session.LocaleChanged"]
    placed = announcing(PLACED).after(*TO_ACTIVE)
    assert heard(placed, (GERMAN, events.TranscriptionUpdated(OURS))) == ["Session.LocaleChanged"]


def test_a_change_of_locale_by_a_stop_and_a_start_that_fails_is_an_interruption() -> None:
    story = announcing().after(*TO_ACTIVE, GERMAN, STOPPED, BROKE).after_its_rest()
    assert told(story.after(STARTED)) == ["Session.LocaleChanged"]


def test_a_socket_that_closes_in_a_change_of_locale_interrupts() -> None:
    placed = announcing(PLACED).after(*TO_ACTIVE, GERMAN)
    happened = (CLOSED, events.TranscriptionUpdated(OURS), events.SocketOpened("next"))
    assert heard(placed, happened) == ["Session.Interrupted", "Session.Resumed"]


def test_at_set_up_the_start_is_told_when_the_call_is_connected() -> None:
    story = announcing(at_setup()).after(answer(), OPENED)
    assert heard(story, (STARTED, CONNECTED)) == ["Session.Started"]


def test_what_comes_twice_is_told_once() -> None:
    happened = (*TO_ACTIVE, STARTED, STOP, STOP, STOPPED, STOPPED, DISCONNECTED, DISCONNECTED, CLOSED, CLOSED)
    assert heard(announcing(), happened) == ["Session.Started", "Session.Stopped", "Transcript.Ready"]


def test_what_happens_on_the_way_out_is_not_told() -> None:
    story = announcing().after(*TO_ACTIVE, STOP)
    assert heard(story, (CLOSED, STOPPED)) == []


def test_a_session_that_goes_on_is_told_from_its_start_again() -> None:
    story = announcing().after(*TO_ACTIVE, STOP, STOPPED, DISCONNECTED, CLOSED, RESTART)
    second = "second"
    again = (
        events.CallConnected(second, 2),
        events.SocketOpened("second-socket"),
        events.TranscriptionStarted(second),
        events.CallDisconnected(second, ENDED_BY_PEOPLE),
        events.SocketClosed("second-socket"),
    )
    assert heard(story, again) == ["Session.Started", "Session.Stopped", "Transcript.Ready"]


def test_a_transcript_is_ready_though_its_socket_never_closed() -> None:
    story = announcing().after(*TO_ACTIVE, DISCONNECTED)
    assert told(story.later(TRANSCRIPT_ENDS_WITHIN_MS)) == ["Transcript.Ready"]


def test_an_announcement_shows_the_session_as_it_is_then_and_names_nobody() -> None:
    named = events.SpeakersNamed({ADA: "Ada"})
    story = announcing().after(named, *TO_ACTIVE).meanwhile(5000).after(STOP, STOPPED, DISCONNECTED)
    (announced,) = [command for command in story.wants if isinstance(command, Announce)]
    detail = announced.detail
    assert announced.at == story.now
    assert detail["state"] == "stopped"
    assert detail["revision"] == story.session.revision
    assert (detail["cause"], detail["duration"], detail["startTime"]) == (
        "closed",
        "PT5S",
        detail["startedAt"],
    )
    assert "errorMessage" not in detail
    assert not {"speakers", "desired", "attempt"} & set(detail)
    assert "Ada" not in str(detail)


def test_a_failure_says_what_failed() -> None:
    story = announcing().after(*TO_ACTIVE, events.TranscriptionFailed(OURS, BAD_URL), DISCONNECTED)
    (announced,) = [command for command in story.wants if isinstance(command, Announce)]
    assert announced.detail["errorMessage"] == BAD_URL.message
    assert announced.detail["error"]["subCode"] == BAD_URL.sub_code
    assert announced.detail["cause"] == "connection-error"


def test_an_announcement_outlives_the_session_and_is_given_up_in_the_end() -> None:
    story = announcing().after(*TO_ACTIVE, DISCONNECTED, CLOSED)
    assert {type(command) for command in story.in_flight} == {Announce}
    tries = 1
    while story.in_flight:
        story = story.at_its_due_time()
        tries = max([tries, *(pending.performed for pending in story.session.pending)])
    assert tries == MOST_ANNOUNCEMENTS
    assert story.session.state is State.STOPPED


def test_an_announcement_that_is_refused_changes_nothing_else() -> None:
    story = announcing().after(*TO_ACTIVE)
    refused = story.refused(Announce, FORBIDDEN)
    assert refused.session.state is State.ACTIVE
    assert not any(isinstance(command, Announce) for command in refused.in_flight)
