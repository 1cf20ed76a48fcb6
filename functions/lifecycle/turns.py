"""The turns that a transcription, or our way into its call, can take, whichever event brings them about."""

from msgspec.structs import replace

from functions.lifecycle.deadlines import (
    ASK_AFTER_DOUBT_MS,
    INCIDENT_OVER_AFTER_MS,
    MOST_FAILURES,
    REOPEN_WITHIN_MS,
    pause_before_retry,
)
from functions.lifecycle.ends import end, end_with_call, fail, is_over, join_again, out_of_call
from functions.lifecycle.events import Outcome
from functions.lifecycle.pending import is_about_to_leave
from functions.lifecycle.result_codes import NOT_ACTIVE, explain
from functions.lifecycle.session import Connection, Desired, Session, SessionError, Transcription

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


# --- the call


def connect_in_vain(session: Session, outcome: Outcome, now: int) -> Session:
    """The session that did not get into its call; one that others have is tried again, if that may help.

    To place a call again would ring people once more, and a call that rang can be answered only once.
    """
    tried = try_again(session, outcome, now) if session.was_joined else fail(session, outcome)
    return join_again(tried) if tried.desired is Desired.TRANSCRIBING else end(out_of_call(tried), now)
