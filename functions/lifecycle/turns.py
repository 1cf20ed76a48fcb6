"""The turns that a session can take, whichever event brings them about."""

from msgspec.structs import replace

from functions.lifecycle.commands import (
    TRANSCRIPTION_COMMANDS,
    Announce,
    AskCall,
    Command,
    Connect,
    CountPeople,
    Erase,
    Invite,
    Leave,
    StartTranscription,
    TranscriptionCommand,
)
from functions.lifecycle.deadlines import (
    ASK_AFTER_DOUBT_MS,
    COUNT_AGAIN_MS,
    INCIDENT_OVER_AFTER_MS,
    LEAVE_WITHIN_MS,
    MOST_FAILURES,
    REOPEN_WITHIN_MS,
    START_WITHIN_MS,
    pause_before_retry,
)
from functions.lifecycle.events import Outcome
from functions.lifecycle.pending import LONGEST_DOUBLING, is_about_to_leave, leaves_when_done, outlives_end
from functions.lifecycle.result_codes import CALL_TERMINATED, NOT_ACTIVE, NOT_FOUND, explain
from functions.lifecycle.session import Cause, Connection, Desired, Session, SessionError, Transcription

MOST_QUESTIONS = 3
UPDATE_UNSUPPORTED = 8520
SERVER_ERROR = 500


# --- the transcription


def confirm(session: Session, now: int) -> Session:
    """The session with its transcription confirmed; one that is being stopped or left stays as it is.

    While it rests after a failure, either a start came about that was taken for failed, or the news is older than
    the failure: the provider is asked soon.
    """
    doubtful = is_resting(session)
    is_awaited = session.transcription is Transcription.STARTING or doubtful
    if not is_awaited or session.connection is Connection.LEAVING:
        return session
    early = session.connection is Connection.CONNECTING  # its CallConnected is still to come
    confirmed = replace(
        session,
        transcription=Transcription.ACTIVE,
        started_at=session.started_at or (None if early else now),
        active_since=now,
        confirmed_locale=session.asked_locale,
        deadline=session.deadline if early else socket_is_due(session, now),
        retry_at=None,
        unanswered_questions=0,
        trouble=lasting_trouble(session),
    )
    return replace(confirmed, deadline=now + ASK_AFTER_DOUBT_MS) if doubtful else confirmed


def lasting_trouble(session: Session) -> SessionError | None:
    """The trouble that a running transcription does not end: a locale that the provider would not have."""
    return session.trouble if session.trouble is not None and not session.trouble.retryable else None


def is_resting(session: Session) -> bool:
    """Whether the session is in its call and waits before it starts again."""
    return session.connection is Connection.CONNECTED and session.retry_at is not None


def socket_is_due(session: Session, now: int) -> int | None:
    """When the provider must have a socket: it opens one before it transcribes, so without one something was lost."""
    return None if session.sockets else now + REOPEN_WITHIN_MS


def confirm_update(session: Session, now: int) -> Session:
    """The session whose change of locale came about."""
    if not session.updating:
        return session
    return replace(
        session,
        updating=False,
        confirmed_locale=session.asked_locale,
        deadline=socket_is_due(session, now),
        trouble=None,
    )


def refuse_update(session: Session, outcome: Outcome, now: int) -> Session:
    """The session whose locale cannot change in place: it stops and starts; or whose locale the provider will not have.

    Then it goes on in the old one, unless it is to be a third one by now, and its trouble says why.
    """
    if is_over(outcome):
        return end_with_call(session, now)
    kept = replace(
        session, updating=False, asked_locale=session.confirmed_locale, deadline=socket_is_due(session, now)
    )
    if outcome.sub_code in (UPDATE_UNSUPPORTED, NOT_ACTIVE) or outcome.code >= SERVER_ERROR:
        return replace(kept, updates_in_place=False)
    still_wanted = session.locale if session.locale != session.asked_locale else session.confirmed_locale
    return replace(kept, locale=still_wanted or session.locale, trouble=explain(outcome)[0])


def start_in_vain(session: Session, outcome: Outcome, now: int) -> Session:
    """The session whose call cannot be transcribed now, or ever; where only the call was over, it ends so.

    One that only listens learns here whether there is such a call at all.
    """
    never = session.only_listens and session.started_at is None
    if not is_over(outcome):
        tried = keep_locale(session, outcome) or try_again(session, outcome, now)
        for_good = never and session.starts == 1 and tried.desired is Desired.STOPPED
        return end(out_of_call(tried), now) if for_good else tried
    if session.was_joined:
        return replace(session, desired=Desired.STOPPED, call_over=True)
    return end_with_call(fail(session, outcome) if never else session, now)


