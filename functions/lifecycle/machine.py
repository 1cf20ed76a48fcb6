"""The state machine: the only place where a session changes.

`decide` folds an event into what is observed, then closes the gap between that and what is desired. So nothing
depends on the order of deliveries: a stop that comes too early stays desired until it can be carried out.
"""

from functools import singledispatch
from typing import NamedTuple

from msgspec.structs import replace

from functions.lifecycle import events
from functions.lifecycle.commands import (
    LEASE_MS,
    AskCall,
    Command,
    Connect,
    Leave,
    Pending,
    StartTranscription,
    StopTranscription,
)
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.result_codes import CALL_TERMINATED, ENDED_BY_API, NOT_ACTIVE, NOT_FOUND, explain
from functions.lifecycle.session import (
    Cause,
    Connection,
    Desired,
    Session,
    StartRequest,
    State,
    Transcription,
)

CONNECT_WITHIN_MS = 60_000
"""From connect's answer to CallConnected. Until there is an answer, the command's own leases set the pace."""
START_WITHIN_MS = 30_000
STOP_WITHIN_MS = 15_000
REOPEN_WITHIN_MS = 30_000
"""How long a transcript socket may be gone before ACS is asked whether there still is a call."""
LEAVE_WITHIN_MS = 15_000
MOST_TRIES = 4
MOST_QUESTIONS = 3
MOST_SOCKETS = 4


class Decision(NamedTuple):
    """The session after an event, and what to perform once it is saved."""

    session: Session
    commands: tuple[Pending, ...] = ()


class Birth(NamedTuple):
    """What a new session cannot make itself: its id, its secrets, and how long it may last (ms)."""

    id: str
    ticket: str
    secret: str
    longest_ms: int


def begin(request: StartRequest, birth: Birth, created_at: int, now: int) -> Decision:
    """A new session, which first of all joins its call. `created_at` and `now` are ms since 1970.

    They differ where a session is made again from its claim: its id fixes when it was created.
    """
    session = Session(
        id=birth.id,
        request=request,
        created_at=created_at,
        must_end_at=created_at + birth.longest_ms,
        ticket=birth.ticket,
        secret=birth.secret,
    )
    connecting = issue(session, [Connect(session.attempt)], now)
    return Decision(replace(connecting.session, revision=1), connecting.commands)


def decide(session: Session, event: Event, now: int) -> Decision:
    """What the event makes of the session, and the commands that follow. `now` is ms since 1970.

    A decision whose session is the one passed in changes nothing.
    """
    observed = forget_moot_commands(observe(event, session, now))
    acted, commands = close_the_gap(observed, now)
    strays = leave_stray(event, session, acted)
    overdue = [pending for pending in acted.pending if is_to_be_tried_again(pending, now)]
    renewed = renew(acted, overdue, now)
    decision = issue(renewed, [*commands, *strays], now)
    if decision.session == session:
        return Decision(session)
    again = tuple(
        pending for pending in decision.session.pending if pending.id in {old.id for old in overdue}
    )
    changed = replace(decision.session, revision=session.revision + 1)
    return Decision(changed, again + decision.commands)


# --- what is observed


@singledispatch
def observe(event: Event, session: Session, now: int) -> Session:
    """The session with the event's facts in it; events that state no fact leave it as it is."""
    del event, now
    return session


@observe.register
def _(event: events.StartRequested, session: Session, now: int) -> Session:
    del event
    on_its_way_out = (
        session.error is not None or session.replaced_by is not None or now >= session.must_end_at
    )
    if session.ended_at is not None or on_its_way_out:
        return session
    return replace(session, desired=Desired.TRANSCRIBING)


@observe.register
def _(event: events.StopRequested, session: Session, now: int) -> Session:
    del event, now
    if session.ended_at is not None:
        return session
    return replace(session, desired=Desired.STOPPED)


@observe.register
def _(event: events.ConnectAnswered, session: Session, now: int) -> Session:
    answered = without(session, event.command)
    if (
        event.attempt != session.attempt
        or session.call_connection_id is not None
        or session.ended_at is not None
    ):
        return answered
    return replace(
        answered,
        call_connection_id=event.call_connection_id,
        server_call_id=session.server_call_id or event.server_call_id,
        correlation_id=session.correlation_id or event.correlation_id,
        deadline=now + CONNECT_WITHIN_MS,
    )


