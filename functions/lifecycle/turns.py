"""The turns that a session can take, whichever event brings them about."""

from msgspec.structs import replace

from functions.lifecycle.commands import (
    AskCall,
    Command,
    Connect,
    Leave,
    StartTranscription,
    StopTranscription,
)
from functions.lifecycle.deadlines import LEAVE_WITHIN_MS, REOPEN_WITHIN_MS, START_WITHIN_MS
from functions.lifecycle.events import Outcome
from functions.lifecycle.pending import is_of_another
from functions.lifecycle.result_codes import CALL_TERMINATED, NOT_FOUND, explain
from functions.lifecycle.session import Cause, Connection, Desired, Session, Transcription

MOST_QUESTIONS = 3
MOST_RESTARTS = 5
"""In a row. Unasked for, ACS stops a transcription for passing reasons or for ever."""
INCIDENT_OVER_AFTER_MS = 60_000
LONGEST_DOUBLING = 6


def confirm(session: Session, now: int) -> Session:
    """The session with its transcription confirmed; one that is being stopped or left stays as it is.

    ACS opens its socket before it says so: where none is open, something was lost, and it will be asked.
    """
    if session.transcription is not Transcription.STARTING or session.connection is not Connection.CONNECTED:
        return session
    return replace(
        session,
        transcription=Transcription.ACTIVE,
        started_at=session.started_at or now,
        active_since=now,
        deadline=None if session.sockets else now + REOPEN_WITHIN_MS,
        unanswered_questions=0,
    )


def stop_by_itself(session: Session, now: int) -> Session:
    """The session whose transcription stopped though nobody asked; it starts again, but not without end."""
    lasted = session.active_since is not None and now - session.active_since >= INCIDENT_OVER_AFTER_MS
    restarts = 1 if lasted else session.restarts + 1
    stopped = replace(session, transcription=Transcription.INACTIVE, interrupted_at=None, restarts=restarts)
    if restarts <= MOST_RESTARTS:
        return stopped
    message = f"ACS stopped the transcription {restarts} times in a row."
    return fail(stopped, Outcome(code=500, sub_code=8580, message=message))


def refuse(command: Command, session: Session, outcome: Outcome, now: int) -> Session:
    """The session after a command that will not be carried out."""
    if session.ended_at is not None:
        return session
    match command:
        case Connect():
            return end(fail(session, outcome), now)
        case StartTranscription():
            return start_in_vain(replace(session, transcription=Transcription.INACTIVE), outcome)
        case StopTranscription():
            return replace(session, transcription=Transcription.INACTIVE)  # 8583 or worse: go on all the same
    if command.call_connection_id != session.call_connection_id:
        return session
    return contradict(command, session, outcome, now)


def contradict(command: Leave | AskCall, session: Session, outcome: Outcome, now: int) -> Session:
    """The session after ACS would not let its connection go, or would not say what it is doing."""
    if is_over(outcome):
        return lose_call(session, now)
    asked = replace(session, unanswered_questions=session.unanswered_questions + 1)
    if isinstance(command, AskCall):
        return insist(asked, now)
    # What refuses to let us go now would do so again at once.
    return replace(
        asked, deadline=now + (LEAVE_WITHIN_MS << min(session.unanswered_questions, LONGEST_DOUBLING))
    )


def insist(session: Session, now: int) -> Session:
    """ACS's own word did not bring us further: leave again, start again, or wait, but not without end."""
    if session.connection is Connection.LEAVING:
        return replace(session, connection=Connection.CONNECTED, transcription=Transcription.INACTIVE)
    if session.unanswered_questions >= MOST_QUESTIONS:
        silent = Outcome(code=504, message="ACS accepted the request, but never confirmed it.")
        return replace(fail(session, silent), connection=Connection.CONNECTED)
    if session.connection is Connection.CONNECTED:
        return replace(session, transcription=Transcription.INACTIVE, deadline=None)
    return replace(session, deadline=now + START_WITHIN_MS)


def lose_call(session: Session, now: int) -> Session:
    """The session after its connection is gone; if we left while the user changed their mind, it joins again."""
    by_us = session.connection is Connection.LEAVING
    if by_us and session.desired is Desired.TRANSCRIBING:
        return join_again(session, now)
    if session.connection is Connection.CONNECTING:
        never = Outcome(
            code=NOT_FOUND, message="We never got into the call: ACS knows our connection no more."
        )
        return end(fail(session, never), now)
    return end(session, now)


def join_again(session: Session, now: int) -> Session:
    """The session before a new connection; what the old one still sends no longer concerns it."""
    return replace(
        end(session, now),
        desired=Desired.TRANSCRIBING,
        attempt=session.attempt + 1,
        call_connection_id=None,
        sockets=(),
        ended_at=None,
        cause=None,
    )


def start_in_vain(session: Session, outcome: Outcome) -> Session:
    """The session whose call cannot be transcribed: a failure, unless only the call was over before us."""
    return replace(session, desired=Desired.STOPPED) if is_over(outcome) else fail(session, outcome)


def is_over(outcome: Outcome) -> bool:
    """Whether ACS says that the connection is no more."""
    return outcome.code == NOT_FOUND or outcome.sub_code == CALL_TERMINATED


def fail(session: Session, outcome: Outcome) -> Session:
    """The session with the reason of its failure; it no longer wants to transcribe. A stop is no failure."""
    if session.desired is Desired.STOPPED:
        return session
    error, cause = explain(outcome)
    return replace(session, desired=Desired.STOPPED, error=error, cause=cause)


def end(session: Session, now: int) -> Session:
    """The session over and done with; what is still to do is to leave connections that were never its own."""
    if session.ended_at is not None:
        return session
    others = tuple(pending for pending in session.pending if is_of_another(pending.command, session))
    return replace(
        session,
        pending=others,
        desired=Desired.STOPPED,
        connection=Connection.GONE,
        transcription=Transcription.INACTIVE,
        interrupted_at=None,
        ended_at=now,
        cause=session.cause or Cause.CLOSED,
        deadline=None,
    )