def keep_locale(session: Session, outcome: Outcome) -> Session | None:
    """The session back in its old locale, if it has one and the new one is not to be had; its trouble says why."""
    error, _ = explain(outcome)
    old, wanted = session.confirmed_locale, session.desired is Desired.TRANSCRIBING
    if error.retryable or not wanted or old is None or old == session.asked_locale:
        return None
    locale = old if session.locale == session.asked_locale else session.locale
    return replace(session, locale=locale, asked_locale=old, trouble=error, deadline=None)


def stop_in_vain(session: Session, outcome: Outcome, now: int) -> Session:
    """The session whose transcription could not be stopped: nothing ran, or it leaves all the same, or asks."""
    ran_not = outcome.sub_code == NOT_ACTIVE or is_over(outcome)
    if ran_not or is_about_to_leave(session):
        return replace(session, transcription=Transcription.INACTIVE, deadline=None)
    return replace(session, deadline=now + ASK_AFTER_DOUBT_MS)


def not_stopped(session: Session) -> Session:
    """The session that the provider still transcribes though it was asked to stop: it is asked again.

    Where that was only for another locale, not without end: then the old one stays.
    """
    running = replace(session, transcription=Transcription.ACTIVE, deadline=None)
    if session.desired is Desired.STOPPED or session.unanswered_questions < MOST_QUESTIONS:
        return running
    kept = Outcome(code=504, message="The transcription did not stop, so its locale could not change.")
    confirmed = session.confirmed_locale or session.locale
    return replace(running, locale=confirmed, asked_locale=confirmed, trouble=explain(kept)[0])


def try_again(session: Session, outcome: Outcome, now: int) -> Session:
    """The session after a failure: it rests and tries again, or has failed for good."""
    error, _ = explain(outcome)
    failures = failures_so_far(session, now) + 1
    broken = replace(
        session,
        transcription=Transcription.INACTIVE,
        interrupted_at=None,
        active_since=None,
        updating=False,
        deadline=None if session.connection is Connection.CONNECTED else session.deadline,
    )
    if not error.retryable or failures > MOST_FAILURES or session.desired is Desired.STOPPED:
        return fail(broken, outcome)
    failed = replace(broken, failures=failures, trouble=error)
    return replace(failed, retry_at=now + pause_before_retry(failed))


def failures_so_far(session: Session, now: int) -> int:
    """How many failures the incident has; it is over after some time of unbroken transcription."""
    lasted = session.active_since is not None and now - session.active_since >= INCIDENT_OVER_AFTER_MS
    return 0 if lasted else session.failures


# --- commands that came to nothing


def refuse(command: Command, session: Session, outcome: Outcome, now: int) -> Session:
    """The session after a command that will not be carried out."""
    if isinstance(command, Announce | Erase):
        return session
    if isinstance(command, Leave | AskCall | CountPeople):
        ours = command.call_connection_id == session.call_connection_id
        settled = not ours or session.connection is Connection.GONE
        return session if settled else contradict(command, session, outcome, now)
    if isinstance(command, Invite):
        return end_with_call(session, now) if is_over(outcome) else depart(session, outcome)
    if isinstance(command, Connect):
        return end(fail(session, outcome), now)
    return refuse_transcription(command, session, outcome, now)


def refuse_transcription(
    command: TranscriptionCommand, session: Session, outcome: Outcome, now: int
) -> Session:
    """The session after the provider would not start, stop or change its transcription."""
    assert isinstance(command, TRANSCRIPTION_COMMANDS)  # noqa: S101 -- nothing else comes here
    if isinstance(command, StartTranscription):
        return start_in_vain(replace(session, transcription=Transcription.INACTIVE), outcome, now)
    if session.updating:
        return refuse_update(session, outcome, now)
    return stop_in_vain(session, outcome, now)


def contradict(
    command: Leave | AskCall | CountPeople, session: Session, outcome: Outcome, now: int
) -> Session:
    """The session after the provider would not let its connection go, or would not say what it is doing."""
    if is_over(outcome):
        return lose_call(session, now)
    if isinstance(command, CountPeople):
        return replace(session, count_people_at=now + COUNT_AGAIN_MS)
    asked = replace(session, unanswered_questions=session.unanswered_questions + 1)
    stays = session.desired is Desired.STOPPED and not leaves_when_done(session)
    if isinstance(command, AskCall) and not (stays and session.connection is Connection.CONNECTED):
        return insist(asked, now)
    # Only the provider knows whether it still transcribes in a call that we must not leave; and what refuses to let
    # us go now would do so again at once.
    return replace(
        asked, deadline=now + (LEAVE_WITHIN_MS << min(session.unanswered_questions, LONGEST_DOUBLING))
    )


