"""Another locale: in place where ACS can do that, else by a stop and a start."""

import pytest

from functions.lifecycle import events
from functions.lifecycle.commands import (
    AskCall,
    Connect,
    Leave,
    StartTranscription,
    StopTranscription,
    UpdateTranscription,
)
from functions.lifecycle.deadlines import (
    ASK_AFTER_DOUBT_MS,
    REOPEN_WITHIN_MS,
    START_WITHIN_MS,
    STOP_WITHIN_MS,
    UPDATE_WITHIN_MS,
)
from functions.lifecycle.events import Outcome
from functions.lifecycle.session import Connection, State
from functions.lifecycle.turns import MOST_QUESTIONS
from tests.unit.lifecycle.story import (
    CONNECTED,
    ENDED_BY_FAULT,
    FORBIDDEN,
    INCOMING,
    KINDS,
    NO_SOCKET,
    NO_SUCH_CALL,
    NOT_ACTIVE,
    OTHER,
    OURS,
    PLACED,
    RESTART,
    STAGES,
    STARTED,
    STOP,
    STOPPED,
    WANTED,
    Story,
    active,
    answered,
    at_setup,
    begun,
    ended,
    ended_in_call,
    interrupted,
    starting,
    stopping,
)

GERMAN = events.LocaleRequested("de-DE")
ENGLISH = events.LocaleRequested("en-US")
FRENCH = events.LocaleRequested("fr-FR")
UPDATED = events.TranscriptionUpdated(OURS)
UPDATE = UpdateTranscription(OURS, "de-DE")
UNSUPPORTED = Outcome(405, 8520, "Update transcription is not supported on this call.")
NO_LOCALE = Outcome(400, 8565, "Action failed due to a bad request to Cognitive Services.")


def updating() -> Story:
    return active(PLACED).after(GERMAN)


def asked(story: Story, *, transcribing: bool = True, locale: str | None = None) -> Story:
    """ACS's answer to the question that is open."""
    question = story.pending(AskCall).id
    report = events.CallReported(question, OURS, "connected", transcribing=transcribing, locale=locale)
    return story.after(report)


# --- before there is a transcription


@pytest.mark.parametrize("stage", ["begun", "answered"])
def test_before_the_start_it_is_the_locale_to_start_in(stage: str) -> None:
    story = STAGES[stage]().after(GERMAN)
    assert story.wants == ()
    connected = story.after(CONNECTED)
    assert connected.wants == (StartTranscription(OURS),)
    assert connected.session.asked_locale == "de-DE"


@pytest.mark.parametrize("kind", KINDS)
def test_during_the_start_it_waits_for_that(kind: str) -> None:
    story = starting(KINDS[kind]).after(GERMAN)
    assert story.wants == ()
    changed = story.after(events.SocketOpened("first"), STARTED)
    assert changed.wants == ((StopTranscription(OURS),) if kind == "joined" else (UPDATE,))


def test_a_locale_that_it_has_already_changes_nothing() -> None:
    story = active()
    assert story.after(ENGLISH).session is story.session


# --- a call that we joined


def test_on_a_call_that_we_joined_it_stops_and_starts() -> None:
    story = active().after(GERMAN)
    assert story.wants == (StopTranscription(OURS),)
    assert story.session.state is State.STARTING
    again = story.after(STOPPED)
    assert again.wants == (StartTranscription(OURS),)
    assert again.session.asked_locale == "de-DE"
    assert again.after(STARTED).session.confirmed_locale == "de-DE"
    assert again.session.failures == 0


def test_a_locale_that_is_taken_back_meanwhile_costs_no_second_stop() -> None:
    story = active().after(GERMAN, ENGLISH, STOPPED)
    assert story.session.asked_locale == "en-US"
    assert story.after(STARTED).wants == ()


def test_a_stop_meanwhile_stops_for_good() -> None:
    story = active().after(GERMAN, STOP, STOPPED)
    assert story.wants == (Leave(OURS),)


def test_a_stop_for_another_locale_that_is_never_confirmed_is_asked_about() -> None:
    story = active().after(GERMAN).accepted(StopTranscription).later(STOP_WITHIN_MS)
    assert story.wants == (AskCall(OURS),)
    assert asked(story, transcribing=False).wants == (StartTranscription(OURS),)


def test_where_acs_does_not_stop_the_old_locale_stays_in_the_end() -> None:
    story = active().after(GERMAN)
    for _ in range(MOST_QUESTIONS):
        assert story.wants == (StopTranscription(OURS),)
        story = asked(story.accepted(StopTranscription).later(STOP_WITHIN_MS))
    assert story.wants == ()
    assert story.session.state is State.ACTIVE
    assert story.session.locale == "en-US"
    assert story.session.trouble is not None


