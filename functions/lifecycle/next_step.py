"""What is desired: the next step from where the session is to where its user wants it."""

from msgspec.structs import replace

from functions.lifecycle.commands import (
    LEASE_MS,
    AskCall,
    Command,
    Connect,
    Leave,
    StartTranscription,
    StopTranscription,
)
from functions.lifecycle.deadlines import LEAVE_WITHIN_MS, START_WITHIN_MS, STOP_WITHIN_MS, is_overdue
from functions.lifecycle.session import Connection, Desired, Session, Transcription


def close_the_gap(session: Session, now: int) -> tuple[Session, list[Command]]:
    """The next step from what is observed to what is desired, if one can be taken now."""
    connection = session.call_connection_id
    if session.ended_at is not None:
        return session, []
    if connection is None:
        return connect(session) if session.connection is Connection.GONE else (session, [])
    if session.connection is Connection.CONNECTED and session.desired is Desired.STOPPED:
        return stop(session, connection, now)
    if is_overdue(session, now):
        return ask(session, connection, now)
    if session.connection is Connection.CONNECTED:
        return start(session, connection, now)
    return session, []


def connect(session: Session) -> tuple[Session, list[Command]]:
    """Join the call with a new connection."""
    connecting = replace(session, connection=Connection.CONNECTING, unanswered_questions=0)
    return connecting, [Connect(session.attempt)]


def ask(session: Session, connection: str, now: int) -> tuple[Session, list[Command]]:
    """Ask ACS for the truth, unless somebody does already."""
    asking = any(isinstance(pending.command, AskCall) for pending in session.pending)
    return replace(session, deadline=now + LEASE_MS), [] if asking else [AskCall(connection)]


def start(session: Session, connection: str, now: int) -> tuple[Session, list[Command]]:
    """Start the transcription, if it neither runs nor is on its way."""
    if session.transcription is not Transcription.INACTIVE:
        return session, []
    starting = replace(
        session,
        transcription=Transcription.STARTING,
        interrupted_at=None,
        deadline=now + START_WITHIN_MS,
    )
    return starting, [StartTranscription(connection)]


def stop(session: Session, connection: str, now: int) -> tuple[Session, list[Command]]:
    """Stop a transcription that runs, so that the last words come; leave once it has stopped or never ran.

    Between a start and its TranscriptionStarted ACS refuses the stop (412/8583), so there we just leave.
    """
    if session.transcription is Transcription.ACTIVE:
        stopping = replace(session, transcription=Transcription.STOPPING, deadline=now + STOP_WITHIN_MS)
        return stopping, [StopTranscription(connection)]
    if session.transcription is Transcription.STOPPING:
        return session, []
    leaving = replace(session, connection=Connection.LEAVING, deadline=now + LEAVE_WITHIN_MS)
    return leaving, [Leave(connection)]