def insist(session: Session, now: int) -> Session:
    """The provider's own word did not bring us further: leave again, start again, or wait, but not without end."""
    if session.connection is Connection.LEAVING:
        return replace(session, connection=Connection.CONNECTED, transcription=Transcription.INACTIVE)
    silent = Outcome(code=504, message="The request was accepted, but never confirmed.")
    stopping = session.desired is Desired.STOPPED or session.transcription is Transcription.STOPPING
    if session.connection is Connection.CONNECTED and stopping:
        return replace(session, transcription=Transcription.INACTIVE, deadline=None)
    if session.unanswered_questions >= MOST_QUESTIONS:
        return give_up(session, silent)
    if session.connection is Connection.CONNECTED:
        return try_again(session, silent, now)
    return replace(session, deadline=now + START_WITHIN_MS)


def give_up(session: Session, outcome: Outcome) -> Session:
    """The session that fails, since it waited for the provider too long; a call that never came about is hung up."""
    return replace(
        fail(session, outcome),
        departing=session.departing or session.connection is Connection.CONNECTING,
        connection=Connection.CONNECTED,
        transcription=Transcription.INACTIVE,
    )


# --- the call


def connect_in_vain(session: Session, outcome: Outcome, now: int) -> Session:
    """The session that did not get into its call; one that others have is tried again, if that may help.

    To place a call again would ring people once more, and a call that rang can be answered only once.
    """
    tried = try_again(session, outcome, now) if session.was_joined else fail(session, outcome)
    return join_again(tried) if tried.desired is Desired.TRANSCRIBING else end(out_of_call(tried), now)


def lose_call(session: Session, now: int) -> Session:
    """The session after its connection is gone; if we left while the user changed their mind, it joins again."""
    by_us = session.connection is Connection.LEAVING
    if by_us and session.desired is Desired.TRANSCRIBING:
        return join_again(session)
    if session.connection is Connection.CONNECTING:
        never = Outcome(code=NOT_FOUND, message="We never got into the call: our connection is gone.")
        return end(out_of_call(fail(session, never)), now)
    return end(out_of_call(session), now) if by_us and session.was_joined else end_with_call(session, now)


def end_with_call(session: Session, now: int) -> Session:
    """The session whose call is over: there is nothing to return to."""
    return end(replace(out_of_call(session), call_over=True), now)


def out_of_call(session: Session) -> Session:
    """The session without its connection; what is still to do is to leave others, to announce and to erase."""
    kept = tuple(pending for pending in session.pending if outlives_end(pending.command, session))
    return replace(
        session,
        pending=kept,
        connection=Connection.GONE,
        transcription=Transcription.INACTIVE,
        interrupted_at=None,
        active_since=None,
        updating=False,
        count_people_at=None,
        deadline=None,
    )


def join_again(session: Session) -> Session:
    """The session before a new connection; what the old one still sends no longer concerns it."""
    return replace(
        out_of_call(session),
        attempt=session.attempt + 1,
        call_connection_id=None,
        own_id=None,
        participants_seen=0,
        invited=False,
        invitee_came=False,
        departing=False,
        sockets=(),
    )


def depart(session: Session, outcome: Outcome) -> Session:
    """The session of an answered call whose caller waits for nobody: it hangs up, and says why."""
    return session if session.invitee_came else replace(fail(session, outcome), departing=True)


def is_over(outcome: Outcome) -> bool:
    """Whether the provider says that the connection is no more."""
    return outcome.code == NOT_FOUND or outcome.sub_code == CALL_TERMINATED


# --- ends


def fail(session: Session, outcome: Outcome) -> Session:
    """The session with the reason of its failure; it no longer wants to transcribe. A stop is no failure."""
    if session.desired is Desired.STOPPED:
        return session
    error, cause = explain(outcome)
    return replace(session, desired=Desired.STOPPED, error=error, cause=cause)


def end(session: Session, now: int) -> Session:
    """The session over and done with; our place in a call that we placed or answered stays."""
    if session.ended_at is not None:
        return session
    settled = session if session.connection is Connection.CONNECTED else out_of_call(session)
    return replace(
        settled,
        desired=Desired.STOPPED,
        transcription=Transcription.INACTIVE,
        interrupted_at=None,
        active_since=None,
        updating=False,
        retry_at=None,
        trouble=None,
        ended_at=now,
        cause=session.cause or Cause.CLOSED,
        deadline=None,
        transcript_ended=not session.sockets,
    )


def reopen(session: Session) -> Session:
    """A session that had ended, wanted once more; it goes on where it still is, or joins its call again."""
    return replace(
        session if session.connection is Connection.CONNECTED else join_again(session),
        desired=Desired.TRANSCRIBING,
        ended_at=None,
        started_at=None,
        cause=None,
        error=None,
        failures=0,
        retry_at=None,
        unanswered_questions=0,
        transcript_ended=False,
    )
