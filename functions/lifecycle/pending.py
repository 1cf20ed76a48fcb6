"""Commands on their way: issued, leased, tried again, overtaken."""

from msgspec.structs import replace

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
from functions.lifecycle.session import Connection, Desired, Session, Transcription

MOST_TRIES = 4
LONGEST_DOUBLING = 6
"""Leases grow from 45 s to 48 min."""


def issue(session: Session, commands: list[Command], now: int) -> tuple[Session, tuple[Pending, ...]]:
    """The session with new commands pending, each leased to whoever saves this decision."""
    added = tuple(
        Pending(f"{session.revision}-{number}", command, first_sent_at=now, leased_until=now + LEASE_MS)
        for number, command in enumerate(commands)
    )
    if not added:
        return session, ()
    return replace(session, pending=session.pending + added), added


def renew(session: Session, overdue: list[Pending], now: int) -> Session:
    """The session with its overdue commands leased once more."""
    if not overdue:
        return session
    late = {pending.id for pending in overdue}
    renewed = tuple(
        replace(pending, leased_until=now + next_lease(pending), performed=pending.performed + 1)
        if pending.id in late
        else pending
        for pending in session.pending
    )
    return replace(session, pending=renewed)


def next_lease(pending: Pending) -> int:
    """How long the next try's lease is, ms; longer each time once a command had its ordinary tries."""
    return LEASE_MS << min(max(0, pending.performed - MOST_TRIES), LONGEST_DOUBLING)


def is_to_be_tried_again(pending: Pending, now: int) -> bool:
    """Whether nobody works on the command any more, and a repeat does no harm.

    A connection is left for as long as it takes: a bot that nobody sees must not stay in somebody's call.
    """
    if pending.leased_until > now or isinstance(pending.command, StartTranscription | StopTranscription):
        return False
    return pending.performed < MOST_TRIES or isinstance(pending.command, Leave)


def is_given_up(pending: Pending, now: int) -> bool:
    """Whether nobody works on the command any more, and nobody will."""
    return pending.leased_until <= now and not is_to_be_tried_again(pending, now)


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
