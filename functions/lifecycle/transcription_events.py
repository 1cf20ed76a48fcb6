"""What happens to the transcription and to its sockets, folded into the session."""

from msgspec.structs import replace

from functions.lifecycle import events
from functions.lifecycle.deadlines import REOPEN_WITHIN_MS
from functions.lifecycle.ends import end
from functions.lifecycle.events import Outcome
from functions.lifecycle.result_codes import NOT_ACTIVE
from functions.lifecycle.session import Connection, Desired, Session, Transcription
from functions.lifecycle.turns import (
    confirm,
    confirm_update,
    failures_so_far,
    refuse_update,
    start_in_vain,
    stop_in_vain,
    try_again,
)

MOST_SOCKETS = 4
SHUT_DOWN = Outcome(code=500, sub_code=8580, message="The transcription stopped, though nobody asked it to.")


def on_transcription_started(event: events.TranscriptionStarted, session: Session, now: int) -> Session:
    """The provider transcribes; for a session that has ended it must not."""
    if event.call_connection_id != session.call_connection_id:
        return session
    if session.ended_at is not None and session.connection is Connection.CONNECTED:
        return replace(session, transcription=Transcription.ACTIVE)
    return confirm(session, now)


def on_stream_began(event: events.StreamBegan, session: Session, now: int) -> Session:
    """The provider transcribes, and speaks on this socket: those opened before are gone, though nobody said so.

    On one that was open before the last start an earlier transcription speaks, of whose end nobody heard.
    """
    if event.socket not in session.sockets:
        return session
    speaking = session.sockets[session.sockets.index(event.socket) :]
    heard = replace(session, sockets=speaking, first_heard_at=session.first_heard_at or now)
    return heard if event.socket in session.old_sockets else confirm(heard, now)


def on_transcription_stopped(event: events.TranscriptionStopped, session: Session, now: int) -> Session:
    """The provider transcribes no more: because we asked, or by itself."""
    if event.call_connection_id != session.call_connection_id:
        return session
    if session.transcription is Transcription.STARTING:
        return session  # it speaks of an earlier start
    if session.transcription is Transcription.ACTIVE and session.desired is Desired.TRANSCRIBING:
        return try_again(session, SHUT_DOWN, now)
    deadline = None if session.transcription is Transcription.STOPPING else session.deadline
    return replace(session, transcription=Transcription.INACTIVE, interrupted_at=None, deadline=deadline)


def on_transcription_closed(event: events.TranscriptionClosed, session: Session, now: int) -> Session:
    """Somebody wanted it so. If it was not us, it is not started again against their will."""
    ours = event.call_connection_id == session.call_connection_id and session.ended_at is None
    runs = session.transcription in (Transcription.STARTING, Transcription.ACTIVE)
    if ours and runs and session.desired is Desired.TRANSCRIBING:
        return end(session, now)
    return on_transcription_stopped(events.TranscriptionStopped(event.call_connection_id), session, now)


def on_transcription_updated(event: events.TranscriptionUpdated, session: Session, now: int) -> Session:
    """The provider transcribes in the new locale."""
    return confirm_update(session, now) if event.call_connection_id == session.call_connection_id else session


def on_transcription_resumed(event: events.TranscriptionResumed, session: Session, now: int) -> Session:
    """The provider has a socket again, which it would not without a transcription."""
    return confirm(session, now) if event.call_connection_id == session.call_connection_id else session


def on_transcription_failed(event: events.TranscriptionFailed, session: Session, now: int) -> Session:
    """A start, a stop or an update came to nothing, or a running transcription broke."""
    ours = event.call_connection_id == session.call_connection_id
    in_call = session.connection in (Connection.CONNECTING, Connection.CONNECTED)
    if not ours or not in_call or session.ended_at is not None:
        return session
    if session.transcription is Transcription.STOPPING:
        return stop_in_vain(session, event.outcome, now)
    if session.updating:
        return refuse_update(session, event.outcome, now)
    if event.outcome.sub_code == NOT_ACTIVE or session.transcription is Transcription.INACTIVE:
        return session  # of a stop or a start that counts no more
    return start_in_vain(replace(session, transcription=Transcription.INACTIVE), event.outcome, now)


# --- the transcript socket


def on_socket_opened(event: events.SocketOpened, session: Session, now: int) -> Session:
    """The provider can speak."""
    if session.ended_at is not None:
        return session
    connected = session.connection is Connection.CONNECTED
    active = session.transcription is Transcription.ACTIVE and connected
    others = tuple(socket for socket in session.sockets if socket != event.socket)
    return replace(
        session,
        sockets=(*others, event.socket)[-MOST_SOCKETS:],
        interrupted_at=None,
        active_since=(session.active_since or now) if active else None,
        deadline=session.deadline if not active or session.updating else None,
    )


def on_socket_closed(event: events.SocketClosed, session: Session, now: int) -> Session:
    """The provider cannot speak on this socket any more; if it was the last one, we are interrupted."""
    if event.socket not in session.sockets:
        return session
    closed = replace(session, sockets=tuple(socket for socket in session.sockets if socket != event.socket))
    if closed.sockets:
        return closed
    if session.ended_at is not None:
        return replace(closed, transcript_ended=True)
    if session.transcription is not Transcription.ACTIVE or session.desired is Desired.STOPPED:
        return closed
    return replace(
        closed,
        failures=failures_so_far(session, now),
        interrupted_at=now,
        active_since=None,
        deadline=now + REOPEN_WITHIN_MS,
        unanswered_questions=0,
    )