@pytest.mark.parametrize("how", ["answer", "event"])
def test_a_locale_in_which_acs_will_not_start_leaves_the_old_one(how: str) -> None:
    story = active().after(GERMAN, STOPPED)
    refused = (
        story.refused(StartTranscription, NO_LOCALE)
        if how == "answer"
        else story.after(events.TranscriptionFailed(OURS, NO_LOCALE))
    )
    assert refused.wants == (StartTranscription(OURS),)
    assert (refused.session.locale, refused.session.asked_locale) == ("en-US", "en-US")
    assert refused.session.error is None
    assert refused.after(STARTED).session.state is State.ACTIVE


def test_a_third_locale_is_tried_before_the_old_one() -> None:
    story = active().after(GERMAN, STOPPED, FRENCH).refused(StartTranscription, NO_LOCALE)
    assert story.session.asked_locale == "fr-FR"
    assert story.refused(StartTranscription, NO_LOCALE).session.asked_locale == "en-US"


def test_the_old_locale_that_acs_will_not_have_either_fails_the_session() -> None:
    story = active().after(GERMAN, STOPPED).refused(StartTranscription, NO_LOCALE)
    assert story.refused(StartTranscription, NO_LOCALE).session.error is not None


def test_an_interrupted_transcription_changes_its_locale_too() -> None:
    assert interrupted().after(GERMAN).wants == (StopTranscription(OURS),)


# --- a call that we placed or answered


@pytest.mark.parametrize("kind", ["placed", "incoming"])
def test_on_another_call_it_changes_in_place(kind: str) -> None:
    story = active(KINDS[kind]).after(GERMAN)
    assert story.wants == (UPDATE,)
    assert story.session.state is State.ACTIVE
    done = story.accepted(UpdateTranscription).after(UPDATED)
    assert done.wants == ()
    assert done.session.confirmed_locale == "de-DE"
    assert done.session.deadline is None


def test_one_change_is_made_at_a_time() -> None:
    story = updating().after(FRENCH)
    assert story.wants == ()
    assert story.after(UPDATED).wants == (UpdateTranscription(OURS, "fr-FR"),)


def test_a_change_that_is_taken_back_meanwhile_is_taken_back_after_it() -> None:
    assert updating().after(ENGLISH, UPDATED).wants == (UpdateTranscription(OURS, "en-US"),)


def test_a_change_that_nobody_waits_for_changes_nothing() -> None:
    for story in (active(PLACED), updating().after(UPDATED), starting(PLACED), ended_in_call(PLACED)):
        assert story.after(UPDATED).session is story.session
    story = updating()
    assert story.after(events.TranscriptionUpdated(OTHER)).session is story.session


@pytest.mark.parametrize("outcome", [UNSUPPORTED, ENDED_BY_FAULT, NOT_ACTIVE])
@pytest.mark.parametrize("how", ["answer", "event"])
def test_where_it_cannot_change_in_place_it_stops_and_starts(how: str, outcome: Outcome) -> None:
    story = (
        updating().refused(UpdateTranscription, outcome)
        if how == "answer"
        else updating().after(events.TranscriptionFailed(OURS, outcome))
    )
    assert story.wants == (StopTranscription(OURS),)
    assert story.session.trouble is None
    again = story.after(STOPPED)
    assert again.wants == (StartTranscription(OURS),)
    assert again.session.asked_locale == "de-DE"
    assert again.after(STARTED, FRENCH).wants == (StopTranscription(OURS),)


@pytest.mark.parametrize("outcome", [NO_LOCALE, FORBIDDEN])
def test_a_locale_that_acs_will_not_have_leaves_the_old_one_and_says_why(outcome: Outcome) -> None:
    story = updating().refused(UpdateTranscription, outcome)
    assert story.wants == ()
    assert story.session.state is State.ACTIVE
    assert story.session.locale == "en-US"
    assert story.session.trouble is not None
    assert story.session.trouble.code == outcome.code
    assert story.after(FRENCH).wants == (UpdateTranscription(OURS, "fr-FR"),)
    assert story.after(FRENCH, UPDATED).session.trouble is None


def test_a_third_locale_is_not_lost_when_acs_will_not_have_the_second() -> None:
    story = updating().after(FRENCH).refused(UpdateTranscription, NO_LOCALE)
    assert story.session.locale == "fr-FR"
    assert story.wants == (UpdateTranscription(OURS, "fr-FR"),)


def test_a_change_that_finds_the_call_over_ends_as_calls_do() -> None:
    story = updating().refused(UpdateTranscription, NO_SUCH_CALL)
    assert story.session.state is State.STOPPED
    assert story.session.error is None
    assert story.session.connection is Connection.GONE


