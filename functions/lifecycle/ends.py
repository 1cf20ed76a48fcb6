"""How a session gets out of its call and comes to its end, and what brings it back."""

from msgspec.structs import replace

from functions.lifecycle.events import Outcome
from functions.lifecycle.pending import outlives_end
from functions.lifecycle.result_codes import CALL_TERMINATED, NOT_FOUND, explain
from functions.lifecycle.session import Cause, Connection, Desired, Session, Transcription


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