@observe.register
def _(event: events.CallConnected, session: Session, now: int) -> Session:
    if session.ended_at is not None or not is_ours(event, session):
        return session
    known = replace(
        session,
        call_connection_id=event.call_connection_id,
        server_call_id=event.server_call_id or session.server_call_id,
        correlation_id=event.correlation_id or session.correlation_id,
    )
    if session.connection is Connection.CONNECTING:
        known = replace(known, connection=Connection.CONNECTED, connected_at=now, deadline=None)
    if event.held_by is None:
        return known
    return replace(known, desired=Desired.STOPPED, replaced_by=event.held_by)


@observe.register
def _(event: events.ConnectFailed, session: Session, now: int) -> Session:
    if session.connection is not Connection.CONNECTING or not is_ours(event, session):
        return session
    return end(failing(session, event.outcome), now)


@observe.register
def _(event: events.CallDisconnected, session: Session, now: int) -> Session:
    if event.call_connection_id == session.call_connection_id:
        return over(session, now) if event.outcome.sub_code == ENDED_BY_API else end(session, now)
    return without_leave_of(session, event.call_connection_id)


@observe.register
def _(event: events.TranscriptionStarted, session: Session, now: int) -> Session:
    if event.call_connection_id != session.call_connection_id:
        return session
    return transcribing(session, now)


@observe.register
def _(event: events.StreamBegan, session: Session, now: int) -> Session:
    if event.socket not in session.sockets:
        return session
    # ACS speaks on one socket: the others are gone, though nobody said so.
    return transcribing(replace(session, sockets=(event.socket,)), now)


@observe.register
def _(event: events.TranscriptionStopped, session: Session, now: int) -> Session:
    del now
    if event.call_connection_id != session.call_connection_id:
        return session
    if session.transcription is Transcription.STARTING:
        return session  # it speaks of an earlier start
    return replace(session, transcription=Transcription.INACTIVE, interrupted_at=None)


@observe.register
def _(event: events.TranscriptionFailed, session: Session, now: int) -> Session:
    del now
    if (
        event.call_connection_id != session.call_connection_id
        or session.connection is not Connection.CONNECTED
    ):
        return session
    idle = replace(session, transcription=Transcription.INACTIVE)
    if session.transcription is Transcription.STOPPING:
        return idle  # it was our stop that came to nothing
    return session if event.outcome.sub_code == NOT_ACTIVE else start_failed(idle, event.outcome)


@observe.register
def _(event: events.SocketOpened, session: Session, now: int) -> Session:
    del now
    if session.ended_at is not None:
        return session
    deadline = None if session.state is State.INTERRUPTED else session.deadline
    others = tuple(socket for socket in session.sockets if socket != event.socket)
    sockets = (*others, event.socket)[-MOST_SOCKETS:]
    return replace(session, sockets=sockets, interrupted_at=None, deadline=deadline)


@observe.register
def _(event: events.SocketClosed, session: Session, now: int) -> Session:
    if event.socket not in session.sockets:
        return session
    closed = replace(session, sockets=tuple(socket for socket in session.sockets if socket != event.socket))
    if (
        closed.sockets
        or session.transcription is not Transcription.ACTIVE
        or session.desired is Desired.STOPPED
    ):
        return closed
    return replace(closed, interrupted_at=now, deadline=now + REOPEN_WITHIN_MS, unanswered_questions=0)


@observe.register
def _(event: events.CommandAccepted, session: Session, now: int) -> Session:
    del now
    return without(session, event.command)


@observe.register
def _(event: events.CommandRefused, session: Session, now: int) -> Session:
    pending = find(session, event.command)
    if pending is None:
        return session
    return refused(pending.command, without(session, pending.id), event.outcome, now)


@observe.register
def _(event: events.CallReported, session: Session, now: int) -> Session:
    if find(session, event.command) is None:
        return session  # another answer or an event was faster
    answered = replace(without(session, event.command), unanswered_questions=session.unanswered_questions + 1)
    if event.connection == Connection.GONE:
        return over(answered, now)
    if event.connection == Connection.CONNECTED and session.connection is Connection.CONNECTING:
        return observe(as_connected(event), answered, now)
    if event.transcribing and session.transcription is Transcription.STARTING:
        return transcribing(answered, now)
    if session.state is State.INTERRUPTED:
        return still_there(event, answered, now)
    return insist(answered, now)


