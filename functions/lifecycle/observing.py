"""What is observed: each event's facts folded into the session."""

from functools import singledispatch

from msgspec.structs import replace

from functions.lifecycle import events
from functions.lifecycle.commands import AskCall, Leave, StartTranscription, StopTranscription
from functions.lifecycle.deadlines import ASK_AFTER_DOUBT_MS, CONNECT_WITHIN_MS, REOPEN_WITHIN_MS, is_overdue
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.pending import MOST_TRIES, find, is_given_up, without, without_leave_of
from functions.lifecycle.result_codes import ENDED_BY_API, NOT_ACTIVE
from functions.lifecycle.session import Connection, Desired, Session, Transcription
from functions.lifecycle.turns import (
    MOST_QUESTIONS,
    confirm,
    end,
    fail,
    insist,
    is_over,
    lose_call,
    refuse,
    start_in_vain,
    stop_by_itself,
)

MOST_SOCKETS = 4
BAD_REQUEST = 400


@singledispatch
def observe(event: Event, session: Session, now: int) -> Session:
    """The session with the event's facts in it; events that state no fact leave it as it is."""
    del event, now
    return session


# --- wishes


@observe.register
def want(event: events.StartRequested, session: Session, now: int) -> Session:
    """The call is to be transcribed; a session on its way out cannot do that any more."""
    del event
    failing = session.error is not None or session.replaced_by is not None or now >= session.must_end_at
    if session.ended_at is not None or failing:
        return session
    if session.desired is Desired.TRANSCRIBING:
        return session
    return replace(session, desired=Desired.TRANSCRIBING, unanswered_questions=0)


@observe.register
def want_no_more(event: events.StopRequested, session: Session, now: int) -> Session:
    """The transcription is to end."""
    del event, now
    if session.ended_at is not None:
        return session
    return replace(session, desired=Desired.STOPPED)


# --- the connection


@observe.register
def know_connection(event: events.ConnectAnswered, session: Session, now: int) -> Session:
    """The connection has a name; it is not in the call yet."""
    answered = without(session, event.command)
    known = event.attempt != session.attempt or session.call_connection_id is not None
    if known or session.ended_at is not None:
        return answered
    return replace(
        answered,
        call_connection_id=event.call_connection_id,
        server_call_id=session.server_call_id or event.server_call_id,
        correlation_id=session.correlation_id or event.correlation_id,
        deadline=now + CONNECT_WITHIN_MS,
    )


@observe.register
def be_in_call(event: events.CallConnected, session: Session, now: int) -> Session:
    """We are in the call, unless another session transcribes it already."""
    if session.ended_at is not None or not is_ours(event, session):
        return session
    known = replace(
        session,
        call_connection_id=event.call_connection_id,
        server_call_id=event.server_call_id or session.server_call_id,
        correlation_id=event.correlation_id or session.correlation_id,
    )
    if session.connection is Connection.CONNECTING:
        known = replace(
            known, connection=Connection.CONNECTED, connected_at=now, deadline=None, unanswered_questions=0
        )
    if event.held_by is None:
        return known
    return replace(known, desired=Desired.STOPPED, replaced_by=event.held_by)


@observe.register
def stay_outside(event: events.ConnectFailed, session: Session, now: int) -> Session:
    """We could not join."""
    if session.connection is not Connection.CONNECTING or not is_ours(event, session):
        return session
    return end(fail(session, event.outcome), now)


@observe.register
def be_out_of_call(event: events.CallDisconnected, session: Session, now: int) -> Session:
    """The connection is over: because we left, because the call ended, or because something broke."""
    if event.call_connection_id != session.call_connection_id:
        return without_leave_of(session, event.call_connection_id)
    if event.outcome.sub_code == ENDED_BY_API and session.connection is Connection.LEAVING:
        return lose_call(session, now)
    broken = event.outcome.code >= BAD_REQUEST
    return end(fail(session, event.outcome) if broken else session, now)


def is_ours(event: events.CallConnected | events.ConnectFailed, session: Session) -> bool:
    """Whether the event speaks of the session's connection, or of the attempt whose answer is still to come."""
    if session.call_connection_id is not None:
        return event.call_connection_id == session.call_connection_id
    return event.attempt == session.attempt


# --- the transcription


@observe.register
def hear_of_start(event: events.TranscriptionStarted, session: Session, now: int) -> Session:
    """ACS transcribes."""
    return confirm(session, now) if event.call_connection_id == session.call_connection_id else session


@observe.register
def hear_words(event: events.StreamBegan, session: Session, now: int) -> Session:
    """ACS transcribes, and speaks on this socket: those opened before are gone, though nobody said so."""
    if event.socket not in session.sockets:
        return session
    speaking = session.sockets[session.sockets.index(event.socket) :]
    return confirm(replace(session, sockets=speaking), now)


@observe.register
def hear_of_stop(event: events.TranscriptionStopped, session: Session, now: int) -> Session:
    """ACS transcribes no more: because we asked, or by itself."""
    if event.call_connection_id != session.call_connection_id:
        return session
    if session.transcription is Transcription.STARTING:
        return session  # it speaks of an earlier start
    if session.transcription is Transcription.ACTIVE and session.desired is Desired.TRANSCRIBING:
        return stop_by_itself(session, now)
    return replace(session, transcription=Transcription.INACTIVE, interrupted_at=None)