def test_the_refusal_of_a_change_that_a_stop_overtook_does_not_matter() -> None:
    update = updating()
    story = update.after(STOP)
    late = events.CommandRefused(update.pending(UpdateTranscription).id, NO_LOCALE)
    assert story.after(late).session is story.session
    assert story.session.trouble is None


# --- no word of it


def test_a_change_that_is_never_confirmed_is_asked_about() -> None:
    story = updating().accepted(UpdateTranscription)
    assert story.later(UPDATE_WITHIN_MS - 1).wants == ()
    assert story.later(UPDATE_WITHIN_MS).wants == (AskCall(OURS),)


def test_a_change_of_which_nobody_heard_is_asked_about_soon() -> None:
    story = updating()
    doubtful = story.after(events.CommandUnanswered(story.issued[0].id, "ACS answered 503."))
    assert doubtful.later(ASK_AFTER_DOUBT_MS).wants == (AskCall(OURS),)


def test_a_change_that_came_about_is_confirmed_by_the_answer() -> None:
    done = asked(updating().later(UPDATE_WITHIN_MS), locale="DE-de")
    assert done.wants == ()
    assert done.session.confirmed_locale == "de-DE"
    assert done.session.deadline is None


@pytest.mark.parametrize("locale", ["en-US", None])
def test_a_change_that_did_not_come_about_is_made_by_a_stop_and_a_start(locale: str | None) -> None:
    story = asked(updating().later(UPDATE_WITHIN_MS), locale=locale)
    assert story.wants == (StopTranscription(OURS),)


def test_a_transcription_that_broke_meanwhile_starts_in_the_new_locale() -> None:
    story = asked(updating().later(UPDATE_WITHIN_MS), transcribing=False)
    again = story.after_its_rest()
    assert again.wants == (StartTranscription(OURS),)
    assert again.session.asked_locale == "de-DE"


def test_an_earlier_start_that_came_about_in_its_locale_is_changed() -> None:
    story = starting(PLACED).after(events.TranscriptionFailed(OURS, NO_SOCKET), GERMAN).after_its_rest()
    assert story.session.asked_locale == "de-DE"
    asking = story.accepted(StartTranscription).after(events.SocketOpened("first")).later(START_WITHIN_MS)
    told = asked(asking, locale="en-US")
    assert told.session.confirmed_locale == "en-US"
    assert told.wants == (UPDATE,)


def test_a_stop_that_came_to_nothing_in_a_change_tells_which_locale_runs() -> None:
    asking = updating().after(STOP, WANTED).later(STOP_WITHIN_MS)
    assert asked(asking, locale="en-US").wants == (UPDATE,)


# --- with a broken socket


@pytest.mark.parametrize("how", ["updated", "refused", "reported"])
def test_however_a_change_ends_a_socket_that_is_gone_is_asked_about(how: str) -> None:
    story = updating().after(events.SocketClosed("first"))
    if how == "updated":
        story = story.after(UPDATED)
    elif how == "refused":
        story = story.refused(UpdateTranscription, NO_LOCALE)
    else:
        story = asked(story.later(REOPEN_WITHIN_MS), locale="de-DE")
    assert story.session.state is State.INTERRUPTED
    assert AskCall(OURS) in story.later(REOPEN_WITHIN_MS).wants


def test_a_socket_that_opens_does_not_end_the_wait_for_a_change() -> None:
    story = updating()
    assert story.after(events.SocketOpened("next")).session.deadline == story.session.deadline


# --- at the end


def test_a_change_that_is_confirmed_while_we_leave_does_not_end_the_wait_for_our_leave() -> None:
    story = active(INCOMING).after(GERMAN, events.InvitationFailed(OURS, FORBIDDEN))
    assert story.wants == (Leave(OURS),)
    assert story.after(UPDATED).session is story.session


@pytest.mark.parametrize("story", [ended(), ended_in_call(PLACED), begun().refused(Connect, FORBIDDEN)])
def test_a_session_that_has_ended_keeps_its_locale(story: Story) -> None:
    assert story.after(GERMAN).session is story.session


def test_what_is_wanted_while_it_stops_counts_when_it_goes_on() -> None:
    story = stopping(PLACED).after(GERMAN)
    assert story.wants == ()
    assert story.after(STOPPED, RESTART).session.asked_locale == "de-DE"


def test_at_set_up_the_locale_of_the_connection_is_changed_after_it() -> None:
    story = answered(at_setup(PLACED)).after(GERMAN, CONNECTED, events.SocketOpened("first"), STARTED)
    assert story.wants == (UPDATE,)