@observe.register
def _(event: events.TimePassed, session: Session, now: int) -> Session:
    del event
    tried = give_up_commands(session, now)
    if tried.ended_at is not None:
        return tried
    lasting = replace(tried, desired=Desired.STOPPED) if now >= tried.must_end_at else tried
    if lasting.transcription is Transcription.STOPPING and is_overdue(lasting, now):
        # its callback was lost: go on all the same
        return replace(lasting, transcription=Transcription.INACTIVE, deadline=None)
    return lasting


def as_connected(event: events.CallReported) -> events.CallConnected:
    """The report as the callback that was lost."""
    return events.CallConnected(
        event.call_connection_id,
        server_call_id=event.server_call_id,
        correlation_id=event.correlation_id,
        held_by=event.held_by,
    )


def over(session: Session, now: int) -> Session:
    """The session after its connection is gone; if we left while the user changed their mind, it joins again."""
    by_us = session.connection is Connection.LEAVING
    return (
        join_again(session, now) if by_us and session.desired is Desired.TRANSCRIBING else end(session, now)
    )


def join_again(session: Session, now: int) -> Session:
    """The session before a new connection; what the old one still sends no longer concerns it."""
    gone = end(session, now)
    return replace(
        gone,
        desired=Desired.TRANSCRIBING,
        attempt=session.attempt + 1,
        call_connection_id=None,
        sockets=(),
        ended_at=None,
        cause=None,
    )


def give_up_commands(session: Session, now: int) -> Session:
    """The session after its commands that stayed without an outcome as often as one may try."""
    for pending in session.pending:
        if pending.leased_until <= now and pending.performed >= MOST_TRIES:
            silent = Outcome(code=504, message=f"ACS did not answer in {MOST_TRIES} tries.")
            session = refused(pending.command, without(session, pending.id), silent, now)
    return session


def transcribing(session: Session, now: int) -> Session:
    """The session with its transcription confirmed; one that is being stopped or left stays as it is."""
    if session.transcription is not Transcription.STARTING or session.connection is not Connection.CONNECTED:
        return session
    return replace(
        session,
        transcription=Transcription.ACTIVE,
        started_at=session.started_at or now,
        deadline=None,
    )


def refused(command: Command, session: Session, outcome: Outcome, now: int) -> Session:
    """The session after a command that will not be carried out."""
    if session.ended_at is not None:
        return session
    match command:
        case Connect():
            return end(failing(session, outcome), now)
        case StartTranscription():
            return start_failed(replace(session, transcription=Transcription.INACTIVE), outcome)
        case StopTranscription():
            return replace(session, transcription=Transcription.INACTIVE)  # 8583 or worse: go on all the same
    if command.call_connection_id != session.call_connection_id:
        return session
    return contradicted(command, session, outcome, now)


def contradicted(command: Leave | AskCall, session: Session, outcome: Outcome, now: int) -> Session:
    """The session after ACS would not let its connection go, or would not say what it is doing."""
    if is_over(outcome):
        return over(session, now)
    if isinstance(command, AskCall):
        return insist(replace(session, unanswered_questions=session.unanswered_questions + 1), now)
    # What refuses to let us go now would do so again at once.
    return replace(session, deadline=now + LEAVE_WITHIN_MS)


def still_there(event: events.CallReported, session: Session, now: int) -> Session:
    """The session whose socket broke, though not its call: ACS opens another, or must be asked to start again."""
    if event.transcribing:
        return replace(session, deadline=now + REOPEN_WITHIN_MS)
    return replace(session, transcription=Transcription.INACTIVE)


def is_over(outcome: Outcome) -> bool:
    """Whether ACS says that the connection is no more."""
    return outcome.code == NOT_FOUND or outcome.sub_code == CALL_TERMINATED


def insist(session: Session, now: int) -> Session:
    """ACS's own word did not bring us further: wait once more, then give up on the call, or leave it again."""
    if session.connection is Connection.LEAVING:
        return replace(session, connection=Connection.CONNECTED, transcription=Transcription.INACTIVE)
    if session.unanswered_questions < MOST_QUESTIONS:
        return replace(session, deadline=now + START_WITHIN_MS)
    silent = Outcome(code=504, message="ACS accepted the request, but never confirmed it.")
    return replace(failing(session, silent), connection=Connection.CONNECTED)


def start_failed(session: Session, outcome: Outcome) -> Session:
    """The session whose call cannot be transcribed: a failure, unless only the call was over before us."""
    return replace(session, desired=Desired.STOPPED) if is_over(outcome) else failing(session, outcome)