@observe.register
def hear_of_failure(event: events.TranscriptionFailed, session: Session, now: int) -> Session:
    """A start or a stop came to nothing, or a running transcription broke."""
    del now
    ours = event.call_connection_id == session.call_connection_id
    if not ours or session.connection is not Connection.CONNECTED:
        return session
    idle = replace(session, transcription=Transcription.INACTIVE)
    if session.transcription is Transcription.STOPPING:
        return idle  # it was our stop that came to nothing
    return session if event.outcome.sub_code == NOT_ACTIVE else start_in_vain(idle, event.outcome)


# --- the transcript socket


@observe.register
def open_socket(event: events.SocketOpened, session: Session, now: int) -> Session:
    """ACS can speak."""
    del now
    if session.ended_at is not None:
        return session
    deadline = None if session.transcription is Transcription.ACTIVE else session.deadline
    others = tuple(socket for socket in session.sockets if socket != event.socket)
    sockets = (*others, event.socket)[-MOST_SOCKETS:]
    return replace(session, sockets=sockets, interrupted_at=None, deadline=deadline)


@observe.register
def close_socket(event: events.SocketClosed, session: Session, now: int) -> Session:
    """ACS cannot speak on this socket any more; if it was the last one, we are interrupted."""
    if event.socket not in session.sockets:
        return session
    closed = replace(session, sockets=tuple(socket for socket in session.sockets if socket != event.socket))
    speaks = bool(closed.sockets) or session.transcription is not Transcription.ACTIVE
    if speaks or session.desired is Desired.STOPPED:
        return closed
    return replace(closed, interrupted_at=now, deadline=now + REOPEN_WITHIN_MS, unanswered_questions=0)


# --- outcomes of commands


@observe.register
def be_accepted(event: events.CommandAccepted, session: Session, now: int) -> Session:
    """ACS took note."""
    del now
    return without(session, event.command)


@observe.register
def be_left_in_doubt(event: events.CommandUnanswered, session: Session, now: int) -> Session:
    """Nobody knows what became of a command: one of the call is tried again when its lease runs out.

    A transcription command is not, since nothing tells ACS that it is a repeat: ACS is asked instead, and soon.
    """
    pending = find(session, event.command)
    if pending is None or not isinstance(pending.command, StartTranscription | StopTranscription):
        return session
    soon = now + ASK_AFTER_DOUBT_MS
    deadline = soon if session.deadline is None else min(soon, session.deadline)
    return replace(without(session, pending.id), deadline=deadline)


@observe.register
def be_refused(event: events.CommandRefused, session: Session, now: int) -> Session:
    """ACS would not; a stray connection that it will not let go is left again when the lease runs out."""
    pending = find(session, event.command)
    if pending is None:
        return session
    own = (
        session.ended_at is None
        and getattr(pending.command, "call_connection_id", None) == session.call_connection_id
    )
    if isinstance(pending.command, Leave) and not own and not is_over(event.outcome):
        return session
    return refuse(pending.command, without(session, pending.id), event.outcome, now)


@observe.register
def be_told(event: events.CallReported, session: Session, now: int) -> Session:
    """ACS said what the connection is doing."""
    if find(session, event.command) is None:
        return session  # another answer or an event was faster
    answered = replace(without(session, event.command), unanswered_questions=session.unanswered_questions + 1)
    if event.connection == Connection.GONE:
        return lose_call(answered, now)
    if event.connection == Connection.CONNECTED and session.connection is Connection.CONNECTING:
        return be_in_call(as_connected(event), answered, now)
    if event.transcribing and session.transcription is Transcription.STARTING:
        return confirm(answered, now)
    if session.transcription is Transcription.ACTIVE:
        return still_there(event, answered, now)
    return insist(answered, now)


def as_connected(event: events.CallReported) -> events.CallConnected:
    """The report as the callback that was lost."""
    return events.CallConnected(
        event.call_connection_id,
        server_call_id=event.server_call_id,
        correlation_id=event.correlation_id,
        held_by=event.held_by,
    )


def still_there(event: events.CallReported, session: Session, now: int) -> Session:
    """The session whose socket broke, though not its call: ACS opens another, or must be asked to start again."""
    if event.transcribing:
        return replace(session, deadline=now + REOPEN_WITHIN_MS)
    return replace(session, transcription=Transcription.INACTIVE)


# --- time


@observe.register
def notice_time(event: events.TimePassed, session: Session, now: int) -> Session:
    """Commands may be given up, the session's longest time may be over, a callback may be lost."""
    del event
    tried = give_up_commands(session, now)
    if tried.ended_at is not None:
        return tried
    lasting = replace(tried, desired=Desired.STOPPED) if now >= tried.must_end_at else tried
    if lasting.transcription is Transcription.STOPPING and is_overdue(lasting, now):
        # its callback was lost: go on all the same
        return replace(lasting, transcription=Transcription.INACTIVE, deadline=None)
    return lasting


def give_up_commands(session: Session, now: int) -> Session:
    """The session after its commands of which nobody heard as often as one may try.

    A transcription command is never repeated unasked: its deadline lets ACS tell what became of it.
    """
    for pending in session.pending:
        if not is_given_up(pending, now):
            continue
        session = without(session, pending.id)
        if isinstance(pending.command, AskCall):
            session = replace(session, unanswered_questions=MOST_QUESTIONS)
        if not isinstance(pending.command, StartTranscription | StopTranscription):
            silent = Outcome(code=504, message=f"ACS did not answer in {MOST_TRIES} tries.")
            session = refuse(pending.command, session, silent, now)
    return session
