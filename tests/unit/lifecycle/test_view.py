import msgspec
import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import Connect
from functions.lifecycle.events import Outcome
from functions.lifecycle.journal import Occurrence, view_entry, write_entry
from functions.lifecycle.machine import begin
from functions.lifecycle.session import CallLocator, LocatorKind, StartRequest
from functions.lifecycle.view import looks_the_same, session_message, view
from tests.unit.lifecycle.story import (
    BAD_URL,
    BEGIN,
    BIRTH,
    DISCONNECTED,
    OURS,
    STAGES,
    STARTED,
    Story,
    active,
    answer,
    begun,
    ended,
    starting,
)


def shown(story: Story) -> dict[str, object]:
    content: dict[str, object] = msgspec.json.decode(msgspec.json.encode(view(story.session)))
    return content


def test_a_new_session_shows_what_was_asked_for_and_nothing_that_is_not_known_yet() -> None:
    assert shown(begun()) == {
        "id": BIRTH.id,
        "revision": 1,
        "state": "connecting",
        "desired": "transcribing",
        "call": {"groupCallId": "9d1c5f0e-group"},
        "locale": "en-US",
        "interimResults": True,
        "startAt": "connected",
        "createdAt": "2026-11-21T00:53:37.874Z",
        "attempt": 1,
        "speakers": {},
    }


@pytest.mark.parametrize("kind", LocatorKind)
def test_a_call_that_exists_is_shown_as_it_was_named(kind: LocatorKind) -> None:
    request = StartRequest(CallLocator(kind, "a call"), "en-US")
    assert shown(Story(begin(request, BIRTH, BEGIN, BEGIN).session, BEGIN))["call"] == {kind.value: "a call"}


def test_a_server_call_is_shown_under_its_own_name() -> None:
    request = StartRequest(
        CallLocator(LocatorKind.SERVER_CALL, "aHR0/cHM="), "de-DE", speakers={"8:acs:a": "Ada"}, tag="weekly"
    )
    content = shown(Story(begin(request, BIRTH, BEGIN, BEGIN).session, BEGIN))
    assert content["call"] == {"serverCallId": "aHR0/cHM="}
    assert content["speakers"] == {"8:acs:a": "Ada"}
    assert content["tag"] == "weekly"


def test_an_ended_session_shows_when_it_was_what_and_for_how_long() -> None:
    content = shown(ended())
    assert content["state"] == "stopped"
    assert content["desired"] == "stopped"
    assert content["connectedAt"] == "2026-11-21T00:53:38.774Z"
    assert content["startedAt"] == "2026-11-21T00:53:40.674Z"
    assert content["endedAt"] == "2026-11-21T00:53:51.274Z"
    assert content["duration"] == "PT10.6S"
    assert content["cause"] == "closed"
    assert "error" not in content


def test_a_session_that_never_transcribed_has_no_duration() -> None:
    assert "duration" not in shown(starting().after(events.StopRequested(), DISCONNECTED))


def test_a_duration_is_never_negative_though_hosts_clocks_differ() -> None:
    story = active()
    assert shown(story.meanwhile(-500).after(DISCONNECTED))["duration"] == "PT0S"


def test_a_failure_shows_its_codes_and_its_remedy() -> None:
    failed = begun().refused(Connect, Outcome(404, 0, "Call not found."))
    assert shown(failed)["state"] == "failed"
    assert shown(failed)["error"] == {
        "code": 404,
        "subCode": 0,
        "message": "Call not found.",
        "remedy": "ACS knows no such call. Check the id, and start while somebody is in the call.",
        "retryable": False,
    }


def test_a_cause_is_shown_only_at_the_end() -> None:
    failing = active().after(events.TranscriptionFailed(OURS, BAD_URL))
    assert "cause" not in shown(failing)
    assert shown(failing.after(DISCONNECTED))["cause"] == "connection-error"


@pytest.mark.parametrize("stage", STAGES)
def test_viewers_get_the_session_as_it_is_shown(stage: str) -> None:
    story = STAGES[stage]()
    assert msgspec.json.decode(session_message(story.session)) == {"type": "session"} | shown(story)


@pytest.mark.parametrize("stage", STAGES)
def test_no_ticket_and_no_secret_is_ever_shown(stage: str) -> None:
    story = STAGES[stage]()
    happened = Occurrence("api", "id", answer())
    texts = [
        msgspec.json.encode(view(story.session)),
        session_message(story.session),
        msgspec.json.encode(write_entry(happened, story.session, story.now)),
        msgspec.json.encode(view_entry(write_entry(happened, story.session, story.now))),
    ]
    assert story.session.ticket == BIRTH.ticket
    assert story.session.secret == BIRTH.secret
    for text in texts:
        assert BIRTH.ticket.encode() not in text
        assert BIRTH.secret.encode() not in text


def test_inner_bookkeeping_makes_no_difference_to_a_reader() -> None:
    before = starting()
    after = before.accepted(type(before.issued[0].command))
    assert after.session != before.session
    assert looks_the_same(before.session, after.session)


def test_a_change_of_state_makes_a_difference() -> None:
    before = starting()
    assert not looks_the_same(before.session, before.after(STARTED).session)