def failing(session: Session, outcome: Outcome) -> Session:
    """The session with the reason of its failure; it no longer wants to transcribe. A stop is no failure."""
    if session.desired is Desired.STOPPED:
        return session
    error, cause = explain(outcome)
    return replace(session, desired=Desired.STOPPED, error=error, cause=cause)


def end(session: Session, now: int) -> Session:
    """The session over and done with."""
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


# --- what is desired


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


def is_overdue(session: Session, now: int) -> bool:
    """Whether a callback is late."""
    return session.deadline is not None and session.deadline <= now


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
        unanswered_questions=0,
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


# --- connections that are not ours


def is_ours(event: events.CallConnected | events.ConnectFailed, session: Session) -> bool:
    """Whether the event speaks of the session's connection, or of the attempt whose answer is still to come."""
    if session.call_connection_id is not None:
        return event.call_connection_id == session.call_connection_id
    return event.attempt == session.attempt


def leave_stray(event: Event, before: Session, after: Session) -> list[Command]:
    """Leave a connection that nobody needs: a second one, or one that came after the session's end."""
    if not isinstance(event, events.CallConnected | events.ConnectAnswered):
        return []
    leave = Leave(event.call_connection_id)
    late = before.ended_at is not None and isinstance(event, events.CallConnected)
    needed = event.call_connection_id == after.call_connection_id and not late
    leaving = any(pending.command == leave for pending in after.pending)
    return [] if needed or leaving else [leave]


# --- commands


def issue(session: Session, commands: list[Command], now: int) -> Decision:
    """The session with new commands pending, each leased to whoever saves this decision."""
    added = tuple(
        Pending(f"{session.revision}-{number}", command, first_sent_at=now, leased_until=now + LEASE_MS)
        for number, command in enumerate(commands)
    )
    if not added:
        return Decision(session)
    return Decision(replace(session, pending=session.pending + added), added)


def renew(session: Session, overdue: list[Pending], now: int) -> Session:
    """The session with its overdue commands leased once more."""
    if not overdue:
        return session
    late = {pending.id for pending in overdue}
    renewed = tuple(
        replace(pending, leased_until=now + LEASE_MS, performed=pending.performed + 1)
        if pending.id in late
        else pending
        for pending in session.pending
    )
    return replace(session, pending=renewed)


def is_to_be_tried_again(pending: Pending, now: int) -> bool:
    """Whether nobody works on the command any more; one that was tried often enough waits to be given up."""
    return pending.leased_until <= now and pending.performed < MOST_TRIES


def find(session: Session, command_id: str) -> Pending | None:
    """The pending command of that id."""
    return next((pending for pending in session.pending if pending.id == command_id), None)


def without(session: Session, command_id: str) -> Session:
    """The session without that pending command."""
    if find(session, command_id) is None:
        return session
    return replace(session, pending=tuple(pending for pending in session.pending if pending.id != command_id))


def without_leave_of(session: Session, connection: str) -> Session:
    """The session without the command to leave that connection, which is gone."""
    kept = tuple(pending for pending in session.pending if pending.command != Leave(connection))
    return session if len(kept) == len(session.pending) else replace(session, pending=kept)


def is_of_another(command: Command, session: Session) -> bool:
    """Whether the command is about a connection that is not the session's own."""
    return isinstance(command, Leave) and command.call_connection_id != session.call_connection_id


def forget_moot_commands(session: Session) -> Session:
    """The session without commands that events have overtaken."""
    kept = tuple(pending for pending in session.pending if not is_moot(pending.command, session))
    return session if len(kept) == len(session.pending) else replace(session, pending=kept)


def is_moot(command: Command, session: Session) -> bool:
    """Whether carrying out the command would change nothing any more."""
    match command:
        case Connect(attempt):
            joining = session.connection is Connection.CONNECTING and session.call_connection_id is None
            return attempt != session.attempt or not joining
        case StartTranscription():
            wanted = session.desired is Desired.TRANSCRIBING
            return session.transcription is not Transcription.STARTING or not wanted
        case StopTranscription():
            return session.transcription is not Transcription.STOPPING
        case AskCall():
            return session.deadline is None or is_about_to_leave(session)
    is_ours = command.call_connection_id == session.call_connection_id
    return is_ours and session.connection is Connection.CONNECTED


def is_about_to_leave(session: Session) -> bool:
    """Whether the connection is of no more use, whatever ACS may say of it."""
    return session.connection is Connection.CONNECTED and session.desired is Desired.STOPPED
